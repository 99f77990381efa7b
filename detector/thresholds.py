"""Thresholds on p_fake, chosen on probabilities and labels by one rule each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from detector.calibration import Array, checked

EVEN_ODDS = 0.5


def best_threshold(p_fake: ArrayLike, labels: ArrayLike) -> float:
    """The cut with the best F1 for "over the cut is fake", halfway between two values of `p_fake`; of equals
    the nearest to 0.5.
    """
    cuts = _cuts(p_fake, labels)
    f1 = 2 * cuts.true_positives / (cuts.true_positives + cuts.false_positives + cuts.fakes)
    return _nearest_to_even(cuts, f1)


def youden_threshold(p_fake: ArrayLike, labels: ArrayLike) -> float:
    """The cut at which recall less false-positive rate is largest (Youden's J), as `best_threshold` has cuts
    and equals.
    """
    cuts = _cuts(p_fake, labels)
    return _nearest_to_even(cuts, cuts.recall - cuts.false_positive_rate)


def equal_error_threshold(p_fake: ArrayLike, labels: ArrayLike) -> float:
    """The cut at which false negatives are as frequent as false positives, or nearest to it."""
    cuts = _cuts(p_fake, labels)
    return _nearest_to_even(cuts, -np.abs(1 - cuts.recall - cuts.false_positive_rate))


def threshold_at(p_fake: ArrayLike, labels: ArrayLike, false_positive_rate: float) -> float:
    """The cut with the highest recall at a false-positive rate of at most `false_positive_rate`, 0..1."""
    cuts = _cuts(p_fake, labels)
    return _nearest_to_even(
        cuts, np.where(cuts.false_positive_rate <= false_positive_rate + 1e-12, cuts.recall, -1.0)
    )


@dataclass(frozen=True, eq=False)
class _Cuts:
    """Cuts (n,) under, between and over the values of p_fake, and how many of `fakes` and `reals` lie over
    each: (n,).
    """

    at: Array
    true_positives: NDArray[np.int64]
    false_positives: NDArray[np.int64]
    fakes: int
    reals: int

    @property
    def recall(self) -> Array:
        return np.asarray(self.true_positives / self.fakes, dtype=np.float64)

    @property
    def false_positive_rate(self) -> Array:
        return np.asarray(self.false_positives / self.reals, dtype=np.float64)


def _cuts(p_fake: ArrayLike, labels: ArrayLike) -> _Cuts:
    p, fake = checked(p_fake, labels)
    values = np.unique(p)
    at = np.concatenate([[values[0] / 2], _between(values), [(values[-1] + 1) / 2]])

    def over(some: Array) -> NDArray[np.int64]:
        return np.asarray(len(some) - np.searchsorted(np.sort(some), at, side="right"), dtype=np.int64)

    return _Cuts(at, over(p[fake]), over(p[~fake]), int(fake.sum()), int((~fake).sum()))


def _nearest_to_even(cuts: _Cuts, worth: Array) -> float:
    """Of the cuts that are worth most the nearest to even odds."""
    best = cuts.at[worth >= worth.max() - 1e-12]
    return float(best[np.argmin(np.abs(best - EVEN_ODDS))])


def _between(values: Array) -> Array:
    """Cuts (n - 1,) between ascending `values` (n,): each at or over the lower and under the upper."""
    halfway = (values[:-1] + values[1:]) / 2
    return np.where(halfway < values[1:], halfway, values[:-1])
