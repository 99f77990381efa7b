"""An index CSV to labelled rows; predictions to a CSV and back."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from detector.data.labelled import FORMER
from detector.errors import DetectorError
from detector.media import VIDEO_EXTENSIONS
from detector.structures import Verdict

CLASS_FOLDERS = frozenset({"fake", "real"})
MECHANICS = "mechanics"
"""Folder of clips that try the decoder and the tracker: labelled or not, they are no sample of anything, so
never in a figure.
"""


@dataclass(frozen=True)
class Row:
    """A labelled file: `label` 1 is fake; `file` as the index has it, relative to the index.

    `source` is the data set, `set` a part of it that is quoted by itself (`ffpp-c23`), `group` what belongs
    together (a person, a video).
    """

    file: str
    label: int
    source: str
    set: str
    method: str = ""
    group: str = ""
    split: str = ""
    compression: str = ""
    repo: str = ""


@dataclass(frozen=True)
class Index:
    """The labelled rows of an index; `unlabelled` counts rows without a label, `mechanics` those of its
    `mechanics/` folder.
    """

    path: Path
    rows: tuple[Row, ...]
    unlabelled: int = 0
    mechanics: int = 0

    def of_split(self, split: str | None, limit: int | None = None) -> Index:
        """The rows of one split (None: all), at most `limit` of them, evenly over the index."""
        split = FORMER.get(split, split) if split else None
        kept = tuple(row for row in self.rows if split is None or row.split == split)
        if not kept:
            known = ", ".join(sorted({row.split for row in self.rows if row.split})) or "none"
            raise DetectorError(
                f"{self.path.name} has no labelled row of split {split!r}; its splits: {known}"
            )
        if limit is not None and limit < len(kept):
            kept = tuple(kept[number * len(kept) // limit] for number in range(limit))
        return replace(self, rows=kept)


@dataclass(frozen=True)
class Prediction:
    """What one detector said of one file.

    `p_fake` and `logit` (of the face that decides; it breaks ties of a saturated p_fake) are None where
    nothing was judged: no face found, or `error` says why the file could not be read (`logit` also where it
    is not known). `kind` is `photo` or `video`, told by the name where the file could not be read. `face_px`
    is the longer side of the box of the face that decides, in pixels of its frame, None where there is none
    or it is not known. `weights` is their sha256, `judged_by` a digest of everything else that a prediction
    hangs on, `file_sha256` the file's own.
    """

    file: str
    label: int
    source: str
    set: str
    method: str
    group: str
    split: str
    compression: str
    repo: str
    kind: str
    p_fake: float | None
    logit: float | None
    verdict: Verdict
    faces: int
    face_px: float | None
    error: str
    detector: str
    weights: str
    judged_by: str
    file_sha256: str


COLUMNS = tuple(field.name for field in fields(Prediction))
LEAST_COLUMNS = ("file", "label")


def read_index(path: Path) -> Index:
    """The rows of an index CSV: `file, label` and, where it has them, `source, set, method, split, group,
    compression, repo`; `val` is read as `test`.

    Without `source` it is the first folder of `file`, or where that is `fake` or `real` the folder of the
    index. Without `group` it is `origin`, else the file stands alone. Without `set`, a source in several
    compressions is a set for each.
    """
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            reader = csv.DictReader(lines)
            missing = [name for name in LEAST_COLUMNS if name not in (reader.fieldnames or ())]
            if missing:
                raise DetectorError(
                    f"{path.name} has no column {' and '.join(missing)}; an index needs"
                    f" {', '.join(LEAST_COLUMNS)}"
                )
            records = list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DetectorError(
            f"{path} cannot be read as an index ({error}); give a CSV with {', '.join(LEAST_COLUMNS)}"
        ) from error
    labelled = [(number, record) for number, record in enumerate(records, start=2) if record["label"]]
    kept = [(number, record) for number, record in labelled if Path(record["file"]).parts[:1] != (MECHANICS,)]
    rows = [_row(record, f"{path.name} line {number}", path.resolve().parent.name) for number, record in kept]
    return Index(
        path,
        tuple(_with_sets(rows)),
        unlabelled=len(records) - len(labelled),
        mechanics=len(labelled) - len(kept),
    )


def kind_of(file: str) -> str:
    """`photo` or `video`, by the end of the name alone."""
    return "video" if Path(file).suffix.lower() in VIDEO_EXTENSIONS else "photo"


def _row(record: dict[str, str], where: str, folder: str) -> Row:
    if record["label"] not in ("0", "1"):
        raise DetectorError(
            f"{where}: label {record['label']!r} is neither 0 (real) nor 1 (fake); mend the index"
        )
    first = Path(record["file"]).parts[0]
    given = {
        name: record.get(name) or ""
        for name in ("source", "set", "method", "group", "split", "compression", "repo")
    }
    given["source"] = given["source"] or (
        folder if first in CLASS_FOLDERS or first == record["file"] else first
    )
    given["split"] = FORMER.get(given["split"], given["split"])
    given["group"] = given["group"] or record.get("origin") or record["file"]
    return Row(file=record["file"], label=int(record["label"]), **given)


def _with_sets(rows: Sequence[Row]) -> list[Row]:
    compressions: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        compressions[row.source].add(row.compression)

    def set_of(row: Row) -> str:
        several = len(compressions[row.source]) > 1 and row.compression
        return row.set or (f"{row.source}-{row.compression}" if several else row.source)

    return [replace(row, set=set_of(row)) for row in rows]


def write_predictions(path: Path, predictions: Iterable[Prediction]) -> None:
    """Write `predictions` whole, over what was there (by way of a second file, so that a crash loses
    neither).
    """
    beside = path.with_name(path.name + ".part")
    with beside.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines)
        writer.writerow(COLUMNS)
        writer.writerows(_cells(prediction) for prediction in predictions)
    beside.replace(path)


def append_predictions(path: Path, predictions: Iterable[Prediction]) -> None:
    """Add `predictions` to the file, which has its header already; on disk when this returns."""
    with path.open("a", encoding="utf-8", newline="") as lines:
        csv.writer(lines).writerows(_cells(prediction) for prediction in predictions)


def read_predictions(path: Path) -> list[Prediction]:
    """The predictions of a file written here, a last line that was cut off left out."""
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            reader = csv.DictReader(lines)
            if tuple(reader.fieldnames or ()) != COLUMNS:
                raise DetectorError(
                    f"{path} is not a file of predictions of this version; give another --out or move it away"
                )
            return [_prediction(record) for record in reader if record[COLUMNS[-1]]]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DetectorError(
            f"{path} cannot be read as predictions ({error}); give another --out or move it away"
        ) from error


def _cells(prediction: Prediction) -> list[str]:
    return ["" if value is None else str(value) for value in asdict(prediction).values()]


def _prediction(record: dict[str, str]) -> Prediction:
    values: dict[str, Any] = dict(record)
    values["label"], values["faces"] = int(record["label"]), int(record["faces"])
    values["split"] = FORMER.get(record["split"], record["split"])
    values["verdict"] = Verdict(record["verdict"])
    for name in ("p_fake", "logit", "face_px"):
        values[name] = float(record[name]) if record[name] else None
    return Prediction(**values)
