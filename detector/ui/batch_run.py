"""A batch under way: files checked one after another in a thread of their own, and what came of each."""

from __future__ import annotations

import contextvars
import logging
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from detector.dossier import Row, batch_report, row_of
from detector.errors import DetectorError
from detector.files import write_atomically
from detector.media import VIDEO_EXTENSIONS
from detector.pipeline import Stopped
from detector.report import csv_row, error_dict, error_row, to_dict, write_rows
from detector.structures import Analysis, DetectorInfo, Direction, Evidence, Scan
from detector.ui import pictures
from detector.ui.evidence import RANK, Like, genuine_like
from detector.ui.visits import people

if TYPE_CHECKING:
    from detector.ui.backend import Backend

SCAN_SHARE = 0.6
"""The part of a file's progress that decoding and finding faces take."""

log = logging.getLogger(__name__)


class State(StrEnum):
    """How far a batch is."""

    WORKING = "working"
    STOPPED = "stopped"
    DONE = "done"


@dataclass(frozen=True)
class Answer:
    """What one detector says of a file; `evidence` is None where no face was found or none was fitted.
    `faces` are those of a photo, or the people of a video.
    """

    detector: str
    faces: int
    evidence: Evidence | None
    of_video: bool = False

    @property
    def like(self) -> Like | None:
        """How it scores beside genuine pictures like it."""
        return genuine_like(self.evidence)


@dataclass(frozen=True, eq=False)
class Checked:
    """What came of one file, small enough for hundreds of them: `thumb` is an address, `rows` and `documents`
    are those of the table and the JSON, one for each detector, `told` is its row of the report. `error` says
    why it could not be read.
    """

    path: Path
    thumb: str = ""
    answers: tuple[Answer, ...] = ()
    rows: tuple[dict[str, str], ...] = ()
    documents: tuple[dict[str, object], ...] = ()
    told: Row | None = None
    error: str = ""

    @property
    def name(self) -> str:
        """The file's."""
        return self.path.name

    def answer(self, detector: str) -> Answer | None:
        """What `detector` says; None where the file could not be read."""
        return next((answer for answer in self.answers if answer.detector == detector), None)


@dataclass(frozen=True)
class Pace:
    """How fast a batch is: `seconds` of work for `done` of `total` files."""

    done: int
    total: int
    seconds: float

    @property
    def rate(self) -> float | None:
        """Files a second; None before the first."""
        return self.done / self.seconds if self.done and self.seconds > 0 else None

    @property
    def left_s(self) -> float | None:
        """About how long the rest takes."""
        return (self.total - self.done) / self.rate if self.rate else None


class Batch:
    """The files of one visitor, and the detectors asked. `now` names the file that is worked on."""

    def __init__(
        self, backend: Backend, paths: Sequence[Path], names: tuple[str, ...], skipped: int = 0
    ) -> None:
        self.backend, self.paths, self.names, self.skipped = backend, tuple(paths), names, skipped
        self.checked: list[Checked] = []
        self.state = State.STOPPED
        self.now = ""
        self.ended_s = time.monotonic()
        self._seconds = 0.0
        self._begun_s: float | None = None
        self._stop = threading.Event()

    def start(self) -> Batch:
        """Go on with the files that are not checked yet; each waits for its turn among other visitors."""
        if self.state is State.WORKING or len(self.checked) == len(self.paths):
            return self
        self._stop = threading.Event()
        self.state, self._begun_s = State.WORKING, time.monotonic()
        context = contextvars.copy_context()
        threading.Thread(target=lambda: context.run(self._run, self._stop), name="batch", daemon=True).start()
        return self

    def stop(self) -> None:
        """End with the frame at hand; what is checked is kept."""
        self._stop.set()

    @property
    def pace(self) -> Pace:
        """How fast it goes, pauses left out."""
        running = 0.0 if self._begun_s is None else time.monotonic() - self._begun_s
        return Pace(len(self.checked), len(self.paths), self._seconds + running)

    @property
    def readable(self) -> list[Checked]:
        """What could be read."""
        return [file for file in self.checked if not file.error]

    @property
    def unreadable(self) -> list[Checked]:
        """What could not, in order."""
        return [file for file in self.checked if file.error]

    def by_strength(self, detector: str) -> list[Checked]:
        """What could be read, by what `detector` says: the strongest support for fake first, then none, then
        support for genuine, then files without a face; of alike ones first what fewer genuine pictures score
        as far as, then by name.
        """
        return sorted(self.readable, key=lambda file: (*_weakness(file.answer(detector)), file.name))

    def _run(self, stop: threading.Event) -> None:
        try:
            for path in self.paths[len(self.checked) :]:
                if stop.is_set():
                    break
                self.now = path.name
                self.checked.append(self._check(path, stop))
        except Stopped:
            pass
        finally:
            begun_s, self._begun_s = self._begun_s, None
            self.ended_s = time.monotonic()
            self._seconds += self.ended_s - (begun_s or self.ended_s)
            self.state = State.DONE if len(self.checked) == len(self.paths) else State.STOPPED

    def _check(self, path: Path, stop: threading.Event) -> Checked:
        def progress(_share: float, _words: str) -> None:
            if stop.is_set():
                raise Stopped

        kind = "video" if path.suffix.lower() in VIDEO_EXTENSIONS else "photo"
        try:
            with self.backend.lane.turn(kind):
                scan = self.backend.scan(path, progress=progress)
                analyses = []
                for name in self.names:
                    progress(0, "")
                    analyses.append(self.backend.judge(scan, name))
            return told(path, analyses, _thumb(scan, analyses), self.backend.settings.of_judging)
        except Stopped:
            raise
        except DetectorError as fault:
            return refused(path, str(fault), [self.backend.detector(name).info for name in self.names])
        except Exception as fault:  # one bad file never stops the rest; the log says where the bug is
            log.exception("%s broke the analysis", path)
            words = f"{path.name} broke the analysis ({type(fault).__name__}): please report it with the file"
            return refused(path, words, [self.backend.detector(name).info for name in self.names])


def _thumb(scan: Scan, analyses: Sequence[Analysis]) -> str:
    """The face that the first answer stands on, or the picture where there is none."""
    deciding = analyses[0].deciding if analyses else None
    if deciding is not None:
        return pictures.data_uri(pictures.thumb(deciding.face))
    return pictures.data_uri(pictures.shrunk(scan.preview.image, pictures.THUMB_PX))


def told(
    path: Path, analyses: Sequence[Analysis], thumb: str, settings: Mapping[str, int] | None = None
) -> Checked:
    """What several detectors say of a file."""
    return Checked(
        path,
        thumb,
        answers=tuple(
            Answer(
                analysis.detector.name,
                len(people(analysis)) or len(analysis.face_scores),
                analysis.evidence,
                analysis.media.kind == "video",
            )
            for analysis in analyses
        ),
        rows=tuple(csv_row(analysis, path.name) for analysis in analyses),
        documents=tuple(to_dict(analysis, settings, path.name) for analysis in analyses),
        told=row_of(path.name, analyses),
    )


def refused(path: Path, words: str, infos: Sequence[DetectorInfo]) -> Checked:
    """A file that could not be read, and why."""
    return Checked(
        path,
        rows=tuple(error_row(path.name, info, words) for info in infos),
        documents=tuple(error_dict(path.name, info, words) for info in infos),
        told=row_of(path.name, (), words),
        error=words,
    )


def _weakness(answer: Answer | None) -> tuple[int, float, float]:
    """0 without evidence either way, below it towards fake, above it towards genuine, at last no face; then
    the ratio, then the share of genuine pictures that score as far.
    """
    if answer is None or not answer.faces:
        return len(RANK), 0.0, 0.0
    evidence, like = answer.evidence, answer.like
    share = 1.0 if like is None else like.hits / like.of
    if evidence is None or evidence.lr is None:
        return 0, 0.0, share
    sign = {Direction.FAKE: -1, Direction.REAL: 1, Direction.NONE: 0}[evidence.direction]
    return sign * RANK.index(evidence.strength), -evidence.lr, share


def save(
    files: Sequence[Checked],
    folder: Path,
    detectors: Sequence[DetectorInfo],
    settings: Mapping[str, int] | None = None,
) -> list[Path]:
    """Write tables and reports of all files and detectors into `folder`: CSV, JSON, Parquet where what writes
    it is installed, and one HTML for people.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rows = [row for file in files for row in file.rows]
    documents = [document for file in files for document in file.documents]
    saved = []
    for suffix, content in ((".csv", rows), (".json", documents), (".parquet", rows)):
        path = folder / f"unblend-batch{suffix}"
        try:
            write_rows(path, content)
        except DetectorError as fault:
            log.warning("%s", fault)
        else:
            saved.append(path)
    page = folder / "unblend-batch.html"
    write_atomically(page, batch_report([file.told for file in files if file.told], detectors, settings))
    return [*saved, page]
