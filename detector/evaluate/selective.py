"""Predictions of one detector on a part of the development data to its line in every table: AUC, and how
often a sure verdict is wrong.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from detector.evaluate.metrics import Estimate
from detector.evaluate.predictions import Prediction
from detector.evaluate.results import Figures
from detector.manifest import Summary
from detector.structures import Thresholds, Verdict
from detector.thresholds import selective_risk, sides_leaving_out

Z_95 = 1.959964
"""The normal deviate of a 95 % interval."""

SIDES = {Verdict.LIKELY_REAL: -1, Verdict.LIKELY_FAKE: 1}
SHIPPED_BAND = "the shipped band"
LEFT_OUT_BAND = "the band fitted without the judged source"


def summary_of(
    predictions: Sequence[Prediction], figures: Figures, thresholds: Thresholds, *, fitted_here: bool
) -> Summary | None:
    """All judged files together; None where a class is missing among them.

    `fitted_here`: the band was fitted on these very files, so each is judged anew by one fitted without its
    source, marked or not; else the verdicts count, which are `uncertain` where a face is marked.
    """
    judged = [one for one in predictions if one.p_fake is not None]
    labels = np.array([one.label for one in judged], dtype=np.int64)
    if len(np.unique(labels)) < 2:
        return None
    p_fake = np.array([one.p_fake for one in judged], dtype=np.float64)
    sets, sources = np.array([one.set for one in judged]), np.array([one.source for one in judged])
    groups = np.array([f"{one.source} {one.group}" for one in judged])
    if fitted_here:
        sides = sides_leaving_out(p_fake, labels, sets, thresholds.t, sources)
    else:
        sides = np.array([SIDES.get(one.verdict, 0) for one in judged])
    verdicts = selective_risk(sides, labels, sets)
    with_fakes = [one.auc for one in figures.of("set" if fitted_here else "source") if one.auc is not None]
    mean = figures.mean_of_sets if fitted_here else figures.mean_of_sources
    auc: Estimate | None = mean if mean is not None else next(iter(with_fakes), None)
    return Summary(
        files=len(judged),
        groups=len(set(groups)),
        parts=len(with_fakes),
        auc=auc.value if auc is not None else None,
        interval=(auc.low, auc.high)
        if auc is not None and auc.low is not None and auc.high is not None
        else None,
        committed=verdicts.coverage,
        sure=int((sides != 0).sum()),
        wrong=verdicts.risk,
        wrong_interval=None if verdicts.risk is None else wilson(verdicts.risk, len(set(groups[sides != 0]))),
        band=LEFT_OUT_BAND if fitted_here else SHIPPED_BAND,
    )


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
