"""A video file into an opened picture stream, and its decoded pictures into upright RGB."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import numpy as np
from av.buffer import Buffer
from av.container import InputContainer
from av.format import Flags
from av.stream import Disposition
from av.video.stream import VideoStream
from numpy.typing import NDArray

from detector.errors import MediaError
from detector.media.formats import VIDEOS
from detector.media.limits import OpenFile, open_file
from detector.media.tone import ToneMap, transfer_of
from detector.structures import Choice, Image, Part, PartKind, Transfer

log = logging.getLogger(__name__)

# Those of sound alone are here so that the refusal can say what is missing.
CONTAINERS = ",".join((*VIDEOS, "mp3", "wav", "flac", "aac"))

# Pixels that are not square are stretched only where it shows: encoders leave rounding such as 1280/1281
# behind.
SQUARE_ENOUGH = Fraction(1, 100)
WIDEST_PIXEL = 4


@dataclass(frozen=True)
class Opened:
    """A container and its picture stream, for as long as the file is open; `part` says which of several
    streams that is.
    """

    container: InputContainer
    stream: VideoStream
    name: str
    part: Part | None = None

    @property
    def tick_s(self) -> Fraction:
        """Seconds of one tick of the stream."""
        return self.stream.time_base or Fraction(1, 90_000)

    @property
    def step(self) -> int:
        """Ticks from one picture to the next, on the whole."""
        rate = self.stream.average_rate or self.stream.guessed_rate or 25
        return max(1, round(1 / (rate * self.tick_s)))

    @property
    def is_discontinuous(self) -> bool:
        """Whether the container is one of those whose clock may begin anew (transport and program streams);
        the length that it announces is not to be trusted.
        """
        return bool(Flags(self.container.format.flags) & Flags.ts_discont)

    @property
    def origin(self) -> int:
        """The ticks at which a player's clock shows 0: where the file's first stream begins, picture or
        sound.
        """
        begin = Fraction(self.container.start_time or 0, av.time_base)
        own = self.stream.start_time or 0
        return min(own, 0) if begin <= 0 else min(own, round(begin / self.tick_s))

    @property
    def present(self) -> int:
        """How many pictures of the container's index lie within the file."""
        size = self.container.size
        return sum(entry.pos + entry.size <= size for entry in self.stream.index_entries)

    def seconds(self, ticks: int) -> float:
        """What a player's clock shows at `ticks`."""
        return float((ticks - self.origin) * self.tick_s)


@contextmanager
def opened(source: Path | OpenFile) -> Iterator[Opened]:
    """Open a video for reading; MediaError where there is no container, or no picture stream in it."""
    with open_file(source) if isinstance(source, Path) else nullcontext(source) as file:
        try:
            # by descriptor, since FFmpeg would believe the name's extension more than the content, and take a
            # colon in it for a protocol; the lists keep a file from making the reader open another
            options = {
                "fd": str(file.from_start().fileno()),
                "protocol_whitelist": "fd",
                "format_whitelist": CONTAINERS,
            }
            container = av.open("fd:", options=options)
        except (av.FFmpegError, ValueError) as error:
            reason = error.strerror if isinstance(error, av.FFmpegError) else error
            raise MediaError(
                f"{file.name} is neither a photo nor a video that can be read ({reason}); copy it again, or"
                " save it as JPEG or MP4"
            ) from error
        with container:
            stream, part = _picture_stream(container, file.name)
            yield Opened(container, stream, file.name, part)


def _picture_stream(container: InputContainer, name: str) -> tuple[VideoStream, Part | None]:
    """The stream that players show: the default one, else the largest, of several such the first."""
    streams = [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]
    if not streams:
        raise MediaError(f"{name} has no picture stream (sound only); choose a video with pictures")
    known = [stream for stream in streams if stream.codec_context is not None]
    if not known:
        raise MediaError(
            f"{name} holds pictures in a coding that is not known here; save it as H.264 in an MP4 file"
        )
    default = [stream for stream in known if stream.disposition & Disposition.default]
    chosen = max(default or known, key=lambda s: s.codec_context.width * s.codec_context.height)
    if len(streams) == 1:
        return chosen, None
    choice = Choice.DEFAULT if len(default) == 1 else Choice.LARGEST
    return chosen, Part(PartKind.STREAM, 1 + streams.index(chosen), len(streams), choice)


def format_of(file: Opened) -> str:
    """Codec and container, such as `h264/mp4`; a pixel format other than 8 bit 4:2:0 stands behind the codec,
    as `h264 yuv444p/mkv`.
    """
    codec = file.stream.codec_context.codec.canonical_name
    pixels = file.stream.codec_context.pix_fmt
    if pixels not in (None, "yuv420p", "yuvj420p"):
        codec = f"{codec} {pixels}"
    return f"{codec}/{container_of(file)}"


def container_of(file: Opened) -> str:
    """The container alone, such as `mp4`."""
    name = file.container.format.name
    if name.startswith("mov"):
        return "mov" if file.container.metadata.get("major_brand", "").strip() == "qt" else "mp4"
    if name.startswith("matroska"):
        return "webm" if file.stream.codec_context.codec.canonical_name in ("vp8", "vp9", "av1") else "mkv"
    return {"mpeg": "mpg", "mpegvideo": "mpg", "mpegts": "ts"}.get(name, name.split(",")[0])


def to_upright_rgb(
    picture: av.VideoFrame,
    pixel_aspect: Fraction | None,
    max_height: int | None = None,
    tone_map: ToneMap | None = None,
) -> Image:
    """(H, W, 3) uint8 RGB of a decoded picture: square pixels, turned as the container says, at most
    `max_height` high when upright.

    The matrix is the stream's own, BT.601 where it names none. High dynamic range is brought to standard by
    `tone_map`, and left as it is without.
    """
    width, height = _square_pixels(picture.width, picture.height, pixel_aspect)
    matrix = _display_matrix(picture)
    lying = abs(matrix[0, 1]) > abs(matrix[0, 0])
    upright_height = width if lying else height
    if max_height is not None and upright_height > max_height:
        width, height = (max(1, round(side * max_height / upright_height)) for side in (width, height))
    if tone_map is not None and transfer_of(picture) is not Transfer.SDR:
        picture = tone_map.to_sdr(picture) or picture
    stored = np.asarray(picture.to_ndarray(format="rgb24", width=width, height=height), dtype=np.uint8)
    return np.ascontiguousarray(_turned(stored, matrix))


def _square_pixels(width: int, height: int, aspect: Fraction | None) -> tuple[int, int]:
    """The size with square pixels; it grows along one side and never shrinks."""
    if (
        not aspect
        or abs(aspect - 1) <= SQUARE_ENOUGH
        or not Fraction(1, WIDEST_PIXEL) <= aspect <= WIDEST_PIXEL
    ):
        return width, height
    return (round(width * aspect), height) if aspect > 1 else (width, round(height / aspect))


def _display_matrix(picture: av.VideoFrame) -> NDArray[np.int32]:
    """(2, 2) int32 that maps stored (x, y), as a row, to shown (x, y), up to scale."""
    matrix = cast(Buffer | None, picture.side_data.get("DISPLAYMATRIX"))
    if matrix is None:
        return np.eye(2, dtype=np.int32)
    return np.frombuffer(memoryview(matrix), dtype=np.int32).reshape(3, 3)[:2, :2]


def orientation_of(picture: av.VideoFrame) -> int:
    """How a decoded picture lies in the file, 1..8 as EXIF counts."""
    lying, x_runs_back, y_runs_back = _turns(_display_matrix(picture))
    return ((5, 8), (6, 7))[x_runs_back][y_runs_back] if lying else ((1, 4), (2, 3))[x_runs_back][y_runs_back]


def _turned(stored: Image, matrix: NDArray[np.int32]) -> Image:
    lying, x_runs_back, y_runs_back = _turns(matrix)
    image = stored.swapaxes(0, 1) if lying else stored
    return image[:: -1 if y_runs_back else 1, :: -1 if x_runs_back else 1]


def _turns(matrix: NDArray[np.int32]) -> tuple[bool, bool, bool]:
    """Whether the sides change places, and whether x and then y run back; any angle is taken to the nearest
    quarter turn.
    """
    lying = bool(abs(matrix[0, 1]) > abs(matrix[0, 0]))
    x_runs_back = bool((matrix[1, 0] if lying else matrix[0, 0]) < 0)
    y_runs_back = bool((matrix[0, 1] if lying else matrix[1, 1]) < 0)
    return lying, x_runs_back, y_runs_back
