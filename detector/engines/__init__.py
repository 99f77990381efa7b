"""What runs a network: one contract, one class an engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from detector.errors import EngineError
from detector.structures import Floats

if TYPE_CHECKING:
    from torch import nn

ENGINES = ("pytorch",)


class Engine(Protocol):
    """Runs one network; safe to call from several threads."""

    @property
    def name(self) -> str:
        """The engine, and the device where it is not the CPU."""
        ...

    def logits(self, batch: Floats) -> Floats:
        """(B,) float32, positive: fake; from `batch` (B, 3, S, S) float32 RGB in 0..1."""
        ...


def make_engine(name: str, network: nn.Module, device: str = "cpu", size: int | None = None) -> Engine:
    """The engine called `name` around `network` on `device`; `size` is the input's side
    in pixels, None: any.
    """
    match name:
        case "pytorch":
            from detector.engines.pytorch import PytorchEngine

            return PytorchEngine(network, device, size)
    raise EngineError(f"no engine is called {name!r}; there are: {', '.join(ENGINES)}")


__all__ = ["ENGINES", "Engine", "make_engine"]
