"""Cuts on p_fake, from probabilities and labels: the threshold, and the uncertain band of verdicts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from detector.calibration import Array, checked

WORST_ERROR = 0.10
"""A side of the band may be wrong this often: a verdict is right nine times in ten (design 6)."""

FEWEST_PICTURES = 20
"""A side of the band stands on at least this many pictures, else it never commits (design 6)."""

EVEN_ODDS = 0.5
WIDE = (0.2, 0.8)
"""The band of a detector without a figure across datasets is at least this wide (design 6)."""

ALL_SETS = "all sets"


@dataclass(frozen=True)
class Band:
    """The uncertain interval on p_fake: under `lo` likely real, over `hi` likely fake; lo = 0 or hi = 1: that
    side never commits.
    """

    lo: float
    hi: float


@dataclass(frozen=True)
class SelectiveRisk:
    """How verdicts fare on pictures that the band was fitted without.

    `coverage` is the share that gets more than `uncertain`, `risk` the share of those that is wrong, None
    where coverage is 0; in both classes (and, over all sets, the sets) weigh alike. `pictures` counts all.
    """

    name: str
    pictures: int
    coverage: float
    risk: float | None


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


def fit_band(p_fake: ArrayLike, labels: ArrayLike, sets: ArrayLike, t: float) -> Band:
    """The narrowest band around `t` and even odds outside which at most one in ten is wrong, in every set and
    over all of them.

    Even odds are inside, so that nothing is called likely fake at a probability under one half, nor likely
    real at one over it. `sets` names the dataset of each picture. The comparisons of a verdict are strict, so
    the narrowest cuts are values of `p_fake`, `t` or 0.5. Sets and classes are weighted alike. Each side
    stands on at least 20 pictures; a side where no cut does never commits.
    """
    p, fake = checked(p_fake, labels)
    names = np.asarray(sets)
    weight = _cell_weights(fake, names)
    lowest, highest = min(t, EVEN_ODDS), max(t, EVEN_ODDS)
    below, above = np.unique(p[p <= lowest])[::-1], np.unique(p[p >= highest])
    lo = next((cut for cut in (lowest, *below) if _holds(p < cut, fake, weight, names)), 0.0)
    hi = next((cut for cut in (highest, *above) if _holds(p > cut, ~fake, weight, names)), 1.0)
    return Band(lo=float(lo), hi=float(hi))


def _holds(side: NDArray[np.bool_], wrong: NDArray[np.bool_], weight: Array, sets: NDArray[np.str_]) -> bool:
    """Whether a side of the band has pictures enough, and few enough wrong ones in each of its sets, and so
    over all of them.
    """
    if side.sum() < FEWEST_PICTURES:
        return False
    parts = [side & (sets == name) for name in np.unique(sets[side])]
    return all(
        float(weight[part & wrong].sum()) <= WORST_ERROR * float(weight[part].sum()) + 1e-12 for part in parts
    )


def _cell_weights(fake: NDArray[np.bool_], sets: NDArray[np.str_]) -> Array:
    """Weights (n,) by which every class of every set sums to 1."""
    if sets.shape != fake.shape:
        raise ValueError(f"{len(fake)} pictures, but sets of shape {sets.shape}")
    weight = np.zeros(len(fake))
    for name in np.unique(sets):
        for label in (False, True):
            cell = (sets == name) & (fake == label)
            weight[cell] = 1 / max(1, int(cell.sum()))
    return weight


def band_without_cross(t: float) -> Band:
    """The band of a detector without a figure across datasets: [0.2, 0.8], or as far as `t`."""
    return Band(lo=min(t, WIDE[0]), hi=max(t, WIDE[1]))


def band_leaving_out(
    p_fake: ArrayLike, labels: ArrayLike, sets: ArrayLike, t: float, left_out: ArrayLike
) -> Band:
    """The band fitted without the pictures where `left_out` (n,) bool is true; the wide one where a class is
    then missing.
    """
    kept = ~np.asarray(left_out, dtype=bool)
    p, fake, names = np.asarray(p_fake)[kept], np.asarray(labels)[kept], np.asarray(sets)[kept]
    if len(np.unique(fake)) < 2:
        return band_without_cross(t)
    return fit_band(p, fake, names, t)


def selective_risks(
    p_fake: ArrayLike, labels: ArrayLike, sets: ArrayLike, t: float, held_out: ArrayLike | None = None
) -> tuple[SelectiveRisk, ...]:
    """Coverage and risk of the verdicts: one a set by name, then all sets together.

    Each picture is judged with the band fitted without all that shares its name in `held_out` (n,), its set
    where None; hand in groups (people, original videos) where sets share them.
    """
    p, fake = checked(p_fake, labels)
    names = np.asarray(sets)
    sides = sides_leaving_out(p, fake, names, t, names if held_out is None else held_out)
    weight = _cell_weights(fake, names)
    groups = [(str(name), names == name) for name in np.unique(names)] + [
        (ALL_SETS, np.ones(len(p), dtype=bool))
    ]
    return tuple(
        _summary(name, of, sides != 0, (sides != 0) & ((sides > 0) != fake), weight) for name, of in groups
    )


def sides_leaving_out(
    p_fake: ArrayLike, labels: ArrayLike, sets: ArrayLike, t: float, held_out: ArrayLike
) -> NDArray[np.int64]:
    """On which side of the band (n,) each picture lies, by the band fitted without all that shares its name
    in `held_out` (n,).

    -1 is likely real, 0 uncertain, 1 likely fake.
    """
    p, apart = np.asarray(p_fake, dtype=np.float64), np.asarray(held_out)
    sides = np.zeros(len(p), dtype=np.int64)
    for name in np.unique(apart):
        judged = apart == name
        band = band_leaving_out(p, labels, sets, t, judged)
        sides[judged] = sides_of(p[judged], band)
    return sides


def sides_of(p_fake: ArrayLike, band: Band) -> NDArray[np.int64]:
    """On which side of `band` (n,) each picture lies: -1 is likely real, 0 uncertain, 1 likely fake."""
    p = np.asarray(p_fake, dtype=np.float64)
    return np.asarray((p > band.hi).astype(np.int64) - (p < band.lo).astype(np.int64))


def selective_risk(sides: ArrayLike, labels: ArrayLike, sets: ArrayLike) -> SelectiveRisk:
    """How verdicts on the `sides` (n,) of a band fare on all pictures together, sets and classes weighted
    alike.
    """
    side, fake, names = np.asarray(sides), np.asarray(labels, dtype=bool), np.asarray(sets)
    everything = np.ones(len(side), dtype=bool)
    return _summary(
        ALL_SETS, everything, side != 0, (side != 0) & ((side > 0) != fake), _cell_weights(fake, names)
    )


def _summary(
    name: str, of: NDArray[np.bool_], answered: NDArray[np.bool_], wrong: NDArray[np.bool_], weight: Array
) -> SelectiveRisk:
    total, given = float(weight[of].sum()), float(weight[of & answered].sum())
    risk = float(weight[of & wrong].sum()) / given if given else None
    return SelectiveRisk(name=name, pictures=int(of.sum()), coverage=given / total, risk=risk)
