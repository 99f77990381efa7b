"""The tree of FaceForensics++ to labelled videos."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from detector.data.labelled import SPLIT_FOLDERS, Labelled, media_below, misfit, split_of
from detector.errors import SettingsError
from detector.tables import read_text

EXPECTED = (
    "original_sequences/youtube/COMPRESSION/videos and manipulated_sequences/METHOD/COMPRESSION/videos (c0 or"
    " raw, c23, c40)"
)
COMPRESSIONS = {"c0": "raw", "raw": "raw", "c23": "c23", "c40": "c40"}
ORIGINALS, FAKES = "original_sequences", "manipulated_sequences"
YOUTUBE, ACTORS, OF_ACTORS = "youtube", "actors", "DeepFakeDetection"
SPLIT_FILES = ("train.json", "val.json", "test.json")
IDS = re.compile(r"\d{3}(_\d{3})?")
SCENE = re.compile(r"\d{2}__\w+")
ACTED = re.compile(r"(\d{2})_\d{2}__(\w+)__[0-9A-Z]{8}")
"""A fake of the actors is called TARGET_GIVER__SCENE__TAKE, its original TARGET__SCENE."""


@dataclass(frozen=True)
class _Video:
    """A video of the tree: the folder that holds its compressions is `method` (youtube, actors, or who made
    the fake).
    """

    path: Path
    method: str
    compression: str
    label: int


def rows_of_ffpp(folder: Path) -> Iterator[Labelled]:
    """Originals and what was made of them by every method, in every compression that is there.

    A fake is called ORIGINAL_OTHER, the other giving the face or the expression; its group is the original's
    number. Splits are those of train.json, val.json and test.json beside the two trees. Without them both
    people of a pair go where the pair's hash says, so that no face is in two splits; they always share a
    fold. The actors' videos (DeepFakeDetection) are a source `dfd` of their own, in no official split: its
    groups are the originals, and the same few people appear in all parts.
    """
    videos = [*_videos(folder, ORIGINALS, 0), *_videos(folder, FAKES, 1)]
    if not videos:
        raise misfit(folder, "ffpp", EXPECTED)
    originals = {(video.path.stem, video.compression): video.path for video in videos if not video.label}
    pairs = {}
    for video in videos:
        if video.label and IDS.fullmatch(video.path.stem):
            pairs.update(
                dict.fromkeys(video.path.stem.split("_"), "_".join(sorted(video.path.stem.split("_"))))
            )
    given = _given_splits(folder)
    for video in videos:
        original = _original_of(video)
        source = originals.get((original, video.compression)) if video.label else None
        if video.method in (ACTORS, OF_ACTORS):
            fits = bool((ACTED if video.label else SCENE).fullmatch(video.path.stem))
            reason = "" if fits else "is not called ACTOR__SCENE, or ACTOR_ACTOR__SCENE__TAKE"
            yield _row(video, original, split_of(original), reason, source, "dfd", "")
            continue
        pair = pairs.get(original, original)
        split = given.get(original) if given else split_of(pair)
        reason = "" if split else f"{original} stands in none of {', '.join(SPLIT_FILES)}"
        if not IDS.fullmatch(video.path.stem) or ("_" in video.path.stem) != bool(video.label):
            reason = "is not called by the three digits of an original, or of a pair"
        yield _row(video, original, split, reason, source, "", pair)


def named_by_ffpp(folder: Path) -> Iterator[Path]:
    """The videos that the three lists call for in every method and compression that is begun: originals, and
    both ways of each pair.
    """
    pairs = [pair for file in SPLIT_FILES for pair in _pairs(folder / file)]
    for level in _levels(folder / ORIGINALS / YOUTUBE):
        yield from (level / "videos" / f"{number}.mp4" for pair in pairs for number in pair)
    for method in _folders(folder / FAKES):
        if method.name != OF_ACTORS:
            levels = [level / "videos" for level in _levels(method)]
            yield from (
                level / f"{target}_{source}.mp4"
                for level in levels
                for pair in pairs
                for target, source in (pair, pair[::-1])
            )


def _row(
    video: _Video, group: str, split: str | None, reason: str, original: Path | None, source: str, kin: str
) -> Labelled:
    method = video.method if video.label else ""
    return Labelled(
        video.path,
        video.label,
        group,
        method,
        split,
        video.compression,
        reason,
        original=original,
        source=source,
        kin=kin,
    )


def _original_of(video: _Video) -> str:
    """The name of the video that it was made of, or its own."""
    acted = ACTED.fullmatch(video.path.stem)
    if acted:
        return f"{acted[1]}__{acted[2]}"
    return video.path.stem if video.method == ACTORS else video.path.stem.split("_")[0]


def _folders(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []


def _levels(method: Path) -> list[Path]:
    """The compressions of one method that are there."""
    return [level for level in _folders(method) if level.name in COMPRESSIONS]


def _videos(folder: Path, tree: str, label: int) -> Iterator[_Video]:
    methods = _folders(folder / tree) if label else [folder / tree / YOUTUBE, folder / tree / ACTORS]
    for method in methods:
        for level in _levels(method):
            yield from (
                _Video(path, method.name, COMPRESSIONS[level.name], label)
                for path in media_below(level / "videos")
            )


def _given_splits(folder: Path) -> dict[str, str]:
    """Number of an original to its split, as far as the JSON files are there."""
    return {
        number: SPLIT_FOLDERS[Path(file).stem]
        for file in SPLIT_FILES
        for pair in _pairs(folder / file)
        for number in pair
    }


def _pairs(file: Path) -> list[tuple[str, ...]]:
    """The pairs of numbers of one list, none where it is not there."""
    if not file.exists():
        return []
    try:
        return [tuple(str(number) for number in pair) for pair in json.loads(read_text(file, "a list"))]
    except (ValueError, TypeError) as error:
        raise SettingsError(
            f"{file} is no JSON list of pairs of numbers ({error}); take it from the data set again"
        ) from error
