"""An RGB picture to the same picture in slightly other colours, sharpness or compression; every draw from the
generator handed in.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from detector.perturb import jpeg
from detector.structures import Image

Limits3 = tuple[float, float, float]
Table = NDArray[np.uint8]
"""(256, 3) uint8: for each level what becomes of it in each channel."""

HSV_PUBLISHED: Limits3 = (0.3 / 180, 0.3 / 255, 0.3 / 255)
HSV_MODERATE: Limits3 = (0.02, 0.1, 0.05)
"""Largest shift of hue, saturation and value as shares of their ranges.

The published setting reads "0.3" and was surely meant as a share, but the library took it for 0.3 of one
8-bit level, which does almost nothing (mean change 1.2 of 255, from the conversion). Three tenths of the hue
circle would turn faces green. The moderate default stays at what two photographs of one face may differ by: 7
degrees of hue, 25 levels of saturation, 13 of value. """

RGB_LIMIT = 20
"""Levels of 255."""
SHIFT_CHANCE = 0.3
BLEND_LIGHT_LIMIT = 0.1
PAIR_LIGHT_LIMIT = 0.3
PAIR_JPEG_CHANCE = 0.5
JPEG_QUALITIES = (40, 100)
DOWNSCALES = (2, 4)
SHARPEN_ALPHAS, SHARPEN_LIGHTNESSES = (0.2, 0.5), (0.5, 1.0)

LEVELS = np.arange(256, dtype=np.float32)


def transform(image: Image, rng: np.random.Generator, hsv: Limits3 = HSV_MODERATE) -> Image:
    """`image` (H, W, 3) uint8 RGB with other colours, then either coarser by 2 or 4 or sharpened; a new array
    of the same size.
    """
    if rng.random() < SHIFT_CHANCE:
        image = apply_table(image, draw_rgb_shift(rng))
    image = shift_hsv(image, draw_hsv_shift(rng, hsv))
    image = apply_table(image, draw_light(rng, BLEND_LIGHT_LIMIT))
    if rng.random() < 0.5:
        return downscale(image, int(rng.choice(DOWNSCALES)))
    return sharpen(image, rng.uniform(*SHARPEN_ALPHAS), rng.uniform(*SHARPEN_LIGHTNESSES))


def augment_pair(
    real: Image, fake: Image, rng: np.random.Generator, hsv: Limits3 = HSV_MODERATE
) -> tuple[Image, Image]:
    """Real and fake (H, W, 3) uint8 RGB after the very same draw of colour shifts and JPEG, so that they tell
    nothing of the label.
    """
    rgb = draw_rgb_shift(rng) if rng.random() < SHIFT_CHANCE else None
    hue = draw_hsv_shift(rng, hsv) if rng.random() < SHIFT_CHANCE else None
    light = draw_light(rng, PAIR_LIGHT_LIMIT) if rng.random() < SHIFT_CHANCE else None
    quality = (
        int(rng.integers(JPEG_QUALITIES[0], JPEG_QUALITIES[1] + 1))
        if rng.random() < PAIR_JPEG_CHANCE
        else None
    )

    def augmented(image: Image) -> Image:
        image = image if rgb is None else apply_table(image, rgb)
        image = image if hue is None else shift_hsv(image, hue)
        image = image if light is None else apply_table(image, light)
        return image if quality is None else jpeg(image, quality)

    return augmented(real), augmented(fake)


def draw_rgb_shift(rng: np.random.Generator) -> Table:
    """A table that shifts each channel by up to 20 levels."""
    return _table(LEVELS[:, None] + rng.uniform(-RGB_LIMIT, RGB_LIMIT, size=3))


def draw_hsv_shift(rng: np.random.Generator, limits: Limits3) -> Table:
    """A table for OpenCV's 8-bit HSV (hue 0..179, wrapping); `limits` are shares of the ranges."""
    hue, saturation, value = rng.uniform(-1, 1, size=3) * np.array(limits) * (180, 255, 255)
    return _table(np.stack([(np.rint(LEVELS + hue)) % 180, LEVELS + saturation, LEVELS + value], axis=1))


def draw_light(rng: np.random.Generator, limit: float) -> Table:
    """A table for a contrast of 1 plus or minus `limit` and a brightness of plus or minus `limit` of the full
    range.
    """
    contrast, brightness = 1 + rng.uniform(-limit, limit), 255 * rng.uniform(-limit, limit)
    return _table(np.repeat((LEVELS * contrast + brightness)[:, None], 3, axis=1))


def _table(levels: NDArray[np.floating]) -> Table:
    return np.asarray(np.clip(np.rint(levels), 0, 255), dtype=np.uint8)


def apply_table(image: Image, table: Table) -> Image:
    """`image` (H, W, 3) uint8 with each level of each channel replaced."""
    return np.asarray(cv2.LUT(image, table[None]), dtype=np.uint8)


def shift_hsv(image: Image, table: Table) -> Image:
    """`image` (H, W, 3) uint8 RGB with `table` applied to its hue, saturation and value; a grey takes the hue
    0 with its saturation.
    """
    shifted = apply_table(np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2HSV), dtype=np.uint8), table)
    return np.asarray(cv2.cvtColor(shifted, cv2.COLOR_HSV2RGB), dtype=np.uint8)


def downscale(image: Image, factor: int) -> Image:
    """`image` (H, W, 3) shrunk by `factor` (nearest) and grown back (bilinear)."""
    height, width = image.shape[:2]
    small = cv2.resize(
        image, (max(1, width // factor), max(1, height // factor)), interpolation=cv2.INTER_NEAREST
    )
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR), dtype=np.uint8)


def sharpen(image: Image, alpha: float, lightness: float) -> Image:
    """`image` (H, W, 3) mixed with its sharpened self: share `alpha` of a Laplacian whose centre weighs 8 +
    `lightness`.
    """
    kernel = np.full((3, 3), -alpha, np.float32)
    kernel[1, 1] = (1 - alpha) + alpha * (8 + lightness)
    return np.asarray(cv2.filter2D(image, -1, kernel), dtype=np.uint8)


def regenerate(image: Image, face_px: float, output_px: float, rng: np.random.Generator) -> Image:
    """`image` as a face generator of `output_px` pixels would give it back: few pixels, enlarged and perhaps
    smoothed or sharpened.

    `face_px` is the longer side of the face in `image`. Swapping networks give 128 to 256 px, whatever the
    picture they are pasted into has; beside the sharper surroundings that is their commonest trace. Not part
    of SBI.
    """
    height, width = image.shape[:2]
    share = min(1.0, output_px / face_px)
    small = cv2.resize(
        image, (max(1, round(width * share)), max(1, round(height * share))), interpolation=cv2.INTER_AREA
    )
    if rng.random() < 0.5:
        # skin loses its grain and edges stay, as in what an autoencoder gives back
        small = cv2.bilateralFilter(small, 5, rng.uniform(15, 45), rng.uniform(2, 5))
    elif rng.random() < 0.3:
        small = cv2.medianBlur(small, 3)
    enlarging = (cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_LANCZOS4)[rng.integers(3)]
    enlarged = np.asarray(cv2.resize(small, (width, height), interpolation=enlarging), dtype=np.uint8)
    return (
        sharpen(enlarged, rng.uniform(*SHARPEN_ALPHAS), rng.uniform(*SHARPEN_LIGHTNESSES))
        if rng.random() < 0.25
        else enlarged
    )
