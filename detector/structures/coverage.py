"""What of a file was looked at, and what was not."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum


class Cause(StrEnum):
    """Why a picture that was planned was not looked at."""

    CUT_OFF = "cut_off"  # the file ends before it
    DAMAGED = "damaged"  # it could not be decoded, or only in part


@dataclass(frozen=True)
class Dropped:
    """How many pictures were not looked at, and why."""

    cause: Cause
    pictures: int


@dataclass(frozen=True)
class CutOff:
    """A file that ends early: `pictures` and `seconds` are those that are there, `of_pictures` and
    `of_seconds` those that the file announces (None: it does not say).
    """

    pictures: int
    seconds: float
    of_pictures: int | None = None
    of_seconds: float | None = None


class PartKind(StrEnum):
    """What a file holds several of, of which one is looked at."""

    STREAM = "stream"  # picture streams of a video
    DIRECTORY = "directory"  # pictures of a TIFF or of camera raw
    PICTURE = "picture"  # pictures of a HEIF


class Choice(StrEnum):
    """Why that one of several."""

    DEFAULT = "default"  # the file says that players show it
    LARGEST = "largest"
    FIRST = "first"  # of several that are as large
    FULL = "full"  # the file calls the others reduced copies
    PREVIEW = "preview"  # the picture that a camera made of its raw data, which are not read here


@dataclass(frozen=True)
class Part:
    """The one of `count` that was looked at, counted from 1."""

    kind: PartKind
    number: int
    count: int
    choice: Choice


class Transfer(StrEnum):
    """How the stored values stand for light."""

    SDR = "sdr"
    HLG = "hlg"
    PQ = "pq"


@dataclass(frozen=True)
class Coverage:
    """What of a file was looked at, and what was not.

    `planned` pictures were to be looked at, had the file been whole; `read` were, and `dropped` says what
    became of the others. `cut_off` is None of a file that ends where it says. `part` is None where there is
    but one stream, directory or picture. `orientation`, 1..8 as EXIF counts, is how the pictures lie in the
    file; they were put upright. `transfer` is that of the file, `tone_mapped` whether high dynamic range was
    brought to that of a screen before anything was judged. `clock_restarts` counts how often the times begin
    anew; they were joined. `sizes` are those that the pictures have in turn, width and height upright, where
    they have several. `animated`: the pictures of an animated image, taken as a clip.
    """

    planned: int = 1
    read: int = 0
    dropped: tuple[Dropped, ...] = ()
    cut_off: CutOff | None = None
    part: Part | None = None
    orientation: int = 1
    transfer: Transfer = Transfer.SDR
    tone_mapped: bool = False
    clock_restarts: int = 0
    sizes: tuple[tuple[int, int], ...] = ()
    animated: bool = False

    def after_reading(self, sizes: tuple[tuple[int, int], ...]) -> Coverage:
        """With what came of the plan: the (width, height) of each picture that was read, in order."""
        damaged = self.planned - sum(each.pictures for each in self.dropped) - len(sizes)
        dropped = (*self.dropped, Dropped(Cause.DAMAGED, damaged)) if damaged > 0 else self.dropped
        met = tuple(size for place, size in enumerate(sizes) if place == 0 or size != sizes[place - 1])
        return replace(self, read=len(sizes), dropped=dropped, sizes=met if len(met) > 1 else ())

    @property
    def is_whole(self) -> bool:
        """Whether all that was planned was looked at."""
        return not self.dropped and self.cut_off is None
