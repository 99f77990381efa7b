"""A video file into a few upright RGB frames with their true times."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import av
from av.packet import Packet
from av.video.stream import VideoStream

from detector.errors import MediaError
from detector.media.announced import is_cut_off
from detector.media.clock import Clock
from detector.media.container import Opened, format_of, opened, orientation_of, to_upright_rgb
from detector.media.limits import Limits, OpenFile
from detector.media.timeline import (
    Timeline,
    packets_of,
    spread,
    ticks_of,
    timeline_by_index,
    timeline_by_reading,
)
from detector.media.tone import ToneMap, transfer_of
from detector.structures import Cause, Coverage, CutOff, Dropped, Frame, Image, MediaInfo, Transfer

# A keyframe comes out of the decoder with its own packet; a field-coded one may need the next (of the second
# field).
PACKETS_OF_A_PICTURE = 8

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class VideoPlan:
    """Which pictures are to be decoded: `wanted` are ticks of the stream, ascending.

    `keyframes`: only these keyframes are decoded, otherwise everything up to the last of them. `seeks`: by
    the container's index, otherwise the packets between are read and dropped. `slack` is how far the ticks
    may be off. A picture over the `limits`, where the size changes, refuses the file.
    """

    path: Path
    wanted: tuple[int, ...]
    keyframes: bool = False
    seeks: bool = False
    slack: int = 0
    limits: Limits = Limits()


@dataclass(frozen=True)
class Video:
    """The facts of a video, what will be decoded of it, and what will not."""

    info: MediaInfo
    plan: VideoPlan
    coverage: Coverage


@dataclass(frozen=True)
class _Begin:
    """What only the first decoded picture tells: its upright size, and what was done to get there."""

    width: int
    height: int
    orientation: int
    transfer: Transfer
    tone_mapped: bool


def describe_video(path: Path, source: OpenFile, frames: int, limits: Limits) -> Video:
    """Facts of the open video at `path`, and the plan to read `frames` of it; the limits are checked before
    its first picture is decoded.

    `duration_s` is the end of the last picture, and all times are seconds, on a player's clock. `frame_count`
    is an estimate where only the container's index was read and it does not tell.
    """
    limits.check_video_bytes(source.name, source.bytes)
    with opened(source) as file:
        limits.check_pixels(file.name, file.stream.codec_context.width, file.stream.codec_context.height)
        if file.container.duration and not file.is_discontinuous:
            limits.check_duration(file.name, file.container.duration / av.time_base)
        timeline = None if _keeps_palette(file) else timeline_by_index(file, frames, source.bytes)
    begin = _begin(source, limits)
    with opened(source) as file:
        indexed = timeline is not None
        timeline = timeline or timeline_by_reading(file)
        duration_s = file.seconds(timeline.end)
        limits.check_duration(file.name, duration_s)
        plan = replace(_plan(path, timeline, frames, indexed, _keeps_palette(file)), limits=limits)
        length_s = float((timeline.end - timeline.start) * file.tick_s)
        rate = file.stream.average_rate
        fps = float(rate) if rate else len(timeline.times) / length_s
        count = len(timeline.times) or file.stream.frames or round(length_s * fps)
        info = MediaInfo(
            name=source.name,
            kind="video",
            sha256=source.sha256(),
            bytes=source.bytes,
            format=format_of(file),
            width=begin.width,
            height=begin.height,
            fps=fps,
            duration_s=duration_s,
            frame_count=count,
        )
        cut_off = _cut_off(file, timeline) if is_cut_off(source) else None
        coverage = replace(
            _planned(plan, frames, cut_off),
            part=file.part,
            orientation=begin.orientation,
            transfer=begin.transfer,
            tone_mapped=begin.tone_mapped,
            clock_restarts=timeline.restarts,
        )
    return Video(info, plan, coverage)


def _keeps_palette(file: Opened) -> bool:
    """Whether the colours of a picture stand in packets before it, so that none can be decoded by itself."""
    return file.stream.codec_context.pix_fmt == "pal8"


def _cut_off(file: Opened, timeline: Timeline) -> CutOff:
    """What is there of a file that ends early."""
    last = timeline.times[-1] if timeline.times else timeline.keys[-1]
    there = len(timeline.times) or file.present
    announced_s = file.container.duration / av.time_base if file.container.duration else None
    if file.stream.frames and file.stream.average_rate:  # AVI fits its duration to what is there
        announced_s = max(announced_s or 0.0, float(file.stream.frames / file.stream.average_rate))
    there_s = file.seconds(timeline.end if timeline.times else last + file.step)
    return CutOff(there, there_s, file.stream.frames or None, announced_s)


def _planned(plan: VideoPlan, frames: int, cut_off: CutOff | None) -> Coverage:
    """How many pictures would be looked at of the whole file, and how many of them are beyond its end."""
    wanted = len(plan.wanted)
    planned = max(wanted, min(frames, (cut_off and cut_off.of_pictures) or 0))
    beyond = (Dropped(Cause.CUT_OFF, planned - wanted),) if planned > wanted else ()
    return Coverage(planned=planned, dropped=beyond, cut_off=cut_off)


def read_video(plan: VideoPlan) -> Iterator[Frame]:
    """Decode the wanted pictures in order, one in memory at a time; what a damaged file still holds is used,
    with a warning.
    """
    index, tone_map = -1, ToneMap()
    with opened(plan.path) as file:
        pictures = _decode_keyframes(file, plan) if plan.keyframes else _decode_in_order(file, plan)
        for index, (ticks, picture) in enumerate(pictures):
            plan.limits.check_pixels(file.name, picture.width, picture.height)
            image = to_upright_rgb(picture, file.stream.sample_aspect_ratio, tone_map=tone_map)
            yield Frame(image=image, index=index, time_s=file.seconds(ticks))
    if index < 0:
        raise MediaError(
            f"{plan.path.name} holds no picture that can be decoded; copy or save it again from its source"
        )
    if index + 1 < len(plan.wanted):
        log.warning(
            "%s is damaged: %d of %d pictures could be decoded", plan.path.name, index + 1, len(plan.wanted)
        )


def _plan(path: Path, timeline: Timeline, frames: int, indexed: bool, in_order: bool) -> VideoPlan:
    long = len(timeline.keys) > frames and not in_order
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
    """Every picture with its ticks, ascending, on the joined clock; a packet that cannot be decoded is passed
    over.
    """
    file.stream.thread_type = "AUTO"
    now = (file.stream.start_time or 0) - file.step
    for packet in itertools.chain(packets_of(file, Clock(file)), (None,)):
        for picture in _decode(file, packet):
            now = max(ticks_of(picture, now + file.step), now + 1)
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
    packets = packets_of(file, Clock(file))
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
        more = next(following, None)
        if more is None:
            return None
        parts.append(more)
    return None


def _begin(source: OpenFile, limits: Limits) -> _Begin:
    """What the first picture is like: only a decoded one tells rotation and true size."""
    with opened(source) as file:
        for _, picture in decode_all(file):
            limits.check_pixels(file.name, picture.width, picture.height)
            image: Image = to_upright_rgb(picture, file.stream.sample_aspect_ratio)
            transfer = transfer_of(picture)
            mapped = transfer is not Transfer.SDR and ToneMap().to_sdr(picture) is not None
            return _Begin(image.shape[1], image.shape[0], orientation_of(picture), transfer, mapped)
    raise MediaError(
        f"{source.name} holds no picture that can be decoded; copy or save it again from its source"
    )
