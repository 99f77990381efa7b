"""Pictures of a report: a photo and its numbered faces, a face, a thumbnail, each inside the page itself."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from detector.structures import Face, Floats, Image

PHOTO_SIDE = 1400
"""Pixels of a photo's longer side: sharp on A4, and some 300 KB."""
FACE_SIDE = 320
THUMBNAIL_SIDE = 112
QUALITY = 88

THUMBNAIL_MARGIN = 0.25
"""Room around a face, a share of its longer side on each side."""


@dataclass(frozen=True)
class Box:
    """A face in a picture: its `number`, and its place in percent of the picture's width and height."""

    number: int
    left: float
    top: float
    width: float
    height: float


def data_uri(image: Image, most: int) -> str:
    """A picture (H, W, 3) as an address that holds it, its longer side at most `most` pixels. Only pixels go
    in, no metadata of the file.
    """
    encoded = cv2.imencode(".jpg", _at_most(image, most)[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1]
    return f"data:image/jpeg;base64,{base64.b64encode(encoded.tobytes()).decode('ascii')}"


def png_uri(content: bytes) -> str:
    """A PNG as an address that holds it."""
    return f"data:image/png;base64,{base64.b64encode(content).decode('ascii')}"


def face_picture(face: Face, most: int = FACE_SIDE) -> str:
    """A face with some room around it, from its own pixels, as `data_uri`."""
    height, width = face.patch.shape[:2]
    x1, y1, x2, y2 = (float(value) for value in face.box)
    room = THUMBNAIL_MARGIN * max(x2 - x1, y2 - y1)
    left, top = face.patch_origin
    across = _inside(x1 - room - left, x2 + room - left, width)
    down = _inside(y1 - room - top, y2 + room - top, height)
    return data_uri(np.ascontiguousarray(face.patch[down, across]), most)


def boxes(faces: Sequence[Face], image: Image) -> list[Box]:
    """Where the faces are in `image`, numbered from 1 in their order."""
    height, width = image.shape[:2]
    return [_box(number, face.box, width, height) for number, face in enumerate(faces, start=1)]


def _box(number: int, box: Floats, width: int, height: int) -> Box:
    x1, x2 = np.clip(box[[0, 2]], 0, width) / width * 100
    y1, y2 = np.clip(box[[1, 3]], 0, height) / height * 100
    return Box(number, float(x1), float(y1), float(x2 - x1), float(y2 - y1))


def _inside(low: float, high: float, length: int) -> slice:
    """Whole pixels from `low` to `high`, inside 0 to `length` and one at least."""
    start = min(max(0, round(low)), length - 1)
    return slice(start, max(start + 1, min(length, round(high))))


def _at_most(image: Image, most: int) -> Image:
    height, width = image.shape[:2]
    share = most / max(height, width)
    if share >= 1:
        return image
    size = (max(1, round(width * share)), max(1, round(height * share)))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
