"""The answer: who judged, what they said of each face, and the verdict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from detector.structures.coverage import Coverage
from detector.structures.evidence import Evidence
from detector.structures.provenance import Provenance
from detector.structures.scan import Face, Image, MediaInfo, Reason, ReasonKind


class Verdict(StrEnum):
    """The answer, in the words every door shows."""

    LIKELY_FAKE = "likely fake"
    LIKELY_REAL = "likely real"
    UNCERTAIN = "uncertain"
    NO_FACE = "no face found"
    UNREADABLE = "could not be read"


@dataclass(frozen=True)
class InputSpec:
    """A network's input: `size` pixels square, `margin` a share of the box's longer side on each side."""

    size: int
    margin: float
    mean: tuple[float, float, float]
    std: tuple[float, float, float]


@dataclass(frozen=True, eq=False)
class Crop:
    """A face cut out: `image` (S, S, 3) uint8 RGB; `to_frame` (2, 3) maps its (x, y, 1) to the frame's."""

    image: Image
    face: Face
    to_frame: NDArray[np.float64]


@dataclass(frozen=True)
class Calibration:
    """p_fake = sigmoid(a * logit + b)."""

    a: float
    b: float
    fitted_on: str


@dataclass(frozen=True)
class Thresholds:
    """On p_fake: `t`, 0..1, has the best F1. Tables count by it; no verdict does."""

    t: float
    fitted_on: str = ""

    def __post_init__(self) -> None:
        if not 0 <= self.t <= 1:
            raise ValueError(f"threshold {self.t} is not from 0 to 1")


@dataclass(frozen=True)
class Span:
    """From `low` to `high`, both included."""

    low: float
    high: float

    def __post_init__(self) -> None:
        if not self.low <= self.high:
            raise ValueError(f"a span from {self.low} to {self.high} is empty")


@dataclass(frozen=True)
class FittedRange:
    """What the faces were like that a calibration was fitted on: the middle 98 % of measures of `Quality`.

    `faces` counts them, `measured_on` names them. `jpeg_quality` is None where too few show an encoding.
    """

    size_px: Span
    sharpness: Span
    jpeg_quality: Span | None
    faces: int
    measured_on: str


@dataclass(frozen=True)
class DetectorInfo:
    """Which detector judged: enough to repeat an analysis. `seen` is None where it was not measured,
    `evidence_sha256` where no evidence was fitted. `short` is what people read everywhere, `title` says what
    the network is.
    """

    name: str
    short: str
    title: str
    weights_sha256: str
    engine: str
    input: InputSpec
    calibration: Calibration
    thresholds: Thresholds
    seen: FittedRange | None = None
    evidence_sha256: str | None = None


@dataclass(frozen=True, eq=False)
class FaceScore:
    """What the network said of one face: `p_fake`, 0..1, near 1 fake, is calibrated; `out_of_range` says in
    what the face is unlike those that the calibration was fitted on.
    """

    face: Face
    logit: float
    p_fake: float
    out_of_range: tuple[Reason, ...] = ()
    evidence: Evidence | None = None


@dataclass(frozen=True)
class Change:
    """Where the scores of one person in a video change: at `time_s`, from `before` to `after`, the evidence
    of the mean logits of the frames from the change before, or the beginning, to the next one, or the end.
    """

    time_s: float
    logit_before: float
    logit_after: float
    before: Evidence
    after: Evidence


@dataclass(frozen=True, eq=False)
class TrackScore:
    """One person's faces, in order of time, and their probability together. A photo has one a face; an
    untracked video a single one, `track_id` None, with every face. `decides`: it was seen in frames enough to
    count for the file. `changes` are in order of time.
    """

    track_id: int | None
    face_scores: tuple[FaceScore, ...]
    p_fake: float
    evidence: Evidence | None = None
    decides: bool = True
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, eq=False)
class Analysis:
    """The answer for one file. `p_fake` is None exactly when nothing was judged.

    `deciding` is the face the answer stands on. `reasons` have the weightiest first. `seconds` maps a stage
    (decode, find, crop, infer) to wall time. `coverage` is what of the file was looked at.
    """

    media: MediaInfo
    detector: DetectorInfo
    tracks: tuple[TrackScore, ...]
    p_fake: float | None
    verdict: Verdict
    reasons: tuple[Reason, ...]
    seconds: Mapping[str, float]
    frames_read: int = 1
    tracked: bool = False
    deciding: FaceScore | None = None
    evidence: Evidence | None = None
    provenance: Provenance | None = None
    coverage: Coverage | None = None

    @property
    def face_scores(self) -> tuple[FaceScore, ...]:
        """All judged faces, in order of tracks."""
        return tuple(score for track in self.tracks for score in track.face_scores)

    @property
    def deciding_track(self) -> TrackScore | None:
        """The track of the face the answer stands on."""
        return next((track for track in self.tracks if self.deciding in track.face_scores), None)

    @property
    def changes(self) -> tuple[Change, ...]:
        """Where the scores of the person that decides change."""
        track = self.deciding_track
        return track.changes if track else ()

    @property
    def extrapolated(self) -> bool:
        """Whether what decides is unlike the faces that the calibration was fitted on; the verdict stands."""
        kinds = {reason.kind for reason in self.reasons}
        return bool(kinds & {ReasonKind.FACE_OUT_OF_RANGE, ReasonKind.FACES_OUT_OF_RANGE})


@dataclass(frozen=True)
class Delivered:
    """What a detector says of a face after a delivery, `name` in words: saved again, made smaller ..."""

    name: str
    logit: float
    evidence: Evidence


@dataclass(frozen=True)
class DeliveryCheck:
    """What a detector says of a face as it is, and after each delivery."""

    as_it_is: Delivered
    deliveries: tuple[Delivered, ...]

    @property
    def changes(self) -> bool:
        """Whether after some delivery the word for the evidence is another."""
        word = (self.as_it_is.evidence.direction, self.as_it_is.evidence.strength)
        return any((each.evidence.direction, each.evidence.strength) != word for each in self.deliveries)
