"""Small videos whose pictures carry their own number in their colour."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from detector.structures import Image

# 16 levels a digit, far enough apart to survive compression.
STEP = 16
HALF = STEP // 2
SOUND_RATE, SOUND_BLOCK = 16_000, 1024


def numbered(number: int, height: int = 48, width: int = 64) -> Image:
    """Three grey bars, left to right the base-16 digits of `number`, the highest first."""
    image = np.zeros((height, width, 3), np.uint8)
    for place, digit in enumerate((number // 256, number // 16 % 16, number % 16)):
        image[:, place * width // 3 : (place + 1) * width // 3] = digit * STEP + HALF
    return image


def number_of(image: Image) -> int:
    """The number of a picture made by `numbered`."""
    width = image.shape[1]
    digits = [int(image[:, (2 * place + 1) * width // 6].mean()) // STEP for place in range(3)]
    return digits[0] * 256 + digits[1] * 16 + digits[2]


def write_clip(
    path: Path,
    count: int = 60,
    codec: str = "libx264",
    container: str = "mp4",
    *,
    gop: int = 250,
    rate: int = 25,
    pixels: str = "yuv420p",
    pts: Sequence[int] | None = None,
    time_base: Fraction | None = None,
    aspect: Fraction | None = None,
    pictures: Sequence[Image] | None = None,
    options: dict[str, str] | None = None,
    mux: dict[str, str] | None = None,
    turned_deg: int = 0,
    sound_s: float = 0.0,
) -> Path:
    """A video of `count` numbered pictures (or of `pictures`); `pts` are their times in `time_base`.

    `turned_deg` is the rotation in its header (-90: a phone held upright), `sound_s` the length of a sound.
    """
    fixed = {"sc_threshold": "0", "crf": "10"} if codec == "libx264" else {}
    with av.open(str(path), "w", format=container, options=mux or {}) as output:
        stream = output.add_stream(codec, rate=rate, options=fixed | (options or {}))
        stream.pix_fmt = pixels
        context = stream.codec_context
        context.height, context.width = (pictures[0] if pictures is not None else numbered(0)).shape[:2]
        context.gop_size = gop
        if turned_deg:
            stream.set_display_rotation(turned_deg)
        sound = output.add_stream("aac", rate=SOUND_RATE, layout="mono") if sound_s else None
        if codec.startswith("mpeg"):
            context.bit_rate = 2_000_000
        if time_base is not None:
            context.time_base = time_base
        if aspect is not None:
            context.sample_aspect_ratio = aspect
        for i in range(len(pictures) if pictures is not None else count):
            image = pictures[i] if pictures is not None else numbered(i)
            frame = av.VideoFrame.from_ndarray(image, format="rgb24").reformat(format=pixels)
            frame.pts = i if pts is None else pts[i]
            frame.time_base = time_base or Fraction(1, rate)
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
        if sound is not None:
            for block in silence(sound_s):
                output.mux(sound.encode(block))
            output.mux(sound.encode(None))
    return path


def silence(seconds: float) -> Iterator[av.AudioFrame]:
    """A sound that nobody hears, from 0 on."""
    for place in range(round(seconds * SOUND_RATE / SOUND_BLOCK)):
        samples = np.zeros((1, SOUND_BLOCK), np.float32)
        block = av.AudioFrame.from_ndarray(samples, format="fltp", layout="mono")
        block.sample_rate, block.pts = SOUND_RATE, place * SOUND_BLOCK
        yield block


def write_sound(path: Path, seconds: float = 1.0) -> Path:
    """A file of a sound and no picture."""
    with av.open(str(path), "w") as output:
        stream = output.add_stream("aac", rate=SOUND_RATE, layout="mono")
        for block in silence(seconds):
            output.mux(stream.encode(block))
        output.mux(stream.encode(None))
    return path
