"""Rules to thresholds: chosen where a calibration is fitted, counted there and elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from detector.calibration import Array, probability
from detector.evaluate.calibration import TUNE, Sample
from detector.manifest import Cut, Rates
from detector.structures import Calibration, Thresholds
from detector.thresholds import best_threshold, equal_error_threshold, threshold_at, youden_threshold

BEST_F1 = "best F1"
RULES: Mapping[str, Callable[[Array, NDArray[np.int64]], float]] = {
    BEST_F1: best_threshold,
    "Youden's J": youden_threshold,
    "equal error": equal_error_threshold,
    "10 % false positives": lambda p_fake, labels: threshold_at(p_fake, labels, 0.10),
    "5 % false positives": lambda p_fake, labels: threshold_at(p_fake, labels, 0.05),
}
"""Each rule by its name; the first gives the shipped t."""


def cuts_of(
    tune: Sample, others: Mapping[str, Sample], calibration: Calibration, thresholds: Thresholds
) -> dict[str, Cut]:
    """The threshold of every rule, chosen on `tune`, and its counts there and on `others`; that of best F1 is
    the shipped t.
    """
    p_fakes = {name: probability(one.logits, calibration) for name, one in {TUNE: tune, **others}.items()}
    labels = {name: one.labels for name, one in {TUNE: tune, **others}.items()}
    chosen = {rule: choose(p_fakes[TUNE], labels[TUNE]) for rule, choose in RULES.items()} | {
        BEST_F1: thresholds.t
    }
    return {
        rule: Cut(
            t=t, on={name: rates_at(t, p_fakes[name], labels[name]) for name in p_fakes if len(labels[name])}
        )
        for rule, t in chosen.items()
    }


def rates_at(t: float, p_fake: Array, labels: NDArray[np.int64]) -> Rates:
    """How many fakes and reals are over `t`."""
    fake, over = labels == 1, p_fake > t
    return Rates(
        fakes=int(fake.sum()),
        caught=int((fake & over).sum()),
        reals=int((~fake).sum()),
        false_alarms=int((~fake & over).sum()),
    )
