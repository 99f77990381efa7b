"""Scores of labelled pictures as one table of columns: what evidence is fitted on."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass, fields
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detector.errors import DetectorError
from detector.files import sha256_of, write_atomically
from detector.structures import CATEGORIES, Condition, Question

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
Rows = NDArray[np.intp]
Texts = NDArray[np.object_]

HASH_DIGITS = 10


class Variant(StrEnum):
    """What was done to a picture before it was judged: nothing, or what puts it in a condition."""

    PLAIN = "plain"
    JPEG_30 = "jpeg30"
    SMALL_48 = "small48"
    DRAWN = "drawn"


VARIANT_OF = {
    Condition.COMPRESSED: Variant.JPEG_30,
    Condition.SMALL: Variant.SMALL_48,
    Condition.DRAWN: Variant.DRAWN,
}
"""Conditions that are also made from every picture, and what makes them."""


@dataclass(frozen=True)
class Score:
    """What one detector said of the labelled face of one picture.

    `source` is what is left out as one (both compressions of a source belong to it), `set` the part of it
    that is weighted by itself, `kind` the index's (snapshot, studio, swap, gan ...), `group` a person or
    video; `clip` names the clip that a frame was taken from, empty where it stands alone. `conditions` are
    those measured but ORDINARY and OUT_OF_RANGE, which follow: `ways_out` counts in how many ways the face is
    out of the fitted range. `marked` says that it is hard to judge.
    """

    file: str
    logit: float
    is_fake: bool
    set: str
    source: str
    kind: str
    group: str
    clip: str = ""
    variant: Variant = Variant.PLAIN
    conditions: frozenset[Condition] = frozenset()
    ways_out: int = 0
    marked: bool = False


COLUMNS = tuple(field.name for field in fields(Score))


@dataclass(frozen=True, eq=False)
class Scores:
    """Scores of one detector: the columns of `Score`, (N,) each. All logits are finite."""

    file: Texts
    logit: Array
    is_fake: Mask
    set: Texts
    source: Texts
    kind: Texts
    group: Texts
    clip: Texts
    variant: Texts
    conditions: Texts
    ways_out: NDArray[np.int64]
    marked: Mask

    @classmethod
    def of(cls, rows: Iterable[Score]) -> Scores:
        """The table of some scores. Raises ValueError where a logit is not finite."""
        kept = list(rows)
        if unknown := [row.file for row in kept if not np.isfinite(row.logit)]:
            raise ValueError(f"{len(unknown)} logits are not finite, the first of {unknown[0]}")
        return cls(**{name: _column(name, [getattr(row, name) for row in kept]) for name in COLUMNS})

    def __len__(self) -> int:
        return len(self.file)

    def take(self, rows: Rows | Mask) -> Scores:
        """The table of some rows, by their places or by a mask (N,)."""
        return Scores(**{name: getattr(self, name)[rows] for name in COLUMNS})

    def of_question(self, question: Question) -> Scores:
        """Every genuine picture, and the fakes that `question` is about; of `either` all of them."""
        asked = question is Question.EITHER
        return self.take(~self.is_fake | asked | np.isin(self.kind.astype(str), sorted(CATEGORIES[question])))

    def of_variant(self, variant: Variant) -> Scores:
        """What was said of the pictures as `variant` left them."""
        return self.take(self.variant == variant)

    @property
    def owner(self) -> Texts:
        """What each row belongs to, (N,): a group of a source."""
        return np.array(
            [f"{source} {group}" for source, group in zip(self.source, self.group, strict=True)], dtype=object
        )

    def has(self, condition: Condition) -> Mask:
        """Which faces are in `condition`, (N,); ordinary are those in none."""
        out_of_range = self.ways_out > 0
        if condition is Condition.OUT_OF_RANGE:
            return np.asarray(out_of_range)
        if condition is Condition.ORDINARY:
            return np.array([not of_face for of_face in self.conditions], dtype=bool) & ~out_of_range
        return np.array([condition in of_face for of_face in self.conditions], dtype=bool)


def hashed(source: str, group: str) -> str:
    """A group as it is stored: enough to count it, not to name it."""
    return sha256_of(f"{source}\0{group}".encode())[:HASH_DIGITS]


def write_scores(path: Path, scores: Scores) -> None:
    """Keep `scores` as CSV; logits are written whole."""
    lines = io.StringIO(newline="")
    writer = csv.writer(lines)
    writer.writerow(COLUMNS)
    for values in zip(*(getattr(scores, name) for name in COLUMNS), strict=True):
        row = dict(zip(COLUMNS, values, strict=True))
        row["logit"] = repr(float(row["logit"]))
        row["conditions"] = "; ".join(sorted(row["conditions"]))
        row |= {name: int(row[name]) for name in ("is_fake", "ways_out", "marked")}
        writer.writerow(row.values())
    write_atomically(path, lines.getvalue())


def read_scores(path: Path) -> Scores:
    """What `write_scores` kept. Raises DetectorError where it is none."""
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            reader = csv.DictReader(lines)
            if tuple(reader.fieldnames or ()) != COLUMNS:
                raise ValueError(f"its columns are not {', '.join(COLUMNS)}")
            return Scores.of(_score(record) for record in reader)
    except (OSError, ValueError, csv.Error) as error:
        raise DetectorError(f"{path} cannot be read as scores ({error}); make it again") from error


def _score(record: dict[str, str]) -> Score:
    values: dict[str, Any] = dict(record)
    values["logit"] = float(record["logit"])
    values["is_fake"], values["marked"] = record["is_fake"] == "1", record["marked"] == "1"
    values["ways_out"] = int(record["ways_out"])
    values["variant"] = Variant(record["variant"])
    values["conditions"] = frozenset(map(Condition, filter(None, record["conditions"].split("; "))))
    return Score(**values)


def _column(name: str, values: list[Any]) -> NDArray[Any]:
    if name == "logit":
        return np.array(values, dtype=np.float64)
    if name in ("is_fake", "marked"):
        return np.array(values, dtype=bool)
    if name == "ways_out":
        return np.array(values, dtype=np.int64)
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return column
