"""What a detector says on `tune` and across datasets, made into calibration, thresholds and the default."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from detector.calibration import fit, probability
from detector.data.tables import Picture, read_index
from detector.engines import Engine
from detector.errors import SettingsError, WeightsError
from detector.evaluate.calibration import TUNE
from detector.faces.quality import measure
from detector.manifest import Entry, Manifest
from detector.metrics import mean_auc
from detector.ood import fitted_range
from detector.structures import FittedRange, Image, Question, Thresholds
from detector.thresholds import best_threshold
from detector.train.dataset import tuning_crops

BATCH = 16
UNFITTED = Thresholds(t=0.5, fitted_on="nothing yet")


def tune_pictures(data: Path) -> list[Picture]:
    """The pictures of the split `tune`; SettingsError where there are none."""
    pictures = read_index(data, TUNE)
    if not pictures:
        raise SettingsError(
            f"{data} has no pictures of split tune; calibration and threshold are fitted on them"
        )
    return pictures


def fitted_on(pictures: Sequence[Picture]) -> str:
    """What the manifest says a calibration was fitted on."""
    return f"tune: {len(pictures)} pictures of {', '.join(sorted({picture.source for picture in pictures}))}"


def fitted_range_of(pictures: Sequence[Picture]) -> FittedRange:
    """What the faces of `pictures` are like, each in the box of its index."""
    return fitted_range(
        (measure(picture.image(), picture.box, None) for picture in pictures), fitted_on(pictures)
    )


def fit_on_tune(name: str, entry: Entry, engine: Engine, data: Path) -> Entry:
    """The `entry` of the detector `name` with calibration and t fitted on the split `tune` of `data`, every
    picture of it, without self-blends; and what it saw.

    Raises WeightsError where no calibration makes p_fake rise with the label.
    """
    pictures = tune_pictures(data)
    shown = list(tuning_crops(pictures, entry.input.margin, entry.input.size, most=None, blends=0))
    labels = np.array([picture.label for picture in shown])
    crops: Image = np.stack([picture.crop for picture in shown]).transpose(0, 3, 1, 2)
    logits = np.concatenate(
        [
            engine.logits(crops[start : start + BATCH].astype(np.float32) / np.float32(255))
            for start in range(0, len(crops), BATCH)
        ]
    )
    try:
        calibration = fit(logits, labels, fitted_on(pictures))
    except ValueError as fault:
        raise WeightsError(
            f"{name} cannot be calibrated: {fault} Train longer, or name another checkpoint; nothing was"
            " published"
        ) from fault
    t = best_threshold(probability(logits, calibration), labels)
    thresholds = Thresholds(t, "best F1 on tune")
    return replace(entry, calibration=calibration, thresholds=thresholds, seen=fitted_range_of(pictures))


def better_across(manifest: Manifest) -> str | None:
    """The detector that every door takes: that with the best mean Cross-AUC over fakes of every kind,
    whatever question it is asked; None where nothing was measured across.

    As long as that is measured of none, the best mean AUC over the sets of cross decides.
    """
    ranked = {
        name: entry.metrics.cross_auc[Question.EITHER].mean
        for name, entry in manifest.items()
        if Question.EITHER in entry.metrics.cross_auc
    }
    means = ranked or {
        name: mean for name, entry in manifest.items() if (mean := mean_auc(entry.metrics.cross)) is not None
    }
    return max(means, key=lambda name: means[name]) if means else None
