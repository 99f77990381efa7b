"""A data set on disk to the index that training and evaluation take: face pictures, boxes, landmarks, grouped splits."""

from __future__ import annotations

import csv
import signal
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from detector.data.examine import NO_FACE, Cut, Found, Job, examine
from detector.data.index import BOX, FIVE, INDEX, LANDMARKS
from detector.data.journal import Terms, append, open_journal
from detector.data.labelled import Labelled
from detector.data.layouts import DataSet, read_layout
from detector.engines.threads import use_threads
from detector.errors import SettingsError
from detector.faces.finder import FinderOptions
from detector.faces.landmarks import dense68_available
from detector.media.limits import Limits
from detector.pipeline import Progress

SKIPPED = "skipped.csv"
COLUMNS = (
    "file", "label", "source", "method", "split", "group", "compression", "width", "height", *BOX, "finder_score", *FIVE,
)  # fmt: skip


@dataclass(frozen=True)
class Look:
    """How files are looked at: `frames` of a video, evenly over its duration, by `workers` processes."""

    frames: int = 8
    workers: int = 1
    finder: FinderOptions = FinderOptions()
    limits: Limits = Limits()


@dataclass(frozen=True)
class Prepared:
    """What a preparation came to; `pictures` counts (split, label), `faceless` are frames of used videos without the chosen face."""

    pictures: Counter[tuple[str, int]]
    files: int
    unreadable: int
    no_face: int
    left_out: int
    faceless: int

    @property
    def sentence(self) -> str:
        """The counts in words."""
        splits = sorted({split for split, _ in self.pictures})
        parts = [f"{split} {self.pictures[split, 0]} real {self.pictures[split, 1]} fake" for split in splits]
        skipped = f"{self.no_face} without a face, {self.unreadable} unreadable, {self.left_out} left out by the layout"
        return (
            f"{self.pictures.total()} pictures of {self.files} files ({', '.join(parts) or 'none'}); "
            f"skipped files: {skipped} ({SKIPPED}); skipped frames: {self.faceless}"
        )


def prepare(folder: Path, layout: str, out: Path, look: Look = Look(), progress: Progress | None = None) -> Prepared:  # noqa: B008
    """Write index.csv, landmarks68.npy, skipped.csv and face pictures of a data set to `out`, going on where an earlier run stopped.

    A file that was looked at and is as long as then is not looked at again, one that could not be read is tried again. Raises SettingsError
    for a folder that is not of the layout.
    """
    if look.frames < 1:
        raise SettingsError(f"--frames is {look.frames}; it must be 1 or more")
    if look.workers < 1:
        raise SettingsError(f"--workers is {look.workers}; it must be 1 or more")
    if out.resolve().is_relative_to(folder.resolve()):
        raise SettingsError(f"{out} lies in the data set {folder}, whose files would then be mixed with ours; name another --out")
    data = read_layout(folder, layout)
    terms = Terms(layout, data.source, look.frames, look.finder.min_side_px, "dlib" if dense68_available() else "fitted")
    found = open_journal(out, terms)
    jobs = [_job(row, data, out, look) for row in data.rows if not row.left_out]
    waiting = [job for job in jobs if not _stands(found.get(job.name), job)]
    for number, one in enumerate(_examined(waiting, look.workers), start=len(jobs) - len(waiting) + 1):
        append(out, one)
        found[one.name] = one
        if progress is not None:
            progress(number / len(jobs), f"{number} of {len(jobs)}: {one.name}")
    return _write(data, out, found)


def _job(row: Labelled, data: DataSet, out: Path, look: Look) -> Job:
    return Job(row.path, row.path.relative_to(data.folder).as_posix(), out, look.frames, look.finder, look.limits)


def _stands(found: Found | None, job: Job) -> bool:
    """Whether what was found is of the file as it is now, and its pictures are still there."""
    if found is None or not job.path.exists() or found.bytes != job.path.stat().st_size:
        return False
    return found.reason in ("", NO_FACE) and all((job.out / cut.file).exists() for cut in found.cuts)


def _examined(jobs: Sequence[Job], workers: int) -> Iterator[Found]:
    """What is found in each, in their order."""
    if workers == 1 or len(jobs) < 2:
        yield from map(examine, jobs)
        return
    # spawned, since a forked torch can hang
    with get_context("spawn").Pool(workers, initializer=_begin) as pool:
        yield from pool.imap(examine, jobs)


def _begin() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that collects
    use_threads(1)  # the processes share the cores


def _write(data: DataSet, out: Path, found: dict[str, Found]) -> Prepared:
    """Write the tables from what was found, labels and splits being those of the layout now."""
    rows: list[list[object]] = []
    points: list[np.ndarray] = []
    skipped: list[tuple[str, str]] = []
    pictures: Counter[tuple[str, int]] = Counter()
    unreadable = no_face = faceless = 0
    for row in data.rows:
        name = row.path.relative_to(data.folder).as_posix()
        one = None if row.left_out else found[name]
        reason = row.left_out if one is None else one.reason
        if reason or one is None:
            skipped.append((name, reason))
            no_face += reason == NO_FACE
            unreadable += one is not None and reason != NO_FACE
            continue
        faceless += one.faceless
        pictures[str(row.split), row.label] += len(one.cuts)
        rows += [_cells(row, data.source, cut) for cut in one.cuts]
        points += [cut.points68 for cut in one.cuts]
    _write_table(out / INDEX, COLUMNS, rows)
    _write_table(out / SKIPPED, ("file", "reason"), skipped)
    np.save(out / LANDMARKS, np.array(points, dtype=np.float16).reshape(-1, 68, 2))
    left_out = sum(bool(row.left_out) for row in data.rows)
    return Prepared(pictures, len(data.rows) - len(skipped), unreadable, no_face, left_out, faceless)


def _cells(row: Labelled, source: str, cut: Cut) -> list[object]:
    labels = [cut.file, row.label, source, row.method, row.split, row.group, row.compression, cut.width, cut.height]
    numbers = [f"{value:.1f}" for value in (*cut.box, *cut.five.ravel())]
    return [*labels, *numbers[:4], f"{cut.score:.3f}", *numbers[4:]]


def _write_table(path: Path, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Write a table whole, over what was there, by way of a second file, so that an interruption leaves no half of it."""
    beside = path.with_name(path.name + ".part")
    with beside.open("w", encoding="utf-8", errors="backslashreplace", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(columns)
        writer.writerows(rows)
    beside.replace(path)
