"""An animated image (GIF, APNG, WebP, AVIF) into a few upright RGB frames with their times, as of a clip."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import ImageFile

from detector.errors import MediaError
from detector.media.image import DAMAGED, facts_of, open_header, orientation_of, upright_rgb
from detector.media.limits import Limits, OpenFile, open_file
from detector.media.timeline import spread
from detector.structures import Cause, Coverage, CutOff, Dropped, Frame, MediaInfo

log = logging.getLogger(__name__)

# As browsers do: a picture that is to stand for hardly any time stands for a tenth of a second.
SHORTEST_MS, INSTEAD_MS = 10, 100

# The chunk that says that a PNG moves stands before its pixels, behind text and profile at most.
HEAD_BYTES = 1024 * 1024
WEBP_MOVES = 0x02
"""The flag of an extended WebP."""


@dataclass(frozen=True)
class AnimationPlan:
    """Which pictures are to be decoded: `wanted` are their numbers, ascending, `times_s` when they are shown.
    A picture over the `limits`, where the size changes, refuses the file.
    """

    path: Path
    wanted: tuple[int, ...]
    times_s: tuple[float, ...]
    limits: Limits = Limits()


@dataclass(frozen=True)
class Animation:
    """The facts of an animated image, what will be decoded of it, and what will not."""

    info: MediaInfo
    plan: AnimationPlan
    coverage: Coverage


def is_animated(picture: ImageFile.ImageFile) -> bool:
    """Whether an opened picture moves; pages of a TIFF or the views of one scene do not, nor does what is cut
    off before its second picture.
    """
    try:
        moves = bool(getattr(picture, "is_animated", False))
    except DAMAGED:
        return False
    return moves and picture.format in ("GIF", "PNG", "WEBP", "AVIF")


def describe_animation(path: Path, file: OpenFile, frames: int, limits: Limits) -> Animation | None:
    """Facts of the open image at `path`, and the plan to read `frames` of its pictures; None where it does
    not move, or no second picture can be decoded.
    """
    if not _may_move(file):
        return None
    picture = open_header(file)
    if not is_animated(picture):
        return None
    limits.check_photo_bytes(file.name, file.bytes)
    limits.check_pixels(file.name, *picture.size)
    starts_ms, end_ms = _times(picture, file.name, limits)
    if len(starts_ms) < 2:
        return None
    first, announced = _first(picture), _count(picture) - _first(picture)
    chosen = spread(starts_ms, 0, end_ms, frames)
    places = {start: place for place, start in enumerate(starts_ms)}
    plan = AnimationPlan(
        path, tuple(first + places[start] for start in chosen), tuple(t / 1000 for t in chosen), limits
    )
    orientation = orientation_of(file, picture)
    info = facts_of(file, open_header(file), orientation)
    cut_off = None
    dropped: tuple[Dropped, ...] = ()
    planned = min(frames, announced)
    if len(starts_ms) < announced:
        cut_off = CutOff(len(starts_ms), end_ms / 1000, announced)
        dropped = (Dropped(Cause.CUT_OFF, planned - len(chosen)),) if planned > len(chosen) else ()
    coverage = Coverage(
        planned=max(planned, len(chosen)),
        dropped=dropped,
        cut_off=cut_off,
        orientation=orientation,
        animated=True,
    )
    return Animation(_timed(info, len(starts_ms), end_ms), plan, coverage)


def _may_move(file: OpenFile) -> bool:
    """Whether the file is of a format with animations, and may hold one: told before it is opened."""
    head = file.from_start().read(32)
    if head[:8] == b"\x89PNG\r\n\x1a\n":
        return b"acTL" in file.from_start().read(HEAD_BYTES)
    if head[:4] == b"RIFF":
        return head[12:16] == b"VP8X" and bool(head[20] & WEBP_MOVES)
    return head[:4] == b"GIF8" or (head[4:8] == b"ftyp" and head[8:12] == b"avis")


def read_animation(plan: AnimationPlan) -> Iterator[Frame]:
    """Decode the wanted pictures in order, one in memory at a time."""
    with open_file(plan.path) as file:
        picture = open_header(file)
        orientation = orientation_of(file, picture)
        for index, (number, time_s) in enumerate(zip(plan.wanted, plan.times_s, strict=True)):
            try:
                picture.seek(number)
                plan.limits.check_pixels(file.name, *picture.size)
                image = upright_rgb(picture, orientation)
            except DAMAGED as error:
                if index == 0:
                    raise MediaError(
                        f"{file.name} holds no picture that can be decoded; copy or save it again from its"
                        " source"
                    ) from error
                log.warning(
                    "%s is damaged: %d of %d pictures could be decoded", file.name, index, len(plan.wanted)
                )
                return
            yield Frame(image=image, index=index, time_s=time_s)


def _times(picture: ImageFile.ImageFile, name: str, limits: Limits) -> tuple[list[int], int]:
    """When each picture that can be decoded begins, and when the last goes, in ms."""
    starts, now = [], 0
    try:
        for number in range(_first(picture), _count(picture)):
            picture.seek(number)
            limits.check_pixels(name, *picture.size)
            picture.load()
            duration = float(picture.info.get("duration", 0) or 0)
            starts.append(now)
            now += INSTEAD_MS if duration <= SHORTEST_MS else round(duration)
            limits.check_duration(name, now / 1000)
    except DAMAGED as error:
        log.warning("%s cannot be read to its end (%s)", name, error)
    return starts, now


def _first(picture: ImageFile.ImageFile) -> int:
    """The number of the first picture that moves; a PNG may begin with one for programs that show no more."""
    return 1 if getattr(picture, "default_image", False) else 0


def _count(picture: ImageFile.ImageFile) -> int:
    return int(getattr(picture, "n_frames", 1))


def _timed(info: MediaInfo, count: int, end_ms: int) -> MediaInfo:
    return replace(info, kind="video", fps=1000 * count / end_ms, duration_s=end_ms / 1000, frame_count=count)
