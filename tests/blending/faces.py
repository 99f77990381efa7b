"""A face whose landmarks are known because they are drawn: pictures and points for the tests of blending."""

from __future__ import annotations

import numpy as np

from detector.faces.landmarks import MEAN_SHAPE, with_forehead
from detector.structures import Floats, Image


def points68(centre_x: float = 128, eyes_y: float = 110, eyes_px: float = 45) -> Floats:
    """The mean face (68, 2), its eyes `eyes_px` apart about (centre_x, eyes_y)."""
    return (MEAN_SHAPE * np.float32(eyes_px) + np.array([centre_x, eyes_y], np.float32)).astype(np.float32)


def points81() -> Floats:
    """The same with a forehead, (81, 2)."""
    return with_forehead(points68())


def textured(height: int = 256, width: int = 256) -> Image:
    """A picture (H, W, 3) in which every shift and every change of colour shows: noise over a slope."""
    noise = np.random.default_rng(7).integers(60, 160, size=(height, width, 3))
    slope = np.linspace(0, 60, width)[None, :, None]
    return (noise + slope).astype(np.uint8)
