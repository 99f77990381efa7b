"""The HTML of pictures and judged faces: boxes on the picture, galleries of buttons, what the networks are
given of a face.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import PIL.Image
from markupsafe import Markup
from numpy.typing import NDArray

from detector.faces.crop import cut_square, square_around
from detector.reasons import comparison, probability_in_words, words
from detector.structures import DetectorInfo, Face, FaceScore, Image, Verdict
from detector.ui.html import render
from detector.verdict import decide
from detector.zoo.specs import SPECS

PREVIEW_PX = 1280
THUMB_PX = 160
THUMB_MARGIN = 0.2
SMALL_SHARE = 0.13
"""A box narrower than this share of the picture carries its figures in two short lines."""

LABEL_ROOM = 8
"""Percent of the picture that must lie over a box for its figures to stand there."""

KIND = {Verdict.LIKELY_FAKE: "fake", Verdict.LIKELY_REAL: "real", Verdict.UNCERTAIN: "unsure"}


@dataclass(frozen=True)
class Tile:
    """A judged face in a gallery: its thumb as an address, what stands under it, and its verdict."""

    source: str
    title: str
    probability: str
    verdict: Verdict
    remark: str = ""

    @property
    def kind(self) -> str:
        """How the style sheet calls the verdict."""
        return KIND[self.verdict]


@dataclass(frozen=True)
class Box:
    """A face on the picture; its place in percent of the picture's sides."""

    index: int
    probability: str
    verdict: Verdict
    classes: tuple[str, ...]
    chosen: bool
    left: float
    top: float
    width: float
    height: float


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


def face_verdict(score: FaceScore) -> Verdict:
    """The verdict on one face by itself."""
    return decide(score.evidence)


def boxes(
    preview: Image,
    size: tuple[int, int],
    scores: Sequence[FaceScore],
    chosen: int,
    lossless: bool = False,
) -> Markup:
    """The picture with a numbered box a face; `size` is (height, width) of the frame that the boxes are in,
    `chosen` the face shown.
    """
    height, width = size
    extent = np.array([width, height, width, height])
    marks = [
        _box(index, score, extent, index == chosen)
        for index, score in enumerate(scores)
        if not score.face.whole_picture
    ]
    return render("boxes", source=data_uri(preview, lossless), faces=len(scores), boxes=marks)


def _box(index: int, score: FaceScore, extent: NDArray[np.int64], chosen: bool) -> Box:
    x1, y1, x2, y2 = (float(share) for share in np.clip(score.face.box / extent, 0, 1) * 100)
    verdict = face_verdict(score)
    kinds = {"chosen": chosen, "small": x2 - x1 < 100 * SMALL_SHARE, "inside": y1 < LABEL_ROOM}
    return Box(
        index=index,
        probability=probability_in_words(score.p_fake),
        verdict=verdict,
        classes=(KIND[verdict], *(name for name, holds in kinds.items() if holds)),
        chosen=chosen,
        left=x1,
        top=y1,
        width=x2 - x1,
        height=y2 - y1,
    )


def faces(scores: Sequence[FaceScore], chosen: int) -> Markup:
    """The gallery of faces: number, probability, verdict and remarks, each a button."""
    tiles = [
        Tile(
            source=data_uri(thumb(score.face)),
            title=f"Face {number}",
            probability=probability_in_words(score.p_fake),
            verdict=face_verdict(score),
            remark="; ".join([*map(words, score.face.quality.remarks), *map(comparison, score.out_of_range)]),
        )
        for number, score in enumerate(scores, 1)
    ]
    return gallery("Faces", tiles, chosen)


def gallery(label: str, tiles: Sequence[Tile], chosen: int | None) -> Markup:
    """Judged faces as buttons; `label` says what they are to who cannot see them."""
    return render("gallery", label=label, tiles=tiles, chosen=chosen)


def planes(score: FaceScore, info: DetectorInfo) -> Markup:
    """The four pictures of the face's crop as the detector `info` cuts it, and which of them that detector
    was given.
    """
    from detector.explain.planes import given, plane_pictures
    from detector.faces.crop import crop_face

    pictures = vars(plane_pictures(crop_face(score.face, info.input).image))
    sources = {name: data_uri(pictures[name], lossless=name != "colours") for name in pictures}
    return render("planes", title=info.title, given=given(SPECS[info.name]), sources=sources)
