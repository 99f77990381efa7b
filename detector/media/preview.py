"""A photo or video that browsers do not show into a copy that they do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

import av
import numpy as np
from av.video.reformatter import Colorspace
from av.video.stream import VideoStream
from PIL import Image as Pillow

from detector.errors import MediaError
from detector.files import replacing
from detector.media.animation import Animation, describe_animation, read_animation
from detector.media.container import Opened, format_of, opened, to_upright_rgb
from detector.media.image import PhotoPlan, describe_photo, is_photo, read_photo
from detector.media.limits import Limits, open_file
from detector.media.tone import ToneMap
from detector.media.video import decode_all
from detector.structures import Image, MediaInfo

# 8 bit 4:2:0 only: a format string names any other pixel format, and so is not in here. MOV is refused by
# Firefox.
PLAYED = frozenset({"h264/mp4", "av1/mp4", "vp9/mp4", "vp8/webm", "vp9/webm", "av1/webm"})
SHOWN = frozenset({"JPEG", "PNG", "GIF", "WEBP", "BMP", "AVIF"})

COPY_HEIGHT = 720
PREVIEW_SIDE = 2048

# A copy is for looking at, and is waited for. Without B-frames the first picture is at 0 and seeking is
# exact.
X264 = {"preset": "veryfast", "crf": "24", "bf": "0"}
KEYFRAME_EVERY = 30

# Ticks finer than this gain nothing, and MP4 counts them in 32 bits.
FINEST_TICK = Fraction(1, 90_000)

# Of an animated image, which counts in milliseconds.
MS = Fraction(1, 1000)
ANIMATED_RATE = Fraction(10)
MOST_PICTURES = 100_000


def plays_in_browser(media: MediaInfo | Path) -> bool:
    """Whether the usual browsers show this photo or play this video as it is."""
    if isinstance(media, MediaInfo):
        return media.format in (SHOWN if media.kind == "photo" else PLAYED)
    with open_file(media) as file:
        if is_photo(file):
            moves = describe_animation(media, file, 1, Limits()) is not None
            return not moves and describe_photo(file, Limits()).info.format in SHOWN
        with opened(file) as video:
            return format_of(video) in PLAYED


def photo_preview(path: Path, folder: Path, limits: Limits = Limits()) -> Path:  # noqa: B008 (frozen)
    """Write the photo as a PNG, upright, its longer side at most 2048; named by content, and made once."""
    with open_file(path) as file:
        info = describe_photo(file, limits).info
    target = folder / f"{info.sha256[:16]}.png"
    if not target.exists():
        picture = Pillow.fromarray(read_photo(PhotoPlan(path)).image)
        picture.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE))
        with replacing(target) as stream:
            picture.save(stream, "PNG", compress_level=1)
    return target


def browser_copy(path: Path, folder: Path, limits: Limits = Limits()) -> Path:  # noqa: B008 (frozen)
    """Write the video as H.264 in MP4, upright, at most 720 high, without sound; named by content, and made
    once.

    Every picture keeps its time on the player's clock. Where the first is not at 0 it is shown from 0 on,
    since players move a file's first picture there.
    """
    with open_file(path) as source:
        limits.check_video_bytes(source.name, source.bytes)
        is_image = is_photo(source)
        animation = describe_animation(path, source, MOST_PICTURES, limits) if is_image else None
        target = folder / f"{source.sha256()[:16]}.mp4"
    if target.exists():
        return target
    # by name, since FFmpeg opens it once more to move the index to its front
    with TemporaryDirectory(prefix=f".{target.name}.", dir=folder) as aside:
        unfinished = Path(aside) / target.name
        if animation is not None:
            _write_copy(_animated(animation), _Form(path.name, MS, ANIMATED_RATE), unfinished, limits)
        else:
            with opened(path) as file:
                codec = file.stream.codec_context
                limits.check_pixels(path.name, codec.width, codec.height)
                tick_s = max(file.tick_s, FINEST_TICK)
                form = _Form(path.name, tick_s, file.stream.average_rate or Fraction(25))
                _write_copy(_even_pictures(file, tick_s), form, unfinished, limits)
        unfinished.replace(target)
    return target


@dataclass(frozen=True)
class _Form:
    """What a copy is told of the pictures that it is made of: name, seconds of a tick, pictures a second."""

    name: str
    tick_s: Fraction
    rate: Fraction


def _write_copy(pictures: Iterator[tuple[int, Image]], form: _Form, target: Path, limits: Limits) -> None:
    with av.open(str(target), "w", format="mp4", options={"movflags": "faststart"}) as copy:
        stream: VideoStream | None = None
        for ticks, image in _from_zero(pictures):
            limits.check_duration(form.name, float(ticks * form.tick_s))
            if stream is None:
                stream = _h264_stream(copy, image, form.rate, form.tick_s)
            picture = av.VideoFrame.from_ndarray(image, format="rgb24").reformat(
                width=stream.width, height=stream.height, format="yuv420p", dst_colorspace=Colorspace.ITU709
            )
            picture.pts, picture.time_base = ticks, form.tick_s
            copy.mux(stream.encode(picture))
        if stream is None:
            raise MediaError(
                f"{form.name} holds no picture that can be decoded; copy or save it again from its source"
            )
        copy.mux(stream.encode(None))


def _animated(animation: Animation) -> Iterator[tuple[int, Image]]:
    """The pictures of an animated image with even sides; the last once more where it goes."""
    image = None
    for frame in read_animation(animation.plan):
        image = _evened(_lowered(frame.image))
        yield round(frame.time_s / float(MS)), image
    end = round((animation.info.duration_s or 0.0) / float(MS))
    if image is not None:
        yield end, image


def _lowered(image: Image) -> Image:
    if image.shape[0] <= COPY_HEIGHT:
        return image
    picture = Pillow.fromarray(image)
    width = max(1, round(image.shape[1] * COPY_HEIGHT / image.shape[0]))
    return np.asarray(picture.resize((width, COPY_HEIGHT)), dtype=np.uint8)


def _even_pictures(file: Opened, tick_s: Fraction) -> Iterator[tuple[int, Image]]:
    """Pictures with even sides, as 4:2:0 asks for, and their ticks since the player's 0."""
    before, tone_map = -1, ToneMap()
    for ticks, picture in decode_all(file):
        shown = round((ticks - file.origin) * file.tick_s / tick_s)
        if shown > before:
            before = shown
            image = to_upright_rgb(picture, file.stream.sample_aspect_ratio, COPY_HEIGHT, tone_map)
            yield shown, _evened(image)


def _evened(image: Image) -> Image:
    """The picture with its last row and column repeated where its sides are odd."""
    odd = image.shape[0] % 2, image.shape[1] % 2
    return np.pad(image, ((0, odd[0]), (0, odd[1]), (0, 0)), mode="edge") if any(odd) else image


def _from_zero(pictures: Iterator[tuple[int, Image]]) -> Iterator[tuple[int, Image]]:
    for number, (ticks, image) in enumerate(pictures):
        if number == 0 and ticks > 0:
            yield 0, image
        yield ticks, image


def _h264_stream(
    copy: av.container.OutputContainer, image: Image, rate: Fraction, tick_s: Fraction
) -> VideoStream:
    stream = copy.add_stream("libx264", rate=rate, options=X264)
    stream.height, stream.width = image.shape[:2]
    stream.pix_fmt = "yuv420p"
    context = stream.codec_context
    context.time_base = tick_s
    context.gop_size = KEYFRAME_EVERY
    context.colorspace, context.color_primaries, context.color_trc, context.color_range = (
        1,
        1,
        1,
        1,
    )  # BT.709, limited range
    return stream
