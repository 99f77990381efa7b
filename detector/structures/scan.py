"""A file as it was read: its facts, its frames, its faces, and the reasons that speak of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from detector.structures.coverage import Coverage
from detector.structures.provenance import Provenance

Image = NDArray[np.uint8]
"""(H, W, 3) uint8, RGB, upright."""

Floats = NDArray[np.float32]

Numbers = tuple[tuple[str, float], ...]
"""Names and their numbers; units end the names."""


class ReasonKind(StrEnum):
    """What a reason says; beside each the names of its numbers and, after the stroke, of its limits."""

    # a face that is hard to judge
    TOO_SMALL = "too_small"  # size_px | low
    BLURRED = "blurred"  # sharpness | low
    TOO_DARK = "too_dark"  # exposure | low
    TOO_BRIGHT = "too_bright"  # exposure | high
    TURNED = "turned"  # yaw_deg | high
    # a face out of the range that the calibration was fitted on
    SMALLER = "smaller"  # size_px | low, high
    LARGER = "larger"  # size_px | low, high
    SOFTER = "softer"  # sharpness | low, high
    SHARPER = "sharper"  # sharpness | low, high
    MORE_COMPRESSED = "more_compressed"  # jpeg_quality | low, high
    # the faces that decide, with those above as causes
    FACE_HARD_TO_JUDGE = "face_hard_to_judge"
    PERSON_HARD_TO_JUDGE = "person_hard_to_judge"  # marked, faces
    FRAMES_HARD_TO_JUDGE = "frames_hard_to_judge"  # marked, faces
    FACE_OUT_OF_RANGE = "face_out_of_range"
    FACES_OUT_OF_RANGE = "faces_out_of_range"  # faces
    # which rule decides, and what keeps another from it
    FACE_DECIDES = "face_decides"  # faces, face (counted from 1)
    PERSON_DECIDES = "person_decides"  # people, frames, person (counted from 1)
    FRAMES_DECIDE = "frames_decide"  # frames
    PEOPLE_LEFT_OUT = "people_left_out"  # people | low (frames)
    TOO_FEW_FRAMES = "too_few_frames"  # frames | low
    NOBODY_TRACKED = "nobody_tracked"  # | low (frames)
    TOO_FEW_SAMPLES = "too_few_samples"
    SAMPLES_FAR_APART = "samples_far_apart"  # gap_s | high
    WHOLE_PICTURE = "whole_picture"
    NO_FACE = "no_face"
    ONLY_FACES = "only_faces"
    # a file that broke the process which decodes: there is no answer
    DECODER_CRASHED = "decoder_crashed"
    DECODER_TOO_SLOW = "decoder_too_slow"  # | high_s
    DECODER_OUT_OF_MEMORY = "decoder_out_of_memory"  # | high_mb


@dataclass(frozen=True)
class Reason:
    """One thing that an answer rests on: what was measured or counted, and the ends of what passes.

    `causes` are the reasons behind it. The words are made by `detector.reasons`, and only there.
    """

    kind: ReasonKind
    numbers: Numbers = ()
    limits: Numbers = ()
    causes: tuple[Reason, ...] = ()


def named(**numbers: float) -> Numbers:
    """Numbers by name, as a Reason holds them."""
    return tuple(numbers.items())


@dataclass(frozen=True)
class MediaInfo:
    """A file's facts: `width` and `height` in upright pixels, `format` the container or codec."""

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
    """One decoded picture: `index` counts the frames read, `time_s` is its time in the file (a photo: 0)."""

    image: Image
    index: int = 0
    time_s: float = 0.0


@dataclass(frozen=True)
class Quality:
    """How good a face is to judge.

    `size_px` is the longer side of the box, `sharpness` and `exposure` as `faces.quality` defines them,
    `yaw_deg` 0 when frontal. `remarks` say what makes it hard to judge; a face with one is *marked*: no
    verdict stands on it alone. `jpeg_quality`, 1..100, is the lowest at which the pixels still show to have
    been encoded on their present grid (`faces.compression`), None where they do not show any.
    """

    size_px: float
    sharpness: float
    exposure: float
    yaw_deg: float
    remarks: tuple[Reason, ...] = ()
    jpeg_quality: float | None = None


class Condition(StrEnum):
    """What a face is like, where that decides whether its score may be believed."""

    STUDIO = "studio-like"
    COMPRESSED = "heavily compressed"
    SMALL = "small"
    DRAWN = "drawn"
    OUT_OF_RANGE = "out of range"
    ORDINARY = "ordinary"


@dataclass(frozen=True, eq=False)
class Face:
    """A found face, with its own pixels so that the frame can be dropped.

    `box` is (4,) float32 x1, y1, x2, y2 and `landmarks` (5, 2) float32 (eyes, nose, mouth corners; left in
    the picture first), both in frame pixels and possibly outside the frame. `patch` holds native pixels from
    `patch_origin` (x, y) on. `whole_picture`: the file is a face already cropped, all of it is the patch and
    no margin is added. `conditions` are those it is in by its own pixels (`detector.conditions`), none: it is
    ordinary, or they were not looked for.
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
    conditions: frozenset[Condition] = frozenset()


@dataclass(frozen=True, eq=False)
class Scan:
    """A file after decoding and finding; what every detector judges.

    `preview` is the photo, or of a video the frame with the most and largest faces. `faces` are in order of
    time, largest first within a frame. `tracked` says that the faces of a video were linked (faces.tracks).
    `provenance` is what the file says of its origin, `coverage` what of the file these frames are.
    """

    media: MediaInfo
    preview: Frame
    faces: tuple[Face, ...]
    frames_read: int
    tracked: bool = False
    seconds: Mapping[str, float] | None = None
    provenance: Provenance | None = None
    coverage: Coverage | None = None
