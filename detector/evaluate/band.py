"""Predictions on the cross-dataset development sets to the uncertain band, and to how verdicts fare on sets
it was not fitted on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from detector.evaluate.predictions import Prediction
from detector.thresholds import Band, SelectiveRisk, band_without_cross, fit_band, selective_risks


@dataclass(frozen=True)
class CrossBand:
    """The band, and one `SelectiveRisk` a set and one of all sets, each file judged with the band fitted
    without its source.

    `committed` is empty where no band can be fitted (a class is missing).
    """

    band: Band
    committed: tuple[SelectiveRisk, ...]
    pictures: int


def cross_band(predictions: Sequence[Prediction], t: float) -> CrossBand:
    """The band around the threshold `t` from one detector's predictions; files that were not judged are left
    out.

    The figures leave out the whole source of a file, not its set alone: ffpp at c23 and at c40 share people.
    """
    if len({one.detector for one in predictions}) > 1:
        raise ValueError("a band is fitted on the predictions of one detector")
    judged = [one for one in predictions if one.p_fake is not None]
    labels = np.array([one.label for one in judged], dtype=np.int64)
    if len(np.unique(labels)) < 2:
        return CrossBand(band_without_cross(t), (), len(judged))
    p_fake = np.array([one.p_fake for one in judged], dtype=np.float64)
    sets, sources = np.array([one.set for one in judged]), np.array([one.source for one in judged])
    band = fit_band(p_fake, labels, sets, t)
    return CrossBand(band, selective_risks(p_fake, labels, sets, t, held_out=sources), len(judged))
