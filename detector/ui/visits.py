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

    from detector.structures import Analysis, FaceScore, Scan

STRIP = 12
"""Files that a visitor has at hand; the oldest makes way."""


@dataclass(eq=False)
class Looked:
    """A file that a visitor looked at: scanned once, judged once by each detector.

    `analyses` are by name of detector, in order of trust. `face` is a place among the judged faces,
    `detector` the one whose answer is shown. `maps` are whatever was drawn of it, by what it is of.
    """

    key: str
    path: Path
    scan: Scan
    analyses: dict[str, Analysis]
    detector: str
    cropped: bool = False
    face: int = 0
    maps: dict[tuple[object, ...], Any] = field(default_factory=dict)
    since_s: float = field(default_factory=time.monotonic)

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

    def score_of(self, detector: str) -> FaceScore | None:
        """The chosen face as `detector` judged it."""
        scores = self.analyses[detector].face_scores
        return scores[min(self.face, len(scores) - 1)] if scores else None


@dataclass(eq=False)
class Visit:
    """One visitor's files, the oldest first; `current` is the key of the one on Check."""

    files: dict[str, Looked] = field(default_factory=dict)
    current: str | None = None

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
        """The tab was closed."""
        with self._lock:
            self._visits.pop(request.session_hash or "", None)

    def sweep(self) -> None:
        """Drop what is too old."""
        oldest = self._now() - self._keep_s
        with self._lock:
            for visit in self._visits.values():
                for looked in list(visit.files.values()):
                    if looked.since_s < oldest:
                        visit.files.pop(looked.key, None)
