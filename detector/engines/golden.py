"""The golden picture to a logit, by which every copy of a detector is checked."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image as Pictures

from detector.engines import Engine
from detector.faces.crop import cut_square, square_around
from detector.structures import Image

GOLDEN = "golden.png"
"""A PNG, because decoders of JPEG differ in the last bit."""


def golden_picture(assets: Path) -> Image:
    """The picture (H, W, 3) uint8 RGB in the folder `assets`."""
    with Pictures.open(assets / GOLDEN) as picture:
        return np.asarray(picture.convert("RGB"), dtype=np.uint8)


def golden_logits(engine: Engine, size: int, picture: Image) -> tuple[float, ...]:
    """The logits of the whole of `picture` (H, W, 3) uint8 RGB, padded to a square by reflection and resized
    to `size`.
    """
    height, width = picture.shape[:2]
    crop, _ = cut_square(picture, square_around(np.array([0, 0, width, height], dtype=np.float32), 0.0), size)
    batch = np.ascontiguousarray(crop.transpose(2, 0, 1)[None], dtype=np.float32) / np.float32(255)
    return tuple(float(logit) for logit in engine.logits(batch))
