"""Labels and p_fakes to what they are worth at a threshold: the confusion matrix, and
what follows from it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detector.evaluate.metrics import Array, Estimate, estimates, ratio

SUREST = float(np.finfo(np.float64).eps)
"""p_fake is held so far from 0 and 1 in the log loss, as scikit-learn does: a sure and wrong one costs 36
nats, not infinity.
"""


@dataclass(frozen=True)
class Matrix:
    """How many judged files of each class are called what; over the threshold is called fake, at it not."""

    real_as_real: int
    real_as_fake: int
    fake_as_real: int
    fake_as_fake: int


@dataclass(frozen=True)
class AtThreshold:
    """The judged files at `threshold`; a measure is None where it has no answer (a class is missing, or
    nothing is called fake).

    `precision`, `recall` and `f1` are of fake, `specificity` is the recall of real. `log_loss` (in nats) and
    `brier` look at p_fake itself and hang on no threshold.
    """

    threshold: float
    matrix: Matrix
    accuracy: Estimate | None = None
    balanced_accuracy: Estimate | None = None
    precision: Estimate | None = None
    recall: Estimate | None = None
    specificity: Estimate | None = None
    f1: Estimate | None = None
    precision_of_real: Estimate | None = None
    f1_of_real: Estimate | None = None
    log_loss: Estimate | None = None
    brier: Estimate | None = None


def measure_at(
    threshold: float, labels: NDArray[np.int64], p_fake: Array, weights: NDArray[Any], groups: Sequence[str]
) -> AtThreshold:
    """What `labels` and `p_fake`, (N,), are worth at `threshold`; `weights` (D, N) and `groups` (N,) are
    those of `metrics.estimate`.
    """
    is_fake, is_called = labels == 1, p_fake > threshold
    cells = [~is_fake & ~is_called, ~is_fake & is_called, is_fake & ~is_called, is_fake & is_called]
    matrix = Matrix(*(int(cell.sum()) for cell in cells))
    if not len(labels):
        return AtThreshold(threshold, matrix)
    kept = np.clip(p_fake, SUREST, 1 - SUREST)
    costs = [-np.log(np.where(is_fake, kept, 1 - kept)), (p_fake - labels) ** 2]
    columns = np.stack([*cells, *costs], axis=1).astype(np.float64)
    return AtThreshold(
        threshold, matrix, *estimates(lambda drawn: _measures(drawn @ columns), weights, groups)
    )


def _measures(sums: Array) -> Array:
    """(D, 10), in the order of `AtThreshold`, NaN where there is no answer; `sums` (D, 6) are the four cells
    and the two costs.
    """
    real_as_real, real_as_fake, fake_as_real, fake_as_fake, log_loss, brier = sums.T
    real, fake = real_as_real + real_as_fake, fake_as_real + fake_as_fake
    both = np.where((real > 0) & (fake > 0), 1.0, np.nan)
    recall, specificity = ratio(fake_as_fake, fake), ratio(real_as_real, real)
    named_fake, named_real = real_as_fake + fake_as_fake, real_as_real + fake_as_real
    return np.stack(
        [
            ratio(real_as_real + fake_as_fake, real + fake),
            (recall + specificity) / 2,
            ratio(fake_as_fake, named_fake) * both,
            recall,
            specificity,
            ratio(2 * fake_as_fake, fake + named_fake) * both,
            ratio(real_as_real, named_real) * both,
            ratio(2 * real_as_real, real + named_real) * both,
            ratio(log_loss, real + fake),
            ratio(brier, real + fake),
        ],
        axis=1,
    )
