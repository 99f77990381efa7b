"""Cross-AUC: the fakes of each set against the genuine pictures of every set, for each question.

An AUC within a set hides that whole sets shift: the genuine portraits of one may score over the fakes of
another. So every set of fakes meets every set of genuine pictures.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from detector.evaluate.metrics import (
    Array,
    Estimate,
    plain_and_resampled,
    weighted_auc,
    with_interval,
)
from detector.evaluate.predictions import Mask, Predictions
from detector.structures import CATEGORIES, Question

FEWEST_GROUPS_OF_CELL = 15
"""People or videos that a cell needs on both sides to be called the worst: of fewer, it is chance."""

AS_IT_IS = "as it is"


@dataclass(frozen=True)
class Cell:
    """The AUC of the fakes of the set `fakes` against the genuine pictures of the set `reals`; the groups are
    the people or videos on each side.
    """

    fakes: str
    reals: str
    auc: Estimate
    fake_groups: int
    real_groups: int

    @property
    def is_large(self) -> bool:
        """Whether there are groups enough on both sides for the cell to be called the worst."""
        return min(self.fake_groups, self.real_groups) >= FEWEST_GROUPS_OF_CELL


@dataclass(frozen=True)
class CrossAuc:
    """The fakes of a question, set by set, against the genuine pictures of every set.

    `mean` weighs cells alike, and so is also the AUC of all files as one list in which each class of each set
    weighs 1. `worst` is the lowest of the large cells, None where none is large; its interval is that of the
    cell, not of the choice.
    """

    question: Question
    cells: tuple[Cell, ...]
    mean: Estimate
    worst: Cell | None


@dataclass(frozen=True)
class Delivered:
    """Cross-AUC of one detector for one question, on the files as a delivery leaves them.

    `files` were judged, `lost` no longer, mostly because no face was found. `delivery` is AS_IT_IS for the
    files untouched.
    """

    detector: str
    question: Question
    delivery: str
    files: int
    lost: int
    mean: Estimate
    worst: Cell | None


def cross_aucs(predictions: Predictions) -> tuple[CrossAuc, ...]:
    """Cross-AUC of one detector on files of one kind for each question that has fakes.

    Empty unless both fakes and genuine pictures come from two sets or more. Where no category is known, only
    the question `either` is answered.
    """
    real = predictions.judged & (predictions.label == 0)
    fake = predictions.judged & (predictions.label == 1)
    if min(len(set(predictions.set[real])), len(set(predictions.set[fake]))) < 2:
        return ()
    category = predictions.category.astype(str)
    asked = {
        question: fake & np.isin(category, sorted(CATEGORIES[question]))
        for question in (Question.ALTERED, Question.GENERATED)
    }
    asked = {Question.EITHER: fake, **asked}
    return tuple(
        _cross_auc(predictions, question, real | fakes) for question, fakes in asked.items() if fakes.any()
    )


def cross_aucs_of_kinds(predictions: Predictions) -> dict[str, CrossAuc]:
    """The same for the fakes of each kind by itself, by kind; those of no known kind are left out."""
    real = predictions.judged & (predictions.label == 0)
    fake = predictions.judged & (predictions.label == 1)
    kinds = sorted(set(predictions.category[fake]) - {""})
    if not real.any():
        return {}
    return {
        kind: _cross_auc(predictions, Question.EITHER, real | (fake & (predictions.category == kind)))
        for kind in kinds
    }


def delivered(
    detector: str, plain: Predictions, deliveries: Sequence[tuple[str, Predictions]]
) -> tuple[Delivered, ...]:
    """Cross-AUC of one detector on files of one kind, `plain` and after each of the `deliveries`, by name;
    question by question.
    """
    rows = []
    for name, predictions in ((AS_IT_IS, plain), *deliveries):
        files = int(predictions.judged.sum())
        lost = int(plain.judged.sum()) - files
        rows += [
            Delivered(detector, cross_auc.question, name, files, lost, cross_auc.mean, cross_auc.worst)
            for cross_auc in cross_aucs(predictions)
        ]
    order = list(Question)
    return tuple(sorted(rows, key=lambda row: order.index(row.question)))


def worst_deliveries(rows: Iterable[Delivered]) -> tuple[Delivered, ...]:
    """Of each detector and question the delivery with the lowest mean."""
    lowest: dict[tuple[str, Question], Delivered] = {}
    for row in rows:
        known = lowest.setdefault((row.detector, row.question), row)
        if row.mean.value < known.mean.value:
            lowest[row.detector, row.question] = row
    return tuple(lowest.values())


def _cross_auc(predictions: Predictions, question: Question, kept: Mask) -> CrossAuc:
    """The same for the fakes of one question; both classes are among the `kept` rows."""
    rows = np.flatnonzero(kept)
    order, labels = predictions.order[rows], predictions.label[rows]
    sets, owners = predictions.set[rows], predictions.owner[rows]
    fakes_of = {name: (sets == name) & (labels == 1) for name in sorted(set(sets[labels == 1]))}
    reals_of = {name: (sets == name) & (labels == 0) for name in sorted(set(sets[labels == 0]))}
    pairs = [(fakes, reals) for fakes in fakes_of for reals in reals_of]

    def statistic(weights: Array) -> Array:
        """Every cell and their mean, of each resample, (D, cells + 1)."""
        columns = []
        for fakes, reals in pairs:
            inside = np.flatnonzero(fakes_of[fakes] | reals_of[reals])
            columns.append(weighted_auc(order[inside], labels[inside], weights[:, inside]))
        return np.stack([*columns, np.mean(columns, axis=0)], axis=1)

    drawn = plain_and_resampled(statistic, predictions.weights_at(rows)).T
    *of_cells, mean = (_estimate(column, list(owners)) for column in drawn)
    cells = tuple(
        Cell(fakes, reals, auc, len(set(owners[fakes_of[fakes]])), len(set(owners[reals_of[reals]])))
        for (fakes, reals), auc in zip(pairs, of_cells, strict=True)
    )
    large = [cell for cell in cells if cell.is_large]
    worst = min(large, key=lambda cell: cell.auc.value) if large else None
    return CrossAuc(question, cells, mean, worst)


def _estimate(column: Array, owners: list[str]) -> Estimate:
    estimate = with_interval(float(column[0]), column[1:], owners)
    assert estimate is not None  # both classes are there
    return estimate
