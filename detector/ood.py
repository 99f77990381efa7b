"""The range of faces that a calibration was fitted on, and what in a face lies out of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from detector.faces.crop import square_around
from detector.faces.quality import measure
from detector.structures import Face, FittedRange, Quality, Reason, ReasonKind, Span, named

FITTED_SHARE = 0.98
"""Share of the faces, those in the middle, that a range holds: a single odd picture must not stretch it."""

FEWEST_ENCODED = 0.5
"""Share of the faces that must show to have been encoded for a range of qualities: of fewer it would speak
for a minority.
"""

QUALITY_SLACK = 5.0
"""A quality is called lower from this far under the range on: after two encodings the estimate is up to 4
off.
"""


def fitted_range(qualities: Iterable[Quality], measured_on: str) -> FittedRange:
    """The middle 98 % of each measure of the faces a calibration is fitted on; `measured_on` names them."""
    faces = list(qualities)
    if not faces:
        raise ValueError("there is no face, so there is no range")
    encoded = [face.jpeg_quality for face in faces if face.jpeg_quality is not None]
    return FittedRange(
        size_px=_middle([face.size_px for face in faces]),
        sharpness=_middle([face.sharpness for face in faces]),
        jpeg_quality=_middle(encoded) if len(encoded) >= FEWEST_ENCODED * len(faces) else None,
        faces=len(faces),
        measured_on=measured_on,
    )


def _middle(values: Sequence[float]) -> Span:
    low, high = np.quantile(values, [(1 - FITTED_SHARE) / 2, (1 + FITTED_SHARE) / 2])
    return Span(round(float(low), 4), round(float(high), 4))


def out_of_range(face: Face, margin: float, fitted: FittedRange | None) -> tuple[Reason, ...]:
    """In what a face is out of the range that was `fitted`, a reason each; nothing where it is in range, or
    where no range is known.

    `margin` is that of the detector's crops: of a picture taken whole as a face, the part within it is
    compared. A quality is only called too low: of pixels that show none it is not known how well they were
    kept. Sizes are compared in whole pixels, as they are shown.
    """
    if fitted is None:
        return ()
    quality = _inside(face, margin) if face.whole_picture else face.quality
    size_px = Span(round(fitted.size_px.low), round(fitted.size_px.high))
    reasons = (
        _beside("size_px", round(quality.size_px), size_px, ReasonKind.SMALLER, ReasonKind.LARGER),
        _beside("sharpness", quality.sharpness, fitted.sharpness, ReasonKind.SOFTER, ReasonKind.SHARPER),
        _compression(quality.jpeg_quality, fitted.jpeg_quality),
    )
    return tuple(reason for reason in reasons if reason is not None)


def _inside(face: Face, margin: float) -> Quality:
    """The quality of the face that a crop with `margin` would hold, `face` being the crop."""
    share = 1 / (1 + 2 * margin)
    return measure(face.patch, square_around(face.box, (share - 1) / 2).astype(np.float32), None)


def _beside(measure: str, value: float, span: Span, under: ReasonKind, over: ReasonKind) -> Reason | None:
    """A reason where `value` lies beside `span`: of the kind `under` it or `over` it."""
    if span.low <= value <= span.high:
        return None
    kind = under if value < span.low else over
    return Reason(kind, named(**{measure: value}), named(low=span.low, high=span.high))


def _compression(jpeg_quality: float | None, span: Span | None) -> Reason | None:
    if jpeg_quality is None or span is None or jpeg_quality >= span.low - QUALITY_SLACK:
        return None
    return Reason(
        ReasonKind.MORE_COMPRESSED, named(jpeg_quality=jpeg_quality), named(low=span.low, high=span.high)
    )
