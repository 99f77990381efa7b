"""A data set on disk to the index that training and evaluation take: face pictures, boxes, landmarks, masks,
grouped splits and folds.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from detector.data.examine import Job, examine
from detector.data.journal import NO_FACE, Found, Terms, append, open_journal
from detector.data.labelled import Labelled
from detector.data.layouts import WITH_ORIGINALS, DataSet, read_layout
from detector.data.tables import Prepared, write_manifest
from detector.environment import use_threads
from detector.errors import SettingsError
from detector.faces.finder import FaceFinder, FinderOptions, default_finder
from detector.faces.landmarks import dense68_available
from detector.media.limits import Limits
from detector.pipeline import Progress

FOLDS = 5


@dataclass(frozen=True)
class Look:
    """How files are looked at: `frames` of a video, evenly over its duration, by `workers` processes.

    `masks`: what differs between a fake and its original is saved. `folds`: the groups are dealt into so
    many. `make_finder` makes of the options `finder` what finds faces, in each of the processes: it pickles.
    """

    frames: int = 8
    workers: int = 1
    finder: FinderOptions = FinderOptions()
    limits: Limits = Limits()
    masks: bool = False
    folds: int = FOLDS
    make_finder: Callable[[FinderOptions], FaceFinder] = default_finder


def prepare(
    folder: Path, layout: str, out: Path, look: Look = Look(), progress: Progress | None = None
) -> Prepared:  # noqa: B008
    """Write index.csv, landmarks68.npy, skipped.csv and face pictures of a data set to `out`, going on where
    an earlier run stopped.

    A file that was looked at and is as long as then is not looked at again, one that could not be read is
    tried again. Raises SettingsError for a folder that is not of the layout.
    """
    for name, value, least in (
        ("frames", look.frames, 1),
        ("workers", look.workers, 1),
        ("folds", look.folds, 2),
    ):
        if value < least:
            raise SettingsError(f"--{name} is {value}; it must be {least} or more")
    if out.resolve().is_relative_to(folder.resolve()):
        raise SettingsError(
            f"{out} lies in the data set {folder}, whose files would then be mixed with ours; name another"
            " --out"
        )
    if look.masks and layout not in WITH_ORIGINALS:
        raise SettingsError(
            f"layout {layout} tells no originals, so there can be no masks; leave --masks to"
            f" {', '.join(WITH_ORIGINALS)}"
        )
    data = read_layout(folder, layout)
    landmarks = "dlib" if dense68_available() else "fitted"
    records = open_journal(
        out, Terms(layout, data.source, look.frames, look.finder.min_side_px, landmarks, look.masks)
    )
    jobs = jobs_of(data, out, look)
    waiting = [job for job in jobs if not _stands(records.get(job.name), job)]
    for number, record in enumerate(_examined(waiting, look.workers), start=len(jobs) - len(waiting) + 1):
        append(out, record)
        records[record.name] = record
        if progress is not None:
            progress(number / len(jobs), f"{number} of {len(jobs)}: {record.name}")
    return write_manifest(data, out, records, look.folds, look.masks)


def jobs_of(data: DataSet, out: Path, look: Look) -> list[Job]:
    """One job a file, whatever the number of its rows, in the order of the rows."""
    of_path: dict[Path, list[Labelled]] = {}
    for row in data.rows:
        if not row.left_out:
            of_path.setdefault(row.path, []).append(row)
    return [_job(path, rows, data, out, look) for path, rows in of_path.items()]


def _job(path: Path, rows: Sequence[Labelled], data: DataSet, out: Path, look: Look) -> Job:
    original = rows[0].original
    return Job(
        path=path,
        name=path.relative_to(data.folder).as_posix(),
        out=out,
        frames=look.frames,
        make_finder=partial(look.make_finder, look.finder),
        limits=look.limits,
        boxes=tuple(row.box for row in rows if row.box is not None),
        original=original if original is not None and original.exists() else None,
        masks=look.masks and rows[0].label == 1,
    )


def _stands(record: Found | None, job: Job) -> bool:
    """Whether what was found is of the file as it is now, and its pictures and masks are still there."""
    if (
        record is None
        or not job.path.exists()
        or record.bytes != job.path.stat().st_size
        or record.marked != job.boxes
    ):
        return False
    if record.unmasked and job.original is not None:
        return False
    files = [file for cut in record.cuts for file in (cut.file, cut.mask) if file]
    return record.reason in ("", NO_FACE) and all((job.out / file).exists() for file in files)


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
