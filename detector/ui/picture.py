"""Pictures and judged faces into HTML: boxes on the picture, faces and frames as buttons."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import cv2
import numpy as np
import PIL.Image
from numpy.typing import NDArray

from detector.faces.crop import cut_square, square_around
from detector.reasons import comparison, probability_in_words, words
from detector.structures import Face, FaceScore, Image, Thresholds, Verdict
from detector.verdict import decide

PREVIEW_PX = 1280
THUMB_PX = 160
THUMB_MARGIN = 0.2
SMALL_SHARE = 0.13
"""A box narrower than this share of the picture carries its figures in two short lines."""

KIND = {Verdict.LIKELY_FAKE: "fake", Verdict.LIKELY_REAL: "real", Verdict.UNCERTAIN: "unsure"}


@dataclass(frozen=True)
class FrameTile:
    """A frame of the gallery: its thumb (h, w, 3) uint8 RGB, two lines of words, the
    verdict that colours it.
    """

    thumb: Image
    title: str
    words: str
    verdict: Verdict


def shrunk(image: Image, longest: int = PREVIEW_PX) -> Image:
    """The picture with its longer side at most `longest` pixels."""
    height, width = image.shape[:2]
    share = longest / max(height, width)
    if share >= 1:
        return image
    size = (max(1, round(width * share)), max(1, round(height * share)))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def data_uri(image: Image, lossless: bool = False) -> str:
    """(H, W, 3) uint8 RGB as a JPEG or, `lossless`, a PNG inside an address, so that no file of a face is
    written.
    """
    held, kind = io.BytesIO(), "png" if lossless else "jpeg"
    PIL.Image.fromarray(image).save(held, kind, quality=88)
    return f"data:image/{kind};base64," + base64.b64encode(held.getvalue()).decode("ascii")


def thumb(face: Face, side: int = THUMB_PX) -> Image:
    """A face with a little around it, (side, side, 3) uint8 RGB."""
    margin = 0.0 if face.whole_picture else THUMB_MARGIN
    origin = np.array([*face.patch_origin, *face.patch_origin], dtype=np.float64)
    return cut_square(face.patch, square_around(face.box, margin) - origin, side)[0]


def face_verdict(score: FaceScore, thresholds: Thresholds) -> Verdict:
    """The verdict on one face by itself; a marked one is uncertain at best."""
    return decide(score.p_fake, thresholds, score.face.quality.remarks).verdict


def boxes(
    preview: Image,
    size: tuple[int, int],
    scores: Sequence[FaceScore],
    thresholds: Thresholds,
    chosen: int,
    lossless: bool = False,
) -> str:
    """The picture with a numbered box a face; `size` is (height, width) of the frame that the boxes are in,
    `chosen` the face shown.
    """
    height, width = size
    marks = []
    for index, score in enumerate(scores):
        if not score.face.whole_picture:
            marks.append(
                _box(index, score, thresholds, np.array([width, height, width, height]), index == chosen)
            )
    count = f"{len(scores)} face" + ("" if len(scores) == 1 else "s")
    return (
        f'<figure class="picture"><div class="sheet"><img src="{data_uri(preview, lossless)}" alt="The'
        f' picture, {count} marked">' + "".join(marks) + "</div></figure>"
    )


def _box(
    index: int, score: FaceScore, thresholds: Thresholds, extent: NDArray[np.int64], chosen: bool
) -> str:
    x1, y1, x2, y2 = np.clip(score.face.box / extent, 0, 1) * 100
    verdict = face_verdict(score, thresholds)
    classes = ["box", KIND[verdict]]
    classes += ["chosen"] if chosen else []
    classes += ["small"] if x2 - x1 < 100 * SMALL_SHARE else []
    classes += ["inside"] if y1 < 8 else []
    shown = probability_in_words(score.p_fake)
    name = f"Face {index + 1}: probability of a fake {shown}, {verdict}"
    return (
        f'<button type="button" class="{" ".join(classes)}" data-pick="{index}"'
        f' aria-pressed="{str(chosen).lower()}" aria-label="{name}" title="{name}"'
        f' style="left:{x1:.2f}%;top:{y1:.2f}%;width:{x2 - x1:.2f}%;height:{y2 - y1:.2f}%"><span><b>{index + 1}</b>'
        f" <i>{escape(shown)}</i></span></button>"
    )


def faces(scores: Sequence[FaceScore], thresholds: Thresholds, chosen: int) -> str:
    """The gallery of faces: number, probability, verdict and remarks, each a button."""
    tiles = []
    for index, score in enumerate(scores):
        verdict = face_verdict(score, thresholds)
        remark = "; ".join([*map(words, score.face.quality.remarks), *map(comparison, score.out_of_range)])
        tiles.append(
            _tile(
                index,
                thumb(score.face),
                f"Face {index + 1}",
                probability_in_words(score.p_fake),
                verdict,
                index == chosen,
                remark,
            )
        )
    return f'<div class="tiles" role="group" aria-label="Faces">{"".join(tiles)}</div>'


def frames(tiles: Sequence[FrameTile], chosen: int | None) -> str:
    """The gallery of frames, each a button."""
    shown = [
        _tile(index, tile.thumb, tile.title, tile.words, tile.verdict, index == chosen)
        for index, tile in enumerate(tiles)
    ]
    return f'<div class="tiles" role="group" aria-label="Frames">{"".join(shown)}</div>'


def _tile(
    index: int, image: Image, title: str, figure: str, verdict: Verdict, chosen: bool, remark: str = ""
) -> str:
    noted = f'<span class="remark">{escape(remark)}</span>' if remark else ""
    return (
        f'<button type="button" class="tile {KIND[verdict]}{" chosen" if chosen else ""}" data-pick="{index}"'
        f' aria-pressed="{str(chosen).lower()}"><img src="{data_uri(image)}" alt=""><span'
        f' class="words"><b>{escape(title)}</b><span class="figure">{escape(figure)}</span><span'
        f' class="verdict-word">{verdict}</span>{noted}</span></button>'
    )


def examples(pictures: Sequence[tuple[str, Image]]) -> str:
    """Example pictures as buttons: a caption and a (h, w, 3) uint8 RGB thumb each."""
    tiles = [
        f'<button type="button" class="example" data-pick="{index}"><img src="{data_uri(image)}" alt="">'
        f"<span>{escape(caption)}</span></button>"
        for index, (caption, image) in enumerate(pictures)
    ]
    return f'<div class="examples">{"".join(tiles)}</div>'
