"""Whose predictions are measured: a detector of ours, or another program; and the figures of each on files of
one kind.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from detector.evaluate.band import CrossBand, cross_band
from detector.evaluate.predictions import Prediction
from detector.evaluate.results import Figures, figures_of
from detector.structures import DetectorInfo, Thresholds


@dataclass(frozen=True)
class Elsewhere:
    """Another program, known by the file of its predictions; `thresholds` have no band where only one
    threshold is known (t = lo = hi).
    """

    name: str
    thresholds: Thresholds
    file: str
    file_sha256: str


Judge = DetectorInfo | Elsewhere


@dataclass(frozen=True)
class Judged:
    """A detector and all figures of it on files of one kind (`photo` or `video`); `band` where every set of
    them has both classes.
    """

    info: Judge
    kind: str
    figures: Figures
    band: CrossBand | None


def judged_of(
    info: Judge, kind: str, predictions: Sequence[Prediction], draws: int, random_seed: int
) -> Judged:
    """The figures of the predictions of one detector on files of one kind."""
    found = figures_of(predictions, info.thresholds, draws, random_seed)
    sets = found.of("set")
    has_cross = len(sets) > 1 and all(
        figure.against == "own reals" and figure.auc is not None for figure in sets
    )
    return Judged(info, kind, found, cross_band(predictions, info.thresholds.t) if has_cross else None)
