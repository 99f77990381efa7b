"""A folder and all below it, walked: the files in it, and the folders that cannot be opened."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

APPLE_DOUBLE = "._"
"""How macOS begins the names of the side files that it puts beside every file on a foreign disk."""
APPLE_DOUBLE_MAGIC = b"\x00\x05\x16\x07"


@dataclass(frozen=True)
class Below:
    """What lies below a folder, in order of name: `files` of every kind, FIFOs and devices too, and
    `locked`, the folders that cannot be listed (maybe the folder itself).
    """

    files: tuple[Path, ...]
    locked: tuple[Path, ...] = ()


def below(folder: Path) -> Below:
    """All that lies in a folder and in those in it; links to folders are not followed."""
    locked: list[Path] = []
    walked = os.walk(folder, onerror=lambda fault: locked.append(Path(os.fsdecode(fault.filename))))
    files = sorted(Path(where) / name for where, _, names in walked for name in names)
    return Below(tuple(files), tuple(sorted(locked)))


def is_side_file(path: Path) -> bool:
    """Whether a file is macOS's AppleDouble: named as another file with `._` before it, and no picture."""
    if not path.name.startswith(APPLE_DOUBLE) or not path.is_file():
        return False
    try:
        with path.open("rb") as stream:
            return stream.read(len(APPLE_DOUBLE_MAGIC)) in (APPLE_DOUBLE_MAGIC, b"")
    except OSError:
        return False
