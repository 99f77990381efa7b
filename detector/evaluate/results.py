"""Predictions of one detector to its figures: by source, set, method, face size and declared part, their
means, and all files together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from detector.evaluate.metrics import (
    DRAWS,
    Array,
    Estimate,
    estimate,
    estimates,
    interval,
    plain_and_drawn,
    weighted_auc_within,
    weighted_ranking,
    weighted_rate,
    with_interval,
)
from detector.evaluate.predictions import Prediction
from detector.evaluate.reliability import estimate_calibration_error
from detector.evaluate.slices import Against, Columns, Kind, Rows, Slice, columns_of, slices_of, whole_of
from detector.evaluate.thresholds import AtThreshold, measure_at
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
class Figure:
    """The figures of some files; a figure is None where it has no answer.

    `fake` and `real` count the judged files that AUC, average precision and equal error rate compare: a
    source of fakes only has all reals of the index instead of its own (`against`), a method those of its
    source. `pairs` counts pairs where only those within a group or repository are compared. `false_positives`
    is the share of its own reals over t, `reals_over_hi` of those called likely fake; `calibration_error`
    (None where a class is missing) and `at_threshold` are of all its own judged files.
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
    reals_over_hi: Estimate | None
    calibration_error: Estimate | None
    at_threshold: AtThreshold


@dataclass(frozen=True)
class Figures:
    """All figures of a detector on an index; the means are over the sources and the sets that have fakes,
    each weighted alike.

    `whole` is of all files together, each weighted alike: its AUC is the pooled one, in which a fake of one
    set must stand over the reals of every other.
    """

    figures: tuple[Figure, ...]
    mean_of_sources: Estimate | None
    mean_of_sets: Estimate | None
    whole: Figure

    def of(self, kind: Kind) -> tuple[Figure, ...]:
        """The figures of one kind, in their order."""
        return tuple(figure for figure in self.figures if figure.kind == kind)


def figures_of(
    predictions: Sequence[Prediction], thresholds: Thresholds, draws: int = DRAWS, random_seed: int = 0
) -> Figures:
    """The figures of one detector's predictions, sources and sets in alphabetic order; intervals are the same
    at every call.
    """
    columns = columns_of(predictions, draws, random_seed)
    known: dict[
        tuple[bytes, bytes, str], _Measured
    ] = {}  # a set that is a source, or all files, is measured once
    measured = []
    for of in (*slices_of(columns), whole_of(columns)):
        key = of.own.tobytes(), of.compared.tobytes(), of.within
        if key not in known:
            known[key] = _measured(columns, of, thresholds)
        measured.append(
            replace(
                known[key], figure=replace(known[key].figure, name=of.name, kind=of.kind, against=of.against)
            )
        )
    return Figures(
        figures=tuple(one.figure for one in measured[:-1]),
        mean_of_sources=_mean([one.aucs for one in measured if one.figure.kind == "source"]),
        mean_of_sets=_mean([one.aucs for one in measured if one.figure.kind == "set"]),
        whole=measured[-1].figure,
    )


@dataclass(frozen=True, eq=False)
class _Measured:
    """A figure with the AUC of its files and of every draw, (1 + D,)."""

    figure: Figure
    aucs: Array


def _mean(aucs: Sequence[Array]) -> Estimate | None:
    """The mean of those AUCs that there are, with the interval of the same draws for all; of fewer than two
    it says nothing new: None.
    """
    known = [one for one in aucs if np.isfinite(one[0])]
    if len(known) < 2:
        return None
    means = np.mean(np.stack(known), axis=0)
    return Estimate(float(means[0]), *interval(means[1:]))


def _measured(columns: Columns, of: Slice, thresholds: Thresholds) -> _Measured:
    own = [one for one, is_own in zip(columns.predictions, of.own, strict=True) if is_own]
    judged = np.flatnonzero(of.own & columns.judged)
    reals = np.flatnonzero(of.own & columns.judged & (columns.labels == 0))
    fake = columns.labels[of.compared] == 1
    ranked, groups = _ranked(columns, of), columns.groups(of.compared)
    auc, average_precision, equal_error = (
        with_interval(float(column[0]), column[1:], groups) for column in ranked.T
    )
    figure = Figure(
        name=of.name,
        kind=of.kind,
        files=len(own),
        judged=len(judged),
        no_face=sum(prediction.verdict is Verdict.NO_FACE for prediction in own),
        unreadable=sum(prediction.verdict is Verdict.UNREADABLE for prediction in own),
        uncertain=sum(prediction.verdict is Verdict.UNCERTAIN for prediction in own),
        shares=_shares(columns, np.flatnonzero(of.own)),
        fake=int(fake.sum()),
        real=int((~fake).sum()),
        groups=len({(columns.predictions[i].source, columns.predictions[i].group) for i in of.compared}),
        against=of.against,
        pairs=_pairs(columns, of) if of.within else None,
        auc=auc,
        average_precision=average_precision,
        equal_error=equal_error,
        false_positives=_share_over(columns, reals, thresholds.t),
        reals_over_hi=_share_over(columns, reals, thresholds.hi),
        calibration_error=_calibration_error(columns, judged),
        at_threshold=measure_at(
            thresholds.t,
            columns.labels[judged],
            columns.p_fake[judged],
            columns.weights[:, judged],
            columns.groups(judged),
        ),
    )
    return _Measured(figure, ranked[:, 0])


def _ranked(columns: Columns, of: Slice) -> Array:
    """AUC, average precision and equal error rate of the files and of every draw, (1 + D, 3); of pairs within
    a group the AUC alone.
    """
    order, labels, weights = (
        columns.order[of.compared],
        columns.labels[of.compared],
        columns.weights[:, of.compared],
    )
    if not of.within:
        return plain_and_drawn(lambda drawn: weighted_ranking(order, labels, drawn), weights)
    strata = _values(columns, of)
    within = plain_and_drawn(lambda drawn: weighted_auc_within(order, labels, strata, drawn), weights)
    return np.stack([within, np.full_like(within, np.nan), np.full_like(within, np.nan)], axis=1)


def _values(columns: Columns, of: Slice) -> list[str]:
    return [str(getattr(columns.predictions[i], of.within)) for i in of.compared]


def _pairs(columns: Columns, of: Slice) -> int:
    strata = np.array(_values(columns, of), dtype=object)
    fake = columns.labels[of.compared] == 1
    return sum(int(fake[strata == name].sum()) * int((~fake[strata == name]).sum()) for name in set(strata))


def _shares(columns: Columns, rows: Rows) -> Shares:
    verdicts = [columns.predictions[i].verdict for i in rows]
    asked = (Verdict.NO_FACE, Verdict.UNREADABLE, Verdict.UNCERTAIN)
    hits = np.stack(
        [columns.judged[rows], *([one is verdict for one in verdicts] for verdict in asked)], axis=1
    ).astype(np.float64)

    def shares(drawn: Array) -> Array:
        return np.stack([weighted_rate(column, drawn) for column in hits.T], axis=1)

    return Shares(*estimates(shares, columns.weights[:, rows], columns.groups(rows)))


def _share_over(columns: Columns, rows: Rows, threshold: float) -> Estimate | None:
    over = columns.p_fake[rows] > threshold
    return estimate(lambda drawn: weighted_rate(over, drawn), columns.weights[:, rows], columns.groups(rows))


def _calibration_error(columns: Columns, rows: Rows) -> Estimate | None:
    p_fake, labels = columns.p_fake[rows], columns.labels[rows]
    if len(np.unique(labels)) < 2:
        return None
    return estimate_calibration_error(p_fake, labels, columns.weights[:, rows], columns.groups(rows))
