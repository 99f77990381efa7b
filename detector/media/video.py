"""A video file into a few upright RGB frames with their true times."""

from __future__ import annotations

import itertools
import logging
import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
from av.packet import Packet
from av.video.stream import VideoStream

from detector.errors import MediaError
from detector.media.container import Opened, format_of, opened, to_upright_rgb
from detector.media.limits import Limits, OpenFile
from detector.media.sampling import Timeline, spread
from detector.structures import Frame, Image, MediaInfo

VIDEO_EXTENSIONS = frozenset(
    {
        ".mp4",
        ".m4v",
        ".mov",
        ".mkv",
        ".webm",
        ".avi",
        ".mpg",
        ".mpeg",
        ".mpe",
        ".m2v",
        ".ts",
        ".mts",
        ".3gp",
        ".flv",
        ".wmv",
        ".ogv",
    }
)

# Demuxers whose index tells every keyframe; others fill theirs with what was met by chance.
INDEXED = ("mov", "matroska", "avi")

# A keyframe comes out of the decoder with its own packet; a field-coded one may need the next (of the second
# field).
PACKETS_OF_A_PICTURE = 8

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class VideoPlan:
    """Which pictures are to be decoded: `wanted` are ticks of the stream, ascending.

    `keyframes`: only these keyframes are decoded, otherwise everything up to the last of them. `seeks`: by
    the container's index, otherwise the packets between are read and dropped. `slack` is how far the ticks
    may be off.
    """

    path: Path
    wanted: tuple[int, ...]
    keyframes: bool = False
    seeks: bool = False
    slack: int = 0


@dataclass(frozen=True)
class Video:
    """The facts of a video, and what will be decoded of it."""

    info: MediaInfo
    plan: VideoPlan


def describe_video(path: Path, source: OpenFile, frames: int, limits: Limits) -> Video:
    """Facts of the open video at `path`, and the plan to read `frames` of it; the limits are checked before
    its first picture is decoded.

    `duration_s` is the end of the last picture, and all times are seconds, on a player's clock. `frame_count`
    is an estimate where only the container's index was read and it does not tell.
    """
    limits.check_video_bytes(source.name, source.bytes)
    with opened(source) as file:
        limits.check_pixels(file.name, file.stream.codec_context.width, file.stream.codec_context.height)
        if file.container.duration:
            limits.check_duration(file.name, file.container.duration / av.time_base)
        timeline = _timeline_by_index(file, frames, source.bytes)
    with opened(source) as file:
        indexed = timeline is not None
        timeline = timeline or _timeline_by_reading(file)
        duration_s = file.seconds(timeline.end)
        limits.check_duration(file.name, duration_s)
        plan = _plan(path, timeline, frames, indexed)
        length_s = float((timeline.end - timeline.start) * file.tick_s)
        rate = file.stream.average_rate
        fps = float(rate) if rate else len(timeline.times) / length_s
        count = len(timeline.times) or file.stream.frames or round(length_s * fps)
        form = format_of(file)
    height, width = _first_picture(source).shape[:2]
    info = MediaInfo(
        name=source.name,
        kind="video",
        sha256=source.sha256(),
        bytes=source.bytes,
        format=form,
        width=width,
        height=height,
        fps=fps,
        duration_s=duration_s,
        frame_count=count,
    )
    return Video(info, plan)


def read_video(plan: VideoPlan) -> Iterator[Frame]:
    """Decode the wanted pictures in order, one in memory at a time; what a damaged file still holds is used,
    with a warning.
    """
    index = -1
    with opened(plan.path) as file:
        pictures = _decode_keyframes(file, plan) if plan.keyframes else _decode_in_order(file, plan)
        for index, (ticks, picture) in enumerate(pictures):
            image = to_upright_rgb(picture, file.stream.sample_aspect_ratio)
            yield Frame(image=image, index=index, time_s=file.seconds(ticks))
    if index < 0:
        raise MediaError(
            f"{plan.path.name} holds no picture that can be decoded; copy or save it again from its source"
        )
    if index + 1 < len(plan.wanted):
        log.warning(
            "%s is damaged: %d of %d pictures could be decoded", plan.path.name, index + 1, len(plan.wanted)
        )


def _plan(path: Path, timeline: Timeline, frames: int, indexed: bool) -> VideoPlan:
    long = len(timeline.keys) > frames
    chosen = spread(timeline.keys if long else timeline.times, timeline.start, timeline.end, frames)
    return VideoPlan(path, chosen, keyframes=long, seeks=long and indexed, slack=timeline.slack)


def _timeline_by_index(file: Opened, frames: int, size: int) -> Timeline | None:
    """The keyframes as the container's index has them; None where it has none, does not reach the end, or the
    clip is short.
    """
    stream = file.stream
    length = stream.duration or round((file.container.duration or 0) / (av.time_base * file.tick_s))
    if not file.container.format.name.startswith(INDEXED) or not length:
        return None
    start = stream.start_time or 0
    if stream.start_time is None or file.container.format.name.startswith("matroska"):
        _load_cues(file, start)
    entries = [
        e for e in stream.index_entries if e.is_keyframe and not e.is_discard and e.pos + e.size <= size
    ]
    if len(entries) <= frames:
        return None
    # an index counts in decoding order: the reordering delay of the first picture, taken as that of all
    delay = max(0, start - entries[0].timestamp)
    keys = tuple(sorted({max(start, e.timestamp + delay) for e in entries}))
    widest = max(b - a for a, b in itertools.pairwise(keys))
    end = start + length
    if end - keys[-1] > max(2 * widest, length // 10) and not _is_cut_off(stream.index_entries, size):
        return None
    return Timeline((), keys, start, end, slack=delay + _step(file))


def _is_cut_off(entries: av.index.IndexEntries, size: int) -> bool:
    last = entries[len(entries) - 1]
    return last.pos + last.size > size


def _load_cues(file: Opened, start: int) -> None:
    """Matroska reads its index at the first seek."""
    try:
        file.container.seek(start, stream=file.stream)
    except av.FFmpegError as error:
        log.debug("%s: no index (%s)", file.name, error)


def _timeline_by_reading(file: Opened) -> Timeline:
    """Every picture's time, from the packets; nothing is decoded."""
    times: set[int] = set()
    keys: set[int] = set()
    durations = []
    now = (file.stream.start_time or 0) - _step(file)
    for packet in _packets(file):
        now = _ticks(packet, now + _step(file))
        if packet.is_discard:
            continue
        times.add(now)
        durations.append(packet.duration or 0)
        if packet.is_keyframe:
            keys.add(now)
    if not times:
        raise MediaError(
            f"{file.name} has a picture stream without a picture; copy or save it again from its source"
        )
    ordered = sorted(times)
    last_for = statistics.median(durations) or _step(file)
    return Timeline(tuple(ordered), tuple(sorted(keys)), ordered[0], ordered[-1] + round(last_for))


def _step(file: Opened) -> int:
    """Ticks from one picture to the next, on the whole."""
    rate = file.stream.average_rate or file.stream.guessed_rate or 25
    return max(1, round(1 / (rate * file.tick_s)))


def _ticks(timed: Packet[VideoStream] | av.VideoFrame, otherwise: int) -> int:
    """When it is shown; AVI has decoding times only, raw streams none."""
    if timed.pts is not None:
        return timed.pts
    return timed.dts if timed.dts is not None else otherwise


def _packets(file: Opened) -> Iterator[Packet[VideoStream]]:
    """The stream's packets, up to the end or to where the file is cut off."""
    try:
        for packet in file.container.demux(file.stream):
            if packet.size:
                yield packet
    except av.FFmpegError as error:
        log.warning("%s cannot be read to its end (%s)", file.name, error)


def _decode(file: Opened, packet: Packet[VideoStream] | None) -> list[av.VideoFrame]:
    """What comes out; a picture of which a part is missing is left out, as the decoder fills it with what it
    guesses.
    """
    try:
        return [picture for picture in file.stream.codec_context.decode(packet) if not picture.is_corrupt]
    except av.FFmpegError as error:
        log.debug("%s: a packet cannot be decoded (%s)", file.name, error)
        return []


def decode_all(file: Opened) -> Iterator[tuple[int, av.VideoFrame]]:
    """Every picture with its ticks, ascending; a packet that cannot be decoded is passed over."""
    file.stream.thread_type = "AUTO"
    step = _step(file)
    now = (file.stream.start_time or 0) - step
    for packet in itertools.chain(_packets(file), (None,)):
        for picture in _decode(file, packet):
            ticks = _ticks(picture, now + step)
            if ticks > now:
                now = ticks
                yield now, picture


def _decode_in_order(file: Opened, plan: VideoPlan) -> Iterator[tuple[int, av.VideoFrame]]:
    taken, decoded = 0, 0
    for now, picture in decode_all(file):
        decoded += 1
        if now >= plan.wanted[taken]:
            taken += 1
            yield now, picture
        if taken == len(plan.wanted):
            break
    log.debug("%s: %d pictures decoded", file.name, decoded)


def _decode_keyframes(file: Opened, plan: VideoPlan) -> Iterator[tuple[int, av.VideoFrame]]:
    """Each wanted keyframe by itself, the decoder emptied between."""
    file.stream.thread_type = "SLICE"
    decoded, last = 0, None
    packets = _packets(file)
    for target in plan.wanted:
        if plan.seeks:
            packets = _packets_from(file, target)
        for packet in packets:
            shown = _ticks(packet, target)
            if packet.is_keyframe and shown >= target - plan.slack and (last is None or shown > last):
                break
        else:
            continue
        picture = _decode_one(file, packet, packets)
        if picture is None:
            continue
        decoded += 1
        last = _ticks(picture, shown)
        yield last, picture
    log.debug("%s: %d pictures decoded", file.name, decoded)


def _packets_from(file: Opened, ticks: int) -> Iterator[Packet[VideoStream]]:
    try:
        file.container.seek(ticks, stream=file.stream)
    except av.FFmpegError as error:
        log.warning("%s: cannot move to %.2f s (%s)", file.name, file.seconds(ticks), error)
    return _packets(file)


def _decode_one(
    file: Opened, packet: Packet[VideoStream], following: Iterator[Packet[VideoStream]]
) -> av.VideoFrame | None:
    """The picture that begins with `packet`, and a decoder ready for the next."""
    context = file.stream.codec_context
    parts = [packet]
    while len(parts) <= PACKETS_OF_A_PICTURE:
        context.flush_buffers()
        pictures = [picture for part in (*parts, None) for picture in _decode(file, part)]
        context.flush_buffers()
        if pictures:
            return pictures[0]
        parts.extend(itertools.islice(following, 1))
    return None


def _first_picture(source: OpenFile) -> Image:
    """The first picture, upright: only a decoded one tells rotation and true size."""
    with opened(source) as file:
        for _, picture in decode_all(file):
            return to_upright_rgb(picture, file.stream.sample_aspect_ratio)
    raise MediaError(
        f"{source.name} holds no picture that can be decoded; copy or save it again from its source"
    )
