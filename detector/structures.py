"""The frozen values that pass between the stages, from a file's facts to the verdict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
"""(H, W, 3) uint8, RGB, upright."""

Floats = NDArray[np.float32]


class Verdict(StrEnum):
    """The answer, in the words every door shows."""

    LIKELY_FAKE = "likely fake"
    LIKELY_REAL = "likely real"
    UNCERTAIN = "uncertain"
    NO_FACE = "no face found"
    UNREADABLE = "could not be read"


@dataclass(frozen=True)
class MediaInfo:
    """What is known of a file once it is open; `width` and `height` are upright pixels, `format` the
    container or codec.
    """

    name: str
    kind: Literal["photo", "video"]
    sha256: str
    bytes: int
    format: str
    width: int
    height: int
    fps: float | None = None
    duration_s: float | None = None
    frame_count: int = 1


@dataclass(frozen=True, eq=False)
class Frame:
    """One decoded picture: `index` counts the frames read, `time_s` is its true time in the file (a photo:
    0).
    """

    image: Image
    index: int = 0
    time_s: float = 0.0


@dataclass(frozen=True)
class Quality:
    """How good a face is to judge.

    `size_px` is the longer side of the box, `sharpness` and `exposure` as `faces.quality` defines them,
    `yaw_deg` 0 when frontal. `remarks` are words for people; a face with a remark is *marked*: no verdict
    stands on it alone. `jpeg_quality`, 1..100, is the lowest at which the pixels still show to have been
    encoded on their present grid (`faces.compression`), None where they do not show any.
    """

    size_px: float
    sharpness: float
    exposure: float
    yaw_deg: float
    remarks: tuple[str, ...] = ()
    jpeg_quality: float | None = None


@dataclass(frozen=True, eq=False)
class Face:
    """A found face, with its own pixels so that the frame can be dropped.

    `box` is (4,) float32 x1, y1, x2, y2 and `landmarks` (5, 2) float32 (eyes, nose, mouth corners; left in
    the picture first), both in frame pixels and possibly outside the frame. `patch` holds native pixels of
    the frame, its upper left corner at `patch_origin` (x, y). `whole_picture` says that the file is taken as
    a face already cropped: then the patch is all of it and no margin is added.
    """

    box: Floats
    finder_score: float
    landmarks: Floats
    patch: Image
    patch_origin: tuple[int, int]
    quality: Quality
    frame_index: int = 0
    time_s: float = 0.0
    track_id: int | None = None
    whole_picture: bool = False


@dataclass(frozen=True, eq=False)
class Scan:
    """A file after decoding and finding; what every detector judges.

    `preview` is the photo, or of a video the frame with the most and largest faces. `faces` are in order of
    time, largest first within a frame. `tracked` says that faces of a video were linked (neighbouring samples
    at most 0.6 s apart).
    """

    media: MediaInfo
    preview: Frame
    faces: tuple[Face, ...]
    frames_read: int
    tracked: bool = False
    seconds: Mapping[str, float] | None = None


@dataclass(frozen=True)
class InputSpec:
    """What a network is fed: `size` pixels square, cut with `margin` (share of the box's longer side),
    normalised inside the graph.
    """

    size: int
    margin: float
    mean: tuple[float, float, float]
    std: tuple[float, float, float]


@dataclass(frozen=True, eq=False)
class Crop:
    """A network's input: `image` (S, S, 3) uint8 RGB, and `to_frame` (2, 3) float64, which maps crop pixels
    (x, y, 1) to frame pixels.
    """

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
    """`t` cuts best by F1; between `lo` and `hi` the answer is `uncertain`. All on p_fake, 0 <= lo <= t <= hi
    <= 1.
    """

    t: float
    lo: float
    hi: float
    fitted_on: str = ""

    def __post_init__(self) -> None:
        if not 0 <= self.lo <= self.t <= self.hi <= 1:
            raise ValueError(f"thresholds out of order: lo {self.lo}, t {self.t}, hi {self.hi}")


@dataclass(frozen=True)
class Span:
    """From `low` to `high`, both included."""

    low: float
    high: float

    def __post_init__(self) -> None:
        if not self.low <= self.high:
            raise ValueError(f"a span from {self.low} to {self.high} is empty")


@dataclass(frozen=True)
class Seen:
    """What the faces were like that a calibration was fitted on: the middle 98 % of each measure of
    `Quality`.

    `faces` counts them, `measured_on` names them. `jpeg_quality` is None where too few of them show to have
    been encoded.
    """

    size_px: Span
    sharpness: Span
    jpeg_quality: Span | None
    faces: int
    measured_on: str


@dataclass(frozen=True)
class DetectorInfo:
    """Which detector judged: enough to repeat an analysis. `seen` is None where it was not measured."""

    name: str
    title: str
    weights_sha256: str
    engine: str
    input: InputSpec
    calibration: Calibration
    thresholds: Thresholds
    seen: Seen | None = None


@dataclass(frozen=True, eq=False)
class FaceScore:
    """What the network said of one face; `p_fake` is calibrated, 0..1, near 1: fake.

    `unseen` says in words in what the face is unlike those that the calibration was fitted on; empty: in
    nothing that is measured.
    """

    face: Face
    logit: float
    p_fake: float
    unseen: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class TrackScore:
    """One person's faces, in order of time, and the probability of all of them together.

    A photo has one of these a face. An untracked video has a single one with `track_id` None that holds every
    face.
    """

    track_id: int | None
    face_scores: tuple[FaceScore, ...]
    p_fake: float


@dataclass(frozen=True, eq=False)
class Analysis:
    """The answer for one file. `p_fake` is None exactly when nothing was judged; `deciding` is the face the
    answer stands on.

    `reasons` are sentences for people, the weightiest first. `seconds` maps a stage (decode, find, crop,
    infer) to wall time. `extrapolated` says that what decides is unlike the faces that the calibration was
    fitted on; the verdict stands all the same.
    """

    media: MediaInfo
    detector: DetectorInfo
    tracks: tuple[TrackScore, ...]
    p_fake: float | None
    verdict: Verdict
    reasons: tuple[str, ...]
    seconds: Mapping[str, float]
    frames_read: int = 1
    tracked: bool = False
    deciding: FaceScore | None = None
    extrapolated: bool = False

    @property
    def face_scores(self) -> tuple[FaceScore, ...]:
        """All judged faces, in order of tracks."""
        return tuple(score for track in self.tracks for score in track.face_scores)
