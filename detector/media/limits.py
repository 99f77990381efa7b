"""A file opened for reading, and the limits its facts are held against before anything is decoded."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import FileIO
from pathlib import Path

from detector.errors import MediaError
from detector.files import sha256_of

MIB = 1024 * 1024
WITHOUT_WAITING = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
"""How a file is opened: what has become a FIFO since it was looked at makes nobody wait."""
KINDS = ((stat.S_ISFIFO, "named pipe"), (stat.S_ISSOCK, "socket"))


@dataclass(frozen=True)
class Limits:
    """What is accepted: MiB of a photo and of a video, megapixels of a picture, minutes of a video.

    `in_worker`: what is not a usual photo is decoded by another process, which may take `decode_s` seconds
    for a picture, and `decode_mb` MiB of memory.
    """

    photo_mb: float = 50
    video_mb: float = 500
    megapixels: float = 120
    minutes: float = 30
    in_worker: bool = True
    decode_s: float = 60
    decode_mb: float = 4096

    def check_photo_bytes(self, name: str, size: int) -> None:
        """Refuse a photo file of `size` bytes that is over the limit."""
        _check_bytes(name, "photo", size, self.photo_mb)

    def check_video_bytes(self, name: str, size: int) -> None:
        """Refuse a video file of `size` bytes that is over the limit."""
        _check_bytes(name, "video", size, self.video_mb)

    def check_pixels(self, name: str, width: int, height: int) -> None:
        """Refuse a picture of more megapixels than the limit."""
        megapixels = width * height / 1e6
        if megapixels > self.megapixels:
            raise MediaError(
                f"{name} has {width} x {height} pixels ({megapixels:.0f} megapixels), the limit is"
                f" {self.megapixels:g}; scale it down or raise the limit"
            )

    def check_duration(self, name: str, duration_s: float) -> None:
        """Refuse a video that lasts longer than the limit."""
        if duration_s > 60 * self.minutes:
            raise MediaError(
                f"{name} lasts {duration_s / 60:.1f} minutes, the limit is {self.minutes:g}; cut out a part"
                " or raise the limit"
            )


def _check_bytes(name: str, kind: str, size: int, limit_mb: float) -> None:
    if size > limit_mb * MIB:
        raise MediaError(
            f"{name} has {size / MIB:.1f} MB, the limit for a {kind} is {limit_mb:g} MB; save it smaller or"
            " raise the limit"
        )


@dataclass(frozen=True)
class OpenFile:
    """A file that is open for reading: its `name` without folders, its size in `bytes`, which is not 0."""

    stream: FileIO
    name: str
    bytes: int

    def from_start(self) -> FileIO:
        """The stream at its first byte; it has no buffer, so that the descriptor is there too."""
        self.stream.seek(0)
        return self.stream

    def sha256(self) -> str:
        """The hash of the bytes as they lie on disk, in hexadecimal."""
        return sha256_of(self.from_start())


@contextmanager
def open_file(path: Path) -> Iterator[OpenFile]:
    """Open what is to be read as a photo or video; MediaError where it cannot be opened or is empty."""
    try:
        _check_regular(path, os.stat(path).st_mode)
        stream = FileIO(os.open(path, WITHOUT_WAITING))
    except FileNotFoundError as error:
        raise MediaError(f"{path.name} does not exist in {path.parent}; check the name") from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason = error.strerror if isinstance(error, OSError) else error
        raise MediaError(
            f"{path.name} cannot be opened ({reason}); check the name and its permissions"
        ) from error
    with stream:
        size = os.fstat(stream.fileno()).st_size
        if size == 0:
            raise MediaError(f"{path.name} is empty (0 bytes); copy it again from its source")
        yield OpenFile(stream, path.name, size)


def _check_regular(path: Path, mode: int) -> None:
    """MediaError for all that is no file: to open a FIFO waits for who writes, a device may act."""
    if stat.S_ISDIR(mode):
        try:
            os.scandir(path).close()
        except OSError as error:
            raise MediaError(
                f"{path.name or path} is a folder that cannot be opened ({error.strerror}), so nothing in it"
                " was looked at; ask for the right to read it"
            ) from error
        raise MediaError(f"{path.name or path} is a folder, not a photo or video; name a file in it")
    if not stat.S_ISREG(mode):
        kind = next((name for is_kind, name in KINDS if is_kind(mode)), "device")
        raise MediaError(
            f"{path.name} is a {kind}, not a file; it was not opened: save what it gives as a file"
        )


def readable_bytes(path: Path) -> int:
    """The size of a file that can be read and is not empty; else MediaError."""
    with open_file(path) as file:
        return file.bytes
