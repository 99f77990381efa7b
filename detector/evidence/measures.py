"""How good likelihood ratios are: their cost, the bounds that data vouch for, and shares over groups.

All ratios are natural logs. Each group (a person, a video) of a class weighs 1, whatever its pictures.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from detector.evidence.fitted import Bounds, Interval
from detector.evidence.scores import Array, Mask, Rows, Texts

RESAMPLES, RANDOM_SEED = 2000, 0
COVERAGE = 0.95
MOST = math.log(100)
MANY_GROUPS = 1000
"""Under so many groups no ratio is over 100."""
ELUB_STEP = 0.01
"""Of log10 LR."""
HALF = 0.5
"""Of a group, taken for hit where none of the other class is: few were looked at."""
NOBODY = 1e-9
"""What a resample without any group of a class divides by: nothing hits there."""


def group_weights(owners: Texts, is_fake: Mask) -> Array:
    """Weights (N,) by which every group of a class weighs 1."""
    weights = np.zeros(len(owners))
    for label in (False, True):
        rows = np.flatnonzero(is_fake == label)
        if len(rows):
            _, which, counts = np.unique(owners[rows].astype(str), return_inverse=True, return_counts=True)
            weights[rows] = 1 / counts[which]
    return weights


def cllr(ratios: Array, is_fake: Mask, weights: Array) -> float | None:
    """The log-likelihood-ratio cost in bits, 1 for ratios that are all 1 (N. Brummer and J. du Preez, Comput.
    Speech Lang. 20, 2006); None where a class is missing.
    """
    if not is_fake.any() or is_fake.all():
        return None
    of_fakes = np.average(np.logaddexp(0, -ratios[is_fake]), weights=weights[is_fake])
    of_reals = np.average(np.logaddexp(0, ratios[~is_fake]), weights=weights[~is_fake])
    return float((of_fakes + of_reals) / 2 / math.log(2))


def cllr_min(ratios: Array, is_fake: Mask, weights: Array) -> float | None:
    """What is left of the cost after the best rescaling that keeps the order (pool adjacent violators)."""
    from scipy.optimize import isotonic_regression

    if not is_fake.any() or is_fake.all():
        return None
    each = np.where(is_fake, weights / weights[is_fake].sum(), weights / weights[~is_fake].sum())
    values, which = np.unique(ratios, return_inverse=True)
    fake = np.bincount(which, weights=each * is_fake, minlength=len(values))
    total = np.bincount(which, weights=each, minlength=len(values))
    p = isotonic_regression(fake / total, weights=total).x[which]
    with np.errstate(divide="ignore"):
        best = np.log(p) - np.log1p(-p)
    return cllr(best, is_fake, weights)


def elub(ratios: Array, is_fake: Mask, weights: Array) -> Bounds:
    """Bounds outside which the ratios are of less use than none (P. Vergeer et al., Sci. Justice 56, 2016).

    As `lir` 1.3.1 computes them with one misleading ratio added to each class, but weighted.
    """
    fakes, reals = weights[is_fake].sum(), weights[~is_fake].sum()
    common = ratios / math.log(10)
    low = max(float(common.min()), -math.log10(fakes + 1))
    high = min(float(common.max()), math.log10(reals + 1))
    first, last = min(0, math.floor(low / ELUB_STEP)), max(0, math.floor(high / ELUB_STEP) + 1)
    cuts = np.linspace(first * ELUB_STEP, last * ELUB_STEP, last - first + 1)
    of_fakes = _share_over(common[is_fake], weights[is_fake], cuts) * fakes / (fakes + 1)
    of_reals = (_share_over(common[~is_fake], weights[~is_fake], cuts) * reals + 1) / (reals + 1)
    neutral = np.where(cuts < 0, 10**cuts, 1.0)
    useless = neutral < 1 - of_fakes + 10**cuts * of_reals
    lower = np.max(cuts[(cuts <= 0) & useless] + ELUB_STEP, initial=cuts[0])
    upper = np.min(cuts[(cuts >= 0) & useless] - ELUB_STEP, initial=cuts[-1])
    return Bounds(min(float(lower), 0.0) * math.log(10), max(float(upper), 0.0) * math.log(10))


def bounds_of(ratios: Array, is_fake: Mask, owners: Texts) -> Bounds:
    """The bounds that data vouch for; with under 1,000 groups never over 100."""
    bounds = elub(ratios, is_fake, group_weights(owners, is_fake))
    most = MOST if len(set(owners)) < MANY_GROUPS else math.inf
    return Bounds(max(bounds.low, -most), min(bounds.high, most))


def _share_over(values: Array, weights: Array, cuts: Array) -> Array:
    order = np.argsort(values, kind="stable")
    below = np.concatenate([[0.0], np.cumsum(weights[order])])
    return np.asarray(1 - below[np.searchsorted(values[order], cuts, side="right")] / below[-1])


@dataclass(frozen=True, eq=False)
class Groups:
    """The groups of some rows: of each of N rows the place of its group among G."""

    which: Rows
    count: int
    is_fake: Mask

    @classmethod
    def of(cls, owners: Texts, is_fake: Mask) -> Groups:
        """Those of rows with these `owners` and labels (N,)."""
        unique, which = np.unique(owners.astype(str), return_inverse=True)
        return cls(which.reshape(-1), len(unique), is_fake)

    def present(self, label: bool) -> Array:
        """1 where a group has pictures of a class, else 0: (G,)."""
        return (self._pictures(label) > 0).astype(np.float64)

    def share(self, hits: Mask, label: bool) -> Array:
        """The share of each group's pictures of a class that are `hits`, (G,); 0 where it has none."""
        pictures = self._pictures(label)
        caught = np.bincount(self.which[(self.is_fake == label) & hits], minlength=self.count)
        return np.divide(caught, pictures, out=np.zeros(self.count), where=pictures > 0)

    def _pictures(self, label: bool) -> Array:
        return np.bincount(self.which[self.is_fake == label], minlength=self.count).astype(np.float64)

    def resamples(self, stream: int = 0) -> Array:
        """How often each group counts in each of 2,000 resamples, (D, G), with replacement; the same at every
        call.
        """
        rng = np.random.default_rng([RANDOM_SEED, stream])
        drawn = rng.integers(0, self.count, size=(RESAMPLES, self.count))
        places = drawn + self.count * np.arange(RESAMPLES)[:, None]
        counted = np.bincount(places.ravel(), minlength=RESAMPLES * self.count)
        return counted.reshape(RESAMPLES, self.count).astype(np.float64)


def how_much_more_common(
    groups: Groups, hits: Mask, label: bool, draw: Callable[[], Array]
) -> Interval | None:
    """P(hit | class `label`) over P(hit | the other class), and the interval over resamples of groups; None
    where a class has no group. Where nothing of the other class hits, half a group is taken for it; no hit
    at all is 0.
    """
    there, elsewhere = groups.present(label), groups.present(not label)
    if not there.any() or not elsewhere.any():
        return None
    caught, misled = groups.share(hits, label), groups.share(hits, not label)

    def ratio(counts: Array) -> Array:
        right = counts @ caught / np.maximum(counts @ there, NOBODY)
        wrong = np.where(counts @ misled > 0, counts @ misled, HALF) / np.maximum(counts @ elsewhere, NOBODY)
        return np.asarray(right / wrong, dtype=np.float64)

    low, high = np.quantile(ratio(draw()), [(1 - COVERAGE) / 2, (1 + COVERAGE) / 2])
    return Interval(float(ratio(np.ones((1, groups.count)))[0]), float(low), float(high))
