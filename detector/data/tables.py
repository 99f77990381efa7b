"""The tables of a prepared data set, written and read: index.csv, landmarks68.npy and skipped.csv."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image as PillowImage

from detector.data.demographics import person_of
from detector.data.journal import NO_FACE, Cut, Found
from detector.data.labelled import SPLITS, Labelled, fold_of, split_name
from detector.data.layouts import DataSet
from detector.errors import SettingsError
from detector.faces.landmarks import contradicts
from detector.files import replacing, write_atomically
from detector.structures import Floats, Image
from detector.tables import Row, read_table

INDEX, LANDMARKS = "index.csv", "landmarks68.npy"
BOX = ("x1", "y1", "x2", "y2")
FIVE = tuple(f"l{number}{axis}" for number in range(5) for axis in "xy")
"""Columns of MTCNN's box and five points (eyes, nose, corners of the mouth), in pixels of the picture."""


@dataclass(frozen=True, eq=False)
class Picture:
    """A row: `label` 1 is fake; `box` (4,) and `points68` (68, 2) float32 in picture pixels, None where MTCNN
    contradicts them.
    """

    path: Path
    label: int
    source: str
    group: str
    box: Floats
    points68: Floats | None

    def image(self) -> Image:
        """The pixels, (H, W, 3) uint8 RGB."""
        with PillowImage.open(self.path) as picture:
            return np.asarray(picture.convert("RGB"))


def read_index(folder: Path, split: str) -> list[Picture]:
    """The rows of `split` in FOLDER/index.csv, in its order; rows without a split belong to none.

    Raises SettingsError where files are missing or do not belong together, and for a split that is none.
    """
    split = split_name(split)
    table_path, points_path = folder / INDEX, folder / LANDMARKS
    if not table_path.exists():
        raise SettingsError(f"{table_path} does not exist; give the folder that holds index.csv")
    needed = ("file", "label", "source", "group", "split", *BOX, *FIVE)
    table = read_table(table_path, "an index", needed).rows
    points = np.load(points_path).astype(np.float32) if points_path.exists() else None
    if points is not None and len(points) != len(table):
        raise SettingsError(
            f"{points_path.name} has {len(points)} rows, index.csv {len(table)}; they must be the same"
            " pictures"
        )
    rows = []
    for number, row in enumerate(table):
        if not row["split"] or _split_in(row) != split:
            continue
        box, five = _numbers(row, BOX), _numbers(row, FIVE).reshape(5, 2)
        trusted = points is not None and not contradicts(points[number], five, box)
        rows.append(
            Picture(
                path=folder / row.file(),
                label=_label(row),
                source=row["source"],
                group=f"{row['source']}:{row['group']}",
                box=box,
                points68=points[number] if trusted and points is not None else None,
            )
        )
    return rows


def _label(row: Row) -> int:
    if row["label"] not in ("0", "1"):
        raise SettingsError(
            f"{row.where}: label {row['label']!r} is neither 0 (real) nor 1 (fake); mend the index"
        )
    return int(row["label"])


def _numbers(row: Row, columns: Sequence[str]) -> Floats:
    """Cells as float32, NaN where one is empty."""
    values = [row.number(name) for name in columns]
    return np.array([np.nan if value is None else value for value in values], dtype=np.float32)


def _split_in(row: Row) -> str:
    """The split of a row; SettingsError names the line."""
    try:
        return split_name(row["split"])
    except SettingsError as fault:
        raise SettingsError(f"{row.where}: {fault}; mend the index") from None


SKIPPED = "skipped.csv"
COLUMNS = (
    "file",
    "label",
    "source",
    "method",
    "split",
    "group",
    "age",
    "gender",
    "ethnicity",
    *BOX,
    "finder_score",
    *FIVE,
    "compression",
    "width",
    "height",
    "fold",
    "mask",
)
"""Those of our own training data first, in its order."""


@dataclass(frozen=True)
class Prepared:
    """What a preparation came to; `pictures` counts (split, label), `faceless` are frames of used videos
    without the chosen face.

    `masks` counts pictures with a mask, None where none were asked for.
    """

    pictures: Counter[tuple[str, int]]
    files: int
    unreadable: int
    no_face: int
    left_out: int
    faceless: int
    masks: int | None = None

    @property
    def sentence(self) -> str:
        """The counts in words."""
        splits = [split for split in SPLITS if (split, 0) in self.pictures or (split, 1) in self.pictures]
        parts = [f"{split} {self.pictures[split, 0]} real {self.pictures[split, 1]} fake" for split in splits]
        skipped = (
            f"{self.no_face} without a face, {self.unreadable} unreadable, {self.left_out} left out by the"
            " layout"
        )
        masks = "" if self.masks is None else f"; with a mask: {self.masks}"
        return (
            f"{self.pictures.total()} pictures of {self.files} files ({', '.join(parts) or 'none'}){masks}; "
            f"skipped files: {skipped} ({SKIPPED}); skipped frames: {self.faceless}"
        )


@dataclass
class _Tables:
    """The tables as they grow: `rows` and `points` (68, 2) of pictures, `skipped` names and reasons."""

    rows: list[list[object]] = field(default_factory=list)
    points: list[Floats] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)
    pictures: Counter[tuple[str, int]] = field(default_factory=Counter)
    read: dict[str, Found] = field(default_factory=dict)


def write_manifest(
    data: DataSet, out: Path, records: Mapping[str, Found], folds: int, masks: bool
) -> Prepared:
    """Write the tables from what was found, labels, splits and folds being those of the layout now."""
    tables = _Tables()
    numbers: Counter[str] = Counter()
    for row in data.rows:
        name = row.path.relative_to(data.folder).as_posix()
        number = numbers[name]
        numbers[name] += not row.left_out
        if row.left_out:
            tables.skipped.append((name, row.left_out))
        else:
            _add(tables, row, records[name], number, folds)
    _write_table(out / INDEX, COLUMNS, tables.rows)
    _write_table(out / SKIPPED, ("file", "reason"), tables.skipped)
    with replacing(out / LANDMARKS) as stream:
        np.save(stream, np.array(tables.points, dtype=np.float16).reshape(-1, 68, 2))
    reasons = Counter(records[name].reason for name, number in numbers.items() if number)
    return Prepared(
        pictures=tables.pictures,
        files=len(tables.read),
        unreadable=sum(count for reason, count in reasons.items() if reason not in ("", NO_FACE)),
        no_face=reasons[NO_FACE],
        left_out=sum(bool(row.left_out) for row in data.rows),
        faceless=sum(record.faceless for record in tables.read.values()),
        masks=sum(bool(cut.mask) for record in tables.read.values() for cut in record.cuts)
        if masks
        else None,
    )


def _add(tables: _Tables, row: Labelled, record: Found, number: int, folds: int) -> None:
    """Add the pictures of a row, which is the file's row `number`, or the reason why there are none."""
    if record.reason:
        if not number:
            tables.skipped.append((record.name, record.reason))
        return
    cuts = [cut for cut in record.cuts if cut.number == number]
    if not cuts:
        place = ", ".join(f"{value:.0f}" for value in row.box or ())
        tables.skipped.append((record.name, f"{NO_FACE} at {place}"))
    if record.unmasked and not number:
        tables.skipped.append((record.name, f"kept, without all of its masks: {record.unmasked}"))
    tables.read[record.name] = record
    tables.pictures[str(row.split), row.label] += len(cuts)
    tables.rows += [_cells(row, cut, fold_of(row, folds)) for cut in cuts]
    tables.points += [cut.points68 for cut in cuts]


def _cells(row: Labelled, cut: Cut, fold: int) -> list[object]:
    person = person_of(row.path.name)
    labels = [
        cut.file,
        row.label,
        row.source,
        row.method,
        row.split,
        row.group,
        person.age,
        person.gender,
        person.ethnicity,
    ]
    numbers = [f"{value:.1f}" for value in (*cut.box, *cut.five.ravel())]
    return [
        *labels,
        *numbers[:4],
        f"{cut.score:.3f}",
        *numbers[4:],
        row.compression,
        cut.width,
        cut.height,
        fold,
        cut.mask,
    ]


def _write_table(path: Path, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Write a table whole, over what was there; an interruption leaves no half of it."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows(rows)
    write_atomically(path, text.getvalue().encode(errors="backslashreplace"))
