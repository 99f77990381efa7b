"""A data set on disk to labelled files: the row that every layout yields, and what several layouts need to
make it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from detector.errors import SettingsError
from detector.media import PHOTO_EXTENSIONS, VIDEO_EXTENSIONS
from detector.media.folders import below

TRAIN, TUNE, TEST = "train", "tune", "test"

SPLITS = (TRAIN, TUNE, TEST)

FORMER = {"val": TEST}
"""What tables once called a split, to its name; read, never written."""

SPLIT_FOLDERS = {
    "train": TRAIN,
    "training": TRAIN,
    "validation": TUNE,
    "valid": TUNE,
    "val": TUNE,
    "test": TEST,
    "testing": TEST,
}
"""What data sets call their parts, in lower case, to ours: we choose and calibrate on `tune`, and quote
figures on `test` alone.
"""


NOT_THERE = "is named by the data set and not there"

Corners = tuple[float, float, float, float]
"""x1, y1, x2, y2 in pixels of the picture."""


@dataclass(frozen=True)
class Labelled:
    """A photo or video of a data set, or one face of it: `label` 1 is fake; files of one `group` belong
    together and are never split.

    `split` is None where the layout does not say it. `left_out` says in words why the file is not to be used;
    empty: it is. `original` is the video that a fake was made of, where the layout tells it. `box` marks the
    one face that is meant; rows of one file follow each other. `source` is given where a tree holds several
    data sets. `kin` names what must share a fold beyond the group; empty: the group.
    """

    path: Path
    label: int
    group: str
    method: str = ""
    split: str | None = None
    compression: str = ""
    left_out: str = ""
    original: Path | None = None
    box: Corners | None = None
    source: str = ""
    kin: str = ""


def split_name(word: str) -> str:
    """`train`, `tune` or `test`, as a table or a person calls it (`val` is `test`); SettingsError for another
    word.
    """
    name = FORMER.get(word, word)
    if name not in SPLITS:
        raise SettingsError(f"{word!r} is no split; there are {TRAIN}, {TUNE} and {TEST}")
    return name


def split_of(group: str) -> str:
    """The split of a group, always the same: 80 of 100 train, 10 tune, 10 test."""
    place = int(hashlib.sha256(group.encode()).hexdigest(), 16) % 100
    return TRAIN if place < 80 else TUNE if place < 90 else TEST


def fold_of(row: Labelled, folds: int) -> int:
    """The fold 0..`folds` - 1 of a row: that of its kin or group, independent of the split and of what else
    the data set holds.
    """
    return int(hashlib.sha256(f"fold {row.kin or row.group}".encode()).hexdigest(), 16) % folds


def is_media(path: Path) -> bool:
    """Whether a file ends like a photo or a video."""
    return path.suffix.lower() in PHOTO_EXTENSIONS | VIDEO_EXTENSIONS


def files_below(folder: Path) -> Iterator[Path]:
    """All files of a folder and below it, in order of name, a folder's own before those of folders in it,
    hidden ones left out. SettingsError where a folder cannot be opened: half a data set is another one.
    """
    found = below(folder)
    locked = [path for path in found.locked if not _is_hidden(path, folder)]
    if locked and folder.exists():
        raise SettingsError(f"{locked[0]} cannot be opened; ask for the right to read it, or take it out")
    seen = [path for path in found.files if not _is_hidden(path, folder)]
    return iter(
        sorted(seen, key=lambda path: [*((True, name) for name in path.parts[:-1]), (False, path.name)])
    )


def _is_hidden(path: Path, folder: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(folder).parts)


def media_below(folder: Path) -> Iterator[Path]:
    """The photos and videos of a folder and below it, in order of name."""
    return (path for path in files_below(folder) if is_media(path))


def misfit(folder: Path, layout: str, expected: str) -> SettingsError:
    """The refusal of a folder that does not look like the layout."""
    return SettingsError(
        f"{folder} does not look like layout {layout}, which expects {expected}; name the data set's own"
        " folder"
    )
