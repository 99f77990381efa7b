"""A portrait to the same person before a plain backdrop, as a studio's: where someone stands must not tell
what they are.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from detector.structures import Floats, Image

WORKING_SIDE = 160
"""Longest side in pixels of the copy on which the person is told from the surroundings."""
ITERATIONS = 4
EDGE_SIGMA_PX = 2.0
"""Width of the soft edge around the person in pixels of the picture."""

LIGHTEST_SHARE = 0.6
"""Share of the backdrops that are near white or grey, as passports and studies of faces have them; the rest
are of any colour.
"""


@dataclass(frozen=True)
class Backdrop:
    """A plain surface, lit from one side: two RGB colours in 0..255 and the direction in radians from the
    first to the second.
    """

    first: tuple[float, float, float]
    second: tuple[float, float, float]
    direction: float


def draw_backdrop(rng: np.random.Generator) -> Backdrop:
    """Draw the colours and the light."""
    plain = rng.random() < LIGHTEST_SHARE
    colour = (
        np.full(3, rng.uniform(150, 250)) + rng.uniform(-6, 6, 3)
        if plain
        else rng.uniform(40, 215) + rng.uniform(-45, 45, 3)
    )
    lit = colour + rng.uniform(-30, 30)
    first, second = (tuple(float(value) for value in np.clip(rgb, 0, 255)) for rgb in (colour, lit))
    return Backdrop(
        (first[0], first[1], first[2]), (second[0], second[1], second[2]), float(rng.uniform(0, 2 * math.pi))
    )


def person(image: Image, box: Floats) -> Floats:
    """How far each pixel belongs to the person whose face lies in `box`: (H, W) float32 in 0..1.

    GrabCut (Rother, Kolmogorov, Blake, ACM TOG 23, 2004, section 3), begun with an ellipse about the head and
    a bar for the shoulders.
    """
    height, width = image.shape[:2]
    scale = min(1.0, WORKING_SIDE / max(height, width))
    small = cv2.resize(
        image, (max(8, round(width * scale)), max(8, round(height * scale))), interpolation=cv2.INTER_AREA
    )
    marks = _marks(small.shape[0], small.shape[1], np.asarray(box, dtype=np.float64) * scale)
    cv2.setRNGSeed(0)  # its mixtures begin at random
    cv2.grabCut(
        small, marks, (0, 0, 0, 0), np.zeros((1, 65)), np.zeros((1, 65)), ITERATIONS, cv2.GC_INIT_WITH_MASK
    )
    inside = np.isin(marks, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.float32)
    return np.asarray(
        cv2.GaussianBlur(cv2.resize(inside, (width, height)), (0, 0), EDGE_SIGMA_PX), dtype=np.float32
    )


def before(image: Image, inside: Floats, backdrop: Backdrop) -> Image:
    """`image` where `inside` (H, W, 0..1) is one, the backdrop where it is zero: (H, W, 3) uint8."""
    height, width = image.shape[:2]
    down, across = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j].astype(np.float32)
    light = (
        math.cos(backdrop.direction) * (across - 0.5) + math.sin(backdrop.direction) * (down - 0.5) + 0.7
    ) / 1.4
    first, second = np.array(backdrop.first, np.float32), np.array(backdrop.second, np.float32)
    surface = first + light[..., None] * (second - first)
    mixed = image * inside[..., None] + surface * (1 - inside[..., None])
    return np.asarray(np.clip(np.rint(mixed), 0, 255), dtype=np.uint8)


def _marks(height: int, width: int, box: Floats) -> Image:
    """GrabCut's first guess: surely the face, probably head and shoulders, surely not the upper border."""
    x1, y1, x2, y2 = (float(value) for value in box)
    centre, across, down = ((x1 + x2) / 2, (y1 + y2) / 2), x2 - x1, y2 - y1
    marks = np.full((height, width), cv2.GC_PR_BGD, np.uint8)
    _ellipse(marks, (centre[0], centre[1] - 0.05 * down), (0.8 * across, 0.8 * down), cv2.GC_PR_FGD)
    top, left, right = y2 + 0.1 * down, centre[0] - 0.9 * across, centre[0] + 0.9 * across
    marks[max(0, round(top)) :, max(0, round(left)) : max(0, round(right))] = cv2.GC_PR_FGD
    border = max(1, round(0.025 * min(height, width)))
    marks[:border] = cv2.GC_BGD
    marks[: height * 2 // 3, :border] = marks[: height * 2 // 3, width - border :] = cv2.GC_BGD
    _ellipse(marks, centre, (0.5 * across, 0.55 * down), cv2.GC_FGD)
    return marks


def _ellipse(marks: Image, centre: tuple[float, float], axes: tuple[float, float], mark: int) -> None:
    where = (round(centre[0]), round(centre[1])), (max(1, round(axes[0])), max(1, round(axes[1])))
    cv2.ellipse(marks, where[0], where[1], 0, 0, 360, mark, -1)
