"""A file opened for judging: a usual photo in this process, all else in one that may crash, hang or eat
memory.

Run by a worker it is the other side: what is asked there, and done by `media` and `provenance`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from detector import media
from detector.errors import MediaError
from detector.media.decode_worker import Found, Job, Reply, Task, Value, pack, serve
from detector.media.image import is_photo, open_header
from detector.media.limits import MIB, Limits, OpenFile, open_file
from detector.media.workers import DecodeError, Waiting, Workers
from detector.provenance import photo_provenance, video_provenance
from detector.reasons import words
from detector.structures import Coverage, Frame, Image, MediaInfo, Provenance

USUAL_FORMATS = frozenset({"JPEG", "MPO", "PNG", "WEBP"})
"""Whose decoders every browser runs, and whose makers fuzz them without a break."""
USUAL_MEGAPIXELS = 51.0
"""What the cameras of phones take."""
USUAL_SCANS = 100
"""Passes over the picture of a progressive JPEG: encoders make 10, each costs the time of a whole picture,
and libjpeg-turbo takes any number (its own fuzzers stop at 500)."""
START_OF_SCAN = b"\xff\xda"


@dataclass(frozen=True)
class Reading:
    """A file that is open for judging: its facts, what of it the frames are, how many will come if it is
    whole, the frames, and what it says of its origin, to be asked after them with the picture that is shown.
    """

    info: MediaInfo
    coverage: Coverage
    planned: int
    frames: Iterator[Frame]
    provenance: Callable[[Image], Provenance]


@contextmanager
def open_for_judging(
    path: Path | str,
    frames: int,
    limits: Limits,
    waiting: Waiting | None = None,
) -> Iterator[Reading]:
    """Open a photo, or a video of which `frames` pictures are wanted. Left early it ends the work.

    MediaError for what cannot be read, or breaks a worker. While one is waited for, `waiting` is called, and
    may raise.
    """
    path = Path(path)
    if limits.in_worker and not is_usual(path, limits):
        job = Job("look", os.fsencode(path.absolute()), limits, frames)
        try:
            with closing(WORKERS.run(job, waiting)) as replies:
                yield _Away(replies).reading(path)
        except DecodeError as failure:
            raise MediaError(f"{failure.name} cannot be read: {words(failure.reason)}") from failure
    else:
        opened = media.open(path, frames=frames, limits=limits)
        yield Reading(
            opened.info,
            opened.coverage,
            opened.frames.planned,
            iter(opened.frames),
            lambda image: _provenance(path, opened, image),
        )


def is_usual(path: Path, limits: Limits) -> bool:
    """Whether the file is a photo that this process may decode: a JPEG, PNG or WebP of one picture, not
    larger than cameras make them; or one that will be refused unread. MediaError where it cannot be opened.
    """
    with open_file(path) as file:
        if not is_photo(file):
            return False
        if file.bytes > limits.photo_mb * MIB:
            return True
        try:
            picture = open_header(file)
        except MediaError:
            return False
        width, height = picture.size
        return (
            picture.format in USUAL_FORMATS
            and width * height <= USUAL_MEGAPIXELS * 1e6
            and (picture.format == "MPO" or not getattr(picture, "is_animated", False))
            and (picture.format not in ("JPEG", "MPO") or _scans(file) <= USUAL_SCANS)
        )


def _scans(file: OpenFile) -> int:
    return file.from_start().read().count(START_OF_SCAN)


class _Away:
    """The replies of a worker as the parts of a Reading."""

    def __init__(self, replies: Iterator[Reply]) -> None:
        self._replies = replies
        self._origin: Provenance | None = None

    def reading(self, path: Path) -> Reading:
        """Wait for the facts."""
        found = next(self._replies)
        if not isinstance(found, Found):
            raise ValueError(f"{found} instead of a file's facts")
        return Reading(
            replace(found.info, name=path.name),
            found.coverage,
            found.planned,
            self._frames(),
            lambda _image: self._said(),
        )

    def _frames(self) -> Iterator[Frame]:
        for reply in self._replies:
            if isinstance(reply, Value):
                self._origin = msgspec.msgpack.decode(reply.content, type=Provenance)
            elif isinstance(reply, Frame):
                yield reply

    def _said(self) -> Provenance:
        if self._origin is None:
            raise ValueError("asked before the frames were read")
        return self._origin


def _provenance(path: Path, opened: media.Media, image: Image) -> Provenance:
    is_photo = opened.info.kind == "photo" or opened.coverage.animated
    return photo_provenance(path, image) if is_photo else video_provenance(path)


def _look(job: Job) -> Iterator[Reply]:
    """The facts of a file, its frames, and what it says of its origin."""
    path = Path(os.fsdecode(job.path))
    opened = media.open(path, frames=job.frames, limits=job.limits)
    yield Found(replace(opened.info, name=""), opened.coverage, opened.frames.planned)
    shown: Frame | None = None
    for frame in opened.frames:
        shown = shown or frame
        yield frame
    if shown is not None:
        yield Value(pack(_provenance(path, opened, shown.image)))


TASKS: Mapping[str, Task] = {"look": _look}

WORKERS = Workers("from detector.reading import main; main()")


def main() -> None:
    """Be a worker."""
    serve(TASKS)
