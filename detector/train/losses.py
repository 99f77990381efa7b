"""The losses: cross-entropy, smoothed or focal, and that of a student beside its teacher."""

from __future__ import annotations

import torch
from torch.nn import functional


def smoothed_cross_entropy(
    logits: torch.Tensor, labels: torch.Tensor, smoothing: float, gamma: float = 0.0, real_weight: float = 1.0
) -> torch.Tensor:
    """Mean binary cross-entropy of (N,) logits against (N,) labels 0 or 1, moved by `smoothing` towards each
    other.

    It is a weighted mean: a real (label 0) counts `real_weight`, a fake 1.

    With `gamma` over 0 it is the focal loss (arXiv:1708.02002, equation 4): each is weighed by (1 - p) **
    gamma, p being the probability of its own label, from the loss as it is and not as it is weighed.
    """
    targets = _smoothed(labels, smoothing)
    losses = functional.binary_cross_entropy_with_logits(logits.float(), targets, reduction="none")
    if gamma:
        signed = torch.where(labels > 0.5, logits.float(), -logits.float())
        losses = losses * (1 - signed.sigmoid()) ** gamma
    if real_weight != 1:
        weights = torch.where(labels > 0.5, 1.0, real_weight)
        return (losses * weights).sum() / weights.sum()
    return losses.mean()


def distillation_loss(
    class_logits: torch.Tensor,
    distillation_logits: torch.Tensor,
    labels: torch.Tensor,
    teacher_logits: torch.Tensor,
    smoothing: float = 0.0,
    teacher_share: float = 0.5,
    real_weight: float = 1.0,
) -> torch.Tensor:
    """Loss of a student with two logits, the reals counting `real_weight` times what the fakes do; all are
    (N,), labels 0 or 1.

    Cross-entropy of the class logits against the smoothed labels, and with weight `teacher_share` of the
    distillation logits against the teacher's probabilities as they are (soft, at temperature 1). The two
    shares and the halves are those of arXiv:2104.01353.
    """
    hard = functional.binary_cross_entropy_with_logits(
        class_logits.float(), _smoothed(labels, smoothing), reduction="none"
    )
    taught = teacher_logits.detach().float().sigmoid()
    soft = functional.binary_cross_entropy_with_logits(distillation_logits.float(), taught, reduction="none")
    return balanced_halves((1 - teacher_share) * hard + teacher_share * soft, labels, real_weight)


def balanced_halves(losses: torch.Tensor, labels: torch.Tensor, real_weight: float = 1.0) -> torch.Tensor:
    """Weighted mean of the mean loss of the fakes (label 1) and of that of the reals; an absent class adds
    nothing. Both are (N,).
    """
    fakes = (labels > 0.5).to(losses.dtype)
    halves = [(losses * chosen).sum() / chosen.sum().clamp(min=1) for chosen in (fakes, 1 - fakes)]
    return (halves[0] + real_weight * halves[1]) / (1 + real_weight)


def _smoothed(labels: torch.Tensor, smoothing: float) -> torch.Tensor:
    return labels * (1 - 2 * smoothing) + smoothing
