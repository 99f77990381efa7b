"""A real face and its landmarks to a pair: the real picture and a fake blended from two copies of it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from detector.blending.masks import (
    RANDOM_SHAPES,
    MaskShape,
    deform_elastically,
    draw_affine,
    draw_mask,
    move_mask,
    move_source,
    soft_mask,
)
from detector.blending.transforms import HSV_MODERATE, Limits3, transform
from detector.structures import Floats, Image

RATIOS = (0.25, 0.5, 0.75, 1.0, 1.0, 1.0)
FOREHEAD_DROPPED = 0.25
"""Chance that the forehead points are left out of the mask."""
MARGIN_SIDE, MARGIN_ABOVE, MARGIN_BELOW = 0.5, 1.0, 0.4
"""Wide crop, as shares of the width and height of the landmarks' box."""
SMALLEST_FACE_PX = 16

# where each point goes when the picture is mirrored: dlib's 68 in order, then the forehead from left to right
MIRRORED_68 = np.array(
    [*range(16, -1, -1), *range(26, 16, -1), *range(27, 31), *range(35, 30, -1)]
    + [45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40]
    + [54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55, 64, 63, 62, 61, 60, 67, 66, 65]
)
MIRRORED_81 = np.concatenate([MIRRORED_68, np.arange(80, 67, -1)])


class BlendError(ValueError):
    """A picture of which no blend can be made; the text says why. Nothing is retried: another draw is the
    caller's decision.
    """


@dataclass(frozen=True, eq=False)
class Blend:
    """A real picture and its fake, both (H, W, 3) uint8 RGB and equal where `mask` is 0.

    `mask` (H, W) float32 in 0..1 is the final one, `ratio` times the soft mask: fake = mask x source + (1 -
    mask) x real.
    """

    real: Image
    fake: Image
    mask: Floats
    shape: MaskShape
    ratio: float


@dataclass(frozen=True)
class Window:
    """A rectangle of whole pixels of a picture, possibly reaching outside it; x2 and y2
    are not part of it.
    """

    x1: int
    y1: int
    x2: int
    y2: int

    @property
    def width(self) -> int:
        """In pixels."""
        return self.x2 - self.x1

    @property
    def height(self) -> int:
        """In pixels."""
        return self.y2 - self.y1

    def within(self, image: Image) -> Window:
        """The part that lies inside `image` (H, W, 3)."""
        height, width = image.shape[:2]
        return Window(max(0, self.x1), max(0, self.y1), min(width, self.x2), min(height, self.y2))

    def slices(self, of: Window | None = None) -> tuple[slice, slice]:
        """Rows and columns, to index the picture, or what was cut out of it by the window `of`."""
        left, top = (0, 0) if of is None else (of.x1, of.y1)
        return slice(self.y1 - top, self.y2 - top), slice(self.x1 - left, self.x2 - left)


def face_window(landmarks: Floats) -> Window:
    """The face with generous surroundings, of whatever size the picture is; raises BlendError where the
    landmarks span too little.
    """
    (x1, y1), (x2, y2) = landmarks[:68].min(axis=0), landmarks[:68].max(axis=0)
    face_width, face_height = float(x2 - x1), float(y2 - y1)
    if not min(face_width, face_height) >= SMALLEST_FACE_PX:  # not "<": NaN must be refused too
        raise BlendError(
            f"no blend: landmarks span {face_width:.0f} x {face_height:.0f} px, at least {SMALLEST_FACE_PX}"
            " are needed"
        )
    return Window(
        x1=math.floor(x1 - MARGIN_SIDE * face_width),
        y1=math.floor(y1 - MARGIN_ABOVE * face_height),
        x2=math.ceil(x2 + MARGIN_SIDE * face_width),
        y2=math.ceil(y2 + MARGIN_BELOW * face_height),
    )


def wide_crop(image: Image, landmarks: Floats) -> Window:
    """`face_window` cut at the edge of `image` (H, W, 3); raises BlendError where nothing of the face is
    inside.
    """
    window = face_window(landmarks).within(image)
    if min(window.width, window.height) < SMALLEST_FACE_PX:
        raise BlendError(
            f"no blend: the landmarks lie outside the {image.shape[1]} x {image.shape[0]} picture"
        )
    return window


def flip_landmarks(landmarks: Floats, width: int) -> Floats:
    """`landmarks` (68|81, 2) of the mirrored picture of `width` pixels, left and right points swapped so that
    each keeps its meaning.
    """
    mirrored = MIRRORED_81 if len(landmarks) == len(MIRRORED_81) else MIRRORED_68
    flipped: Floats = landmarks[mirrored].astype(np.float32)
    flipped[:, 0] = width - 1 - flipped[:, 0]
    return flipped


def flip(image: Image, landmarks: Floats) -> tuple[Image, Floats]:
    """Picture (H, W, 3) and landmarks (68|81, 2), mirrored left to right."""
    return np.ascontiguousarray(image[:, ::-1]), flip_landmarks(landmarks, image.shape[1])


def self_blend(
    image: Image,
    landmarks: Floats,
    rng: np.random.Generator,
    shape: MaskShape | None = None,
    hsv: Limits3 = HSV_MODERATE,
    source: Image | None = None,
) -> Blend:
    """A pair made of `image` (H, W, 3) uint8 RGB alone; `landmarks` (68, 2) or (81, 2) x, y in its pixels.

    `source` is what is blended in: None for the picture itself, else one of the same shape with the face in
    the same place, such as `transforms.regenerate` makes. `shape` None draws one of four. `hsv` limits the
    colour shift of the copy that is changed: half of the time the source, half of the time the target, which
    then is the real sample as well, so that the two differ only inside the mask. Raises BlendError.
    """
    if landmarks.shape not in ((68, 2), (81, 2)):
        raise ValueError(f"landmarks must be (68, 2) or (81, 2), not {landmarks.shape}")
    wide, window = face_window(landmarks), wide_crop(image, landmarks)
    points = landmarks[:68] if len(landmarks) == 81 and rng.random() < FOREHEAD_DROPPED else landmarks
    shape = shape or RANDOM_SHAPES[rng.integers(len(RANDOM_SHAPES))]

    if source is not None and source.shape != image.shape:
        raise ValueError(
            f"the source is {source.shape}, the picture {image.shape}; they must lie on each other"
        )
    source, real = (image if source is None else source)[window.slices()], image.copy()
    if rng.random() < 0.5:
        source = transform(source, rng, hsv)
    else:
        # the whole picture: a changed window alone would leave its rectangle in the real sample
        real = transform(image, rng, hsv)

    # the mask is made on the whole window, so that the edge of a tight picture neither bends nor sharpens its
    # outline
    drawn = draw_mask(shape, points - np.array([wide.x1, wide.y1], np.float32), wide.height, wide.width)
    affine = draw_affine(wide.height, wide.width, rng)
    soft = soft_mask(deform_elastically(move_mask(drawn, affine), rng), rng)
    ratio = RATIOS[rng.integers(len(RATIOS))]
    mask = np.zeros(image.shape[:2], np.float32)
    mask[window.slices()] = soft[window.slices(of=wide)] * np.float32(ratio)
    if not mask.max() > 0:
        raise BlendError(f"no blend: nothing of the {shape} mask lies inside the picture")
    fake = real.copy()
    moved = move_source(source, affine, offset=(window.x1 - wide.x1, window.y1 - wide.y1))
    fake[window.slices()] = mix(moved, real[window.slices()], mask[window.slices()])
    if np.array_equal(real, fake):
        raise BlendError(
            f"no blend: source and target are equal inside the {shape} mask, the picture has nothing to"
            " change"
        )
    return Blend(real=real, fake=fake, mask=mask, shape=shape, ratio=ratio)


def mix(source: Image, target: Image, mask: Floats) -> Image:
    """mask x source + (1 - mask) x target; both (H, W, 3) uint8, `mask` (H, W) float32 in 0..1."""
    weight = cv2.merge([mask, mask, mask])
    difference = cv2.subtract(source, target, dtype=cv2.CV_32F)
    change = cv2.multiply(difference, weight)
    return np.asarray(cv2.add(target, change, dtype=cv2.CV_8U), dtype=np.uint8)
