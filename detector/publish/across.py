"""Predictions across datasets to what the manifest says of them: Cross-AUC by question, figures by kind."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from detector.evaluate.cross import AS_IT_IS, Cell, CrossAuc, cross_aucs, cross_aucs_of_kinds
from detector.evaluate.predictions import Predictions
from detector.metrics import CrossMetrics, Delivery, KindMetrics, WorstCell
from detector.structures import Question

SNAPSHOT = "snapshot"
FLAGGED = 0.10
"""Share of snapshots over the cut at which false alarms of other kinds are counted."""


def cross_metrics(
    predictions: Predictions, deliveries: Mapping[str, Predictions] | None = None
) -> dict[str, CrossMetrics]:
    """Cross-AUC of one detector by question, and the worst of the `deliveries`, by name, where there are
    some.
    """
    again = {name: _means(rows) for name, rows in (deliveries or {}).items()}
    return {
        cross_auc.question: _in_manifest(cross_auc, _worst_delivery(cross_auc, again))
        for cross_auc in cross_aucs(predictions)
    }


def _means(predictions: Predictions) -> dict[Question, CrossAuc]:
    return {cross_auc.question: cross_auc for cross_auc in cross_aucs(predictions)}


def _worst_delivery(
    plain: CrossAuc, deliveries: Mapping[str, Mapping[Question, CrossAuc]]
) -> Delivery | None:
    """The delivery with the lowest mean; pictures as they are, where every one of them is better."""
    if not deliveries:
        return None
    means = {AS_IT_IS: plain.mean} | {
        name: of[plain.question].mean for name, of in deliveries.items() if plain.question in of
    }
    worst = min(means, key=lambda name: means[name].value)
    return Delivery(worst, means[worst].value, means[worst].bounds)


def _in_manifest(cross_auc: CrossAuc, delivery: Delivery | None) -> CrossMetrics:
    return CrossMetrics(
        mean=cross_auc.mean.value,
        interval=cross_auc.mean.bounds,
        cells=len(cross_auc.cells),
        worst=None if cross_auc.worst is None else _cell(cross_auc.worst),
        worst_delivery=delivery,
    )


def _cell(cell: Cell) -> WorstCell:
    return WorstCell(cell.fakes, cell.reals, cell.auc.value, cell.auc.bounds)


def kind_metrics(predictions: Predictions) -> dict[str, KindMetrics]:
    """The figures of one detector by kind of picture, fakes first; pictures of no known kind are left out."""
    judged = predictions.take(predictions.judged)
    metrics = {}
    for kind, cross_auc in cross_aucs_of_kinds(judged).items():
        rows = np.flatnonzero((judged.category == kind) & (judged.label == 1))
        mean = cross_auc.mean
        metrics[kind] = KindMetrics(True, len(rows), len(set(judged.owners(rows))), mean.value, mean.bounds)
    real = judged.take(judged.label == 0)
    snapshots = real.p_fake[real.category == SNAPSHOT]
    cut = float(np.quantile(snapshots, 1 - FLAGGED)) if len(snapshots) else None
    for kind in sorted(set(real.category) - {""}):
        rows = np.flatnonzero(real.category == kind)
        alarms = None if cut is None else float((real.p_fake[rows] > cut).mean())
        metrics[kind] = KindMetrics(False, len(rows), len(set(real.owners(rows))), false_alarms=alarms)
    return metrics
