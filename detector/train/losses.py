"""Logits and labels to the number that is minimised."""

from __future__ import annotations

import torch
from torch.nn import functional


def smoothed_cross_entropy(logits: torch.Tensor, labels: torch.Tensor, smoothing: float) -> torch.Tensor:
    """Mean binary cross-entropy of (N,) logits against (N,) labels 0 or 1, moved by `smoothing` towards each other."""
    targets = labels * (1 - 2 * smoothing) + smoothing
    return functional.binary_cross_entropy_with_logits(logits.float(), targets)
