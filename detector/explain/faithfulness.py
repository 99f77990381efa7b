"""How far a map can be trusted, on one face: whether what it ranks first moves the answer, lies where a blend
is known to be, and hangs on what the network has learned.
"""

from __future__ import annotations

import copy

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from scipy.stats import spearmanr
from torch import nn

from detector.calibration import probability
from detector.explain.blurring import GRID, Logits, curves
from detector.explain.measures import Faithfulness
from detector.structures import Calibration, Floats, Image

STEPS = 10
"""Steps of a deletion or insertion curve."""

CENTRE_WIDTH = 1 / 4
"""Standard deviation of the centre control, as a share of the side: within two of it lies the face."""

ALTERED = 0.5
"""Share of its own maximum from which a blending mask counts as altered."""

Mask = NDArray[np.bool_]


def faithfulness(
    crop: Image,
    altered: Mask,
    values: Floats,
    logits: Logits,
    calibration: Calibration,
    tie: np.random.Generator,
) -> Faithfulness:
    """How well `values` (S, S), highest first, say what made `crop` (S, S, 3) a fake; `altered` (S, S) is
    where it is one. Equal values are ordered at random by `tie`.
    """
    order = np.lexsort((tie.random(values.size), -values.ravel()))
    ranking = np.empty(values.size, np.float32)
    ranking[order] = -np.arange(values.size)
    drawn = curves(crop, ranking.reshape(values.shape), logits, STEPS)
    first = np.zeros(values.size, np.bool_)
    first[order[: int(altered.sum())]] = True
    both = int((first & altered.ravel()).sum())
    return Faithfulness(
        deletion=_mean(drawn.deletion, calibration),
        insertion=_mean(drawn.insertion, calibration),
        iou=both / (2 * int(altered.sum()) - both),
        hit=float(altered.ravel()[order[0]]),
    )


def _mean(curve: NDArray[np.float64], calibration: Calibration) -> float:
    """The area under p_fake over the share taken, by the trapezoidal rule."""
    p_fake = probability(curve, calibration)
    return float((p_fake[0] / 2 + p_fake[1:-1].sum() + p_fake[-1] / 2) / (len(p_fake) - 1))


def altered_place(mask: Floats) -> Mask:
    """Where a blend was put in, from its `mask` (S, S) over the crop."""
    return np.asarray(mask >= ALTERED * max(float(mask.max()), 1e-6))


def random_map(side: int, rng: np.random.Generator) -> Floats:
    """A control that knows nothing: values as smooth as a map of `GRID` cells, (side, side)."""
    cells = rng.random((GRID, GRID), dtype=np.float32)
    return np.asarray(cv2.resize(cells, (side, side), interpolation=cv2.INTER_LINEAR), dtype=np.float32)


def centre_map(side: int) -> Floats:
    """A control that knows only that faces are in the middle: a Gaussian, (side, side)."""
    away = (np.arange(side) - (side - 1) / 2) / (CENTRE_WIDTH * side)
    return np.exp(-(away[:, None] ** 2 + away**2) / 2).astype(np.float32)


def shuffled(network: nn.Module, seed: int) -> nn.Module:
    """A copy whose weights, tensor by tensor, changed places at random: it has learned nothing, and its
    activations keep their size (the model randomisation test, arXiv:1810.03292, section 3, without drawing
    new weights).
    """
    generator = torch.Generator().manual_seed(seed)
    changed = copy.deepcopy(network).eval()
    with torch.no_grad():
        for parameter in changed.parameters():
            mixed = parameter.flatten()[torch.randperm(parameter.numel(), generator=generator)]
            parameter.copy_(mixed.view_as(parameter))
    return changed


def likeness(first: Floats, second: Floats) -> float:
    """Rank correlation of two maps (S, S) over `GRID` x `GRID` cells, -1..1; 0 where one of them is even."""
    cells = [
        cv2.resize(values, (GRID, GRID), interpolation=cv2.INTER_AREA).ravel() for values in (first, second)
    ]
    if min(np.ptp(part) for part in cells) == 0:
        return 0.0
    return float(spearmanr(*cells).statistic)
