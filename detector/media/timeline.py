"""When a video's pictures are shown, by its index or its packets, and the few of them that are looked at."""

from __future__ import annotations

import itertools
import logging
import statistics
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import av
from av.packet import Packet
from av.video.stream import VideoStream

from detector.errors import MediaError
from detector.media.clock import Clock
from detector.media.container import Opened

log = logging.getLogger(__name__)

# Demuxers whose index tells every keyframe; others fill theirs with what was met by chance.
INDEXED = ("mov", "matroska", "avi")


@dataclass(frozen=True)
class Timeline:
    """When a video's pictures are shown, in ticks of its stream.

    `times` are all pictures and `keys` the keyframes among them, both ascending; `times` is empty where only
    the container's index was read. `end` is when the last picture goes. `slack` is how far the ticks of
    `keys` may be off. `restarts` counts how often the clock begins anew; the times are joined.
    """

    times: tuple[int, ...]
    keys: tuple[int, ...]
    start: int
    end: int
    slack: int = 0
    restarts: int = 0


def spread(times: Sequence[int], start: int, end: int, count: int) -> tuple[int, ...]:
    """Choose `count` of the ascending `times`: those nearest to the middles of `count` equal parts of
    start..end, none twice.

    All of them where there are no more. Where several middles want the same picture (a hole in a variable
    frame rate) its neighbours on both sides stand in.
    """
    if len(times) <= count:
        return tuple(times)
    part = (end - start) / count
    wanted = [_nearest(times, start + (i + 0.5) * part) for i in range(count)]
    # strictly ascending positions p[i] are non-descending p[i] - i: the nearest such sequence by pooling
    # adjacent violators
    blocks: list[list[float]] = []
    for i, position in enumerate(wanted):
        blocks.append([position - i, 1.0])
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            mean, size = blocks.pop()
            before, before_size = blocks[-1]
            blocks[-1] = [(before * before_size + mean * size) / (before_size + size), before_size + size]
    offsets = [round(mean) for mean, size in blocks for _ in range(int(size))]
    last = len(times) - count
    return tuple(times[min(max(offset, 0), last) + i] for i, offset in enumerate(offsets))


def _nearest(times: Sequence[int], target: float) -> int:
    after = bisect_left(times, target)
    if after == 0:
        return 0
    if after == len(times):
        return after - 1
    return after if times[after] - target < target - times[after - 1] else after - 1


def timeline_by_index(file: Opened, frames: int, size: int) -> Timeline | None:
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
    return Timeline((), keys, start, end, slack=delay + file.step)


def _is_cut_off(entries: av.index.IndexEntries, size: int) -> bool:
    last = entries[len(entries) - 1]
    return last.pos + last.size > size


def _load_cues(file: Opened, start: int) -> None:
    """Matroska reads its index at the first seek."""
    try:
        file.container.seek(start, stream=file.stream)
    except av.FFmpegError as error:
        log.debug("%s: no index (%s)", file.name, error)


def timeline_by_reading(file: Opened) -> Timeline:
    """Every picture's time, from the packets; nothing is decoded."""
    times: set[int] = set()
    keys: set[int] = set()
    durations = []
    now = (file.stream.start_time or 0) - file.step
    clock = Clock(file)
    for packet in packets_of(file, clock):
        now = ticks_of(packet, now + file.step)
        if packet.is_discard or (packet.is_corrupt and not file.is_discontinuous):  # cut off in its middle
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
    last_for = statistics.median(durations) or file.step
    end = ordered[-1] + round(last_for)
    return Timeline(tuple(ordered), tuple(sorted(keys)), ordered[0], end, restarts=clock.restarts)


def ticks_of(timed: Packet[VideoStream] | av.VideoFrame, otherwise: int) -> int:
    """When it is shown; AVI has decoding times only, raw streams none."""
    if timed.pts is not None:
        return timed.pts
    return timed.dts if timed.dts is not None else otherwise


def packets_of(file: Opened, clock: Clock | None = None) -> Iterator[Packet[VideoStream]]:
    """The stream's packets, up to the end or to where the file is cut off; their times joined by `clock`,
    where it is read from its start.
    """
    try:
        for packet in file.container.demux(file.stream):
            if packet.size:
                if clock is not None:
                    clock.join(packet)
                yield packet
    except av.FFmpegError as error:
        log.warning("%s cannot be read to its end (%s)", file.name, error)
