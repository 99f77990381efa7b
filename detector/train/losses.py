"""Logits and labels to the number that is minimised."""

from __future__ import annotations

import torch
from torch.nn import functional


def smoothed_cross_entropy(logits: torch.Tensor, labels: torch.Tensor, smoothing: float, gamma: float = 0.0) -> torch.Tensor:
    """Mean binary cross-entropy of (N,) logits against (N,) labels 0 or 1, moved by `smoothing` towards each other.

    With `gamma` over 0 it is the focal loss (arXiv:1708.02002, equation 4): each is weighed by (1 - p) ** gamma, p being the probability
    of its own label, from the loss as it is and not as it is weighed.
    """
    targets = _smoothed(labels, smoothing)
    losses = functional.binary_cross_entropy_with_logits(logits.float(), targets, reduction="none")
    if gamma:
        signed = torch.where(labels > 0.5, logits.float(), -logits.float())
        losses = losses * (1 - signed.sigmoid()) ** gamma
    return losses.mean()


def distillation_loss(
    class_logits: torch.Tensor,
    distillation_logits: torch.Tensor,
    labels: torch.Tensor,
    teacher_logits: torch.Tensor,
    smoothing: float = 0.0,
    teacher_share: float = 0.5,
) -> torch.Tensor:
    """Loss of a student with two logits, fakes and reals counting half each; all are (N,), labels 0 or 1.

    Cross-entropy of the class logits against the smoothed labels, and with weight `teacher_share` of the distillation logits against the
    teacher's probabilities as they are (soft, at temperature 1). The two shares and the halves are those of arXiv:2104.01353.
    """
    hard = functional.binary_cross_entropy_with_logits(class_logits.float(), _smoothed(labels, smoothing), reduction="none")
    taught = teacher_logits.detach().float().sigmoid()
    soft = functional.binary_cross_entropy_with_logits(distillation_logits.float(), taught, reduction="none")
    return balanced_halves((1 - teacher_share) * hard + teacher_share * soft, labels)


def balanced_halves(losses: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Half the mean loss of the fakes (label 1) plus half that of the reals; a class that is absent adds nothing. Both are (N,)."""
    fakes = (labels > 0.5).to(losses.dtype)
    halves = [(losses * chosen).sum() / chosen.sum().clamp(min=1) for chosen in (fakes, 1 - fakes)]
    return (halves[0] + halves[1]) / 2


def _smoothed(labels: torch.Tensor, smoothing: float) -> torch.Tensor:
    return labels * (1 - 2 * smoothing) + smoothing
