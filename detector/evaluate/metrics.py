"""Metrics of predictions as arrays, with intervals by bootstrap over groups.

Every statistic takes `weights`, (D, N): row d says how often each of the N pictures counts in resample d. It
gives (D,) float64, NaN where a resample has no answer (one class only, nothing drawn). One row of ones is the
plain metric.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Statistic = Callable[[Array], Array]

RESAMPLES = 2000
COVERAGE = 0.95
Z_95 = 1.959964
"""The normal deviate of a 95 % interval."""
FEWEST_GROUPS = 2
FEWEST_RESAMPLES = 0.5
"""Share of the resamples that must have an answer, below which no interval is given."""
CHUNK_CELLS = 4_000_000
"""Weights looked at together: bounds memory to some 100 MB."""


@dataclass(frozen=True)
class Estimate:
    """A metric and its interval; `low` and `high` are None where there are too few groups for one."""

    value: float
    low: float | None = None
    high: float | None = None

    @property
    def bounds(self) -> tuple[float, float] | None:
        """The interval; None where there is none."""
        return None if self.low is None or self.high is None else (self.low, self.high)


def order_of(p_fake: ArrayLike, logits: ArrayLike) -> NDArray[np.int64]:
    """Ranks (N,) by `p_fake`, and by `logits` where p_fake is saturated and ties."""
    keys = np.stack([np.asarray(p_fake, dtype=np.float64), np.asarray(logits, dtype=np.float64)], axis=1)
    if not len(keys):
        return np.zeros(0, dtype=np.int64)
    ranks = np.unique(keys, axis=0, return_inverse=True)[1]
    return np.asarray(ranks, dtype=np.int64).reshape(-1)


def auc(values: ArrayLike, labels: ArrayLike) -> float | None:
    """Area under the ROC curve, ties counting half; None where a class is missing."""
    return _plain(lambda weights: weighted_auc(values, labels, weights), len(np.asarray(values)))


def average_precision(values: ArrayLike, labels: ArrayLike) -> float | None:
    """Average precision of the fakes (sum of precision times gain in recall); None where
    a class is missing.
    """
    return _plain(
        lambda weights: weighted_average_precision(values, labels, weights), len(np.asarray(values))
    )


def auc_within(values: ArrayLike, labels: ArrayLike, strata: Sequence[str]) -> float | None:
    """AUC over those pairs of a fake and a real only that share a stratum; None where
    there is no such pair.
    """
    return _plain(lambda weights: weighted_auc_within(values, labels, strata, weights), len(strata))


def rate_over(values: ArrayLike, threshold: float) -> float | None:
    """Share of `values` over `threshold`, itself not over; None where there are none. Of reals over t: the
    false-positive rate.
    """
    return _plain(
        lambda weights: weighted_rate(np.asarray(values) > threshold, weights), len(np.asarray(values))
    )


def weighted_auc(values: ArrayLike, labels: ArrayLike, weights: Array) -> Array:
    """AUC of each resample, (D,)."""
    wins, pairs = _wins_and_pairs(np.asarray(values), np.asarray(labels), weights)
    return ratio(wins, pairs)


def weighted_auc_within(values: ArrayLike, labels: ArrayLike, strata: Sequence[str], weights: Array) -> Array:
    """AUC of each resample over pairs within a stratum, (D,)."""
    values, labels, names = np.asarray(values), np.asarray(labels), np.asarray(strata, dtype=object)
    wins, pairs = np.zeros(len(weights)), np.zeros(len(weights))
    for name in sorted(set(strata)):
        inside = np.flatnonzero(names == name)
        if len(np.unique(labels[inside])) < 2:
            continue
        some_wins, some_pairs = _wins_and_pairs(values[inside], labels[inside], weights[:, inside])
        wins, pairs = wins + some_wins, pairs + some_pairs
    return ratio(wins, pairs)


def weighted_average_precision(values: ArrayLike, labels: ArrayLike, weights: Array) -> Array:
    """Average precision of each resample, (D,)."""
    return _average_precision(*_per_value(np.asarray(values), np.asarray(labels), weights))


def weighted_rate(hits: ArrayLike, weights: Array) -> Array:
    """Share of the pictures that are `hits`, (N,) bool, in each resample, (D,)."""
    return ratio(weights @ np.asarray(hits, dtype=np.float64), weights.sum(axis=1))


def weighted_equal_error(values: ArrayLike, labels: ArrayLike, weights: Array) -> Array:
    """Equal error rate of each resample, (D,): where as many reals are called fake as fakes real.

    Between two points of the ROC curve it lies on the line that joins them (scipy's interp1d and brentq on
    the same points agree).
    """
    return _equal_error(*_per_value(np.asarray(values), np.asarray(labels), weights))


def weighted_ranking(values: ArrayLike, labels: ArrayLike, weights: Array) -> Array:
    """AUC, average precision and equal error rate of each resample, (D, 3), in one pass over the values."""
    fake, real = _per_value(np.asarray(values), np.asarray(labels), weights)
    return np.stack(
        [ratio(*_wins(fake, real)), _average_precision(fake, real), _equal_error(fake, real)], axis=1
    )


def ratio(part: Array, whole: Array) -> Array:
    """`part` over `whole`, (D,), NaN where there is nothing to divide by."""
    return np.asarray(
        np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0), dtype=np.float64
    )


def resample_weights(
    strata: Sequence[str], groups: Sequence[str], resamples: int = RESAMPLES, random_seed: int = 0
) -> NDArray[np.float32]:
    """Bootstrap weights (D, N): within each stratum as many groups as it has, with replacement, each with all
    of its pictures.

    A stratum's resamples hang on its name and the random seed alone, so that other strata do not change its
    interval. (The cluster bootstrap: C. A. Field and A. H. Welsh, "Bootstrapping clustered data", J. R. Stat.
    Soc. B 69, 2007.)
    """
    names, members = np.asarray(strata, dtype=object), np.asarray(groups, dtype=object)
    weights = np.zeros((resamples, len(names)), dtype=np.float32)
    for name in sorted(set(strata)):
        inside = np.flatnonzero(names == name)
        unique, which = np.unique(members[inside].astype(str), return_inverse=True)
        rng = np.random.default_rng([random_seed, zlib.crc32(name.encode())])
        drawn = rng.multinomial(len(unique), np.full(len(unique), 1 / len(unique)), size=resamples)
        weights[:, inside] = drawn[:, which]
    return weights


def estimate(statistic: Statistic, weights: NDArray[Any], groups: Sequence[str]) -> Estimate | None:
    """The plain metric of `statistic` with the 95 % percentile interval over the resamples; None where it has
    no answer.

    `weights` (D, N) and `groups` (N,) belong to the pictures that the statistic looks at.
    """
    value = _plain(statistic, len(groups))
    return None if value is None else with_interval(value, over_resamples(statistic, weights), groups)


def estimates(
    statistic: Statistic, weights: NDArray[Any], groups: Sequence[str]
) -> tuple[Estimate | None, ...]:
    """As `estimate`, for a statistic that gives several metrics of each resample, (D, K)."""
    return tuple(
        with_interval(float(column[0]), column[1:], groups)
        for column in plain_and_resampled(statistic, weights).T
    )


def with_interval(value: float, drawn: Array, groups: Sequence[str]) -> Estimate | None:
    """`value` with the interval of its resamples, (D,), none where the pictures are of one group; None where
    it is no number.
    """
    if not np.isfinite(value):
        return None
    return Estimate(value, *(interval(drawn) if len(set(groups)) >= FEWEST_GROUPS else (None, None)))


def plain_and_resampled(statistic: Statistic, weights: NDArray[Any]) -> Array:
    """`statistic` of the files as they are and then of every resample, (1 + D,) or (1 + D,
    K); `weights` (D, N).
    """
    plain = statistic(np.ones((1, weights.shape[1])))
    return np.concatenate([plain, over_resamples(statistic, weights)]) if len(weights) else plain


def over_resamples(statistic: Statistic, weights: NDArray[Any], cells: int = CHUNK_CELLS) -> Array:
    """`statistic` of every resample, (D,) or (D, K), a chunk of resamples at a time."""
    if not len(weights):
        return np.zeros(0)
    step = max(1, cells // max(1, weights.shape[1]))
    chunks = [
        statistic(weights[start : start + step].astype(np.float64)) for start in range(0, len(weights), step)
    ]
    return np.concatenate(chunks)


def interval(drawn: Array) -> tuple[float | None, float | None]:
    """The central 95 % of the resamples that have an answer; None, None where fewer than half of them do."""
    known = drawn[np.isfinite(drawn)]
    if not len(known) or len(known) < FEWEST_RESAMPLES * len(drawn):
        return None, None
    low, high = np.quantile(known, [(1 - COVERAGE) / 2, (1 + COVERAGE) / 2])
    return float(low), float(high)


def wilson(share: float, trials: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a `share` 0..1 of `trials` (JASA 22, 1927): not without width where none or
    all are wrong.

    With groups for trials, as if all pictures of a person were judged alike, it is rather too wide than too
    narrow.
    """
    square = Z_95**2 / trials
    middle = (share + square / 2) / (1 + square)
    half = Z_95 / (1 + square) * math.sqrt(share * (1 - share) / trials + square / (4 * trials))
    return max(0.0, middle - half), min(1.0, middle + half)


def _plain(statistic: Statistic, pictures: int) -> float | None:
    value = float(statistic(np.ones((1, pictures)))[0])
    return value if np.isfinite(value) else None


def _wins_and_pairs(values: NDArray[Any], labels: NDArray[Any], weights: Array) -> tuple[Array, Array]:
    return _wins(*_per_value(values, labels, weights))


def _wins(fake: Array, real: Array) -> tuple[Array, Array]:
    below = np.cumsum(real, axis=1) - real
    wins = (fake * (below + real / 2)).sum(axis=1)
    return wins, fake.sum(axis=1) * real.sum(axis=1)


def _average_precision(fake: Array, real: Array) -> Array:
    fake, real = fake[:, ::-1], real[:, ::-1]
    caught = np.cumsum(fake, axis=1)
    named = caught + np.cumsum(real, axis=1)
    precision = np.divide(caught, named, out=np.zeros_like(caught), where=named > 0)
    all_fake, all_real = fake.sum(axis=1), real.sum(axis=1)
    return ratio((precision * fake).sum(axis=1), np.where(all_real > 0, all_fake, 0.0))


def _equal_error(fake: Array, real: Array) -> Array:
    rows, none = np.arange(len(fake)), np.zeros((len(fake), 1))
    all_fake, all_real = fake.sum(axis=1), real.sum(axis=1)
    known = (all_fake > 0) & (all_real > 0)
    missed = np.hstack([none, np.cumsum(fake, axis=1)]) / np.where(known, all_fake, np.nan)[:, None]
    alarms = 1 - np.hstack([none, np.cumsum(real, axis=1)]) / np.where(known, all_real, np.nan)[:, None]
    gap = missed - alarms  # rises from -1, everything called fake, to 1, nothing
    after = np.argmax(gap >= 0, axis=1)
    before = np.maximum(after - 1, 0)
    low, high = gap[rows, before], gap[rows, after]
    share = np.divide(-low, high - low, out=np.zeros(len(fake)), where=high > low)
    return np.asarray(
        missed[rows, before] + share * (missed[rows, after] - missed[rows, before]), dtype=np.float64
    )


def _per_value(values: NDArray[Any], labels: NDArray[Any], weights: Array) -> tuple[Array, Array]:
    """Weight of the fakes and of the reals at each distinct value, rising: two (D, U)."""
    if not len(values):
        return np.zeros((len(weights), 0)), np.zeros((len(weights), 0))
    order = np.argsort(values, kind="stable")
    starts = np.flatnonzero(np.diff(values[order], prepend=np.nan) != 0)
    is_fake = labels[order].astype(np.float64)
    ordered = weights[:, order]
    fake = np.add.reduceat(ordered * is_fake, starts, axis=1)
    real = np.add.reduceat(ordered * (1 - is_fake), starts, axis=1)
    return fake, real
