"""A heat map laid over its crop, and the strip of colours that explains it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from detector.structures import Crop, Floats, Image

if TYPE_CHECKING:  # it brings torch along, which the page draws its legend without
    from detector.explain.cams import Heatmap

MOST_OPAQUE = 0.75
"""Share of colour at value 1: the face still shows through."""

DARKEST = 60
"""First entry of the colour table that is used (of 256): inferno begins in black, which reads as shadow on a
face.
"""

PAPER = 128
"""Grey that stands for the picture in the legend."""


def overlay(crop: Crop, heatmap: Heatmap) -> Image:
    """The crop with the heat map over it, (S, S, 3) uint8 RGB; where the map is 0 the crop's own pixels are
    untouched.
    """
    if crop.image.shape[:2] != heatmap.values.shape:
        raise ValueError(f"heat map of {heatmap.values.shape} for a crop of {crop.image.shape[:2]}")
    return _coloured(crop.image, heatmap.values)


def legend(width: int, height: int) -> Image:
    """The colours from 0 (left) to 1 (right) as they look on a grey picture, (height, width, 3) uint8 RGB."""
    values = np.broadcast_to(np.linspace(0, 1, width, dtype=np.float32), (height, width))
    return _coloured(np.full((height, width, 3), PAPER, dtype=np.uint8), values)


def _coloured(image: Image, values: Floats) -> Image:
    # inferno: lightness grows evenly with the value, so it reads without colour vision and in grey print
    rows = DARKEST + np.rint(values * (255 - DARKEST)).astype(np.int64)
    alpha = MOST_OPAQUE * values[..., None]
    mixed = image * (1 - alpha) + _inferno()[rows] * alpha
    return np.asarray(np.clip(np.rint(mixed), 0, 255), dtype=np.uint8)


def _inferno() -> NDArray[np.uint8]:
    """The colour table (256, 3) RGB."""
    table = cv2.applyColorMap(np.arange(256, dtype=np.uint8)[:, None], cv2.COLORMAP_INFERNO)
    return np.asarray(table[:, 0, ::-1], dtype=np.uint8)
