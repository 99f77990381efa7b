"""Predictions of one detector to its figures: by source, by set, by declared part, and their means."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from detector.evaluate.at_threshold import AtThreshold, measure_at
from detector.evaluate.metrics import (
    DRAWS,
    Array,
    Estimate,
    Statistic,
    calibration_error,
    draw,
    estimate,
    interval,
    order_of,
    over_draws,
    weighted_auc,
    weighted_auc_within,
    weighted_average_precision,
    weighted_rate,
)
from detector.evaluate.predictions import Prediction
from detector.structures import Thresholds, Verdict

Kind = Literal["source", "set", "part"]
Against = Literal["own reals", "all reals", "nothing"]


@dataclass(frozen=True)
class Part:
    """Files of a source that are quoted by themselves.

    `pattern` is searched in `column` of the prediction. `within` names the column whose value a fake and a real must share to be compared;
    empty: all are.
    """

    name: str
    source: str
    column: Literal["file", "group"]
    pattern: str
    within: Literal["", "group", "repo"] = ""

    def holds(self, prediction: Prediction) -> bool:
        """Whether the prediction is of this part."""
        return prediction.source == self.source and re.search(self.pattern, getattr(prediction, self.column)) is not None


PARTS = (
    # source and class of the set are partly confounded; these fakes and reals come from the same three repositories
    Part("diffusion, one repository", "diffusion", "file", r"/(lab_|ecuador_|gengap_(fake|real)_)"),
    Part("diffusion, pairs within a repository", "diffusion", "file", r"/(lab_|ecuador_|gengap_(fake|real)_)", within="repo"),
    # every FaceForensics++ person of the clips is also among the pictures
    Part("videos without FaceForensics++", "videos", "group", r"^(?!ffpp-)"),
    Part("videos, a fake and its original", "videos", "group", "", within="group"),
)


@dataclass(frozen=True)
class Figure:
    """The figures of some files; a figure is None where it has no answer.

    `fake` and `real` count the judged files that the AUC compares: a source of fakes only has all reals of the index instead of its own
    (`against`). `pairs` counts pairs where only those within a group or repository are compared. `false_positives` is the
    share of its own reals over t, `reals_over_hi` of those called likely fake, `at_threshold` what all its own files are worth at t.
    """

    name: str
    kind: Kind
    files: int
    judged: int
    no_face: int
    unreadable: int
    fake: int
    real: int
    groups: int
    against: Against
    pairs: int | None
    auc: Estimate | None
    average_precision: Estimate | None
    false_positives: Estimate | None
    reals_over_hi: Estimate | None
    at_threshold: AtThreshold


@dataclass(frozen=True)
class Figures:
    """All figures of a detector on an index; the means are over the sources and the sets that have fakes, each weighted alike.

    `average_precision` and `at_threshold` are of all files together, each weighted alike.
    """

    figures: tuple[Figure, ...]
    mean_of_sources: Estimate | None
    mean_of_sets: Estimate | None
    calibration_error: float | None
    average_precision: Estimate | None
    at_threshold: AtThreshold

    def of(self, kind: Kind) -> tuple[Figure, ...]:
        """The figures of one kind, in their order."""
        return tuple(figure for figure in self.figures if figure.kind == kind)


@dataclass(frozen=True, eq=False)
class _Table:
    """Columns of the predictions: all (N,), `weights` (D, N); `order` ranks the judged ones, 0 elsewhere."""

    predictions: Sequence[Prediction]
    judged: NDArray[np.bool_]
    labels: NDArray[np.int64]
    order: NDArray[np.int64]
    p_fake: Array
    weights: NDArray[np.float32]

    def statistic(self, of: Callable[[NDArray[np.intp]], Statistic], where: NDArray[np.intp]) -> Estimate | None:
        return estimate(of(where), self.weights[:, where], self.groups(where))

    def groups(self, where: NDArray[np.intp]) -> list[str]:
        return [f"{self.predictions[i].source} {self.predictions[i].group}" for i in where]

    def at(self, threshold: float, where: NDArray[np.intp]) -> AtThreshold:
        return measure_at(threshold, self.labels[where], self.p_fake[where], self.weights[:, where], self.groups(where))


def figures_of(predictions: Sequence[Prediction], thresholds: Thresholds, draws: int = DRAWS, random_seed: int = 0) -> Figures:
    """The figures of one detector's predictions, sources and sets in alphabetic order; intervals are the same at every call."""
    table = _table(predictions, draws, random_seed)
    found: list[Figure] = []
    drawn: dict[str, list[Array]] = {"source": [], "set": []}
    values: dict[str, list[float]] = {"source": [], "set": []}
    kinds: tuple[Kind, Kind] = ("source", "set")
    for kind in kinds:
        names = np.array([getattr(prediction, kind) for prediction in predictions], dtype=object)
        for name in sorted(set(names)):
            inside = names == name
            figure = _figure(table, inside, name, kind, thresholds)
            found.append(figure)
            if figure.auc is not None:
                where, _ = _compared(table, inside, kind)
                values[kind].append(figure.auc.value)
                drawn[kind].append(over_draws(_auc(table, "")(where), table.weights[:, where]))
    for part in PARTS:
        inside = np.array([part.holds(prediction) for prediction in predictions], dtype=bool)
        if inside.any():
            found.append(_figure(table, inside, part.name, "part", thresholds, within=part.within))
    return Figures(
        figures=tuple(found),
        mean_of_sources=_mean(values["source"], drawn["source"]),
        mean_of_sets=_mean(values["set"], drawn["set"]),
        calibration_error=calibration_error(table.p_fake[table.judged], table.labels[table.judged]),
        average_precision=table.statistic(_average_precision(table), np.flatnonzero(table.judged)),
        at_threshold=table.at(thresholds.t, np.flatnonzero(table.judged)),
    )


def _table(predictions: Sequence[Prediction], draws: int, random_seed: int) -> _Table:
    judged = np.array([prediction.p_fake is not None for prediction in predictions], dtype=bool)
    p_fake = np.array([prediction.p_fake or 0.0 for prediction in predictions], dtype=np.float64)
    logits = np.array([prediction.logit or 0.0 for prediction in predictions], dtype=np.float64)
    order = np.zeros(len(predictions), dtype=np.int64)
    order[judged] = order_of(p_fake[judged], logits[judged])
    return _Table(
        predictions=predictions,
        judged=judged,
        labels=np.array([prediction.label for prediction in predictions], dtype=np.int64),
        order=order,
        p_fake=p_fake,
        weights=draw([p.source for p in predictions], [p.group for p in predictions], draws, random_seed),
    )


def _compared(table: _Table, inside: NDArray[np.bool_], kind: Kind) -> tuple[NDArray[np.intp], Against]:
    """The judged files that an AUC of `inside` compares, by the rule for sources of one class."""
    own = inside & table.judged
    fake, real = (own & (table.labels == 1)), (own & (table.labels == 0))
    if not fake.any():
        return np.flatnonzero(own), "nothing"
    # judged or not, its reals make it a source of both classes; a part is compared within itself
    if kind == "part" or (inside & (table.labels == 0)).any():
        return np.flatnonzero(own), "own reals"
    all_real = table.judged & (table.labels == 0)
    return np.flatnonzero(fake | real | all_real), "all reals"


def _auc(table: _Table, within: str) -> Callable[[NDArray[np.intp]], Statistic]:
    def of(where: NDArray[np.intp]) -> Statistic:
        order, labels = table.order[where], table.labels[where]
        if not within:
            return lambda weights: weighted_auc(order, labels, weights)
        strata = [str(getattr(table.predictions[i], within)) for i in where]
        return lambda weights: weighted_auc_within(order, labels, strata, weights)

    return of


def _average_precision(table: _Table) -> Callable[[NDArray[np.intp]], Statistic]:
    return lambda rows: lambda weights: weighted_average_precision(table.order[rows], table.labels[rows], weights)


def _figure(table: _Table, inside: NDArray[np.bool_], name: str, kind: Kind, thresholds: Thresholds, within: str = "") -> Figure:
    where, against = _compared(table, inside, kind)
    own = [one for one, is_own in zip(table.predictions, inside, strict=True) if is_own]
    own_reals = np.flatnonzero(inside & table.judged & (table.labels == 0))

    def over(threshold: float) -> Callable[[NDArray[np.intp]], Statistic]:
        return lambda rows: lambda weights: weighted_rate(table.p_fake[rows] > threshold, weights)

    return Figure(
        name=name,
        kind=kind,
        files=len(own),
        judged=int((inside & table.judged).sum()),
        no_face=sum(prediction.verdict is Verdict.NO_FACE for prediction in own),
        unreadable=sum(prediction.verdict is Verdict.UNREADABLE for prediction in own),
        fake=int((table.labels[where] == 1).sum()),
        real=int((table.labels[where] == 0).sum()),
        groups=len({(table.predictions[i].source, table.predictions[i].group) for i in where}),
        against=against,
        pairs=_pairs(table, where, within) if within else None,
        auc=table.statistic(_auc(table, within), where),
        average_precision=None if within else table.statistic(_average_precision(table), where),
        false_positives=table.statistic(over(thresholds.t), own_reals),
        reals_over_hi=table.statistic(over(thresholds.hi), own_reals),
        at_threshold=table.at(thresholds.t, np.flatnonzero(inside & table.judged)),
    )


def _pairs(table: _Table, where: NDArray[np.intp], within: str) -> int:
    strata = np.array([getattr(table.predictions[i], within) for i in where], dtype=object)
    fake = table.labels[where] == 1
    return sum(int(fake[strata == name].sum()) * int((~fake[strata == name]).sum()) for name in set(strata))


def _mean(values: Sequence[float], drawn: Sequence[Array]) -> Estimate | None:
    """The mean of several AUCs; its interval from the same draws for all (one of a single AUC says nothing new: None)."""
    if len(values) < 2:
        return None
    return Estimate(float(np.mean(values)), *interval(np.mean(np.stack(drawn), axis=0)))
