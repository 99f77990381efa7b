"""The crop rule: a face and a network's input to the square picture that is judged."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from detector.structures import Crop, Face, Floats, Image, InputSpec


def square_around(box: Floats, margin: float) -> NDArray[np.float64]:
    """The square (4,) x1, y1, x2, y2 centred on `box`, (4,) in pixels; its side is (1 + 2 margin) times the
    longer side.
    """
    x1, y1, x2, y2 = (float(value) for value in box)
    half = (0.5 + margin) * max(x2 - x1, y2 - y1)
    centre = np.array([(x1 + x2) / 2, (y1 + y2) / 2])
    return np.concatenate([centre - half, centre + half])


def cut_square(image: Image, square: NDArray[np.float64], size: int) -> tuple[Image, NDArray[np.float64]]:
    """Cut `square` (4,) x1, y1, x2, y2 out of `image` and resize it to (size, size, 3).

    What lies outside the picture is reflected. Resized with area averaging when shrinking, cubic when
    growing. Second result: the (2, 3) affine that maps pixels of the result to pixels of `image`.
    """
    height, width = image.shape[:2]
    x1, y1 = math.floor(square[0] + 0.5), math.floor(square[1] + 0.5)
    side = max(1, math.floor(square[2] - square[0] + 0.5))
    left, top = max(0, -x1), max(0, -y1)
    right, bottom = max(0, x1 + side - width), max(0, y1 + side - height)
    inside = image[max(0, y1) : max(0, y1 + side), max(0, x1) : max(0, x1 + side)]
    if inside.size == 0:
        raise ValueError(f"square {square.round(1).tolist()} lies outside the {width} x {height} picture")
    if left or top or right or bottom:
        # reflected by index, not copyMakeBorder: it refuses borders wider than the cut-out
        rows = _reflected(np.arange(y1, y1 + side), height)
        columns = _reflected(np.arange(x1, x1 + side), width)
        inside = image[rows[:, None], columns[None, :]]
    shrinking = side > size
    crop = cv2.resize(inside, (size, size), interpolation=cv2.INTER_AREA if shrinking else cv2.INTER_CUBIC)
    scale = side / size
    offset = 0.5 * scale - 0.5
    to_image = np.array([[scale, 0.0, x1 + offset], [0.0, scale, y1 + offset]])
    return np.asarray(crop, dtype=np.uint8), to_image


def _reflected(index: NDArray[np.int64], length: int) -> NDArray[np.int64]:
    """Indices folded back into 0..length-1, the edge pixel not repeated."""
    if length == 1:
        return np.zeros_like(index)
    period = 2 * (length - 1)
    folded = np.abs(index) % period
    return np.asarray(np.where(folded < length, folded, period - folded), dtype=np.int64)


def crop_face(face: Face, spec: InputSpec) -> Crop:
    """The (S, S, 3) input of a network for one face; a whole picture is padded to a square by reflection,
    without a margin.
    """
    margin = 0.0 if face.whole_picture else spec.margin
    origin = np.array([*face.patch_origin, *face.patch_origin], dtype=np.float64)
    square = square_around(face.box, margin) - origin
    image, to_patch = cut_square(face.patch, square, spec.size)
    to_frame = to_patch.copy()
    to_frame[:, 2] += origin[:2]
    return Crop(image=image, face=face, to_frame=to_frame)
