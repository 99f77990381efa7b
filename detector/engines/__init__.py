"""What runs a network: one contract, one class an engine."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from detector.errors import EngineError
from detector.structures import Floats

if TYPE_CHECKING:
    from torch import nn

PYTORCH, OPENVINO, OPENVINO_BF16 = "pytorch", "openvino", "openvino-bf16"
ENGINES = (PYTORCH, OPENVINO, OPENVINO_BF16)

Progress = Callable[[float, str], None]
"""Told the share done, 0..1, and what is being done."""


class Engine(Protocol):
    """Runs one network; safe to call from several threads."""

    @property
    def name(self) -> str:
        """The engine, and the device where it is not the CPU."""
        ...

    def logits(self, batch: Floats) -> Floats:
        """(B,) float32, positive: fake; from `batch` (B, 3, S, S) float32 RGB in 0..1."""
        ...


@dataclass(frozen=True)
class Source:
    """A network that need not be loaded yet: `load` gives it in evaluation mode, `title` is what people call
    it, `content` what its logits hang on (the hash of its weights, the widths of its head).
    """

    load: Callable[[], nn.Module]
    title: str
    content: tuple[str, ...]


NEEDED = dict.fromkeys((OPENVINO, OPENVINO_BF16), ("openvino", "onnx"))
"""Packages that an engine needs beside torch."""


def installed_engines() -> tuple[str, ...]:
    """The engines that can run here."""
    return tuple(name for name in ENGINES if not _lacking(name))


def default_engine(device: str = "cpu") -> str:
    """What is fastest on `device`: OpenVINO on a processor where it is installed, else PyTorch."""
    from detector.engines.zerogpu import LENT

    # on ZeroGPU networks run in forked workers, which have no threads of their parent's
    return OPENVINO if device == "cpu" and OPENVINO in installed_engines() and not LENT else PYTORCH


def _lacking(name: str) -> list[str]:
    return [package for package in NEEDED.get(name, ()) if importlib.util.find_spec(package) is None]


def make_engine(
    name: str,
    network: nn.Module | Source,
    device: str = "cpu",
    size: int | None = None,
    cache: Path | None = None,
    progress: Progress | None = None,
) -> Engine:
    """The engine called `name` around `network` on `device`; `size` is the input's side in pixels, None: any.

    Engines that compile keep what they compiled in the folder `cache`, where the network is a `Source`;
    `progress` is told where that takes a while. Raises EngineError.
    """
    if lacking := _lacking(name):
        raise EngineError(
            f"engine {name} needs the package {' and '.join(lacking)}: pip install {' '.join(lacking)}, or"
            " choose engine pytorch"
        )
    match name:
        case "pytorch":
            from detector.engines.pytorch import PytorchEngine

            return PytorchEngine(network.load() if isinstance(network, Source) else network, device, size)
        case "openvino":
            from detector.engines.openvino import openvino_engine

            return openvino_engine(network, device, size, cache, progress)
        case "openvino-bf16":
            from detector.engines.openvino import openvino_engine

            return openvino_engine(network, device, size, cache, progress, "bf16")
    raise EngineError(f"no engine is called {name!r}; there are: {', '.join(ENGINES)}")


__all__ = ["ENGINES", "Engine", "Source", "default_engine", "installed_engines", "make_engine"]
