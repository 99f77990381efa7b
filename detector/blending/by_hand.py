"""A face blended by hand: the choices of a self-blend made by a person, not drawn."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from detector.blending.blend import Blend, face_window, mix
from detector.blending.masks import MaskShape, draw_mask, move_mask, move_source
from detector.blending.transforms import apply_table
from detector.perturb import blur
from detector.structures import Floats, Image

LARGEST_SHIFT = 0.08
"""Share of the face's width; twice what training draws, so that the eye sees it too."""

WIDEST_FEATHER = 0.1
"""Standard deviation of the softest edge, as a share of the face's width."""

WARMTH = np.array([10, 2, -10], dtype=np.float32)
CONTRAST = 1.06
SOFTNESS = 0.006
"""What sets the copy apart, as if another camera had taken it: levels of red, green and blue, contrast about
mid grey, and a blur whose standard deviation is this share of the face's width.
"""


@dataclass(frozen=True)
class Touch:
    """What a person chose: the `shape` of the mask; `shift` of the copy, -1..1 of `LARGEST_SHIFT`, to the
    right and half as far down; `feather` of its edge, 0..1 of `WIDEST_FEATHER`; `ratio`, 0..1, of the copy.
    """

    shape: MaskShape
    shift: float
    feather: float
    ratio: float


def blend_by_hand(image: Image, landmarks: Floats, touch: Touch) -> Blend:
    """`image` (H, W, 3) uint8 RGB with a changed copy of its face blended in; `landmarks` (81, 2) x, y.

    The same choices give the same picture. Real and fake are equal at ratio 0. Raises BlendError where the
    landmarks span too little.
    """
    face_window(landmarks)  # refuses a face of a few pixels
    width = float(np.ptp(landmarks[:68, 0]))
    shift = touch.shift * LARGEST_SHIFT * width
    moved = np.array([[1, 0, shift], [0, 1, shift / 2]], dtype=np.float64)
    drawn = move_mask(draw_mask(touch.shape, landmarks, *image.shape[:2]), moved)
    sigma = touch.feather * WIDEST_FEATHER * width
    soft = drawn if sigma < 0.5 else np.asarray(cv2.GaussianBlur(drawn, (0, 0), sigma), np.float32)
    mask = np.clip(soft / max(float(soft.max()), 1e-6), 0, 1) * np.float32(touch.ratio)
    source = move_source(_by_another_camera(image, width), moved)
    return Blend(real=image, fake=mix(source, image, mask), mask=mask, shape=touch.shape, ratio=touch.ratio)


def _by_another_camera(image: Image, face_px: float) -> Image:
    levels = (np.arange(256, dtype=np.float32)[:, None] - 128) * CONTRAST + 128 + WARMTH
    table = np.clip(np.rint(levels), 0, 255).astype(np.uint8)
    return blur(apply_table(image, table), max(SOFTNESS * face_px, 0.3))
