"""Facial landmarks to blending masks: the shapes, their deformation and their soft edge, all in float."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

import cv2
import numpy as np
from numpy.typing import NDArray

from detector.structures import Floats, Image

MaskShape = Literal["dfl_full", "components", "extended", "facehull", "hull", "eyes", "nose", "mouth"]
"""`hull` is the plain convex hull of the published fallback; the four before it are drawn at random.

The last three are ours: one part of the face alone, as a retoucher, a lip-sync program or a re-enactment
changes it. """

SHAPES: tuple[MaskShape, ...] = get_args(MaskShape)
RANDOM_SHAPES: tuple[MaskShape, ...] = ("dfl_full", "components", "extended", "facehull")
PART_SHAPES: tuple[MaskShape, ...] = ("eyes", "nose", "mouth")

JAW, BROWS, NOSE_BRIDGE, NOSTRILS, MOUTH = (
    range(17),
    range(17, 27),
    range(27, 31),
    range(31, 36),
    range(48, 68),
)
CHIN = 8

# each part is a filled convex hull of these points; a shape is the union of its parts (Face X-ray)
DFL_FULL_PARTS: tuple[tuple[int, ...], ...] = ((*JAW, *MOUTH), (*NOSE_BRIDGE, 33), (*BROWS, 0, 27, 16, 33))
COMPONENT_PARTS: tuple[tuple[int, ...], ...] = (
    (*range(9), 17),
    (*range(8, 17), 26),
    (17, 18, 19, CHIN),
    (24, 25, 26, CHIN),
    (*range(19, 25), CHIN),
    (*range(17, 22), 27, *NOSTRILS, CHIN),
    (*range(22, 27), 27, *NOSTRILS, CHIN),
    (*NOSE_BRIDGE, *NOSTRILS),
)
EYES_PARTS: tuple[tuple[int, ...], ...] = (
    (17, 21, 39, 40, 41, 36),
    (22, 26, 45, 46, 47, 42),
    (17, 26, 46, 28, 41),
)
NOSE_PARTS: tuple[tuple[int, ...], ...] = ((21, 22, 31, 35, 33), (31, 35, 50, 52))
MOUTH_PARTS: tuple[tuple[int, ...], ...] = ((31, 35, *MOUTH), (*MOUTH, 6, 7, 8, 9, 10), (48, 54, 4, 12, 8))

TRANSLATE_X, TRANSLATE_Y = 0.03, 0.015
"""Largest shift of the source, as a share of the window's width and height."""
SCALE_RANGE = (0.95, 1 / 0.95)

ELASTIC_ALPHA, ELASTIC_SIGMA_PX = 50.0, 7.0
ELASTIC_STEP_PX = 4
"""The displacement is drawn on a grid this coarse: a field smoothed with sigma 7 has nothing finer, and it
costs a sixteenth.
"""

SOFT_SIDES = (192, 256)
SOFT_KERNELS = (5, 25)
SOFT_SIGMAS = (5, 45)

ROUNDING = 1e-5
"""How far below 1 a blurred interior may lie by float rounding; the smallest weight of a kernel's edge is 100
times larger.
"""


def draw_mask(shape: MaskShape, landmarks: Floats, height: int, width: int) -> Floats:
    """The mask (height, width) float32 in 0..1 of one shape; `landmarks` (68, 2) or (81, 2) x, y in its
    pixels, possibly outside.

    Only `facehull` and `hull` use the 13 forehead points. `facehull` has an anti-aliased edge.
    """
    match shape:
        case "dfl_full":
            return _union(landmarks, DFL_FULL_PARTS, height, width)
        case "components":
            return _union(landmarks, COMPONENT_PARTS, height, width)
        case "extended":
            return _union(lift_brows(landmarks), COMPONENT_PARTS, height, width)
        case "hull":
            return _union(landmarks, (tuple(range(len(landmarks))),), height, width)
        case "eyes":
            return _union(landmarks, EYES_PARTS, height, width)
        case "nose":
            return _union(landmarks, NOSE_PARTS, height, width)
        case "mouth":
            return _union(landmarks, MOUTH_PARTS, height, width)
        case "facehull":
            # OpenCV smooths edges of 8-bit pictures only
            smooth = np.zeros((height, width), np.uint8)
            cv2.fillConvexPoly(smooth, cv2.convexHull(landmarks.astype(np.int32)), 255, lineType=cv2.LINE_AA)
            return smooth.astype(np.float32) / np.float32(255)


def _union(landmarks: Floats, parts: Sequence[Sequence[int]], height: int, width: int) -> Floats:
    mask = np.zeros((height, width), np.float32)
    points = landmarks.astype(np.int32)
    for part in parts:
        cv2.fillConvexPoly(mask, cv2.convexHull(points[list(part)]), 1.0)
    return mask


def lift_brows(landmarks: Floats) -> Floats:
    """A copy of `landmarks` (68|81, 2) whose brow points moved away from the eye points below them by half
    their distance.

    Five brow points face four eye points and, on the outer side, the quarter point from the eye's corner to
    the end of the jaw.
    """
    lifted = landmarks.astype(np.float32)
    left_outer = landmarks[36] + (landmarks[0] - landmarks[36]) / 4
    right_outer = landmarks[45] + (landmarks[16] - landmarks[45]) / 4
    eyes = np.vstack([left_outer, landmarks[36:40], landmarks[42:46], right_outer])
    lifted[list(BROWS)] += (lifted[list(BROWS)] - eyes) / 2
    return lifted


def draw_affine(height: int, width: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """A random shift and scale about the centre, (2, 3), the axes scaled independently; no rotation."""
    scale_x, scale_y = rng.uniform(*SCALE_RANGE, size=2)
    shift_x = rng.uniform(-TRANSLATE_X, TRANSLATE_X) * width
    shift_y = rng.uniform(-TRANSLATE_Y, TRANSLATE_Y) * height
    centre_x, centre_y = (width - 1) / 2, (height - 1) / 2
    return np.array(
        [[scale_x, 0, centre_x * (1 - scale_x) + shift_x], [0, scale_y, centre_y * (1 - scale_y) + shift_y]]
    )


def move_mask(mask: Floats, affine: NDArray[np.float64]) -> Floats:
    """`mask` (H, W) under the (2, 3) affine, 0 where nothing was."""
    moved = cv2.warpAffine(mask, affine, mask.shape[::-1], flags=cv2.INTER_LINEAR)
    return np.asarray(moved, dtype=np.float32)


def move_source(source: Image, affine: NDArray[np.float64], offset: tuple[int, int] = (0, 0)) -> Image:
    """`source` (H, W, 3) under the (2, 3) affine, reflected at the edge; `offset` x, y is where it lies in
    the affine's coordinates.

    Reflected, not black as published: a mask that reaches the edge of a tight picture would otherwise blend
    in a black rim.
    """
    here = affine.copy()
    here[:, 2] += affine[:, :2] @ np.array(offset) - np.array(offset)
    moved = cv2.warpAffine(
        source, here, source.shape[1::-1], flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101
    )
    return np.asarray(moved, dtype=np.uint8)


def deform_elastically(mask: Floats, rng: np.random.Generator) -> Floats:
    """`mask` (H, W) float32 with its outline wobbled by a smooth random field, about 1 px (standard deviation
    1.2).

    White noise in -1..1, Gaussian of sigma 7 px, times 50. On the coarse grid sigma and alpha are divided by
    the grid's step, which leaves the field's reach and strength as they were.
    """
    height, width = mask.shape
    grid = (-(-height // ELASTIC_STEP_PX), -(-width // ELASTIC_STEP_PX), 2)
    noise = rng.random(grid, dtype=np.float32) * 2 - 1
    smooth = cv2.GaussianBlur(noise, (0, 0), ELASTIC_SIGMA_PX / ELASTIC_STEP_PX) * np.float32(
        ELASTIC_ALPHA / ELASTIC_STEP_PX
    )
    flow_x, flow_y = cv2.split(cv2.resize(smooth, (width, height), interpolation=cv2.INTER_LINEAR))
    flow_x += np.arange(width, dtype=np.float32)
    flow_y += np.arange(height, dtype=np.float32)[:, None]
    # two maps: with one of two channels OpenCV 5.0 takes seconds here
    deformed = cv2.remap(mask, flow_x, flow_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    return np.asarray(deformed, dtype=np.float32)


def draw_kernel(rng: np.random.Generator) -> int:
    """A random odd kernel side, 5..25."""
    first, last = SOFT_KERNELS
    return int(2 * rng.integers(first // 2, last // 2 + 1) + 1)


def soft_mask(mask: Floats, rng: np.random.Generator) -> Floats:
    """`mask` (H, W) float32 in 0..1, eroded and with a soft edge of random width; its maximum is 1. All zeros
    stay all zeros.

    Done at a random size of 192..256 px a side: blur, all that is no longer 1 to 0 (this erodes), blur again.
    In 8 bit the first blur would round back to 1 and nothing would erode: 24.3 % of the area stays 24.2 %, in
    float it shrinks to about 17 %.
    """
    height, width = mask.shape
    side_x, side_y = (int(side) for side in rng.integers(SOFT_SIDES[0], SOFT_SIDES[1] + 1, size=2))
    erosion, softness = draw_kernel(rng), draw_kernel(rng)
    sigma = float(rng.integers(SOFT_SIGMAS[0], SOFT_SIGMAS[1] + 1))
    blurred = _to_maximum_one(cv2.GaussianBlur(cv2.resize(mask, (side_x, side_y)), (erosion, erosion), 0))
    eroded = np.where(blurred < 1 - ROUNDING, np.float32(0), blurred)
    soft = _to_maximum_one(cv2.GaussianBlur(eroded, (softness, softness), sigma))
    return np.clip(_to_maximum_one(cv2.resize(soft, (width, height))), 0, 1)


def _to_maximum_one(mask: NDArray[np.generic]) -> Floats:
    values = np.asarray(mask, dtype=np.float32)
    maximum = values.max()
    return values / maximum if maximum > 0 else values
