"""Thresholds on p_fake: what files are worth at one (the confusion matrix and what follows from it), and the
rules that choose one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detector.calibration import probability
from detector.evaluate.calibration import TUNE, Sample
from detector.evaluate.metrics import RESAMPLES, Array, Estimate, estimates, ratio
from detector.evaluate.predictions import Prediction, Predictions
from detector.metrics import Cut, Rates
from detector.structures import Calibration, Thresholds
from detector.thresholds import best_threshold, equal_error_threshold, threshold_at, youden_threshold

SUREST = float(np.finfo(np.float64).eps)
"""p_fake is held so far from 0 and 1 in the log loss, as scikit-learn does: a sure and wrong one costs 36
nats, not infinity.
"""


BEST_F1 = "best F1"
RULES: Mapping[str, Callable[[Array, NDArray[np.int64]], float]] = {
    BEST_F1: best_threshold,
    "Youden's J": youden_threshold,
    "equal error": equal_error_threshold,
    "10 % false positives": lambda p_fake, labels: threshold_at(p_fake, labels, 0.10),
    "5 % false positives": lambda p_fake, labels: threshold_at(p_fake, labels, 0.05),
}
"""Each rule by its name; the first gives the shipped t."""


@dataclass(frozen=True)
class Confusion:
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
    matrix: Confusion
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
    matrix = Confusion(*(int(cell.sum()) for cell in cells))
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


@dataclass(frozen=True)
class AtRules:
    """The judged files of one detector and kind at the threshold of each rule, by its name."""

    detector: str
    kind: str
    rules: Mapping[str, AtThreshold]


def at_rules(
    predictions: Sequence[Prediction],
    thresholds: Mapping[str, float],
    resamples: int = RESAMPLES,
    random_seed: int = 0,
) -> dict[str, AtThreshold]:
    """What the judged files of one detector and kind are worth at the threshold of each rule; nothing is
    chosen on them.
    """
    table = Predictions.of(predictions).resampled(resamples, random_seed)
    rows = np.flatnonzero(table.judged)
    labels, p_fake, owners = table.label[rows], table.p_fake[rows], table.owners(rows)
    weights = table.weights_at(rows)
    return {rule: measure_at(t, labels, p_fake, weights, owners) for rule, t in thresholds.items()}


def cuts_of(
    tune: Sample, others: Mapping[str, Sample], calibration: Calibration, thresholds: Thresholds
) -> dict[str, Cut]:
    """The threshold of every rule, chosen on `tune`, and its counts there and on `others`; that of best F1 is
    the shipped t.
    """
    samples = {TUNE: tune, **others}
    p_fakes = {name: probability(sample.logits, calibration) for name, sample in samples.items()}
    labels = {name: sample.labels for name, sample in samples.items()}
    chosen = {rule: choose(p_fakes[TUNE], labels[TUNE]) for rule, choose in RULES.items()} | {
        BEST_F1: thresholds.t
    }
    return {
        rule: Cut(
            t=t, on={name: rates_at(t, p_fakes[name], labels[name]) for name in p_fakes if len(labels[name])}
        )
        for rule, t in chosen.items()
    }


def rates_at(t: float, p_fake: Array, labels: NDArray[np.int64]) -> Rates:
    """How many fakes and reals are over `t`."""
    fake, over = labels == 1, p_fake > t
    return Rates(
        fakes=int(fake.sum()),
        caught=int((fake & over).sum()),
        reals=int((~fake).sum()),
        false_alarms=int((~fake & over).sum()),
    )
