"""Labels and p_fakes to what they are worth at a threshold: the confusion matrix, and what follows from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import (
    accuracy_score,
    balanced_accuracy_score,
    brier_score_loss,
    confusion_matrix,
    log_loss,
    precision_recall_fscore_support,
)

from detector.evaluate.metrics import Array, Estimate, Statistic, estimate, weighted_f1, weighted_rate

REAL, FAKE = 0, 1
CLASSES = [REAL, FAKE]


@dataclass(frozen=True)
class Matrix:
    """How many judged files of each class are called what; over the threshold is called fake, at it not."""

    real_as_real: int
    real_as_fake: int
    fake_as_real: int
    fake_as_fake: int


@dataclass(frozen=True)
class AtThreshold:
    """The judged files at `threshold`; a measure is None where it has no answer (a class is missing, or nothing is called fake).

    `precision`, `recall` and `f1` are of fake, `specificity` is the recall of real. `log_loss` (in nats) and `brier` look at p_fake itself
    and hang on no threshold.
    """

    threshold: float
    matrix: Matrix
    accuracy: Estimate | None = None
    balanced_accuracy: float | None = None
    precision: float | None = None
    recall: float | None = None
    specificity: float | None = None
    f1: Estimate | None = None
    precision_of_real: float | None = None
    f1_of_real: float | None = None
    log_loss: float | None = None
    brier: float | None = None


def measure_at(threshold: float, labels: NDArray[np.int64], p_fake: Array, weights: NDArray[Any], groups: Sequence[str]) -> AtThreshold:
    """What `labels` and `p_fake`, (N,), are worth at `threshold`; `weights` (D, N) and `groups` (N,) are those of `metrics.estimate`."""
    if not len(labels):
        return AtThreshold(threshold, Matrix(0, 0, 0, 0))
    called = (p_fake > threshold).astype(np.int64)
    has_both = len(np.unique(labels)) == len(CLASSES)
    precision, recall, f1, _ = precision_recall_fscore_support(labels, called, labels=CLASSES, zero_division=np.nan)

    def with_interval(value: float, statistic: Statistic) -> Estimate:
        drawn = estimate(statistic, weights, groups)
        return Estimate(float(value), drawn.low, drawn.high) if drawn is not None else Estimate(float(value))

    return AtThreshold(
        threshold=threshold,
        matrix=Matrix(*(int(count) for count in confusion_matrix(labels, called, labels=CLASSES).ravel())),
        accuracy=with_interval(accuracy_score(labels, called), lambda drawn: weighted_rate(called == labels, drawn)),
        balanced_accuracy=float(balanced_accuracy_score(labels, called)) if has_both else None,
        precision=_known(precision[FAKE]) if has_both else None,
        recall=_known(recall[FAKE]),
        specificity=_known(recall[REAL]),
        f1=with_interval(f1[FAKE], lambda drawn: weighted_f1(called, labels, drawn)) if has_both else None,
        precision_of_real=_known(precision[REAL]) if has_both else None,
        f1_of_real=_known(f1[REAL]) if has_both else None,
        log_loss=float(log_loss(labels, p_fake, labels=CLASSES)),
        brier=float(brier_score_loss(labels, p_fake, pos_label=FAKE)),
    )


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
