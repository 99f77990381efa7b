"""How often a detector answers with more than `uncertain`, and how often it is then wrong: the band and its
metrics, and a detector's line in every table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from detector.evaluate.metrics import wilson
from detector.evaluate.predictions import Prediction, Predictions
from detector.evaluate.results import Results
from detector.manifest import Summary
from detector.structures import Thresholds, Verdict
from detector.thresholds import (
    Band,
    SelectiveRisk,
    band_without_cross,
    fit_band,
    selective_risk,
    selective_risks,
    sides_leaving_out,
)

SIDES = {Verdict.LIKELY_REAL: -1, Verdict.LIKELY_FAKE: 1}
SHIPPED_BAND = "the shipped band"
LEFT_OUT_BAND = "the band fitted without the judged source"


@dataclass(frozen=True)
class CrossBand:
    """The band, and one `SelectiveRisk` a set and one of all sets, each file judged with the band fitted
    without its source.

    `selective` is empty where no band can be fitted (a class is missing).
    """

    band: Band
    selective: tuple[SelectiveRisk, ...]
    pictures: int


def cross_band(predictions: Sequence[Prediction], t: float) -> CrossBand:
    """The band around the threshold `t` from one detector's predictions; files that were not judged are left
    out.

    They leave out the whole source of a file, not its set alone: ffpp at c23 and at c40 share people.
    """
    table = Predictions.of(predictions)
    if len(set(table.detector)) > 1:
        raise ValueError("a band is fitted on the predictions of one detector")
    judged = table.take(table.judged)
    if len(np.unique(judged.label)) < 2:
        return CrossBand(band_without_cross(t), (), len(judged))
    sets, sources = judged.set.astype(str), judged.source.astype(str)
    band = fit_band(judged.p_fake, judged.label, sets, t)
    return CrossBand(
        band, selective_risks(judged.p_fake, judged.label, sets, t, held_out=sources), len(judged)
    )


def summary_of(
    predictions: Sequence[Prediction], results: Results, thresholds: Thresholds, *, fitted_here: bool
) -> Summary | None:
    """All judged files together; None where a class is missing among them.

    `fitted_here`: the band was fitted on these very files, so each is judged anew by one fitted without its
    source, marked or not; else the verdicts count, which are `uncertain` where a face is marked.
    """
    table = Predictions.of(predictions)
    judged = table.take(table.judged)
    if len(np.unique(judged.label)) < 2:
        return None
    sets, groups = judged.set.astype(str), judged.owner.astype(str)
    if fitted_here:
        sources = judged.source.astype(str)
        sides = sides_leaving_out(judged.p_fake, judged.label, sets, thresholds.t, sources)
    else:
        sides = np.array([SIDES.get(verdict, 0) for verdict in judged.verdict])
    told = selective_risk(sides, judged.label, sets)
    slices = results.of("set" if fitted_here else "source")
    with_fakes = [metrics.auc for metrics in slices if metrics.auc is not None]
    mean = results.mean_of_sets if fitted_here else results.mean_of_sources
    auc = mean if mean is not None else next(iter(with_fakes), None)
    return Summary(
        files=len(judged),
        groups=len(set(groups)),
        parts=len(with_fakes),
        auc=auc.value if auc is not None else None,
        interval=auc.bounds if auc is not None else None,
        coverage=told.coverage,
        covered=int((sides != 0).sum()),
        risk=told.risk,
        risk_interval=None if told.risk is None else wilson(told.risk, len(set(groups[sides != 0]))),
        band=LEFT_OUT_BAND if fitted_here else SHIPPED_BAND,
    )
