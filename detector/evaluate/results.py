"""How good one detector is on files of one kind: its metrics by source, set, method, face size and declared
part, their means, and those of all files together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from detector.evaluate.calibration import estimate_calibration_error
from detector.evaluate.metrics import (
    RESAMPLES,
    Array,
    Estimate,
    estimate,
    estimates,
    interval,
    plain_and_resampled,
    weighted_auc_within,
    weighted_ranking,
    weighted_rate,
    with_interval,
)
from detector.evaluate.predictions import Prediction, Predictions, Rows
from detector.evaluate.slices import Against, Kind, Slice, slices_of, whole_of
from detector.evaluate.thresholds import AtThreshold, measure_at
from detector.metrics import SourceMetrics, Summary
from detector.structures import Thresholds, Verdict


@dataclass(frozen=True)
class Shares:
    """Which share of all files was judged, had no face, could not be read, and was judged and is uncertain;
    None of no files.
    """

    judged: Estimate | None
    no_face: Estimate | None
    unreadable: Estimate | None
    uncertain: Estimate | None


@dataclass(frozen=True)
class SliceMetrics:
    """The metrics of some files; one is None where it has no answer.

    `fake` and `real` count the judged files that AUC, average precision and equal error rate compare: a
    source of fakes only has all reals of the index instead of its own (`against`), a method those of its
    source. `pairs` counts pairs where only those within a group or repository are compared. `false_positives`
    is the share of its own reals over t, `reals_likely_fake` of those whose verdict is that;
    `calibration_error` (None where a class is missing) and `at_threshold` are of all its own judged files.
    """

    name: str
    kind: Kind
    files: int
    judged: int
    no_face: int
    unreadable: int
    uncertain: int
    shares: Shares
    fake: int
    real: int
    groups: int
    against: Against
    pairs: int | None
    auc: Estimate | None
    average_precision: Estimate | None
    equal_error: Estimate | None
    false_positives: Estimate | None
    reals_likely_fake: Estimate | None
    calibration_error: Estimate | None
    at_threshold: AtThreshold


@dataclass(frozen=True)
class Results:
    """All metrics of a detector on an index; the means are over the sources and the sets that have fakes,
    each weighted alike.

    `whole` is of all files together, each weighted alike: its AUC is the pooled one, in which a fake of one
    set must stand over the reals of every other.
    """

    slices: tuple[SliceMetrics, ...]
    mean_of_sources: Estimate | None
    mean_of_sets: Estimate | None
    whole: SliceMetrics

    def of(self, kind: Kind) -> tuple[SliceMetrics, ...]:
        """The slices of one kind, in their order."""
        return tuple(part for part in self.slices if part.kind == kind)


def results_of(
    predictions: Sequence[Prediction],
    thresholds: Thresholds,
    resamples: int = RESAMPLES,
    random_seed: int = 0,
) -> Results:
    """The metrics of one detector's predictions, sources and sets in alphabetic order; intervals are the same
    at every call.
    """
    table = Predictions.of(predictions).resampled(resamples, random_seed)
    known: dict[tuple[bytes, bytes, str], _Measured] = {}  # a set that is a source is measured once
    measured = []
    for part in (*slices_of(table), whole_of(table)):
        key = part.own.tobytes(), part.compared.tobytes(), part.within
        if key not in known:
            known[key] = _measured(table, part, thresholds)
        metrics = replace(known[key].metrics, name=part.name, kind=part.kind, against=part.against)
        measured.append(replace(known[key], metrics=metrics))
    return Results(
        slices=tuple(part.metrics for part in measured[:-1]),
        mean_of_sources=_mean([part.aucs for part in measured if part.metrics.kind == "source"]),
        mean_of_sets=_mean([part.aucs for part in measured if part.metrics.kind == "set"]),
        whole=measured[-1].metrics,
    )


@dataclass(frozen=True, eq=False)
class _Measured:
    """Metrics with the AUC of their files and of every resample, (1 + D,)."""

    metrics: SliceMetrics
    aucs: Array


def _mean(aucs: Sequence[Array]) -> Estimate | None:
    """The mean of those AUCs that there are, with the interval of the same resamples for all; of fewer than
    two it says nothing new: None.
    """
    known = [auc for auc in aucs if np.isfinite(auc[0])]
    if len(known) < 2:
        return None
    means = np.mean(np.stack(known), axis=0)
    return Estimate(float(means[0]), *interval(means[1:]))


def _measured(table: Predictions, part: Slice, thresholds: Thresholds) -> _Measured:
    verdicts = list(table.verdict[part.own])
    judged = np.flatnonzero(part.own & table.judged)
    reals = np.flatnonzero(part.own & table.judged & (table.label == 0))
    fake = table.label[part.compared] == 1
    ranked, owners = _ranked(table, part), table.owners(part.compared)
    auc, average_precision, equal_error = (
        with_interval(float(column[0]), column[1:], owners) for column in ranked.T
    )
    metrics = SliceMetrics(
        name=part.name,
        kind=part.kind,
        files=len(verdicts),
        judged=len(judged),
        no_face=verdicts.count(Verdict.NO_FACE),
        unreadable=verdicts.count(Verdict.UNREADABLE),
        uncertain=verdicts.count(Verdict.UNCERTAIN),
        shares=_shares(table, np.flatnonzero(part.own)),
        fake=int(fake.sum()),
        real=int((~fake).sum()),
        groups=len(set(zip(table.source[part.compared], table.group[part.compared], strict=True))),
        against=part.against,
        pairs=_pairs(table, part) if part.within else None,
        auc=auc,
        average_precision=average_precision,
        equal_error=equal_error,
        false_positives=_share_of(table, reals, table.p_fake[reals] > thresholds.t),
        reals_likely_fake=_share_of(table, reals, table.verdict[reals] == Verdict.LIKELY_FAKE),
        calibration_error=_calibration_error(table, judged),
        at_threshold=measure_at(
            thresholds.t,
            table.label[judged],
            table.p_fake[judged],
            table.weights_at(judged),
            table.owners(judged),
        ),
    )
    return _Measured(metrics, ranked[:, 0])


def _ranked(table: Predictions, part: Slice) -> Array:
    """AUC, average precision and equal error rate of the files and of every resample, (1 + D, 3); of pairs
    within a group the AUC alone.
    """
    order, labels = table.order[part.compared], table.label[part.compared]
    weights = table.weights_at(part.compared)
    if not part.within:
        return plain_and_resampled(lambda chosen: weighted_ranking(order, labels, chosen), weights)
    strata = list(getattr(table, part.within)[part.compared])
    within = plain_and_resampled(lambda chosen: weighted_auc_within(order, labels, strata, chosen), weights)
    return np.stack([within, np.full_like(within, np.nan), np.full_like(within, np.nan)], axis=1)


def _pairs(table: Predictions, part: Slice) -> int:
    strata, fake = getattr(table, part.within)[part.compared], table.label[part.compared] == 1
    return sum(int(fake[strata == name].sum()) * int((~fake[strata == name]).sum()) for name in set(strata))


def _shares(table: Predictions, rows: Rows) -> Shares:
    verdicts = table.verdict[rows]
    asked = (Verdict.NO_FACE, Verdict.UNREADABLE, Verdict.UNCERTAIN)
    hits = np.stack([table.judged[rows], *(verdicts == verdict for verdict in asked)], axis=1)
    columns = hits.astype(np.float64).T

    def shares(chosen: Array) -> Array:
        return np.stack([weighted_rate(column, chosen) for column in columns], axis=1)

    return Shares(*estimates(shares, table.weights_at(rows), table.owners(rows)))


def _share_of(table: Predictions, rows: Rows, hits: NDArray[np.bool_]) -> Estimate | None:
    """The share of the files at `rows` that `hits` (n,) are."""
    return estimate(lambda chosen: weighted_rate(hits, chosen), table.weights_at(rows), table.owners(rows))


def _calibration_error(table: Predictions, rows: Rows) -> Estimate | None:
    p_fake, labels = table.p_fake[rows], table.label[rows]
    if len(np.unique(labels)) < 2:
        return None
    return estimate_calibration_error(p_fake, labels, table.weights_at(rows), table.owners(rows))


def summary_of(predictions: Sequence[Prediction], results: Results, kind: Kind) -> Summary | None:
    """All judged files together, their AUC the mean over the slices of `kind`; None where a class is missing
    among them.
    """
    table = Predictions.of(predictions)
    judged = table.take(table.judged)
    if len(np.unique(judged.label)) < 2:
        return None
    with_fakes = [metrics.auc for metrics in results.of(kind) if metrics.auc is not None]
    mean = results.mean_of_sets if kind == "set" else results.mean_of_sources
    auc = mean if mean is not None else next(iter(with_fakes), None)
    return Summary(
        files=len(judged),
        groups=len(set(judged.owner.astype(str))),
        parts=len(with_fakes),
        auc=auc.value if auc is not None else None,
        interval=auc.bounds if auc is not None else None,
    )


def in_manifest(slices: Sequence[SliceMetrics]) -> Mapping[str, SourceMetrics]:
    """What the manifest says of some slices, by name."""
    return {part.name: _in_manifest(part) for part in slices}


def _in_manifest(part: SliceMetrics) -> SourceMetrics:
    return SourceMetrics(
        n=part.real + part.fake,
        auc=part.auc.value if part.auc is not None else None,
        ap=part.average_precision.value if part.average_precision is not None else None,
        interval=part.auc.bounds if part.auc is not None else None,
        false_positives=part.false_positives.value if part.false_positives is not None else None,
    )
