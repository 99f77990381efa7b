"""The augmentation of the published multi-branch training: eighteen random transforms in nine groups.

Ranges and chances are those of its code (Albumentations), not of its README, which lists other chances than
the groups give. Written with OpenCV, since the library they come from is no longer kept. Every draw is from
the generator handed in.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from detector.perturb import blur, jpeg, rescale
from detector.structures import Image

Transform = Callable[[Image, np.random.Generator], Image]
Grid = NDArray[np.float32]

LEVELS = np.arange(256, dtype=np.float32)
KERNELS = (3, 5, 7)
GRID_STEPS, GRID_LIMIT = 5, 0.1
LENS_LIMIT = 0.1
TURN_LIMIT_DEGREES, SHIFT_LIMIT, SCALE_LIMIT = 15.0, 0.1, 0.1
HOLES, HOLE_PX = (1, 8), (8, 32)
"""Holes of CoarseDropout and their sides, in pixels of a crop of 224; in another they keep their share."""
PUBLISHED_PX = 224


@dataclass(frozen=True)
class Group:
    """With `chance` one of the transforms is done, drawn by its weight."""

    chance: float
    transforms: tuple[tuple[float, Transform], ...]


def augment(image: Image, rng: np.random.Generator) -> Image:
    """`image` (H, W, 3) uint8 RGB, H = W, after what each of `GROUPS` does to it; of the same size."""
    for group in GROUPS:
        if rng.random() < group.chance:
            weights = np.array([weight for weight, _ in group.transforms])
            image = group.transforms[int(rng.choice(len(weights), p=weights / weights.sum()))][1](image, rng)
    return np.ascontiguousarray(image)


def horizontal_flip(image: Image, rng: np.random.Generator) -> Image:
    """Left to right."""
    return image[:, ::-1]


def vertical_flip(image: Image, rng: np.random.Generator) -> Image:
    """Upside down."""
    return image[::-1]


def random_rotate_90(image: Image, rng: np.random.Generator) -> Image:
    """Turned by 0 to 3 right angles."""
    return np.rot90(image, int(rng.integers(4)))


def random_brightness_contrast(image: Image, rng: np.random.Generator) -> Image:
    """Contrast times 0.7 to 1.3, then brighter or darker by up to 0.3 of the range."""
    contrast, light = 1 + rng.uniform(-0.3, 0.3), 255 * rng.uniform(-0.3, 0.3)
    return _levels(image, LEVELS * contrast + light)


def hue_saturation_value(image: Image, rng: np.random.Generator) -> Image:
    """Hue turned by up to 40 degrees, saturation moved by up to 30 levels, value by 20."""
    hue, saturation, value = (int(rng.integers(-limit, limit + 1)) for limit in (20, 30, 20))
    return _hsv(image, hue, LEVELS + saturation, LEVELS + value)


def colour_jitter(image: Image, rng: np.random.Generator) -> Image:
    """Brightness, contrast around the mean and saturation times 0.8 to 1.2, hue turned by up to 36 degrees;
    in a random order.
    """
    brightness, contrast, saturation = rng.uniform(0.8, 1.2, 3)
    hue = round(180 * float(rng.uniform(-0.1, 0.1)))

    def around_mean(picture: Image) -> Image:
        mean = float(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).mean())
        return _levels(picture, mean + (LEVELS - mean) * contrast)

    steps: list[Callable[[Image], Image]] = [
        lambda picture: _levels(picture, LEVELS * brightness),
        around_mean,
        lambda picture: _hsv(picture, 0, LEVELS * saturation, LEVELS),
        lambda picture: _hsv(picture, hue, LEVELS, LEVELS),
    ]
    for number in rng.permutation(len(steps)):
        image = steps[number](image)
    return image


def gauss_noise(image: Image, rng: np.random.Generator) -> Image:
    """Noise with a variance of 10 to 50 levels², independent a channel."""
    sigma = float(np.sqrt(rng.uniform(10, 50)))
    return _rounded(image + rng.normal(0, sigma, image.shape))


def iso_noise(image: Image, rng: np.random.Generator) -> Image:
    """Grain of a camera at a high ISO: Poisson in lightness, by the picture's own contrast, and a little in
    hue.
    """
    hls = cv2.cvtColor(image.astype(np.float32) / 255, cv2.COLOR_RGB2HLS)
    contrast = float(hls[:, :, 1].std())
    intensity, colour = float(rng.uniform(0.1, 0.5)), float(rng.uniform(0.01, 0.05))
    grain = rng.poisson(contrast * intensity * 255, hls.shape[:2]) / 255
    hls[:, :, 0] = (hls[:, :, 0] + rng.normal(0, colour * 360 * intensity, hls.shape[:2])) % 360
    hls[:, :, 1] = np.clip(hls[:, :, 1] + grain * (1 - hls[:, :, 1]), 0, 1)
    return _rounded(cv2.cvtColor(hls, cv2.COLOR_HLS2RGB) * np.float32(255))


def multiplicative_noise(image: Image, rng: np.random.Generator) -> Image:
    """All levels times one number, 0.9 to 1.1."""
    return _levels(image, LEVELS * rng.uniform(0.9, 1.1))


def motion_blur(image: Image, rng: np.random.Generator) -> Image:
    """The mean along a line through windows of 3, 5 or 7 pixels, at any angle."""
    side = int(rng.choice(KERNELS))
    kernel = np.zeros((side, side), np.uint8)
    ends = rng.integers(0, side, (2, 2))
    while (ends[0] == ends[1]).all():
        ends = rng.integers(0, side, (2, 2))
    cv2.line(kernel, tuple(map(int, ends[0])), tuple(map(int, ends[1])), 1)
    return np.asarray(cv2.filter2D(image, -1, kernel / np.float32(kernel.sum())), dtype=np.uint8)


def median_blur(image: Image, rng: np.random.Generator) -> Image:
    """The median of windows of 3, 5 or 7 pixels."""
    return np.asarray(cv2.medianBlur(np.ascontiguousarray(image), int(rng.choice(KERNELS))), dtype=np.uint8)


def gaussian_blur(image: Image, rng: np.random.Generator) -> Image:
    """A sigma as OpenCV takes it for windows of 3, 5 or 7 pixels: 0.8, 1.1 or 1.4."""
    return blur(image, 0.3 * ((int(rng.choice(KERNELS)) - 1) / 2 - 1) + 0.8)


def image_compression(image: Image, rng: np.random.Generator) -> Image:
    """JPEG at a quality of 60 to 100."""
    return jpeg(image, int(rng.integers(60, 101)))


def downscale(image: Image, rng: np.random.Generator) -> Image:
    """Shrunk to 0.7 to 0.9 and enlarged again, by the nearest pixel both times."""
    small = rescale(image, float(rng.uniform(0.7, 0.9)), cv2.INTER_NEAREST)
    return np.asarray(cv2.resize(small, image.shape[1::-1], interpolation=cv2.INTER_NEAREST), dtype=np.uint8)


def coarse_dropout(image: Image, rng: np.random.Generator) -> Image:
    """One to eight black rectangles, each side 1/28 to 1/7 of the picture's."""
    side, pierced = image.shape[0], image.copy()
    for _ in range(int(rng.integers(HOLES[0], HOLES[1] + 1))):
        height, width = (
            max(1, round(int(rng.integers(HOLE_PX[0], HOLE_PX[1] + 1)) * side / PUBLISHED_PX))
            for _ in range(2)
        )
        top, left = int(rng.integers(side - height + 1)), int(rng.integers(side - width + 1))
        pierced[top : top + height, left : left + width] = 0
    return pierced


def shift_scale_rotate(image: Image, rng: np.random.Generator) -> Image:
    """Moved by up to a tenth, 0.9 to 1.1 times as large, turned by up to 15 degrees; the edge is mirrored."""
    height, width = image.shape[:2]
    scale = 1 + rng.uniform(-SCALE_LIMIT, SCALE_LIMIT)
    matrix = cv2.getRotationMatrix2D(
        (width / 2, height / 2), rng.uniform(-TURN_LIMIT_DEGREES, TURN_LIMIT_DEGREES), scale
    )
    matrix[:, 2] += rng.uniform(-SHIFT_LIMIT, SHIFT_LIMIT, 2) * (width, height)  # type: ignore[arg-type]  # OpenCV's stubs
    moved = cv2.warpAffine(
        image, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101
    )
    return np.asarray(moved, dtype=np.uint8)


def grid_distortion(image: Image, rng: np.random.Generator) -> Image:
    """Five stripes each way, each 0.9 to 1.1 times as wide as before, over the same square."""

    def axis(side: int) -> Grid:
        widths = 1 + rng.uniform(-GRID_LIMIT, GRID_LIMIT, GRID_STEPS)
        edges = np.concatenate([[0.0], np.cumsum(widths)]) * (side - 1) / widths.sum()
        places: Grid = np.interp(np.arange(side), np.linspace(0, side - 1, GRID_STEPS + 1), edges).astype(
            np.float32
        )
        return places

    across, down = np.meshgrid(axis(image.shape[1]), axis(image.shape[0]))
    return _remap(image, across, down)


def optical_distortion(image: Image, rng: np.random.Generator) -> Image:
    """A lens that bulges or pinches by up to 0.1 (OpenCV's first two radial terms), its centre moved by up to
    a tenth.
    """
    height, width = image.shape[:2]
    strength = float(rng.uniform(-LENS_LIMIT, LENS_LIMIT))
    camera = np.array([[width, 0, width / 2], [0, height, height / 2], [0, 0, 1]], np.float32)
    moved = camera.copy()
    moved[:2, 2] *= 1 + rng.uniform(-LENS_LIMIT, LENS_LIMIT, 2)
    lens = np.array([strength, strength, 0, 0, 0], np.float32)
    across, down = cv2.initUndistortRectifyMap(moved, lens, None, camera, (width, height), cv2.CV_32FC1)
    return _remap(image, np.asarray(across, np.float32), np.asarray(down, np.float32))


GROUPS = (
    Group(0.5, ((1.0, horizontal_flip), (0.1, vertical_flip), (0.3, random_rotate_90))),
    Group(0.4, ((1.0, random_brightness_contrast), (1.0, hue_saturation_value), (1.0, colour_jitter))),
    Group(0.3, ((1.0, gauss_noise), (1.0, iso_noise), (1.0, multiplicative_noise))),
    Group(0.3, ((1.0, motion_blur), (1.0, median_blur), (1.0, gaussian_blur))),
    Group(0.3, ((1.0, image_compression), (1.0, downscale))),
    Group(0.2, ((1.0, coarse_dropout),)),
    Group(0.3, ((1.0, shift_scale_rotate),)),
    Group(0.2, ((1.0, grid_distortion),)),
    Group(0.2, ((1.0, optical_distortion),)),
)


def _rounded(values: NDArray[np.floating]) -> Image:
    rounded: Image = np.clip(values, 0, 255).round().astype(np.uint8)
    return rounded


def _levels(image: Image, levels: NDArray[np.floating]) -> Image:
    """Every level replaced by the one that `levels` (256,) gives it."""
    return np.asarray(cv2.LUT(np.ascontiguousarray(image), _rounded(levels)), dtype=np.uint8)


def _hsv(image: Image, hue: int, saturation: NDArray[np.floating], value: NDArray[np.floating]) -> Image:
    """Hue moved by `hue` steps of two degrees, the levels of saturation and value replaced."""
    planes = cv2.split(cv2.cvtColor(np.ascontiguousarray(image), cv2.COLOR_RGB2HSV))
    turned = ((planes[0].astype(np.int16) + hue) % 180).astype(np.uint8)
    moved = cv2.merge([turned, cv2.LUT(planes[1], _rounded(saturation)), cv2.LUT(planes[2], _rounded(value))])
    return np.asarray(cv2.cvtColor(moved, cv2.COLOR_HSV2RGB), dtype=np.uint8)


def _remap(image: Image, across: Grid, down: Grid) -> Image:
    """The picture read at (`across`, `down`), each (H, W) in pixels; over the edge it is mirrored."""
    read = cv2.remap(
        np.ascontiguousarray(image), across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101
    )
    return np.asarray(read, dtype=np.uint8)
