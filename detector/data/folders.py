"""Pictures whose folder, or whose name, says real or fake, to labelled files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from detector.data.labelled import SPLIT_FOLDERS, Labelled, files_below, is_media, misfit
from detector.media import VIDEO_EXTENSIONS

CLASSES = {"real": 0, "fake": 1}
NO_MEDIA = "neither photo nor video by its name"

FAKE_PREFIX = "F"
"""As the published test script of the binary networks has it: upper case, at the beginning of the name."""


def rows_of_folders(folder: Path) -> Iterator[Labelled]:
    """Files below folders called Real and Fake, themselves maybe below Train, Validation (Val) and Test, all
    in any case.

    The folders between class and file are the method. A file right in its class folder is a group by its name
    without the ending, so that a fake called as its original stays with it; the pictures of a folder below
    are frames of one video, a group by the folder's name.
    """
    paths = list(files_below(folder))
    parts = {path: [part.lower() for part in path.relative_to(folder).parts[:-1]] for path in paths}
    if not any(part in CLASSES for found in parts.values() for part in found):
        raise misfit(
            folder,
            "folders",
            "folders called Real and Fake, which may lie in Train, Validation (or Val) and Test",
        )
    for path in paths:
        yield _row(path, parts[path])


def _row(path: Path, parts: list[str]) -> Labelled:
    """The row of a file that lies in folders called `parts`, in lower case."""
    classes = [part for part in parts if part in CLASSES]
    if not is_media(path):
        return Labelled(path, label=0, group="", left_out=NO_MEDIA)
    if len(set(classes)) != 1:
        reason = "lies in both Real and Fake" if classes else "lies in no folder called Real or Fake"
        return Labelled(path, label=0, group="", left_out=reason)
    label = CLASSES[classes[0]]
    below = len(parts) - 1 - parts.index(classes[0])
    names = path.parts[-1 - below : -1]
    is_frame = below > 0 and path.suffix.lower() not in VIDEO_EXTENSIONS
    return Labelled(
        path,
        label=label,
        group=names[-1] if is_frame else path.stem,
        method="/".join(names) if label else "",
        split=next((SPLIT_FOLDERS[part] for part in parts if part in SPLIT_FOLDERS), None),
    )


def rows_of_prefix(folder: Path) -> Iterator[Labelled]:
    """Files whose name begins with F are fake, all others real; each is a group of its own."""
    paths = list(files_below(folder))
    if not any(is_media(path) for path in paths):
        raise misfit(
            folder,
            "prefix",
            f"photos or videos, those that are fake with a name that begins with {FAKE_PREFIX}",
        )
    for path in paths:
        group = path.relative_to(folder).with_suffix("").as_posix()
        yield Labelled(
            path, int(path.name.startswith(FAKE_PREFIX)), group, left_out="" if is_media(path) else NO_MEDIA
        )
