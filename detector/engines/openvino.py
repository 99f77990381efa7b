"""Runs a network in OpenVINO on the processor; what is compiled is kept on disk, so that it is done once."""

from __future__ import annotations

import hashlib
import logging
import mmap
import os
import tempfile
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import openvino
import platformdirs

from detector.engines import OPENVINO, OPENVINO_BF16, Progress, Source
from detector.engines.batches import check_batch
from detector.environment import threads
from detector.errors import EngineError
from detector.files import sha256_of, write_atomically
from detector.structures import Floats

if TYPE_CHECKING:
    from torch import nn

Precision = Literal["f32", "bf16"]

CLOSE: Mapping[Precision, float] = {"f32": 1e-2, "bf16": 1.0}
"""Logits of the compiled network may be so far from PyTorch's. With f32 p_fake moves by 0.0025 times the
slope of the calibration at most (measured on what ships: 2e-6); with bf16 only what is broken is refused,
since its worth is measured in AUC.
"""

CHECKED_FACES = 4
"""Random pictures on which a network that was just compiled is compared with PyTorch."""

KEPT_DAYS = 60
"""What was not used for so long is deleted when something is compiled: old weights leave theirs behind."""

SUFFIX = ".openvino"
DIGEST = 64
"""Bytes at the start of a kept file: the SHA-256 of the rest, as hex digits."""

ZOO = Path(__file__).resolve().parent.parent / "zoo"

log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Compiled:
    """OpenVINO's model, and the mapped file that it may still read."""

    model: Any
    content: Any = None


class OpenvinoEngine:
    """A network compiled for one face at a time, so that a logit is the same whatever the batch.

    One face after the other is within 8 % of batches of 4 (measured on two cores with AVX-512). The network
    itself is loaded when someone asks for it: maps need it, `lock` guards it and the compiled one.
    """

    def __init__(self, compiled: Compiled, source: Source, size: int, precision: Precision = "f32") -> None:
        self.name = OPENVINO if precision == "f32" else OPENVINO_BF16
        self.size = size
        self.lock = threading.RLock()
        self._source = source
        self._compiled = compiled
        self._request = compiled.model.create_infer_request()

    @cached_property
    def network(self) -> nn.Module:
        """What was compiled, in PyTorch and in evaluation mode."""
        import torch

        with self.lock:
            network: nn.Module = self._source.load().eval().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
            return network

    def logits(self, batch: Floats) -> Floats:
        """(B,) float32, positive: fake; from `batch` (B, 3, S, S) float32 RGB in 0..1."""
        check_batch(batch, self.size)
        logits = np.empty(len(batch), dtype=np.float32)
        with self.lock:
            for number, face in enumerate(batch):
                (logit,) = self._request.infer({0: np.ascontiguousarray(face[None])}).values()
                logits[number] = logit[0]
        return logits


def openvino_engine(
    network: nn.Module | Source,
    device: str,
    size: int | None,
    cache: Path | None = None,
    progress: Progress | None = None,
    precision: Precision = "f32",
) -> OpenvinoEngine:
    """The engine around `network`. A `Source` is compiled once and kept in `cache` (None: this user's folder
    of caches), and loaded only where it has to be compiled; a network at hand is compiled and not kept.

    Raises EngineError where OpenVINO runs on no such device, or gives other logits than PyTorch.
    """
    if device != "cpu":
        raise EngineError(f"engine openvino runs on the CPU, not on {device!r}: choose engine pytorch")
    if size is None:
        raise ValueError("a network is compiled for one size of input: name it")
    if not isinstance(network, Source):
        known = network
        source = Source(lambda: known, type(known).__name__, ())
        return OpenvinoEngine(_compiled(known, size, precision), source, size, precision)
    file = (cache_folder() if cache is None else cache) / _file_name(network, size, precision)
    compiled = _read(file, precision)
    if compiled is None:
        if progress is not None:
            progress(0.0, f"compiling {network.title} for this processor, once")
        began = time.perf_counter()
        compiled = _compiled(network.load().eval(), size, precision)
        _keep(compiled, file)
        log.info("compiled %s in %.1f s", network.title, time.perf_counter() - began)
    return OpenvinoEngine(compiled, network, size, precision)


def cache_folder() -> Path:
    """Where compiled networks are kept unless a folder is named."""
    return platformdirs.user_cache_path("unblend") / "engines"


_CORE = openvino.Core()


def _settings(precision: Precision) -> dict[str, Any]:
    # unasked, a processor with bf16 rounds to it; one stream, since faces come one after the other
    return {
        "INFERENCE_PRECISION_HINT": precision,
        "NUM_STREAMS": 1,
        "INFERENCE_NUM_THREADS": threads(),
    }


def _file_name(source: Source, size: int, precision: Precision) -> str:
    """Named by the hash of all that a compiled network hangs on: the code that builds it, too."""
    code = [path.read_bytes() for path in sorted(ZOO.rglob("*.py"))]
    processor = [
        _CORE.get_property("CPU", name) for name in ("FULL_DEVICE_NAME", "OPTIMIZATION_CAPABILITIES")
    ]
    told = (source.content, size, openvino.__version__, processor, precision)
    made = hashlib.sha256(repr(told).encode())
    for content in code:
        made.update(content)
    return f"{source.title}-{made.hexdigest()[:16]}{SUFFIX}"


def _compiled(network: nn.Module, size: int, precision: Precision) -> Compiled:
    """`network` compiled for one face of `size` px, its logits compared with PyTorch's."""
    import torch

    from detector.engines.export import export_onnx

    with tempfile.TemporaryDirectory() as folder:
        written = Path(folder) / "network.onnx"
        export_onnx(network, size, written)
        model = _CORE.read_model(written)
        model.reshape([1, 3, size, size])
        compiled = Compiled(_CORE.compile_model(model, "CPU", _settings(precision)))
    faces = np.random.default_rng(0).random((CHECKED_FACES, 3, size, size), dtype=np.float32)
    with torch.inference_mode():
        expected = network(torch.from_numpy(faces)).float().numpy()
    engine = OpenvinoEngine(compiled, Source(lambda: network, "", ()), size, precision)
    off = float(np.abs(engine.logits(faces) - expected).max())
    if not off <= CLOSE[precision]:
        raise EngineError(
            f"{type(network).__name__} gives other logits in OpenVINO {openvino.__version__} than in PyTorch"
            f" (by {off:.3g}): choose engine pytorch (UNBLEND_ENGINE)"
        )
    return compiled


def _read(file: Path, precision: Precision) -> Compiled | None:
    """What is kept in `file`; None where there is nothing, or it is not whole."""
    try:
        with file.open("rb") as stream:
            content = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_COPY)
        os.utime(file)
    except (OSError, ValueError):  # the latter: it is empty
        return None
    with memoryview(content) as whole:
        digest = hashlib.sha256(whole[DIGEST:]).hexdigest().encode()
    if digest != content[:DIGEST]:
        log.warning("%s is damaged, and made anew", file)
        return None
    try:
        # mapped and not read: half the memory, and what is not in use can be dropped
        tensor = openvino.Tensor(np.frombuffer(content, np.uint8)[DIGEST:], shared_memory=True)
        compiled = Compiled(_CORE.import_model(tensor, "CPU", _settings(precision)), tensor)
        if hasattr(mmap, "MADV_DONTNEED"):
            content.madvise(mmap.MADV_DONTNEED)
        return compiled
    except RuntimeError as fault:
        log.warning("%s cannot be used (%s), and is made anew", file, str(fault).splitlines()[-1][:200])
        return None


def _keep(compiled: Compiled, file: Path) -> None:
    """Write what was compiled to `file`; where that fails it is used all the same."""
    content = compiled.model.export_model()
    content = content.getvalue() if hasattr(content, "getvalue") else bytes(content)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(file, sha256_of(content).encode() + content)
        for other in file.parent.glob(f"*{SUFFIX}"):
            if time.time() - other.stat().st_mtime > KEPT_DAYS * 86_400:
                other.unlink()
    except OSError as fault:
        log.warning(
            "compiled networks cannot be kept in %s (%s): set UNBLEND_CACHE", file.parent, fault.strerror
        )
