"""Pictures to their decoded pixels in one file, so that training decodes each of them once and not at every
draw.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import astuple, dataclass, fields
from pathlib import Path

import numpy as np
from filelock import FileLock
from PIL import Image as PillowImage

from detector.data.tables import Picture, read_index
from detector.errors import SettingsError
from detector.files import write_atomically
from detector.pipeline import Progress
from detector.structures import Image

PIXELS, ENTRIES, LOCK = "pixels.bin", "pixels.json", "pixels.lock"
GIGABYTE = 1e9


@dataclass(frozen=True)
class Entry:
    """Where the pixels of a picture stand: from byte `offset`, `height` x `width` x 3; `bytes` and
    `changed_ns` are of its file.
    """

    bytes: int
    changed_ns: int
    offset: int
    height: int
    width: int

    @property
    def length(self) -> int:
        """Bytes of the pixels."""
        return self.height * self.width * 3


@dataclass(frozen=True, eq=False)
class CachedPicture(Picture):
    """A picture whose pixels are read from `pixels`, a file of the cache."""

    pixels: Path
    entry: Entry

    def image(self) -> Image:
        """The pixels, (H, W, 3) uint8 RGB, the same that decoding the file gives.

        Read and not mapped: a map made anew costs twice the time of reading, and one that is kept ends the
        process when the file is cut.
        """
        values = np.fromfile(self.pixels, np.uint8, self.entry.length, offset=self.entry.offset)
        if len(values) != self.entry.length:
            raise SettingsError(f"{self.pixels} is cut off; delete it, and it is made anew")
        return values.reshape(self.entry.height, self.entry.width, 3)


def pictures_of(
    data: Path, split: str, cache: Path | None = None, workers: int = 1, progress: Progress | None = None
) -> list[Picture]:
    """The rows of `split` of the index in `data`, decoded at every draw, or where `cache` names a folder
    once, with pixels kept there.
    """
    pictures = read_index(data, split)
    return pictures if cache is None else cached(pictures, cache, workers, progress)


def cached(
    pictures: Sequence[Picture], folder: Path, workers: int = 1, progress: Progress | None = None
) -> list[Picture]:
    """The same pictures, their pixels read from the cache in `folder`, which is first filled with what it
    lacks.

    A picture is decoded again where its file was altered (size or time of change). Several processes may ask
    at once; one fills, the others wait. Raises SettingsError where the disk is too small. Pixels of altered
    or unused files stay until the folder is deleted.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / LOCK):
        entries = _read(folder)
        lacking = list(
            {
                str(picture.path): picture
                for picture in pictures
                if not _stands(entries.get(_key(picture)), picture)
            }.values()
        )
        if lacking:
            entries |= _filled(folder, lacking, entries, workers, progress)
            _write(folder, entries)
    pixels = (folder / PIXELS).resolve()
    return [_cached(picture, pixels, entries[_key(picture)]) for picture in pictures]


def _cached(picture: Picture, pixels: Path, entry: Entry) -> CachedPicture:
    return CachedPicture(
        **{attribute.name: getattr(picture, attribute.name) for attribute in fields(Picture)},
        pixels=pixels,
        entry=entry,
    )


def _key(picture: Picture) -> str:
    return os.path.abspath(picture.path)


def _stands(entry: Entry | None, picture: Picture) -> bool:
    with _named(picture):
        status = picture.path.stat()
    return entry is not None and (entry.bytes, entry.changed_ns) == (status.st_size, status.st_mtime_ns)


def _filled(
    folder: Path,
    pictures: Sequence[Picture],
    entries: dict[str, Entry],
    workers: int,
    progress: Progress | None,
) -> dict[str, Entry]:
    """The entries of `pictures`, whose pixels are written behind those that are there."""
    begin = max((entry.offset + entry.length for entry in entries.values()), default=0)
    new: dict[str, Entry] = {}
    for picture in pictures:
        new[_key(picture)] = _entry(picture, begin)
        begin += new[_key(picture)].length
    path = folder / PIXELS
    needed = begin - (path.stat().st_size if path.exists() else 0)
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise SettingsError(
            f"{folder} has {free / GIGABYTE:.1f} GB free, the pixels need {needed / GIGABYTE:.1f}; name"
            " another --cache"
        )
    with path.open("ab") as stream:
        stream.truncate(begin)
    # threads suffice, since Pillow lets go of Python while it decodes
    with ThreadPoolExecutor(workers) as pool:
        written = pool.map(lambda picture: _write_pixels(path, picture, new[_key(picture)]), pictures)
        for number, _ in enumerate(written, start=1):
            if progress is not None:
                progress(number / len(pictures), f"{number} of {len(pictures)} pictures decoded")
    return new


def _entry(picture: Picture, offset: int) -> Entry:
    status = picture.path.stat()
    with _named(picture), PillowImage.open(picture.path) as opened:  # reads the header alone
        width, height = opened.size
    return Entry(status.st_size, status.st_mtime_ns, offset, height, width)


def _write_pixels(path: Path, picture: Picture, entry: Entry) -> None:
    with _named(picture):
        image = np.ascontiguousarray(picture.image())
    with path.open("r+b") as stream:
        stream.seek(entry.offset)
        stream.write(image.data)


@contextmanager
def _named(picture: Picture) -> Iterator[None]:
    """Turns what Pillow says of a broken picture into an error that names it."""
    try:
        yield
    except (OSError, ValueError, SyntaxError) as fault:
        raise SettingsError(
            f"{picture.path} cannot be decoded ({fault}); `data verify` names all such pictures"
        ) from fault


def _read(folder: Path) -> dict[str, Entry]:
    """Absolute path of a picture to its entry; none where there is no cache yet, or one that was cut off."""
    if not (folder / ENTRIES).exists() or not (folder / PIXELS).exists():
        return {}
    entries = {
        path: Entry(*values)
        for path, values in json.loads((folder / ENTRIES).read_text(encoding="utf-8")).items()
    }
    there = (folder / PIXELS).stat().st_size
    return {path: entry for path, entry in entries.items() if entry.offset + entry.length <= there}


def _write(folder: Path, entries: dict[str, Entry]) -> None:
    write_atomically(folder / ENTRIES, json.dumps({path: astuple(entry) for path, entry in entries.items()}))
