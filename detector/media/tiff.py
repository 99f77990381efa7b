"""A TIFF, or camera raw in its form, into the one of its pictures that is to be judged."""

from __future__ import annotations

import io
import struct
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from io import FileIO

from PIL import ImageFile, JpegImagePlugin, TiffImagePlugin
from PIL.TiffImagePlugin import ImageFileDirectory_v2 as Tags

from detector.errors import MediaError
from detector.media.limits import OpenFile
from detector.structures import Choice, Part, PartKind

MOST_DIRECTORIES = 256
WIDTH, HEIGHT, NEW_SUBFILE, SUBFILE, PHOTOMETRIC = 256, 257, 254, 255, 262
ORIENTATION, SUB_DIRECTORIES, JPEG_AT, JPEG_BYTES = 274, 330, 513, 514

REDUCED, MASK = 1, 4
"""Bits of NewSubfileType (TIFF 6.0, page 36)."""
OLD_REDUCED = 2
"""SubfileType of a reduced copy (page 40)."""
RAW = (32803, 34892)
"""Photometric interpretations of raw data: colour filter array, linear raw (DNG 1.7)."""

# A camera's own preview stands for its raw picture where it has at least half of its sides.
PREVIEW_SHARE = 0.5

# What Pillow raises on a directory that it cannot read.
UNREAD = (OSError, SyntaxError, ValueError, TypeError, KeyError, IndexError, EOFError, OverflowError)


@dataclass(frozen=True)
class Directory:
    """A picture of the file: where its directory stands, its size as stored, what the file says of it, and
    (`jpeg`) place and length of a whole JPEG stream that it consists of.
    """

    offset: int
    width: int
    height: int
    reduced: bool = False
    raw: bool = False
    orientation: int = 1
    jpeg: tuple[int, int] | None = None

    @property
    def pixels(self) -> int:
        return self.width * self.height


@dataclass(frozen=True)
class Chosen:
    """The opened picture, its orientation, 1..8, where it does not turn by itself, and which one it is."""

    picture: ImageFile.ImageFile
    orientation: int
    part: Part | None


def is_tiff(header: bytes) -> bool:
    """Whether a file begins as TIFF does, or BigTIFF."""
    return header[:4] in (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")


def open_tiff(file: OpenFile) -> Chosen:
    """Open the full picture: the largest that the file does not call a reduced copy, of equals the first; of
    camera raw, which is not developed here, the camera's own preview.

    MediaError where only a thumbnail can be read.
    """
    directories = _directories(file)
    full = sorted((each for each in directories if not each.reduced), key=lambda each: -each.pixels)
    largest = full[0] if full else None
    copies = [each for each in directories if each.reduced]
    for each, picture in [*_readable(file, full), *sorted(_readable(file, copies), key=_smallness)]:
        choice = _choice(each, full)
        if largest is not None and each is not largest:
            if max(picture.size) < PREVIEW_SHARE * max(largest.width, largest.height):
                continue
            choice = Choice.PREVIEW
        number, count = 1 + directories.index(each), len(directories)
        part = Part(PartKind.DIRECTORY, number, count, choice) if count > 1 else None
        return Chosen(picture, directories[0].orientation if each.jpeg else 1, part)
    raise _unread(file, largest, copies)


def _readable(
    file: OpenFile, directories: list[Directory]
) -> Iterator[tuple[Directory, ImageFile.ImageFile]]:
    """Those that Pillow can open, opened."""
    for each in directories:
        picture = None if each.raw else _open(file, each)
        if picture is not None:
            yield each, picture


def _smallness(opened: tuple[Directory, ImageFile.ImageFile]) -> int:
    """What sorts the largest first; a JPEG stream alone knows its size."""
    width, height = opened[1].size
    return -width * height


def _choice(chosen: Directory, full: list[Directory]) -> Choice:
    if not full or len(full) == 1:
        return Choice.FULL if full else Choice.LARGEST
    return Choice.FIRST if all(each.pixels == chosen.pixels for each in full) else Choice.LARGEST


def _unread(file: OpenFile, largest: Directory | None, copies: list[Directory]) -> MediaError:
    if largest is None or largest.pixels == 0:
        return MediaError(
            f"{file.name} begins like a picture but cannot be read (TIFF); copy or save it again from its"
            " source"
        )
    what = "camera raw" if largest.raw else "a coding that is not known here"
    thumbnail = max(copies, key=lambda each: each.pixels) if copies else None
    small = f", only a thumbnail of {thumbnail.width} x {thumbnail.height}" if thumbnail else ""
    return MediaError(
        f"{file.name} holds a picture of {largest.width} x {largest.height} in {what}, which cannot be read"
        f"{small}; save it as JPEG or PNG from the program that shows it"
    )


def _directories(file: OpenFile) -> list[Directory]:
    """Every picture of the file, in order, those below another behind it; a circle is read once."""
    stream = file.from_start()
    head = stream.read(8)
    head += stream.read(8) if head[2:3] == b"+" or head[3:4] == b"+" else b""
    told: list[Directory] = []
    met: set[int] = set()
    try:
        waiting = [Tags(head).next]
    except (struct.error, SyntaxError) as error:
        raise MediaError(f"{file.name} is cut off in its header; copy it again from its source") from error
    while waiting and len(told) < MOST_DIRECTORIES:
        offset = waiting.pop(0)
        if not 0 < offset < file.bytes or offset in met:
            continue
        met.add(offset)
        tags = Tags(head)
        tags.next = 0
        stream.seek(offset)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                tags.load(stream)
                directory, below = _directory(tags, offset)
            except UNREAD:
                continue
        waiting = [*below, *waiting, tags.next]
        if directory is not None:
            told.append(directory)
    return told


def _directory(
    tags: TiffImagePlugin.ImageFileDirectory_v2, offset: int
) -> tuple[Directory | None, list[int]]:
    """The picture of a directory, None of a mask, and the places of those below it."""
    kind = int(tags.get(NEW_SUBFILE, 0))
    jpeg = tags.get(JPEG_AT), tags.get(JPEG_BYTES)
    below = tags.get(SUB_DIRECTORIES, ())
    directory = Directory(
        offset=offset,
        width=int(tags.get(WIDTH, 0)),
        height=int(tags.get(HEIGHT, 0)),
        reduced=bool(kind & REDUCED) or int(tags.get(SUBFILE, 0)) == OLD_REDUCED,
        raw=int(tags.get(PHOTOMETRIC, 0)) in RAW,
        orientation=int(tags.get(ORIENTATION, 1)),
        jpeg=(int(jpeg[0]), int(jpeg[1])) if jpeg[0] and jpeg[1] and 273 not in tags else None,
    )
    places = [int(place) for place in (below if isinstance(below, tuple) else (below,))]
    return None if kind & MASK else directory, places


def _open(file: OpenFile, directory: Directory) -> ImageFile.ImageFile | None:
    """The picture of a directory with its header read; None where Pillow cannot."""
    try:
        if directory.jpeg is not None:
            place, length = directory.jpeg
            stream = file.from_start()
            stream.seek(place)
            return JpegImagePlugin.JpegImageFile(io.BytesIO(stream.read(min(length, file.bytes))), file.name)
        redirected = io.BufferedReader(_Redirected(file.from_start(), directory.offset))
        return TiffImagePlugin.TiffImageFile(redirected, file.name)
    except UNREAD:
        return None


class _Redirected(io.RawIOBase):
    """The file with another directory first: in its header stands `offset`, all else is as it is on disk."""

    def __init__(self, stream: FileIO, offset: int) -> None:
        super().__init__()
        self._stream, self._place = stream, 0
        head = stream.read(16)
        at = 8 if b"+" in head[2:4] else 4  # BigTIFF counts in 8 bytes
        place = offset.to_bytes(at, "little" if head[:2] == b"II" else "big")
        self._head = head[:at] + place + head[2 * at :]

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._stream.fileno()

    def tell(self) -> int:
        return self._place

    def seek(self, offset: int, whence: int = 0) -> int:
        if whence == io.SEEK_SET:
            self._place = offset
        else:
            self._stream.seek(self._place)
            self._place = self._stream.seek(offset, whence)
        return self._place

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]
        self._stream.seek(self._place)
        content = self._stream.read(len(view))
        if self._place < len(self._head):
            content = (
                self._head[self._place : self._place + len(content)]
                + content[len(self._head) - self._place :]
            )
        view[: len(content)] = content
        self._place += len(content)
        return len(content)
