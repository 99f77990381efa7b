"""What an answer is without some places of a face: parts blurred away, for occlusion maps and for the curves
that test maps.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product

import cv2
import numpy as np
from numpy.typing import NDArray

from detector.explain.maps import PART
from detector.structures import Floats, Image

BLUR = 1 / 12
"""Standard deviation of the blur that takes a place away, as a share of the side: no feature is left."""

FEATHER = 1 / 64
"""Standard deviation of the edge between what is kept and what is taken, as a share of the side: a sharp edge
would be a seam, which is what these networks look for."""

GRID = 7
"""Cells in a row of an occlusion map: as many as the last map of the networks has at 224 px."""

BATCH = 8

Logits = Callable[[Floats], Floats]
"""(B, 3, S, S) float32 RGB in 0..1 to logits (B,), as `Engine.logits`."""


def logits_without(crop: Image, masks: Sequence[Floats], logits: Logits) -> Floats:
    """The logits (N,) of `crop` (S, S, 3) uint8 RGB, blurred where each of the N `masks` (S, S) is 1."""
    side = crop.shape[0]
    sharp = crop.astype(np.float32) / 255
    away = cv2.GaussianBlur(sharp, (0, 0), BLUR * side) - sharp

    def without(taken: Floats) -> Floats:
        weight = cv2.GaussianBlur(taken, (0, 0), FEATHER * side)[..., None]
        return np.asarray(np.clip(sharp + weight * away, 0, 1).transpose(2, 0, 1), dtype=np.float32)

    pieces = [
        logits(np.stack([without(mask) for mask in masks[first : first + BATCH]]))
        for first in range(0, len(masks), BATCH)
    ]
    return np.concatenate(pieces)


def occlusion(crop: Image, logits: Logits) -> tuple[Floats, float]:
    """What parts of side `PART` add to the logit (arXiv:1311.2901, section 4.2): the logit less the logit
    without the part, for each of `GRID` x `GRID` cells the mean over the parts that it is in, (GRID, GRID)
    float32; and the logit. Parts overlap by half and are blurred rather than painted grey.
    """
    side, wide = crop.shape[0], round(PART * GRID)
    edges = np.rint(np.linspace(0, side, GRID + 1)).astype(int)
    corners = list(product(range(GRID - wide + 1), repeat=2))
    masks = [np.zeros((side, side), np.float32) for _ in range(len(corners) + 1)]
    for mask, (top, left) in zip(masks[1:], corners, strict=True):
        mask[edges[top] : edges[top + wide], edges[left] : edges[left + wide]] = 1
    whole, *others = logits_without(crop, masks, logits)
    added, parts = np.zeros((GRID, GRID), np.float32), np.zeros((GRID, GRID), np.float32)
    for other, (top, left) in zip(others, corners, strict=True):
        added[top : top + wide, left : left + wide] += whole - other
        parts[top : top + wide, left : left + wide] += 1
    return np.asarray(added / parts, dtype=np.float32), float(whole)


@dataclass(frozen=True, eq=False)
class Curves:
    """Logits (steps + 1,) as ever more of a face is taken away (`deletion`, begins with the whole face) or
    given back (`insertion`, begins with the blurred one), what a map ranks first going first.
    """

    deletion: NDArray[np.float64]
    insertion: NDArray[np.float64]


def curves(crop: Image, ranking: Floats, logits: Logits, steps: int) -> Curves:
    """Deletion and insertion (arXiv:1806.07421, section 3.3) in the order of `ranking` (S, S), highest
    first; ties in the order of the pixels.
    """
    side = crop.shape[0]
    place = np.empty(side * side, np.float32)
    place[np.argsort(-ranking.ravel(), kind="stable")] = np.arange(side * side) / (side * side)
    place = place.reshape(side, side)
    shares = np.arange(1, steps) / steps
    taken = [(place < share).astype(np.float32) for share in shares]
    ends = [np.zeros((side, side), np.float32), np.ones((side, side), np.float32)]
    values = logits_without(crop, [*ends, *taken, *(1 - mask for mask in taken)], logits).astype(np.float64)
    whole, blurred, deleted, inserted = values[0], values[1], values[2 : steps + 1], values[steps + 1 :]
    return Curves(
        deletion=np.concatenate([[whole], deleted, [blurred]]),
        insertion=np.concatenate([[blurred], inserted, [whole]]),
    )
