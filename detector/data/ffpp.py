"""The tree of FaceForensics++ to labelled videos."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from detector.data.labelled import SPLIT_FOLDERS, Labelled, media_below, misfit, split_of
from detector.errors import SettingsError

EXPECTED = "original_sequences/youtube/COMPRESSION/videos and manipulated_sequences/METHOD/COMPRESSION/videos (c0 or raw, c23, c40)"
COMPRESSIONS = {"c0": "raw", "raw": "raw", "c23": "c23", "c40": "c40"}
SPLIT_FILES = ("train.json", "val.json", "test.json")
IDS = re.compile(r"\d{3}(_\d{3})?")


def rows_of_ffpp(folder: Path) -> Iterator[Labelled]:
    """Originals from YouTube and what was made of them, in every compression that is there.

    A fake is called ORIGINAL_OTHER, the other giving the face or the expression; its group is the original's number. Splits are those of
    train.json, val.json and test.json beside the two trees. Without them both people of a pair go where the pair's hash says, so
    that no face is in two splits. What other methods' folders call their videos (DeepFakeDetection) tells no original, and is left out.
    """
    originals = _videos(folder / "original_sequences" / "youtube")
    fakes = [found for method in _folders(folder / "manipulated_sequences") for found in _videos(method)]
    if not originals and not fakes:
        raise misfit(folder, "ffpp", EXPECTED)
    pairs = {}
    for path, _ in fakes:
        if IDS.fullmatch(path.stem):
            pairs.update(dict.fromkeys(path.stem.split("_"), "_".join(sorted(path.stem.split("_")))))
    given = _given_splits(folder)
    for path, compression in originals + fakes:
        group = path.stem.split("_")[0]
        label = int(path.relative_to(folder).parts[0] == "manipulated_sequences")
        split = given.get(group) if given else split_of(pairs.get(group, group))
        reason = ""
        if not IDS.fullmatch(path.stem) or ("_" in path.stem) != bool(label):
            reason = "is not called by the three digits of an original, or of a pair"
        elif split is None:
            reason = f"{group} stands in none of {', '.join(SPLIT_FILES)}"
        yield Labelled(path, label, group, path.relative_to(folder).parts[1] if label else "", split, compression, reason)


def _folders(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []


def _videos(folder: Path) -> list[tuple[Path, str]]:
    """The videos of one method, each with its compression."""
    return [
        (path, COMPRESSIONS[level.name])
        for level in _folders(folder)
        if level.name in COMPRESSIONS
        for path in media_below(level / "videos")
    ]


def _given_splits(folder: Path) -> dict[str, str]:
    """Number of an original to its split, as far as the JSON files are there: lists of pairs of numbers."""
    splits = {}
    for file in (folder / name for name in SPLIT_FILES):
        if not file.exists():
            continue
        try:
            numbers = [str(number) for pair in json.loads(file.read_text(encoding="utf-8")) for number in pair]
        except (ValueError, TypeError) as error:
            raise SettingsError(f"{file} is no JSON list of pairs of numbers ({error}); take it from the data set again") from error
        splits.update(dict.fromkeys(numbers, SPLIT_FOLDERS[file.stem]))
    return splits
