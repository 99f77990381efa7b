"""How well a face can be judged, from its pixels, box and landmarks."""

from __future__ import annotations

import math

import cv2
import numpy as np

from detector.faces.compression import jpeg_quality
from detector.structures import Floats, Image, Quality, Reason, ReasonKind, named

SMALL_PX = 80.0
"""Under this longer side a face is marked (design 6)."""

SHARPNESS_SIDE = 128
"""Sharpness is measured at this size of the longer side, whatever the face's own: between the 80 px allowed
and networks' 224 and more.
"""

BLURRED = 0.0175
"""Sharpness under which a face is marked as blurred. Measured on 479 real faces of six sets: 1.0 % of them
are under it (utkface, which is soft, 3.3 %; aaf 0.8 %; stylegan1's, ciplab's, swaps' and diffusion's
photographs none), and of the same faces blurred with a Gaussian whose sigma is 1.0, 1.5 and 2.0 % of the box
54, 96 and 99 %. From 1.5 % on no eyelash is to be seen."""

DARK = 0.15
BRIGHT = 0.85
"""Mean luma beyond which a face is marked. Of the same 479 faces the darkest has 0.20 and the brightest 0.82,
of any skin tone; of 100 faces from badly lit clips (dfdc) 12 % lie under `DARK`."""

TURNED_DEG = 60.0
"""Yaw over which a face is marked (design 6)."""

NOSE_DEPTH = 1.0
"""How far the nose tip stands before the eyes, in halves of the distance between them. Fitted to the points
of 14,000 faces: with yaw the eyes draw together as the cosine and the nose moves aside as `NOSE_DEPTH` times
the sine, which gives 0.95 to 1.2 by set."""


def measure(patch: Image, box: Floats, landmarks: Floats | None) -> Quality:
    """The quality of one face; `box` (4,) and `landmarks` (5, 2) are in pixels of `patch`.

    Sharpness is the variance of the Laplacian divided by the variance of the luma, both at `SHARPNESS_SIDE`
    pixels: 0.08 to 0.27 for common photographs, 0 for a plain surface. (The focus measure of Pech-Pacheco et
    al., ICPR 2000, made free of contrast and size.) Exposure is the mean luma 0..1. Without landmarks yaw is
    0: not measured. The JPEG quality is that of the whole patch.
    """
    size = float(max(box[2] - box[0], box[3] - box[1]))
    luma = _luma(patch, box)
    sharpness, exposure = sharpness_of(luma, size), float(luma.mean()) / 255
    yaw = 0.0 if landmarks is None else yaw_deg(landmarks)
    return Quality(
        size_px=size,
        sharpness=sharpness,
        exposure=exposure,
        yaw_deg=yaw,
        remarks=tuple(_remarks(size, sharpness, exposure, yaw)),
        jpeg_quality=jpeg_quality(patch),
    )


def sharpness_of(luma: Image, size_px: float) -> float:
    """Sharpness, as `measure` defines it, of a face's `luma` (H, W) uint8, `size_px` being the longer side of
    its whole box.
    """
    scale = SHARPNESS_SIDE / size_px
    height, width = (max(3, round(length * scale)) for length in luma.shape)
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    face = cv2.resize(luma, (width, height), interpolation=method).astype(np.float32)
    contrast = float(face.var())
    if contrast < 1.0:  # grey levels squared: a plain surface, whose ratio would be noise
        return 0.0
    return float(cv2.Laplacian(face, cv2.CV_32F).var()) / contrast


def yaw_deg(landmarks: Floats) -> float:
    """How far a head is turned, from five points (5, 2): 0 frontal, positive with the nose towards the right
    of the picture, -180..180.

    The points are seen along the axis from the eyes' middle to the mouth's, which undoes a tilted head. With
    the head turned by y the half distance of the eyes shows as e cos y and the nose, standing `NOSE_DEPTH` e
    before them, aside by `NOSE_DEPTH` e sin y.
    """
    points = np.asarray(landmarks, dtype=np.float64)
    eyes, mouth = points[:2].mean(axis=0), points[3:].mean(axis=0)
    length = float(np.hypot(*(mouth - eyes)))
    if length == 0:
        return 0.0
    down = (mouth - eyes) / length
    across = np.array([down[1], -down[0]])
    half_eyes = float((points[1] - points[0]) @ across) / 2
    aside = float((points[2] - eyes) @ across)
    return math.degrees(math.atan2(aside / NOSE_DEPTH, half_eyes)) if aside or half_eyes else 0.0


def _luma(patch: Image, box: Floats) -> Image:
    """The luma (H, W) of the face's box as far as the patch holds it, at least one pixel."""
    height, width = patch.shape[:2]
    x1, y1 = min(width - 1, max(0, math.floor(box[0]))), min(height - 1, max(0, math.floor(box[1])))
    x2, y2 = max(x1 + 1, min(width, math.ceil(box[2]))), max(y1 + 1, min(height, math.ceil(box[3])))
    return np.asarray(cv2.cvtColor(patch[y1:y2, x1:x2], cv2.COLOR_RGB2GRAY), dtype=np.uint8)


def _remarks(size_px: float, sharpness: float, exposure: float, yaw: float) -> list[Reason]:
    remarks = []
    if size_px < SMALL_PX:
        remarks.append(Reason(ReasonKind.TOO_SMALL, named(size_px=size_px), named(low=SMALL_PX)))
    if sharpness < BLURRED:
        remarks.append(Reason(ReasonKind.BLURRED, named(sharpness=sharpness), named(low=BLURRED)))
    if exposure < DARK:
        remarks.append(Reason(ReasonKind.TOO_DARK, named(exposure=exposure), named(low=DARK)))
    if exposure > BRIGHT:
        remarks.append(Reason(ReasonKind.TOO_BRIGHT, named(exposure=exposure), named(high=BRIGHT)))
    if abs(yaw) > TURNED_DEG:
        remarks.append(Reason(ReasonKind.TURNED, named(yaw_deg=yaw), named(high=TURNED_DEG)))
    return remarks
