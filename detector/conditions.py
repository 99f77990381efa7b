"""What a face is like where that decides whether its score may be believed, from its own pixels.

Thresholds were set on the development sets; `docs/results/conditions.md` has the curves.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from detector.structures import Condition, Face, Image

SIDE = 128
"""Surfaces and lines are measured with the face's longer side at most so many pixels, whatever its own."""

WINDOW = 7
"""Pixels across of the places whose contrast is measured."""

SMOOTH = 1.5
"""Standard deviation, in levels of 255, under which a place is smooth: neither grain nor texture, yet well
over the rounding to whole levels (0.3)."""

BLOCK = 8
NO_DETAIL = 0.4
"""Root mean square of the second differences of a block of 8 x 8 native pixels under which its fine detail is
gone: about what rounding to whole levels leaves."""

STUDIO_SMOOTH_SHARE = 0.30
STUDIO_LINES = 15.0
"""All 36 laboratory portraits of `cross` are over the first, 35 over both; the second leaves out what is
smooth for being blurred."""

COMPRESSED_QUALITY = 52.0
"""Just over JPEG 50, which 98 of 100 pictures written so show as 50."""

COMPRESSED_BARE_SHARE = 0.55
"""For what is no JPEG any more: 8 in 10 frames of H.264 at rate 40 (`ffpp` c40) are over it, of photographs
at most one in ten in any set."""

SMALL_PX = 64.0

DRAWN_FLATNESS = 0.045
DRAWN_LINES = 25.0
"""Of cartoons 95 % and of stylised pictures 79 % hold both, of the 1,513 faces of `cross` 1 %."""

Luma = NDArray[np.float32]


@dataclass(frozen=True)
class Measures:
    """What conditions are told by.

    `smooth_share`, 0..1, of the face and its surroundings has no grain and no texture. `lines` is the
    gradient, in levels a pixel, that 5 % of the face exceed, `flatness` the one that 75 % exceed as a share
    of it: low where plain surfaces lie between strong lines. `bare_share`, 0..1, of the face's blocks have
    lost their fine detail. `jpeg_quality` and `size_px` are those of its Quality.
    """

    smooth_share: float
    lines: float
    flatness: float
    bare_share: float
    jpeg_quality: float | None
    size_px: float


def conditions_of(face: Face) -> frozenset[Condition]:
    """The conditions that a face is in by its own pixels; none: it is ordinary. What is out of range of a
    calibration is told by `detector.ood`.
    """
    return judged(measure(face))


def judged(measures: Measures) -> frozenset[Condition]:
    """The conditions that follow from the measures."""
    quality = measures.jpeg_quality
    holds = {
        Condition.STUDIO: measures.smooth_share >= STUDIO_SMOOTH_SHARE and measures.lines >= STUDIO_LINES,
        Condition.COMPRESSED: (quality is not None and quality <= COMPRESSED_QUALITY)
        or measures.bare_share >= COMPRESSED_BARE_SHARE,
        Condition.SMALL: measures.size_px < SMALL_PX,
        Condition.DRAWN: measures.flatness <= DRAWN_FLATNESS and measures.lines >= DRAWN_LINES,
    }
    return frozenset(condition for condition, true in holds.items() if true)


def measure(face: Face) -> Measures:
    """The measures of one face; under 3 ms."""
    luma = np.asarray(cv2.cvtColor(face.patch, cv2.COLOR_RGB2GRAY), dtype=np.uint8)
    box = face.box.astype(np.float64) - np.array([*face.patch_origin, *face.patch_origin])
    size_px = max(1.0, float(max(box[2] - box[0], box[3] - box[1])))
    scale = min(1.0, SIDE / size_px)
    small = _scaled(luma, scale)
    inside = _inside(small, box * scale)
    steps = np.hypot(
        cv2.Sobel(inside, cv2.CV_32F, 1, 0, scale=1 / 8), cv2.Sobel(inside, cv2.CV_32F, 0, 1, scale=1 / 8)
    )
    low, high = (float(value) for value in np.percentile(steps, [25, 95]))
    return Measures(
        smooth_share=_smooth_share(small),
        lines=high,
        flatness=low / high if high > 0 else 1.0,
        bare_share=_bare_share(_inside(luma.astype(np.float32), box)),
        jpeg_quality=face.quality.jpeg_quality,
        size_px=face.quality.size_px,
    )


def _scaled(luma: Image, scale: float) -> Luma:
    height, width = (max(1, round(length * scale)) for length in luma.shape)
    resized = luma if scale == 1 else cv2.resize(luma, (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(resized, dtype=np.float32)


def _inside(luma: Luma, box: NDArray[np.float64]) -> Luma:
    """The part of `luma` in `box` (4,), at least one pixel."""
    height, width = luma.shape
    x1, y1 = min(width - 1, max(0, round(box[0]))), min(height - 1, max(0, round(box[1])))
    x2, y2 = max(x1 + 1, min(width, round(box[2]))), max(y1 + 1, min(height, round(box[3])))
    return luma[y1:y2, x1:x2]


def _smooth_share(luma: Luma) -> float:
    """Which share of the places of `luma` has next to no contrast."""
    if min(luma.shape) < WINDOW:
        return 0.0
    mean = cv2.blur(luma, (WINDOW, WINDOW))
    variance = cv2.blur(luma * luma, (WINDOW, WINDOW)) - mean * mean
    edge = WINDOW // 2
    return float((variance[edge:-edge, edge:-edge] < SMOOTH**2).mean())


def _bare_share(luma: Luma) -> float:
    """Which share of the blocks of a face has lost its fine detail: the diagonal second differences, which
    encoders drop first (the noise measure of Immerkaer, CVIU 1996, by block).
    """
    down, across = luma.shape[0] // BLOCK, luma.shape[1] // BLOCK
    if not down * across:
        return 0.0
    kernel = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], dtype=np.float32) / 6
    detail = cv2.filter2D(luma, cv2.CV_32F, kernel)[: BLOCK * down, : BLOCK * across]
    energy = cv2.resize(detail * detail, (across, down), interpolation=cv2.INTER_AREA)
    return float((energy < NO_DETAIL**2).mean())
