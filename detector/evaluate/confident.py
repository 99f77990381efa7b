"""The p_fakes of a video's faces to one, by the rule with which the published transformer was scored."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

SURE = 0.8
"""Over it a face is surely fake, under 1 - it surely real."""
FEWEST_SURE = 11
"""More faces than these must be surely fake ..."""
FACES_PER_SURE = 2.5
"""... and more than one in this many."""
SHARE_REAL = 0.9


def confident_mean(p_fakes: Sequence[float]) -> float:
    """The mean of the surely fake where they are many, else of the surely real where they are nearly all,
    else of all.

    `p_fakes` are those of all faces, in 0..1, at least one. The program's own verdicts follow the rule of
    `detector.aggregate`.
    """
    fake = [p for p in p_fakes if p > SURE]
    real = [p for p in p_fakes if p < 1 - SURE]
    if len(fake) > len(p_fakes) // FACES_PER_SURE and len(fake) > FEWEST_SURE:
        return statistics.fmean(fake)
    if len(real) > SHARE_REAL * len(p_fakes):
        return statistics.fmean(real)
    return statistics.fmean(p_fakes)
