"""One detector's predictions on files of one kind to the points of its curves: ROC, precision and recall,
reliability, histogram.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import precision_recall_curve, roc_curve

from detector.evaluate.judged import Judged
from detector.evaluate.metrics import COVERAGE, DRAWS, Array
from detector.evaluate.predictions import Prediction
from detector.evaluate.reliability import Bin, reliability
from detector.evaluate.results import Figure
from detector.evaluate.slices import columns_of
from detector.structures import Thresholds

HISTOGRAM_BINS = 20
GRID = 101
"""False-positive rates at which the band about the ROC curve is measured."""


@dataclass(frozen=True, eq=False)
class Line:
    """Points of a curve, `x` and `y` (N,) in 0..1."""

    x: Array
    y: Array


@dataclass(frozen=True, eq=False)
class Band:
    """The central 95 % of a curve over the draws: `low` and `high` at each of `x`."""

    x: Array
    low: Array
    high: Array


@dataclass(frozen=True, eq=False)
class Curves:
    """What is drawn of a detector; a curve is None where a class is missing.

    `roc` has the false-positive rate on x, `precision_recall` the recall of fake. `edges` (B + 1,) are those
    of the histogram of p_fake, `reals` and `fakes` (B,) its counts. `whole` are the figures of all files.
    """

    name: str
    kind: str
    thresholds: Thresholds
    whole: Figure
    roc: Line | None
    roc_band: Band | None
    precision_recall: Line | None
    bins: tuple[Bin, ...]
    edges: Array
    reals: NDArray[np.int64]
    fakes: NDArray[np.int64]


def curves_of(
    judged: Judged, predictions: Sequence[Prediction], draws: int = DRAWS, random_seed: int = 0
) -> Curves:
    """The curves over all judged files together, with the draws of its figures."""
    columns = columns_of(predictions, draws, random_seed)
    rows = np.flatnonzero(columns.judged)
    labels, p_fake, order, weights = (
        columns.labels[rows],
        columns.p_fake[rows],
        columns.order[rows],
        columns.weights[:, rows],
    )
    edges = np.linspace(0, 1, HISTOGRAM_BINS + 1)
    roc, precision_recall = None, None
    if len(np.unique(labels)) == 2:
        alarms, hits, _ = roc_curve(labels, order)
        precision, recall, _ = precision_recall_curve(labels, order, drop_intermediate=True)
        roc, precision_recall = Line(alarms, hits), Line(recall[::-1], precision[::-1])
    return Curves(
        name=judged.info.name,
        kind=judged.kind,
        thresholds=judged.info.thresholds,
        whole=judged.figures.whole,
        roc=roc,
        roc_band=_roc_band(order, labels, weights)
        if roc is not None and len(set(columns.groups(rows))) > 1
        else None,
        precision_recall=precision_recall,
        bins=reliability(p_fake, labels, weights, columns.groups(rows)),
        edges=edges,
        reals=np.histogram(p_fake[labels == 0], edges)[0],
        fakes=np.histogram(p_fake[labels == 1], edges)[0],
    )


def _roc_band(
    order: NDArray[np.int64], labels: NDArray[np.int64], weights: NDArray[np.float32]
) -> Band | None:
    """The recall at each false-positive rate of a grid over the draws that have both classes; None where
    there are none.
    """
    falling = np.argsort(-order, kind="stable")
    ends = np.flatnonzero(
        np.diff(order[falling], append=-1)
    )  # one point a distinct value: ties are passed at once
    fake, x = labels[falling] == 1, np.linspace(0, 1, GRID)
    found = []
    for row in weights[:, falling].astype(np.float64):
        hits, alarms = np.cumsum(row * fake), np.cumsum(row * ~fake)
        if hits[-1] and alarms[-1]:
            found.append(np.interp(x, np.r_[0, alarms[ends] / alarms[-1]], np.r_[0, hits[ends] / hits[-1]]))
    if not found:
        return None
    low, high = np.quantile(np.stack(found), [(1 - COVERAGE) / 2, (1 + COVERAGE) / 2], axis=0)
    return Band(x, low, high)
