"""Data sets of videos to labelled files: Celeb-DF-v2 and the Deepfake Detection Challenge."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from detector.data.labelled import (
    NOT_THERE,
    SPLIT_FOLDERS,
    TEST,
    TRAIN,
    TUNE,
    Labelled,
    media_below,
    misfit,
    split_of,
)
from detector.errors import SettingsError
from detector.tables import check_file_name, read_text

CELEBDF_LABELS = {"Celeb-real": 0, "YouTube-real": 0, "Celeb-synthesis": 1}
TEST_LIST = "List_of_testing_videos.txt"
SWAP = re.compile(r"(id\d+)_id\d+_(\d+)")
"""A fake is called TARGET_GIVER_NUMBER, its original TARGET_NUMBER."""


def rows_of_celebdf(folder: Path) -> Iterator[Labelled]:
    """Videos of the three folders (or of `videos` in each); a fake's group is its original.

    `List_of_testing_videos.txt` is `test`; in it 1 means real, which is checked. Where it is there, videos
    that share an original with one of it are left out, and the rest is `train` or `tune`. The same people
    appear in all parts of this data set.
    """
    videos = [(path, name) for name in CELEBDF_LABELS for path in media_below(folder / name)]
    if not videos:
        raise misfit(folder, "celebdf", f"folders called {', '.join(CELEBDF_LABELS)}")
    reals = {_group(Path(name) / path.name): path for path, name in videos if not CELEBDF_LABELS[name]}
    listed = _listed(folder / TEST_LIST)
    tested = {_group(Path(name)) for name in listed}
    for path, name in videos:
        group, reason = _group(Path(name) / path.name), ""
        split = split_of(group)
        if f"{name}/{path.name}" in listed:
            split = TEST
        elif group in tested:
            reason = "shares its original with a test video"
        elif listed and split == TEST:
            split = TUNE
        is_fake = bool(CELEBDF_LABELS[name])
        original = reals.get(group) if is_fake else None
        yield Labelled(
            path,
            CELEBDF_LABELS[name],
            group,
            name if is_fake else "",
            split,
            left_out=reason,
            original=original,
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
    for number, line in enumerate(read_text(file, "a list of videos").splitlines(), start=1):
        label, _, name = line.strip().replace("\t", " ").partition(" ")
        if not line.strip():
            continue
        if label not in ("0", "1") or CELEBDF_LABELS.get(name.partition("/")[0]) != 1 - int(label):
            raise SettingsError(
                f"{file} line {number}: {line.strip()!r} is not 1 and a real video, or 0 and a fake; take the"
                " list again"
            )
        check_file_name(name, f"{file} line {number}")
        names[name] = None
    return names


METADATA = "metadata.json"
DFDC_LABELS = {"REAL": 0, "FAKE": 1}
METHOD = "dfdc-faceswap"
"""Which of its methods made a fake is not published."""


def rows_of_dfdc(folder: Path) -> Iterator[Labelled]:
    """Videos of the folders (dfdc_train_part_0 and so on, or the folder itself) that hold a metadata.json; a
    fake's group is its original.

    Kaggle's parts all say `train`: then the split is that of the group's hash. Where some say validation or
    test those are `tune` and `test`, and no part of the rest is drawn for these again. The same actors appear
    in many videos.
    """
    parts = {path.parent: _metadata(path) for path in _lists(folder)}
    if not parts:
        raise misfit(folder, "dfdc", f"folders such as dfdc_train_part_0 with videos and their {METADATA}")
    said = {_split(facts) for videos in parts.values() for facts in videos.values()}
    where = {name: part / name for part, videos in parts.items() for name in videos}
    for part, videos in parts.items():
        for name, facts in sorted(videos.items()):
            original = str(facts.get("original") or name) if facts["label"] == "FAKE" else name
            group = Path(original).stem
            drawn = split_of(group)
            split = _split(facts) or (TRAIN if drawn in said else drawn)
            made_of = where.get(original, part / original) if original != name else None
            yield Labelled(
                part / name,
                label=DFDC_LABELS[facts["label"]],
                group=group,
                method=METHOD if facts["label"] == "FAKE" else "",
                split=split,
                left_out="" if (part / name).exists() else NOT_THERE,
                original=made_of,
            )
        unnamed = (path for path in media_below(part) if path.parent == part and path.name not in videos)
        yield from (
            Labelled(path, label=0, group="", left_out=f"stands not in {METADATA}") for path in unnamed
        )


def named_by_dfdc(folder: Path) -> Iterator[Path]:
    """The videos that the parts' lists name."""
    return (path.parent / name for path in _lists(folder) for name in sorted(_metadata(path)))


def _lists(folder: Path) -> list[Path]:
    """The lists of the folder itself and of those in it, in the order of the parts' numbers."""
    return sorted(
        {*folder.glob(METADATA), *folder.glob(f"*/{METADATA}")},
        key=lambda path: (len(path.parent.name), path.parent.name),
    )


def _split(facts: dict[str, Any]) -> str:
    """The split that a list states other than train, else empty."""
    split = SPLIT_FOLDERS.get(str(facts.get("split")).lower(), TRAIN)
    return "" if split == TRAIN else split


def _metadata(path: Path) -> dict[str, dict[str, Any]]:
    """Name of each video of a part to its facts."""
    try:
        videos: dict[str, dict[str, Any]] = json.loads(read_text(path, "a list of videos"))
        wrong = [name for name, facts in videos.items() if facts["label"] not in DFDC_LABELS]
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise SettingsError(
            f"{path} is no list of videos with their labels ({error}); unpack its part again"
        ) from error
    for number, name in enumerate(videos, start=1):
        check_file_name(name, f"{path} entry {number}")
    if any(Path(name).name != name for name in videos):
        raise SettingsError(f"{path} names videos outside its own folder; unpack its part again")
    if wrong:
        raise SettingsError(
            f"{path}: the label of {wrong[0]} is neither REAL nor FAKE; unpack its part again"
        )
    return videos
