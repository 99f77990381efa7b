"""p_fake against the share of fakes: bins of equal mass, and the expected calibration error over them.

The error is that of Guo et al., "On Calibration of Modern Neural Networks", arXiv:1706.04599; its bins hold
equal numbers of files, as in Nixon et al., "Measuring Calibration in Deep Learning", arXiv:1904.01685,
because p_fakes crowd together and bins of equal width stand empty.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from detector.evaluate.metrics import Array, Estimate, estimates, plain_and_drawn, ratio, with_interval

BINS = 15


@dataclass(frozen=True)
class Bin:
    """Files of neighbouring p_fakes: how many, the mean of their p_fakes, and the share
    of fakes among them.
    """

    files: int
    p_fake: float
    fakes: Estimate


def calibration_error(p_fake: ArrayLike, labels: ArrayLike, bins: int = BINS) -> float | None:
    """Expected calibration error over `bins` bins of equal numbers of files (fewer where there are fewer
    files); None of none.
    """
    number = len(np.asarray(p_fake))
    return (
        float(weighted_calibration_error(p_fake, labels, np.ones((1, number)), bins)[0]) if number else None
    )


def weighted_calibration_error(
    p_fake: ArrayLike, labels: ArrayLike, weights: Array, bins: int = BINS
) -> Array:
    """Expected calibration error of each draw, (D,): the bins hold equal numbers of the files drawn; NaN
    where none is.

    `weights` are those of `metrics`: whole numbers. Bins differ by one file at most, the fuller first, as
    `numpy.array_split` cuts.
    """
    p, y = np.asarray(p_fake, dtype=np.float64), np.asarray(labels, dtype=np.float64)
    order = _order(p, y)
    gap = (p - y)[order]
    drawn = weights[:, order]
    counts = np.pad(np.cumsum(drawn, axis=1), ((0, 0), (1, 0)))
    gaps = np.pad(np.cumsum(drawn * gap, axis=1), ((0, 0), (1, 0)))
    totals = counts[:, -1]
    ends = np.arange(bins + 1)
    bounds = ends * (totals[:, None] // bins) + np.minimum(ends, totals[:, None] % bins)
    # a file drawn w times takes w neighbouring places, and what it adds grows along them in a line
    at_bounds = np.array([np.interp(*row) for row in zip(bounds, counts, gaps, strict=True)]).reshape(
        -1, bins + 1
    )
    error = np.abs(np.diff(at_bounds, axis=1)).sum(axis=1)
    return ratio(error, totals)


def estimate_calibration_error(
    p_fake: ArrayLike, labels: ArrayLike, weights: NDArray[Any], groups: Sequence[str], bins: int = BINS
) -> Estimate | None:
    """The expected calibration error with an interval: how far it spreads over the draws, about itself and
    not under 0.

    The error of few files comes out too high, because chance alone parts p_fake and share; a draw has fewer
    different files than there are, and so comes out higher still. That second excess is taken off; the first
    stays in the figure.
    """
    rows = plain_and_drawn(lambda drawn: weighted_calibration_error(p_fake, labels, drawn, bins), weights)
    known = rows[1:][np.isfinite(rows[1:])]
    return with_interval(
        float(rows[0]), np.maximum(rows[1:] - known.mean() + rows[0], 0) if len(known) else rows[1:], groups
    )


def reliability(
    p_fake: Array, labels: NDArray[np.int64], weights: NDArray[Any], groups: Sequence[str], bins: int = BINS
) -> tuple[Bin, ...]:
    """The bins of all files, by rising p_fake; the share of fakes in each with its interval over the draws
    `weights` (D, N).
    """
    found = []
    for part in np.array_split(_order(p_fake, labels.astype(np.float64)), bins):
        if not len(part):
            continue
        fake = labels[part].astype(np.float64)

        def share(drawn: Array, fake: Array = fake) -> Array:
            return ratio(drawn @ fake, drawn.sum(axis=1))[:, None]

        (fakes,) = estimates(share, weights[:, part], [groups[i] for i in part])
        if fakes is not None:
            found.append(Bin(files=len(part), p_fake=float(p_fake[part].mean()), fakes=fakes))
    return tuple(found)


def _order(p: Array, y: Array) -> NDArray[np.intp]:
    """By p_fake; of equal ones reals first, so that no figure hangs on the order of the rows."""
    return np.lexsort((y, p))
