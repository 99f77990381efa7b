"""A data set on disk to labelled files: the row that every layout yields, and what several layouts need to make it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from detector.errors import SettingsError
from detector.media import PHOTO_EXTENSIONS, VIDEO_EXTENSIONS

TRAIN, TUNE, VAL = "train", "tune", "val"

SPLIT_FOLDERS = {
    "train": TRAIN, "training": TRAIN, "validation": TUNE, "valid": TUNE, "val": TUNE, "test": VAL, "testing": VAL,
}  # fmt: skip
"""What data sets call their parts, in lower case, to ours: we choose and calibrate on `tune`, and quote figures on `val` alone."""


@dataclass(frozen=True)
class Labelled:
    """A photo or video of a data set: `label` 1 is fake; files of one `group` belong together and are never split.

    `split` is None where the layout does not say it. `left_out` says in words why the file is not to be used; empty: it is.
    """

    path: Path
    label: int
    group: str
    method: str = ""
    split: str | None = None
    compression: str = ""
    left_out: str = ""


def split_of(group: str) -> str:
    """The split of a group, always the same: 80 of 100 train, 10 tune, 10 val."""
    place = int(hashlib.sha256(group.encode()).hexdigest(), 16) % 100
    return TRAIN if place < 80 else TUNE if place < 90 else VAL


def is_media(path: Path) -> bool:
    """Whether a file ends like a photo or a video."""
    return path.suffix.lower() in PHOTO_EXTENSIONS | VIDEO_EXTENSIONS


def files_below(folder: Path) -> Iterator[Path]:
    """All files of a folder and below it, in order of name, hidden ones left out."""
    for where, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(where) / name for name in sorted(names) if not name.startswith("."))


def media_below(folder: Path) -> Iterator[Path]:
    """The photos and videos of a folder and below it, in order of name."""
    return (path for path in files_below(folder) if is_media(path))


def misfit(folder: Path, layout: str, expected: str) -> SettingsError:
    """The refusal of a folder that does not look like the layout."""
    return SettingsError(f"{folder} does not look like layout {layout}, which expects {expected}; name the data set's own folder")
