"""What the tab Compare shows of one face: a row a detector, its references as strips, curves over changes."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from detector.deliveries import saved_again
from detector.perturb import Step
from detector.structures import Analysis, DeliveryCheck, Face, FaceScore, Frame, MediaInfo, Scan
from detector.zoo.specs import DetectorSpec

if TYPE_CHECKING:
    from detector.evidence import Fitted


@dataclass(frozen=True, eq=False)
class Judged:
    """What one detector said of the face, and the milliseconds it took here."""

    score: FaceScore
    analysis: Analysis
    ms: float


@dataclass(frozen=True, eq=False)
class Compared:
    """The faces of a file and what each detector said of the `chosen` one, by name, the default first."""

    media: MediaInfo
    faces: tuple[Face, ...]
    chosen: int
    judged: Mapping[str, Judged]

    @property
    def face(self) -> Face:
        """The one that is compared."""
        return self.faces[self.chosen]

    def scan_of(self, faces: Sequence[Face]) -> Scan:
        """Versions of a face as detectors are given them."""
        return Scan(self.media, Frame(self.face.patch), tuple(faces), frames_read=1)


@dataclass(frozen=True)
class MapCell:
    """A map over the crop: its picture as an address and how far to trust it, or why there is none."""

    source: str = ""
    caption: str = ""
    alt: str = ""
    missing: str = ""
    trust: str = ""


@dataclass(frozen=True, eq=False)
class Row:
    """One detector on the face; the maps are None as long as they are drawn. `crop` is an address."""

    spec: DetectorSpec
    judged: Judged
    crop: str
    input_px: int
    pushed: MapCell | None = None
    attended: MapCell | None = None


@dataclass(frozen=True)
class Strip:
    """Scores (logits) of one kind of pictures, in their order; the weights add up to 1, every one of the `n`
    groups having the same share.
    """

    kind: str
    is_fake: bool
    n: int
    logits: tuple[float, ...]
    weights: tuple[float, ...]

    def share_over(self, cut: float) -> float:
        """The share, 0..1, that scores at least `cut`."""
        pairs = zip(self.logits, self.weights, strict=True)
        return math.fsum(weight for logit, weight in pairs if logit >= cut)


@dataclass(frozen=True)
class Strips:
    """The references of one detector on an axis from `low` to `high`, and where the face stands; no strips:
    nothing was fitted.
    """

    spec: DetectorSpec
    at: float
    low: float
    high: float
    strips: tuple[Strip, ...]

    def place(self, logit: float) -> float:
        """Where a score stands on the axis, in percent; what lies outside is at its end."""
        return 100 * min(1.0, max(0.0, (logit - self.low) / (self.high - self.low)))

    def ticks(self, strip: Strip) -> str:
        """The scores of a strip as a path of lines in a field of 1000 by 1."""
        return "".join(f"M{10 * self.place(logit):.0f} 0v1" for logit in strip.logits)


AXIS_SHARE = 0.5
"""Percent of the scores that may lie outside the axis on either side."""


def strips_of(spec: DetectorSpec, logit: float, fitted: Fitted | None) -> Strips:
    """The references of a detector around the score of the face."""
    known = fitted.references if fitted else ()
    if not known:
        return Strips(spec, logit, logit - 1, logit + 1, ())
    everything = np.concatenate([of.logits for of in known])
    low, high = np.percentile(everything, (AXIS_SHARE, 100 - AXIS_SHARE))
    strips = []
    for of in sorted(known, key=lambda of: (of.is_fake, -len(set(of.groups)), of.kind)):
        sizes = Counter(of.groups)
        weights = tuple(1 / sizes[group] / len(sizes) for group in of.groups)
        strips.append(Strip(of.kind, of.is_fake, len(sizes), tuple(of.logits), weights))
    return Strips(spec, logit, min(float(low), logit) - 0.2, max(float(high), logit) + 0.2, tuple(strips))


@dataclass(frozen=True)
class Kept:
    """What a detector says of the face saved again: by its delivery the evidence, and p_fake, 0..1."""

    spec: DetectorSpec
    check: DeliveryCheck
    p_fake: tuple[float, ...]


class Change(StrEnum):
    """What is done to the face's own pixels."""

    JPEG = "jpeg"
    SIZE = "size"
    MIRROR = "mirror"
    BLUR = "blur"
    NOISE = "noise"


LEVELS: Mapping[Change, tuple[float, ...]] = {
    Change.JPEG: (90, 70, 40, 15),
    Change.SIZE: (0.75, 0.5, 0.25),
    Change.MIRROR: (1,),
    Change.BLUR: (0.5, 1, 2, 3),
    Change.NOISE: (3, 6, 12, 20),
}
"""JPEG quality; factor of the size, after which it is enlarged again; sigma in pixels; in levels of 255."""


WORDS: Mapping[Change, str] = {
    Change.JPEG: "JPEG {:g}",
    Change.SIZE: "size × {:g}",
    Change.MIRROR: "mirrored",
    Change.BLUR: "blur {:g} px",
    Change.NOISE: "noise {:g}",
}
"""What stands under a level."""


@dataclass(frozen=True, eq=False)
class Version:
    """The face after a change, and in a few words what was done."""

    words: str
    face: Face


@dataclass(frozen=True)
class Curve:
    """p_fake of a detector, 0..1, over the versions of a face; its name stands at `name_y` pixels."""

    spec: DetectorSpec
    p_fake: tuple[float, ...]
    name_y: float


CURVES_PX, NAME_PX = 240, 17
"""Height of the field of curves, and of a name beside it."""


def curves_of(measured: Sequence[tuple[DetectorSpec, Sequence[float]]]) -> tuple[Curve, ...]:
    """A curve a detector, their names apart at the right end of the field."""
    order = sorted(range(len(measured)), key=lambda place: -measured[place][1][-1])
    ends = spread([CURVES_PX * (1 - measured[place][1][-1]) for place in order], NAME_PX, CURVES_PX)
    heights = dict(zip(order, ends, strict=True))
    return tuple(Curve(spec, tuple(values), heights[place]) for place, (spec, values) in enumerate(measured))


def spread(places: Sequence[float], gap: float, end: float) -> list[float]:
    """`places`, in rising order, moved to be at least `gap` apart and, where there is room, at most `end`."""
    apart: list[float] = []
    for place in places:
        apart.append(max(place, apart[-1] + gap) if apart else place)
    for number in range(len(apart)):
        apart[number] = min(apart[number], end - gap * (len(apart) - 1 - number))
    return apart


def versions_of(face: Face, change: Change) -> list[Version]:
    """The face as it is, and after each level of a change to its own pixels."""
    levels = LEVELS[change]
    changed = (Version(WORDS[change].format(level), _changed(face, change, level)) for level in levels)
    return [Version("as it is", face), *changed]


def _changed(face: Face, change: Change, level: float) -> Face:
    match change:
        case Change.JPEG:
            return saved_again(face, (Step("jpeg", level),))
        case Change.SIZE:
            return saved_again(face, (Step("scale", level), Step("scale", 1 / level)))
        case Change.BLUR:
            return saved_again(face, (Step("blur", level),))
        case Change.NOISE:
            return saved_again(face, (Step("noise", level),))
        case Change.MIRROR:
            return mirrored(face)


def mirrored(face: Face) -> Face:
    """The face as a mirror shows it, in its place; left and right of its landmarks change too."""
    width = face.patch.shape[1]
    axis = 2 * face.patch_origin[0] + width - 1
    x1, y1, x2, y2 = (float(value) for value in face.box)
    landmarks = face.landmarks[[1, 0, 2, 4, 3]].copy()
    landmarks[:, 0] = axis - landmarks[:, 0]
    box = np.array([axis - x2, y1, axis - x1, y2], dtype=face.box.dtype)
    patch = np.ascontiguousarray(face.patch[:, ::-1])
    return replace(face, patch=patch, box=box, landmarks=landmarks)
