"""A number of threads to torch's own setting."""

from __future__ import annotations


def use_threads(count: int | None) -> None:
    """Let networks run on `count` threads; None leaves it to torch, which takes as many
    as there are cores.
    """
    if count is not None:
        import torch

        torch.set_num_threads(count)
