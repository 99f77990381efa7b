"""Faces to the ranges that a calibration has seen, and a face to what in it lies outside them, in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from detector.faces.crop import square_around
from detector.faces.quality import measure
from detector.structures import Face, Quality, Seen, Span

SEEN_SHARE = 0.98
"""Share of the faces, those in the middle, that a range holds: a single odd picture must not stretch it."""

FEWEST_ENCODED = 0.5
"""Share of the faces that must show to have been encoded for a range of qualities: of fewer it would speak
for a minority.
"""

QUALITY_SLACK = 5.0
"""A quality is called lower from this far under the range on: after two encodings the estimate is up to 4
off.
"""


def seen_of(qualities: Iterable[Quality], measured_on: str) -> Seen:
    """The middle 98 % of each measure of the faces a calibration is fitted on; `measured_on` names them."""
    faces = list(qualities)
    if not faces:
        raise ValueError("no face was seen, so there is no range")
    encoded = [face.jpeg_quality for face in faces if face.jpeg_quality is not None]
    return Seen(
        size_px=_middle([face.size_px for face in faces]),
        sharpness=_middle([face.sharpness for face in faces]),
        jpeg_quality=_middle(encoded) if len(encoded) >= FEWEST_ENCODED * len(faces) else None,
        faces=len(faces),
        measured_on=measured_on,
    )


def _middle(values: Sequence[float]) -> Span:
    low, high = np.quantile(values, [(1 - SEEN_SHARE) / 2, (1 + SEEN_SHARE) / 2])
    return Span(round(float(low), 4), round(float(high), 4))


def unseen(face: Face, margin: float, seen: Seen | None) -> tuple[str, ...]:
    """In what a face is unlike those `seen`, each as "smaller (...)"; nothing where it is like them, or where
    `seen` is None.

    `margin` is that of the detector's crops: of a picture taken whole as a face, the part within it is
    compared. A quality is only called too low: of pixels that show none it is not known how well they were
    kept.
    """
    if seen is None:
        return ()
    quality = _inside(face, margin) if face.whole_picture else face.quality
    return (
        *_size(quality.size_px, seen.size_px),
        *_sharpness(quality.sharpness, seen.sharpness),
        *_compression(quality, seen),
    )


def _inside(face: Face, margin: float) -> Quality:
    """The quality of the face that a crop with `margin` would hold, `face` being the crop."""
    share = 1 / (1 + 2 * margin)
    return measure(face.patch, square_around(face.box, (share - 1) / 2).astype(np.float32), None)


def _size(size_px: float, seen: Span) -> tuple[str, ...]:
    low, high = round(seen.low), round(seen.high)
    shown = f"({round(size_px)} pixels across, they had {low} to {high})"
    return _beside(round(size_px), Span(low, high), f"smaller {shown}", f"larger {shown}")


def _sharpness(sharpness: float, seen: Span) -> tuple[str, ...]:
    shown = f"(fine detail {sharpness:.3f}, they had {seen.low:.3f} to {seen.high:.3f})"
    return _beside(sharpness, seen, f"softer {shown}", f"sharper or grainier {shown}")


def _beside(value: float, seen: Span, under: str, over: str) -> tuple[str, ...]:
    if value < seen.low:
        return (under,)
    return (over,) if value > seen.high else ()


def _compression(quality: Quality, seen: Seen) -> tuple[str, ...]:
    found, span = quality.jpeg_quality, seen.jpeg_quality
    if found is None or span is None or found >= span.low - QUALITY_SLACK:
        return ()
    return (f"more compressed (JPEG quality about {found:.0f}, they had {span.low:.0f} or more)",)


def seen_in_words(seen: Seen) -> str:
    """The ranges, for people."""
    size, sharpness, quality = seen.size_px, seen.sharpness, seen.jpeg_quality
    encoded = f", JPEG quality {quality.low:.0f} to {quality.high:.0f}" if quality else ""
    return (
        f"98 in 100 of {seen.faces:,} faces were {size.low:.0f} to {size.high:.0f} pixels across, fine detail"
        f" {sharpness.low:.3f} to {sharpness.high:.3f}{encoded}"
    )
