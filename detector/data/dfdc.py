"""The parts of the Deepfake Detection Challenge to labelled videos."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from detector.data.labelled import NOT_THERE, SPLIT_FOLDERS, TRAIN, Labelled, media_below, misfit, split_of
from detector.errors import SettingsError

METADATA = "metadata.json"
LABELS = {"REAL": 0, "FAKE": 1}
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
                label=LABELS[facts["label"]],
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
        videos: dict[str, dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
        wrong = [name for name, facts in videos.items() if facts["label"] not in LABELS]
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise SettingsError(
            f"{path} is no list of videos with their labels ({error}); unpack its part again"
        ) from error
    if any(Path(name).name != name for name in videos):
        raise SettingsError(f"{path} names videos outside its own folder; unpack its part again")
    if wrong:
        raise SettingsError(
            f"{path}: the label of {wrong[0]} is neither REAL nor FAKE; unpack its part again"
        )
    return videos
