"""The engine that runs networks in PyTorch, beside others of the process."""

from __future__ import annotations

import threading

import numpy as np
import torch
from torch import nn

from detector.engines.pytorch import PytorchEngine, exact_convolutions

PATIENCE_S = 5.0


class Waiting(nn.Module):
    """Says that it runs, waits for `go`, and keeps how cuDNN is switched then."""

    def __init__(self) -> None:
        super().__init__()
        self.runs, self.go = threading.Event(), threading.Event()
        self.tf32: bool | None = None

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        self.runs.set()
        self.go.wait(PATIENCE_S)
        self.tf32 = torch.backends.cudnn.allow_tf32
        return images.mean((1, 2, 3))


def test_engines_at_once_leave_cudnn_as_it_was() -> None:
    before = torch.backends.cudnn.deterministic, torch.backends.cudnn.allow_tf32
    first, second = Waiting(), Waiting()
    batch = np.zeros((1, 3, 8, 8), np.float32)
    threads = [
        threading.Thread(target=PytorchEngine(network).logits, args=(batch,)) for network in (first, second)
    ]
    for thread, network in zip(threads, (first, second), strict=True):
        thread.start()
        network.runs.wait(PATIENCE_S)
    first.go.set()
    threads[0].join()
    second.go.set()
    threads[1].join()
    assert (torch.backends.cudnn.deterministic, torch.backends.cudnn.allow_tf32) == before


def test_who_needs_exact_convolutions_waits_for_the_others_of_the_process() -> None:
    def inside() -> tuple[bool, bool]:
        return torch.backends.cudnn.deterministic, torch.backends.cudnn.allow_tf32

    before, entered, seen = inside(), threading.Event(), []

    def second() -> None:
        with exact_convolutions():
            entered.set()
            seen.append(inside())

    thread = threading.Thread(target=second)
    with exact_convolutions():
        thread.start()
        assert not entered.wait(0.2)
        seen.append(inside())
    thread.join()
    assert seen == [(True, False), (True, False)]
    assert inside() == before
