"""A video file into a few upright RGB frames with their true times."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
from av.packet import Packet
from av.video.stream import VideoStream

from detector.errors import MediaError
from detector.media.container import Opened, format_of, opened, to_upright_rgb
from detector.media.limits import Limits, OpenFile
from detector.media.timeline import (
    Timeline,
    packets_of,
    spread,
    step_of,
    ticks_of,
    timeline_by_index,
    timeline_by_reading,
)
from detector.structures import Frame, Image, MediaInfo

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
        timeline = timeline_by_index(file, frames, source.bytes)
    with opened(source) as file:
        indexed = timeline is not None
        timeline = timeline or timeline_by_reading(file)
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
    step = step_of(file)
    now = (file.stream.start_time or 0) - step
    for packet in itertools.chain(packets_of(file), (None,)):
        for picture in _decode(file, packet):
            ticks = ticks_of(picture, now + step)
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
    packets = packets_of(file)
    for target in plan.wanted:
        if plan.seeks:
            packets = _packets_from(file, target)
        for packet in packets:
            shown = ticks_of(packet, target)
            if packet.is_keyframe and shown >= target - plan.slack and (last is None or shown > last):
                break
        else:
            continue
        picture = _decode_one(file, packet, packets)
        if picture is None:
            continue
        decoded += 1
        last = ticks_of(picture, shown)
        yield last, picture
    log.debug("%s: %d pictures decoded", file.name, decoded)


def _packets_from(file: Opened, ticks: int) -> Iterator[Packet[VideoStream]]:
    try:
        file.container.seek(ticks, stream=file.stream)
    except av.FFmpegError as error:
        log.warning("%s: cannot move to %.2f s (%s)", file.name, file.seconds(ticks), error)
    return packets_of(file)


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
