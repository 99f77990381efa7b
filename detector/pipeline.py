"""The walk of a file: `scan` decodes and finds faces, `judge` asks a detector, `analyze` is both."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np

from detector.aggregate import aggregate, circumstances_of
from detector.calibration import probability
from detector.conditions import conditions_of
from detector.errors import EngineError, MediaError
from detector.evidence import weigh
from detector.faces import tracks
from detector.faces.crop import crop_face
from detector.faces.finder import FaceFinder, default_finder, whole_picture_face
from detector.loading import Detector, assemble_detector, load_detector
from detector.media.limits import Limits
from detector.ood import out_of_range
from detector.reading import open_for_judging
from detector.structures import Analysis, Face, FaceScore, Frame, Scan
from detector.verdict import decide

Progress = Callable[[float, str], None]
"""Told the share done, 0..1, and words for people; may raise `Stopped`."""

FACES_AT_ONCE = 16
"""Faces cropped before they are judged: bounds memory (28 MB at 380 px) and the wait until a Stop is noticed.
"""

SCAN_SHARE = 0.5
"""The part of `analyze` that scanning takes on the progress scale."""


class Stopped(Exception):  # noqa: N818  # no error: somebody wished it
    """The work was ended by who asked for it."""


def scan(
    path: Path | str,
    *,
    frames: int = 32,
    limits: Limits = Limits(),  # noqa: B008  # frozen
    finder: FaceFinder | None = None,
    cropped: bool = False,
    progress: Progress | None = None,
) -> Scan:
    """Decode a photo, or `frames` samples of a video, and find its faces; `cropped`: each whole picture is
    one face.

    MediaError on what cannot be read; no face is no error.
    """
    clock = _Clock()
    report = _Report(progress or _silent)
    report(0.0, "opening")
    find = _whole if cropped else (finder or default_finder()).find
    faces: list[Face] = []
    times_s: list[float] = []
    sizes: list[tuple[int, int]] = []
    preview: Frame | None = None
    most = (-1, -1.0)
    with ExitStack() as stack:
        with clock.stage("decode"):
            opened = stack.enter_context(open_for_judging(path, frames, limits, report.again))
        expected = max(1, opened.planned)
        for frame in _timed(opened.frames, clock):
            with clock.stage("find"):
                detections = find(frame)
            faces += detections
            times_s.append(frame.time_s)
            sizes.append((frame.image.shape[1], frame.image.shape[0]))
            size = (len(detections), sum(_area(face) for face in detections))
            if size > most:
                preview, most = frame, size
            report(min(1.0, len(times_s) / expected), _at_frame(len(times_s), expected))
        if preview is None:
            raise MediaError(
                f"{opened.info.name} holds no picture that can be decoded: save it again in another format"
            )
        with clock.stage("provenance"):
            provenance = opened.provenance(preview.image)
    faces = [replace(face, conditions=conditions_of(face)) for face in faces]
    tracked = False
    if opened.info.kind == "video":
        with clock.stage("find"):
            linked = tracks.link(faces, times_s)
        faces, tracked = list(linked.faces), linked.tracked
    return Scan(
        opened.info,
        preview,
        tuple(faces),
        frames_read=len(times_s),
        tracked=tracked,
        seconds=clock.seconds,
        provenance=provenance,
        coverage=opened.coverage.after_reading(tuple(sizes)),
    )


def judge_all(
    scan: Scan, detectors: Sequence[Detector], progress: Progress | None = None
) -> tuple[Analysis, ...]:
    """The answers of several detectors on what `scan` found once, in their order."""
    report = progress or _silent

    def part(place: int) -> Progress:
        return lambda share, words: report((place + share) / len(detectors), words)

    return tuple(judge(scan, detector, part(place)) for place, detector in enumerate(detectors))


def judge(scan: Scan, detector: Detector, progress: Progress | None = None) -> Analysis:
    """The answer of one detector on what `scan` found."""
    clock = _Clock()
    scores = _score(scan, detector, clock, progress or _silent)
    whole = aggregate(scan, scores, detector.entry.calibration, detector.fitted, detector.spec.question)
    return Analysis(
        media=scan.media,
        detector=detector.info,
        tracks=whole.tracks,
        p_fake=whole.p_fake,
        verdict=decide(whole.evidence),
        reasons=(*whole.caveats, *whole.notes),
        seconds={**(scan.seconds or {}), **clock.seconds},
        frames_read=scan.frames_read,
        tracked=whole.tracked,
        deciding=whole.deciding,
        provenance=scan.provenance,
        coverage=scan.coverage,
        evidence=whole.evidence,
    )


def analyze(
    path: Path | str,
    detector: Detector,
    *,
    frames: int = 32,
    limits: Limits = Limits(),  # noqa: B008  # frozen
    finder: FaceFinder | None = None,
    cropped: bool = False,
    progress: Progress | None = None,
) -> Analysis:
    """`scan` and `judge` in a row."""
    report = progress or _silent
    scanned = scan(
        path,
        frames=frames,
        limits=limits,
        finder=finder,
        cropped=cropped,
        progress=lambda share, words: report(SCAN_SHARE * share, words),
    )
    return judge(scanned, detector, lambda share, words: report(SCAN_SHARE + (1 - SCAN_SHARE) * share, words))


def _score(scan: Scan, detector: Detector, clock: _Clock, report: Progress) -> list[FaceScore]:
    """The scores of all faces in their order."""
    scores: list[FaceScore] = []
    for first in range(0, len(scan.faces), FACES_AT_ONCE):
        some = scan.faces[first : first + FACES_AT_ONCE]
        with clock.stage("crop"):
            crops = np.stack([crop_face(face, detector.input).image for face in some])
            batch = np.ascontiguousarray(crops.transpose(0, 3, 1, 2), dtype=np.float32) / np.float32(255)
        with clock.stage("infer"):
            logits = detector.engine.logits(batch).astype(np.float64)
        if not np.isfinite(logits).all():
            raise EngineError(
                f"{detector.spec.name} gave no finite number on engine {detector.engine.name}: try another"
                " engine or device"
            )
        scores += [
            _face_score(face, float(logit), detector, scan) for face, logit in zip(some, logits, strict=True)
        ]
        report(len(scores) / len(scan.faces), "judging faces")
    clock.seconds.setdefault("crop", 0.0)
    clock.seconds.setdefault("infer", 0.0)
    report(1.0, "done")
    return scores


def _face_score(face: Face, logit: float, detector: Detector, scan: Scan) -> FaceScore:
    beyond = out_of_range(face, detector.input.margin, detector.entry.seen)
    score = FaceScore(face, logit, probability(logit, detector.entry.calibration), beyond)
    circumstances = circumstances_of([score], is_video=scan.media.kind == "video")
    return replace(score, evidence=weigh(logit, detector.fitted, detector.spec.question, circumstances))


def _at_frame(read: int, expected: int) -> str:
    """Where a scan is, in words: a photo has but one frame."""
    return "finding faces" if expected == 1 else f"frame {read} of {max(read, expected)}"


def _timed(frames: Iterable[Frame], clock: _Clock) -> Iterator[Frame]:
    """The frames, with the time each takes to decode added to the clock."""
    pictures = iter(frames)
    while True:
        with clock.stage("decode"):
            frame = next(pictures, None)
        if frame is None:
            return
        yield frame


def _whole(frame: Frame) -> list[Face]:
    return [whole_picture_face(frame)]


def _area(face: Face) -> float:
    x1, y1, x2, y2 = (float(value) for value in face.box)
    return (x2 - x1) * (y2 - y1)


def _silent(share: float, words: str) -> None:
    """Progress to nobody."""


class _Report:
    """Tells progress, and the same again while nothing happens, so that a Stop is noticed."""

    def __init__(self, tell: Progress) -> None:
        self._tell = tell
        self._last = (0.0, "")

    def __call__(self, share: float, words: str) -> None:
        self._last = (share, words)
        self._tell(share, words)

    def again(self) -> None:
        self._tell(*self._last)


class _Clock:
    """Adds up wall time by stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        started = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - started


__all__ = [
    "Detector",
    "Limits",
    "Progress",
    "Stopped",
    "analyze",
    "assemble_detector",
    "judge",
    "judge_all",
    "load_detector",
    "scan",
]
