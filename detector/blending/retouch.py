"""A real face to the same face as a retoucher leaves it: one part warped, copied over, smoothed or put in
without a seam.
"""

from __future__ import annotations

from typing import Literal, get_args

import cv2
import numpy as np
from numpy.typing import NDArray

from detector.blending.blend import mix
from detector.blending.masks import MOUTH, NOSE_BRIDGE, NOSTRILS
from detector.structures import Floats, Image

Edit = Literal["warp", "clone", "smooth"]
EDITS: tuple[Edit, ...] = get_args(Edit)

PARTS: dict[str, tuple[int, ...]] = {
    "left eye": tuple(range(36, 42)),
    "right eye": tuple(range(42, 48)),
    "nose": (*NOSE_BRIDGE, *NOSTRILS),
    "mouth": tuple(MOUTH),
    "jaw": tuple(range(4, 13)),
    "brows": tuple(range(17, 27)),
}
"""Parts of the face by dlib's 68 points, that a retoucher works on."""

REACH = (0.9, 1.6)
"""Radius of an edit, as a share of the part's own half-width, so that the edit ends outside the part."""
LARGEST = 0.3
"""Largest radius, as a share of the width of the face: the jaw is as wide as the face itself."""
PUSH = (0.08, 0.3)
"""Largest movement of a warp, as a share of its radius."""
SWELL = (0.12, 0.4)
"""Strength of a warp that enlarges or shrinks a part, as a share of the distance from its centre."""
CLONE_SHIFT = (0.5, 1.2)
"""How far away a cloned patch is taken from, as a share of the radius."""


def retouch(image: Image, points: Floats, rng: np.random.Generator, edit: Edit | None = None) -> Image:
    """`image` (H, W, 3) uint8 RGB with one to three local edits of parts of the face; `points` (68|81, 2) x,
    y in its pixels.

    The edits are those of portrait retouching programs (liquify, clone stamp, skin smoothing), by which
    hand-made fakes such as CIPLab's are made as well. Ours, not a published method. The same draw gives the
    same picture.
    """
    names, face_px = list(PARTS), float(np.ptp(points[:68, 0]))
    chosen = rng.choice(len(names), size=int(rng.integers(1, 4)), replace=False)
    for number in chosen:
        part = points[list(PARTS[names[number]])]
        centre = part.mean(axis=0)
        half = float(max(np.ptp(part[:, 0]), np.ptp(part[:, 1]))) / 2
        radius = max(4.0, min(half * float(rng.uniform(*REACH)), LARGEST * face_px))
        kind = edit or EDITS[rng.integers(len(EDITS))]
        match kind:
            case "warp":
                image = warp(image, centre, radius, rng)
            case "clone":
                image = clone(image, centre, radius, rng)
            case "smooth":
                image = smooth(image, centre, radius, rng)
    return image


def warp(image: Image, centre: Floats, radius: float, rng: np.random.Generator) -> Image:
    """`image` with the disc of `radius` px around `centre` (2,) pushed aside, and swollen or shrunk; nothing
    changes at its rim.
    """
    height, width = image.shape[:2]
    across = np.arange(width, dtype=np.float32)[None] - np.float32(centre[0])
    down = np.arange(height, dtype=np.float32)[:, None] - np.float32(centre[1])
    fall = np.clip(1 - (across**2 + down**2) / np.float32(radius**2), 0, 1) ** 2
    angle, length = rng.uniform(0, 2 * np.pi), radius * rng.uniform(*PUSH)
    swell = rng.choice((-1, 1)) * rng.uniform(*SWELL)
    shift_x = fall * (np.float32(np.cos(angle) * length) + np.float32(swell) * across)
    shift_y = fall * (np.float32(np.sin(angle) * length) + np.float32(swell) * down)
    map_x, map_y = across + np.float32(centre[0]) - shift_x, down + np.float32(centre[1]) - shift_y
    moved = cv2.remap(image, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    return np.asarray(moved, dtype=np.uint8)


def clone(image: Image, centre: Floats, radius: float, rng: np.random.Generator) -> Image:
    """`image` with what lies beside copied over the disc of `radius` px around `centre`, with a soft rim, as
    a clone stamp does.
    """
    height, width = image.shape[:2]
    radius *= float(rng.uniform(0.4, 0.8))
    angle, length = rng.uniform(0, 2 * np.pi), 2 * radius * rng.uniform(*CLONE_SHIFT)
    move = np.array([[1, 0, np.cos(angle) * length], [0, 1, np.sin(angle) * length]], np.float32)
    copied = cv2.warpAffine(
        image, move, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101
    )
    return mix(np.asarray(copied, dtype=np.uint8), image, _disc(image, centre, radius, rng))


def smooth(image: Image, centre: Floats, radius: float, rng: np.random.Generator) -> Image:
    """`image` with the grain of the skin taken from the disc of `radius` px around
    `centre`, its edges kept.
    """
    strength = float(rng.uniform(20, 60))
    softened = cv2.bilateralFilter(image, 0, strength, max(1.0, radius * float(rng.uniform(0.06, 0.15))))
    return mix(
        np.asarray(softened, dtype=np.uint8),
        image,
        _disc(image, centre, radius * float(rng.uniform(0.8, 1.4)), rng),
    )


def seamless(source: Image, target: Image, mask: Floats) -> Image | None:
    """`source` put into `target`, both (H, W, 3) uint8, where `mask` (H, W) in 0..1 is over a half, by
    Poisson blending.

    The gradients are the source's, the rim is the target's: Pérez et al., Poisson Image Editing (2003), by
    OpenCV's seamlessClone. None where the mask is too small or reaches the edge of the picture, at which it
    cannot be solved.
    """
    inside = (mask > 0.5).astype(np.uint8) * 255
    inside[[0, 1, -2, -1]] = 0
    inside[:, [0, 1, -2, -1]] = 0
    left, top, width, height = cv2.boundingRect(inside)
    if min(width, height) < 8:
        return None
    centre = (left + width // 2, top + height // 2)
    return np.asarray(cv2.seamlessClone(source, target, inside, centre, cv2.NORMAL_CLONE), dtype=np.uint8)


def _disc(image: Image, centre: Floats, radius: float, rng: np.random.Generator) -> NDArray[np.float32]:
    """Weights (H, W) float32 in 0..1, 1 inside, with a rim that is soft by a random share of the radius."""
    height, width = image.shape[:2]
    mask = np.zeros((height, width), np.float32)
    axes = (
        max(1, round(radius * float(rng.uniform(0.7, 1.1)))),
        max(1, round(radius * float(rng.uniform(0.7, 1.1)))),
    )
    cv2.ellipse(
        mask,
        (round(float(centre[0])), round(float(centre[1]))),
        axes,
        float(rng.uniform(0, 180)),
        0,
        360,
        1.0,
        thickness=-1,
    )
    return np.asarray(
        cv2.GaussianBlur(mask, (0, 0), max(0.8, radius * float(rng.uniform(0.05, 0.3)))), dtype=np.float32
    )
