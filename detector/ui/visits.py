"""What each visitor looks at: files and what was found on them, in memory only, and for minutes only."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import gradio as gr

    from detector.structures import Analysis, FaceScore, Floats, Scan, TrackScore
    from detector.ui.work import Work

STRIP = 12
"""Files that a visitor has at hand; the oldest makes way."""

ALL = "all"
"""The choice of every trained detector."""


def key_of(sha256: str, cropped: bool) -> str:
    """What a file is known by in a visit: the same as a whole and by its faces are two."""
    return f"{sha256[:24]}-whole" if cropped else sha256[:24]


def people(analysis: Analysis) -> tuple[TrackScore, ...]:
    """Who can be chosen: the faces of a photo, or the people of a video that are seen long enough to decide;
    an untracked video is one.
    """
    return tuple(track for track in analysis.tracks if track.decides)


@dataclass(eq=False)
class Looked:
    """A file that a visitor looked at: scanned once, judged once by each detector.

    `analyses` are by name of detector. `person` is a place among `people`, `moment` among the frames of that
    person (a photo has one), `detector` the one whose answer is shown. `chose` says that the visitor chose
    the person, `anyway` that a drawing is to be judged all the same. `altered` (H, W), 0..1 over the preview,
    is where a picture that was made here was altered. `drawn` keeps what was drawn of it, by what it is of.
    """

    key: str
    path: Path
    scan: Scan
    analyses: dict[str, Analysis]
    detector: str
    cropped: bool = False
    person: int = 0
    moment: int = 0
    chose: bool = False
    anyway: bool = False
    altered: Floats | None = None
    drawn: dict[tuple[object, ...], Any] = field(default_factory=dict)
    since_s: float = field(default_factory=time.monotonic)

    @classmethod
    def of(cls, path: Path, scan: Scan, analysis: Analysis, cropped: bool = False) -> Looked:
        """The answer of a first detector, at the face that it stands on."""
        name = analysis.detector.name
        looked = cls(key_of(scan.media.sha256, cropped), path, scan, {name: analysis}, name, cropped)
        for place, person in enumerate(people(analysis)):
            for moment, score in enumerate(person.face_scores):
                if score is analysis.deciding:
                    looked.person, looked.moment = place, moment
        return looked

    @property
    def name(self) -> str:
        """The file's."""
        return self.scan.media.name

    @property
    def analysis(self) -> Analysis:
        """The answer that is shown."""
        return self.analyses[self.detector]

    @property
    def score(self) -> FaceScore | None:
        """The chosen face as the shown detector judged it; None where none was found."""
        return self.score_of(self.detector)

    def person_of(self, detector: str) -> TrackScore | None:
        """The chosen person as `detector` judged it."""
        everybody = people(self.analyses[detector])
        return everybody[min(self.person, len(everybody) - 1)] if everybody else None

    def score_of(self, detector: str) -> FaceScore | None:
        """The chosen face as `detector` judged it."""
        person = self.person_of(detector)
        return person.face_scores[min(self.moment, len(person.face_scores) - 1)] if person else None

    def choose_person(self, place: int) -> None:
        """Another face, or another person at the moment where it looks most like a fake."""
        everybody = people(self.analysis)
        self.person, self.chose = max(0, min(place, len(everybody) - 1)), True
        scores = everybody[self.person].face_scores if everybody else ()
        self.moment = max(range(len(scores)), key=lambda moment: scores[moment].logit, default=0)


@dataclass(eq=False)
class Visit:
    """One visitor's files, the oldest first; `current` is the key of the one on Check, `choice` the detectors
    that are asked (ALL, or one name), `work` what goes on, `in_batch` how many files are in Batch.
    """

    files: dict[str, Looked] = field(default_factory=dict)
    current: str | None = None
    choice: str = ALL
    work: Work | None = None
    in_batch: int = 0

    @property
    def looked(self) -> Looked | None:
        """The file on Check."""
        return self.files.get(self.current or "")

    def keep(self, looked: Looked) -> None:
        """Add a file, and show it."""
        self.files.pop(looked.key, None)
        self.files[looked.key] = looked
        self.current = looked.key
        for oldest in list(self.files)[:-STRIP]:
            del self.files[oldest]

    def forget(self, key: str, upload: bool = False) -> None:
        """Drop a file, from the disk too where it is an `upload`; the newest of the others is shown."""
        looked = self.files.pop(key, None)
        if looked is not None and upload:
            looked.path.unlink(missing_ok=True)
        if self.current == key:
            self.current = next(reversed(self.files), None)


class Visits:
    """The visits of this process by session; what is older than `keep_s` goes."""

    def __init__(self, keep_s: float, now: Callable[[], float] = time.monotonic) -> None:
        self._keep_s = keep_s
        self._now = now
        self._lock = threading.Lock()
        self._visits: dict[str, Visit] = {}

    def of(self, request: gr.Request) -> Visit:
        """The visit of who asks; a program without a session gets one that nobody keeps."""
        self.sweep()
        if not request.session_hash:
            return Visit()
        with self._lock:
            return self._visits.setdefault(request.session_hash, Visit())

    def end(self, request: gr.Request) -> None:
        """The tab was closed: its work ends."""
        with self._lock:
            visit = self._visits.pop(request.session_hash or "", None)
        if visit is not None and visit.work is not None:
            visit.work.cancel()

    def sweep(self) -> None:
        """Drop what is too old."""
        oldest = self._now() - self._keep_s
        with self._lock:
            for visit in self._visits.values():
                for looked in list(visit.files.values()):
                    if looked.since_s < oldest:
                        visit.files.pop(looked.key, None)
