"""Pictures for the page: small ones, as addresses, where boxes lie on them, what networks are given of a
face.
"""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import PIL.Image
from markupsafe import Markup

from detector.faces.crop import cut_square, square_around
from detector.structures import DetectorInfo, Face, FaceScore, Floats, Image, Scan
from detector.ui.html import render
from detector.zoo.specs import SPECS

PREVIEW_PX = 1280
THUMB_PX = 160
THUMB_MARGIN = 0.2
STRIP_PX = 72
SMALL_SHARE = 0.13
"""A box narrower than this share of the picture has a smaller number."""

LABEL_ROOM = 8
"""Percent of the picture that must lie over a box for its number to stand there."""

LOSSLESS = frozenset({"HEIF", "HEIC"})
"""Formats that a browser cannot show: what stands for them on the page is not compressed a second time."""


@dataclass(frozen=True)
class Place:
    """Where a box lies on its picture, in percent of the sides; `inside`: its number has no room above."""

    left: float
    top: float
    width: float
    height: float

    @property
    def small(self) -> bool:
        """Whether it is narrow."""
        return self.width < 100 * SMALL_SHARE

    @property
    def inside(self) -> bool:
        """Whether it lies at the upper edge."""
        return self.top < LABEL_ROOM


def place(box: Floats, size: tuple[int, int]) -> Place:
    """Where a box (4,) of frame pixels lies on a frame of `size` (height, width)."""
    height, width = size
    x1, y1, x2, y2 = (
        float(share) for share in np.clip(box / np.array([width, height, width, height]), 0, 1) * 100
    )
    return Place(x1, y1, x2 - x1, y2 - y1)


def slim(scan: Scan) -> Scan:
    """The scan with a small preview, for a visit to keep; nothing that judges looks at the preview."""
    return replace(scan, preview=replace(scan.preview, image=shrunk(scan.preview.image)))


def shrunk(image: Image, longest: int = PREVIEW_PX) -> Image:
    """The picture with its longer side at most `longest` pixels."""
    height, width = image.shape[:2]
    share = longest / max(height, width)
    if share >= 1:
        return image
    size = (max(1, round(width * share)), max(1, round(height * share)))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def read(path: Path) -> Image:
    """A picture that comes with the program, (H, W, 3) uint8 RGB."""
    return np.asarray(PIL.Image.open(path).convert("RGB"), dtype=np.uint8)


def data_uri(image: Image, lossless: bool = False) -> str:
    """(H, W, 3) uint8 RGB as a JPEG or, `lossless`, a PNG inside an address, so that no file of a face is
    written.
    """
    buffer, kind = io.BytesIO(), "png" if lossless else "jpeg"
    PIL.Image.fromarray(image).save(buffer, kind, quality=88)
    return f"data:image/{kind};base64," + base64.b64encode(buffer.getvalue()).decode("ascii")


def thumb(face: Face, side: int = THUMB_PX) -> Image:
    """A face with a little around it, (side, side, 3) uint8 RGB."""
    margin = 0.0 if face.whole_picture else THUMB_MARGIN
    origin = np.array([*face.patch_origin, *face.patch_origin], dtype=np.float64)
    return cut_square(face.patch, square_around(face.box, margin) - origin, side)[0]


def planes(score: FaceScore, info: DetectorInfo) -> Markup:
    """The four pictures of the face's crop as the detector `info` cuts it, and which of them that detector
    was given.
    """
    from detector.explain.planes import given, plane_pictures
    from detector.faces.crop import crop_face

    pictures = vars(plane_pictures(crop_face(score.face, info.input).image))
    sources = {name: data_uri(pictures[name], lossless=name != "colours") for name in pictures}
    return render("planes", title=info.short, given=given(SPECS[info.name]), sources=sources)
