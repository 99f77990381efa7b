"""Runs a network in PyTorch: a batch of crops to logits."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import numpy as np
import torch
from torch import nn

from detector.engines.batches import check_batch
from detector.engines.zerogpu import gpu
from detector.errors import EngineError
from detector.structures import Floats

MICRO_BATCH = 4
"""Faces in one pass: on two cores batches of 8 to 16 at 380 px take three times as long a face (measured)."""


_CUDNN = threading.RLock()


@contextmanager
def exact_convolutions() -> Iterator[None]:
    """Within it cuDNN repeats itself and does not round to TF32.

    Its switches are those of the process: whoever sets them while another does would put back the other's in
    the end. So one at a time, whatever the engine.
    """
    flags = torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True, allow_tf32=False)
    with _CUDNN, flags:
        yield


class PytorchEngine:
    """Holds `network` in evaluation mode on one device. `lock` guards it: whoever hangs hooks on the network
    takes it too.
    """

    name = "pytorch"

    def __init__(self, network: nn.Module, device: str = "cpu", size: int | None = None) -> None:
        self.device = checked_device(device)
        self.network = network.eval().to(self.device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.size = size
        self.lock = threading.RLock()
        self._run = gpu(self._forward) if self.device.type == "cuda" else self._forward

    def logits(self, batch: Floats) -> Floats:
        """(B,) float32, positive: fake; from `batch` (B, 3, S, S) float32 RGB in 0..1."""
        check_batch(batch, self.size)
        if len(batch) == 0:
            return np.zeros(0, dtype=np.float32)
        with self.lock:
            return self._run(batch)

    def _forward(self, batch: Floats) -> Floats:
        """Takes no lock of the engine and pickles: on ZeroGPU it runs in a forked worker while the caller
        waits.
        """
        pieces = []
        exact = exact_convolutions() if self.device.type == "cuda" else nullcontext()
        with torch.inference_mode(), exact:
            for first in range(0, len(batch), MICRO_BATCH):
                # a copy, since torch refuses negative strides, and those of a single face hide from
                # ascontiguousarray
                faces = torch.from_numpy(np.array(batch[first : first + MICRO_BATCH], order="C")).to(
                    self.device
                )
                pieces.append(self.network(faces.contiguous(memory_format=torch.channels_last)).float().cpu())
        return np.asarray(torch.cat(pieces).numpy(), dtype=np.float32)


def checked_device(device: str) -> torch.device:
    """The device named `device`, known to be there."""
    try:
        torch_device = torch.device(device)
    except RuntimeError:
        raise EngineError(f"no device is called {device!r}; there are: {', '.join(devices())}") from None
    if torch_device.type not in devices():
        raise EngineError(f"device {device!r} is not on this machine; there are: {', '.join(devices())}")
    if torch_device.type == "cuda" and (torch_device.index or 0) >= torch.cuda.device_count():
        raise EngineError(
            f"device {device!r} is not on this machine: it has {torch.cuda.device_count()} of its kind"
        )
    return torch_device


def devices() -> tuple[str, ...]:
    """Kinds of device that torch can use here."""
    there = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    return tuple(kind for kind, present in there.items() if present)
