"""Where the scores of one person in a video change: change points of a series of logits.

The parts come from optimal partitioning of means (PELT: Killick et al., JASA 2012; the package ruptures), and
neighbours that differ too little to matter are joined again.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

FEWEST_FRAMES = 3
"""Frames of a part: as many as a track needs to decide."""

LEAST_FACTOR = 3.0
"""By how many times the calibrated odds of neighbouring parts differ at least. Twice has a word on the scale
of evidence, but by that the default sees changes in 3 of 27 genuine clips, by three times in none
(docs/results/changes.md)."""

LEAST_DEVIATIONS = 2.0
"""How many standard deviations of the frames within parts lie between the means of neighbours at least, so
that slow wandering, in which one frame is like the next, is no change."""

PENALTY = 8.0
"""Times the logarithm of the number of frames, in units of the noise: a new part must lower the squared error
by so much: with half of it the noisiest detector sees changes in 7 of 27 genuine clips, with this in 3
(docs/results/changes.md)."""

LEAST_NOISE = 0.05
"""Logits: what one frame and the next differ by in a clip that hardly moves."""

Floats = NDArray[np.float64]


def change_points(
    logits: Sequence[float], slope: float, penalty: float = PENALTY, factor: float = LEAST_FACTOR
) -> tuple[int, ...]:
    """The places in `logits`, in order of time, at which a new part begins; `slope` is the calibration's,
    which makes log odds of a logit, `penalty` and `factor` are as PENALTY and LEAST_FACTOR.
    """
    values = np.asarray(logits, dtype=np.float64)
    if len(values) < 2 * FEWEST_FRAMES:
        return ()
    import ruptures  # half a second, and of videos alone

    search = ruptures.Pelt(model="l2", min_size=FEWEST_FRAMES, jump=1).fit(values / _noise(values))
    ends = [0, *(int(end) for end in search.predict(pen=penalty * math.log(len(values))))]
    while len(ends) > 2:
        steps = _steps(values, ends)
        smallest = int(np.argmin(steps))
        least = max(math.log(factor) / slope, LEAST_DEVIATIONS * _deviation(values, ends))
        if steps[smallest] >= least:
            break
        del ends[smallest + 1]
    return tuple(ends[1:-1])


def _noise(values: Floats) -> float:
    """The standard deviation of `values` about their mean, by the median of steps from one to the next, which
    a few changes do not move.
    """
    steps = np.diff(values)
    spread = np.median(np.abs(steps - np.median(steps)))
    return max(LEAST_NOISE, float(1.4826 * spread / math.sqrt(2)))


def _steps(values: Floats, ends: Sequence[int]) -> Floats:
    """How far the means of neighbouring parts lie apart."""
    means = [values[begin:end].mean() for begin, end in zip(ends, ends[1:], strict=False)]
    return np.abs(np.diff(means))


def _deviation(values: Floats, ends: Sequence[int]) -> float:
    """The standard deviation of `values` about the means of their parts."""
    parts = [values[begin:end] for begin, end in zip(ends, ends[1:], strict=False)]
    return float(np.sqrt(sum(((part - part.mean()) ** 2).sum() for part in parts) / len(values)))
