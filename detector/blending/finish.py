"""A portrait to the same portrait as a studio or a phone hands it out: retouched as a whole, or with less
colour.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from detector.blending.blend import mix
from detector.perturb import denoise
from detector.structures import Floats, Image

STEPS = 5
"""What a finish can do: smooth skin, raise local contrast, sharpen, denoise, even the light."""
MOST_STEPS = 3

SMOOTHING = (15.0, 55.0)
"""Levels of 255 that smoothing of skin takes for grain."""
LOCAL_CONTRAST = (0.15, 0.6)
"""Share of the difference from the surroundings that is added to lightness ("clarity")."""
SHARPENING = (0.3, 1.2)
"""Share of an unsharp mask of 0.6 to 1.4 px."""
SHARPENING_SIGMA_PX = (0.6, 1.4)
DENOISING = (8.0, 40.0)
EVENNESS = (0.3, 0.8)
"""Share of the slow changes of lightness that is taken away, as large soft lamps do."""
BROAD = 0.35
"""Width of what counts as slow, as a share of the face's longer side; a third of it counts as surroundings
for local contrast.
"""


@dataclass(frozen=True)
class Finish:
    """How strongly each thing is done to a whole picture; 0: not at all. `sigma_px` is the width of the
    sharpening.
    """

    smoothing: float = 0.0
    local_contrast: float = 0.0
    sharpening: float = 0.0
    sigma_px: float = 1.0
    denoising: float = 0.0
    evenness: float = 0.0


def draw_finish(rng: np.random.Generator) -> Finish:
    """Draw one to three things and their strengths."""
    chosen = set(rng.choice(STEPS, size=int(rng.integers(1, MOST_STEPS + 1)), replace=False).tolist())
    ranges = (SMOOTHING, LOCAL_CONTRAST, SHARPENING, DENOISING, EVENNESS)
    strengths = [
        float(rng.uniform(*limits)) if number in chosen else 0.0 for number, limits in enumerate(ranges)
    ]
    smoothing, local_contrast, sharpening, denoising, evenness = strengths
    return Finish(
        smoothing, local_contrast, sharpening, float(rng.uniform(*SHARPENING_SIGMA_PX)), denoising, evenness
    )


def finish(image: Image, box: Floats, done: Finish) -> Image:
    """`image` (H, W, 3) uint8 RGB after `done`; `box` (4,) is the face, to whose size the strengths are
    scaled.
    """
    face_px = float(max(box[2] - box[0], box[3] - box[1]))
    if done.denoising:
        image = denoise(image, done.denoising)
    if done.smoothing:
        image = _smooth_skin(image, box, done.smoothing)
    if done.evenness or done.local_contrast:
        image = _relight(image, face_px, done)
    if done.sharpening:
        soft = cv2.GaussianBlur(image, (0, 0), done.sigma_px)
        image = np.asarray(
            cv2.addWeighted(image, 1 + done.sharpening, soft, -done.sharpening, 0), dtype=np.uint8
        )
    return image


def fade(image: Image, saturation: float) -> Image:
    """`image` (H, W, 3) uint8 RGB with this share of its colour left: 0 is grey, 1 the picture as it is."""
    grey = cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    return np.asarray(cv2.addWeighted(image, saturation, grey, 1 - saturation, 0), dtype=np.uint8)


def draw_saturation(rng: np.random.Generator) -> float:
    """Draw how much colour is left: none in half of the draws."""
    return 0.0 if rng.random() < 0.5 else float(rng.uniform(0.1, 0.7))


def _smooth_skin(image: Image, box: Floats, strength: float) -> Image:
    """Skin without its grain within an ellipse about the face, which fades out; edges stay."""
    softened = np.asarray(cv2.bilateralFilter(image, 9, strength, 4.0), dtype=np.uint8)
    across, down = float(box[2] - box[0]), float(box[3] - box[1])
    centre = round(float(box[0] + box[2]) / 2), round(float(box[1] + box[3]) / 2)
    mask = np.zeros(image.shape[:2], np.float32)
    cv2.ellipse(mask, centre, (max(1, round(0.6 * across)), max(1, round(0.65 * down))), 0, 0, 360, 1.0, -1)
    return mix(
        softened, image, np.asarray(cv2.GaussianBlur(mask, (0, 0), max(1.0, 0.08 * across)), dtype=np.float32)
    )


def _relight(image: Image, face_px: float, done: Finish) -> Image:
    """Lightness with less of its slow changes and more of its fast ones; colours stay."""
    lab = cv2.cvtColor(image, cv2.COLOR_RGB2LAB)
    lightness = lab[:, :, 0].astype(np.float32)
    if done.evenness:
        slow = _slow(lightness, BROAD * face_px)
        lightness = lightness - done.evenness * (slow - slow.mean())
    if done.local_contrast:
        lightness = lightness + done.local_contrast * (lightness - _slow(lightness, BROAD / 3 * face_px))
    lab[:, :, 0] = np.clip(np.rint(lightness), 0, 255)
    return np.asarray(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB), dtype=np.uint8)


def _slow(plane: Floats, sigma_px: float) -> Floats:
    """`plane` (H, W) blurred by `sigma_px`, on a copy of a quarter of the size: a wide blur loses nothing by
    that.
    """
    height, width = plane.shape
    small = cv2.resize(plane, (max(2, width // 4), max(2, height // 4)), interpolation=cv2.INTER_AREA)
    blurred = cv2.GaussianBlur(small, (0, 0), max(0.5, sigma_px / 4))
    return np.asarray(cv2.resize(blurred, (width, height), interpolation=cv2.INTER_LINEAR), dtype=np.float32)
