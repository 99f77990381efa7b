"""The tree of Celeb-DF-v2 to labelled videos."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from detector.data.labelled import TEST, TUNE, Labelled, media_below, misfit, split_of
from detector.errors import SettingsError

LABELS = {"Celeb-real": 0, "YouTube-real": 0, "Celeb-synthesis": 1}
TEST_LIST = "List_of_testing_videos.txt"
SWAP = re.compile(r"(id\d+)_id\d+_(\d+)")
"""A fake is called TARGET_GIVER_NUMBER, its original TARGET_NUMBER."""


def rows_of_celebdf(folder: Path) -> Iterator[Labelled]:
    """Videos of the three folders (or of `videos` in each); a fake's group is its original.

    `List_of_testing_videos.txt` is `test`; in it 1 means real, which is checked. Where it is there, videos
    that share an original with one of it are left out, and the rest is `train` or `tune`. The same people
    appear in all parts of this data set.
    """
    found = [(path, name) for name in LABELS for path in media_below(folder / name)]
    if not found:
        raise misfit(folder, "celebdf", f"folders called {', '.join(LABELS)}")
    reals = {_group(Path(name) / path.name): path for path, name in found if not LABELS[name]}
    listed = _listed(folder / TEST_LIST)
    tested = {_group(Path(name)) for name in listed}
    for path, name in found:
        group, reason = _group(Path(name) / path.name), ""
        split = split_of(group)
        if f"{name}/{path.name}" in listed:
            split = TEST
        elif group in tested:
            reason = "shares its original with a test video"
        elif listed and split == TEST:
            split = TUNE
        is_fake = bool(LABELS[name])
        original = reals.get(group) if is_fake else None
        yield Labelled(
            path, LABELS[name], group, name if is_fake else "", split, left_out=reason, original=original
        )


def named_by_celebdf(folder: Path) -> Iterator[Path]:
    """The videos of the official test list, in its order; where a class has a folder `videos`, in that."""
    for name in _listed(folder / TEST_LIST):
        label, _, file = name.partition("/")
        deeper = folder / label / "videos"
        yield (deeper if deeper.is_dir() else folder / label) / file


def _group(name: Path) -> str:
    """The original of a video called FOLDER/NAME."""
    swap = SWAP.fullmatch(name.stem)
    if swap:
        return f"{swap[1]}_{swap[2]}"
    return name.stem if name.parent.name != "YouTube-real" else f"YouTube-real/{name.stem}"


def _listed(file: Path) -> dict[str, None]:
    """FOLDER/NAME of the test videos in order, none where there is no list.

    Its labels (1 real, the reverse of ours) must agree with the folders.
    """
    if not file.exists():
        return {}
    names: dict[str, None] = {}
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        label, _, name = line.strip().partition(" ")
        if not line.strip():
            continue
        if label not in ("0", "1") or LABELS.get(name.partition("/")[0]) != 1 - int(label):
            raise SettingsError(
                f"{file} line {number}: {line.strip()!r} is not 1 and a real video, or 0 and a fake; take the"
                " list again"
            )
        names[name] = None
    return names
