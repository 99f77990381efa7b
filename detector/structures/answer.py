"""The answer: who judged, what evidence it is, and the verdict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from detector.structures.provenance import Provenance
from detector.structures.scan import Condition, Face, Image, MediaInfo, Numbers, Reason, ReasonKind


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
    `evidence_sha256` where no evidence was fitted.
    """

    name: str
    title: str
    weights_sha256: str
    engine: str
    input: InputSpec
    calibration: Calibration
    thresholds: Thresholds
    seen: FittedRange | None = None
    evidence_sha256: str | None = None


class Question(StrEnum):
    """What a detector is asked about a face."""

    EITHER = "either"
    ALTERED = "altered"
    GENERATED = "generated"


CATEGORIES: Mapping[Question, frozenset[str]] = {
    Question.ALTERED: frozenset({"swap", "reenactment", "hand edit"}),
    Question.GENERATED: frozenset({"gan", "diffusion"}),
    Question.EITHER: frozenset({"swap", "reenactment", "hand edit", "gan", "diffusion"}),
}
"""Kinds of fakes, as an index names them, that each question is about."""


class Direction(StrEnum):
    """Towards which hypothesis a score shifts the odds."""

    FAKE = "fake"
    REAL = "real"
    NONE = "none"


class Strength(StrEnum):
    """How strong the evidence is, by its likelihood ratio (ENFSI guideline 2015): none within (1/2, 2), weak
    from 2, moderate from 10, moderately strong from 100; towards real the inverse.
    """

    NONE = "none"
    WEAK = "weak"
    MODERATE = "moderate"
    MODERATELY_STRONG = "moderately strong"


class Withholding(StrEnum):
    """Why a direction, or strength, is withheld; beside each the numbers and, after the stroke, limits."""

    NOT_FITTED = "not_fitted"  # the detector has no fitted evidence
    NOT_RELEASED = "not_released"  # the release gate refuses this side: cllr or misleading | high; or
    # sets, observed, observed_low | low (evidence.fitted.Refusal)
    NOT_SHOWN = "not_shown"  # ratio_low | low: in this condition the side does not hold on sources left out
    NOT_MEASURED = "not_measured"  # groups | low: too few were tested in this condition
    DRAWN = "drawn"
    OUT_OF_RANGE = "out_of_range"  # ways
    MARKED_FACE = "marked_face"
    FEW_FRAMES = "few_frames"  # frames | low
    VIDEO_NOT_FITTED = "video_not_fitted"  # clips | low


@dataclass(frozen=True)
class Withheld:
    """Why evidence is less than its score: in `direction` (NONE: in both) it is `at_most` so strong, because
    of `cause`, in the `condition` the face is in (None: whatever the condition).
    """

    cause: Withholding
    direction: Direction = Direction.NONE
    at_most: Strength = Strength.NONE
    condition: Condition | None = None
    numbers: Numbers = ()
    limits: Numbers = ()


@dataclass(frozen=True)
class Reference:
    """Of the pictures of one kind in the development sets the `share`, 0..1, that scores as high, or, where
    evidence points to real, as low; counted in `n` groups (people or videos), a group counting the share of
    its pictures. `kind` is that of the index (snapshot, studio, swap, gan ...), `is_fake` its label.
    """

    kind: str
    is_fake: bool
    n: int
    share: float


@dataclass(frozen=True)
class Evidence:
    """How far a score shifts the odds between fake and real, for the `question` of its detector.

    `lr` is the likelihood ratio, over 1 towards fake, 1 where nothing may be said, None where no evidence was
    fitted; between `lr_low` and `lr_high` eight of ten new collections would put it. `muted` says what was
    withheld and why. `references` are the kinds tested, `nearest` the kind of real picture most like this
    face. One a face, one a track, one a file.
    """

    question: Question
    direction: Direction
    strength: Strength
    lr: float | None
    lr_low: float | None
    lr_high: float | None
    muted: tuple[Withheld, ...] = ()
    references: tuple[Reference, ...] = ()
    conditions: tuple[Condition, ...] = ()
    nearest: str | None = None


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


@dataclass(frozen=True, eq=False)
class TrackScore:
    """One person's faces, in order of time, and their probability together. A photo has one a face; an
    untracked video a single one, `track_id` None, with every face. `decides`: it was seen in frames enough to
    count for the file.
    """

    track_id: int | None
    face_scores: tuple[FaceScore, ...]
    p_fake: float
    evidence: Evidence | None = None
    decides: bool = True


@dataclass(frozen=True, eq=False)
class Analysis:
    """The answer for one file. `p_fake` is None exactly when nothing was judged.

    `deciding` is the face the answer stands on. `reasons` have the weightiest first. `seconds` maps a stage
    (decode, find, crop, infer) to wall time.
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

    @property
    def face_scores(self) -> tuple[FaceScore, ...]:
        """All judged faces, in order of tracks."""
        return tuple(score for track in self.tracks for score in track.face_scores)

    @property
    def extrapolated(self) -> bool:
        """Whether what decides is unlike the faces that the calibration was fitted on; the verdict stands."""
        kinds = {reason.kind for reason in self.reasons}
        return bool(kinds & {ReasonKind.FACE_OUT_OF_RANGE, ReasonKind.FACES_OUT_OF_RANGE})
