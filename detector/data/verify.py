"""An index to what is wrong with it: pictures and masks that are missing or no longer have the form it says,
folds that split a group.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image as Pillow

from detector import media
from detector.data.tables import BOX, FIVE, INDEX, LANDMARKS
from detector.errors import MediaError
from detector.pipeline import Progress
from detector.tables import read_table

NEEDED = ("file", "label", "source", "split", "group", *BOX, *FIVE)


@dataclass(frozen=True)
class Fault:
    """What is wrong with a `file` of an index, in words."""

    file: str
    reason: str


def verify(folder: Path, progress: Progress | None = None) -> Iterator[Fault]:
    """The faults of FOLDER/index.csv, of its landmarks, and of every file it names; SettingsError where there
    is no index to read.
    """
    table = read_table(folder / INDEX, "an index", least=0)
    columns, rows = table.columns, [dict(row.cells) for row in table.rows]
    missing = [name for name in NEEDED if name not in columns]
    if missing:
        yield Fault(INDEX, f"has no column {', '.join(missing)}")
        return
    if not rows:
        yield Fault(INDEX, "names no file")
    yield from _faults_of_landmarks(folder / LANDMARKS, len(rows))
    yield from _faults_of_folds(rows)
    for number, row in enumerate(rows, start=1):
        reason = _fault_of_row(row) or _fault_of_file(folder / row["file"], row)
        if reason:
            yield Fault(row["file"], reason)
        if row.get("mask"):
            reason = _fault_of_mask(folder / row["mask"], row)
            yield from [Fault(row["mask"], reason)] if reason else []
        if progress is not None:
            progress(number / len(rows), f"{number} of {len(rows)}: {row['file']}")


def _faults_of_landmarks(path: Path, count: int) -> Iterator[Fault]:
    if not path.exists():
        yield Fault(path.name, "does not exist")
        return
    try:
        points = np.load(path)
    except (OSError, ValueError, EOFError) as error:
        yield Fault(path.name, f"cannot be read ({error})")
        return
    if points.shape != (count, 68, 2) or points.dtype != np.float16:
        yield Fault(path.name, f"holds {points.dtype} {points.shape}, not float16 {(count, 68, 2)}")
    elif not np.isfinite(points).all():
        yield Fault(path.name, "holds points that are no finite numbers")


def _faults_of_folds(rows: Sequence[dict[str, str]]) -> Iterator[Fault]:
    """Folds that are no whole numbers, and groups that lie in several; an index without folds has none of
    these faults.
    """
    folds: dict[tuple[str, str], str] = {}
    for row in rows:
        fold = row.get("fold")
        if fold is None:
            continue
        if not fold.isdecimal():
            yield Fault(row["file"], f"fold {fold!r} is no whole number from 0")
        first = folds.setdefault((row["source"], row["group"]), fold)
        if first != fold:
            yield Fault(
                row["file"], f"lies in fold {fold}, others of its group {row['group']} in fold {first}"
            )


def _fault_of_mask(path: Path, row: dict[str, str]) -> str:
    """What is wrong with the mask of a row; empty: nothing."""
    if row["label"] != "1":
        return "is the mask of a real picture, in which nothing was altered"
    if not path.is_file():
        return "does not exist"
    try:
        with Pillow.open(path) as mask:
            mask.load()
            form = (mask.mode, str(mask.width), str(mask.height))
    except (OSError, ValueError, SyntaxError) as error:  # what Pillow raises for a damaged PNG
        return f"cannot be read ({error})"
    expected = ("L", row.get("width", ""), row.get("height", ""))
    return (
        ""
        if form == expected
        else (
            f"is {' x '.join(form[1:])} {form[0]}, its picture {' x '.join(expected[1:])} needs 8 bit"
            " grey (L)"
        )
    )


def _fault_of_row(row: dict[str, str]) -> str:
    """What is wrong with the row itself; empty: nothing."""
    if row["label"] not in ("0", "1"):
        return f"label {row['label']!r} is neither 0 (real) nor 1 (fake)"
    try:
        numbers = np.array([row[name] for name in (*BOX, *FIVE)], dtype=np.float64)
    except (TypeError, ValueError):
        return "its box or points are no numbers"
    x1, y1, x2, y2 = numbers[:4]
    return "" if np.isfinite(numbers).all() and x1 < x2 and y1 < y2 else "its box is empty, or not finite"


def _fault_of_file(path: Path, row: dict[str, str]) -> str:
    """What is wrong with the picture; empty: nothing."""
    if not path.is_file():
        return "does not exist"
    try:
        frame = next(iter(media.open(path, frames=1).frames))
    except MediaError as fault:
        return str(fault)
    height, width = frame.image.shape[:2]
    said = (row.get("width"), row.get("height"))
    if all(said) and said != (str(width), str(height)):
        return f"is {width} x {height} pixels, the index says {said[0]} x {said[1]}"
    x1, y1, x2, y2 = (float(row[name]) for name in BOX)
    inside = 0 <= (x1 + x2) / 2 < width and 0 <= (y1 + y2) / 2 < height
    return "" if inside else f"is {width} x {height} pixels, its box is centred outside"
