"""An index CSV to labelled rows: what is real, what is fake, and what belongs together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from detector.data.labelled import FORMER
from detector.errors import DetectorError
from detector.media import VIDEO_EXTENSIONS
from detector.tables import Row as Record
from detector.tables import read_table

CLASS_FOLDERS = frozenset({"fake", "real"})
MECHANICS = "mechanics"
"""Folder of clips that try the decoder and the tracker: labelled or not, they are no sample of anything, so
never in a metric.
"""


def split_named(name: str) -> str:
    """The split's name; a former one is translated (`val` is `test`), of anything else nothing is asked."""
    return FORMER.get(name, name)


@dataclass(frozen=True)
class Row:
    """A labelled file: `label` 1 is fake; `file` as the index has it, relative to the index.

    `source` is the data set, `set` a part of it that is quoted by itself (`ffpp-c23`), `group` what belongs
    together (a person, a video), `category` what kind of fake or of genuine picture it is (`swap`, `gan`,
    `snapshot`), `clip` the video that a frame was taken from, where the index tells it.
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
    category: str = ""
    clip: str = ""


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
        """The rows of one split (None: all; `val` is `test`), at most `limit`, evenly over the index.

        Raises DetectorError where it has none.
        """
        asked = None if split is None else split_named(split)
        kept = tuple(row for row in self.rows if asked is None or row.split == asked)
        if not kept:
            known = ", ".join(sorted({row.split for row in self.rows if row.split})) or "none"
            raise DetectorError(
                f"{self.path.name} has no labelled row of split {split!r}; its splits: {known}"
            )
        if limit is not None and limit < len(kept):
            kept = tuple(kept[number * len(kept) // limit] for number in range(limit))
        return replace(self, rows=kept)


LEAST_COLUMNS = ("file", "label")


def read_index(path: Path) -> Index:
    """The rows of an index CSV: `file, label` and, where it has them, `source, set, method, split, group,
    compression, repo, kind` (which is the category) and `path`, of a frame with its number behind a `#`.

    Without `source` it is the first folder of `file`, or where that is `fake` or `real` the folder of the
    index. Without `group` it is `origin`, else the file stands alone. Without `set`, a source in several
    compressions is a set for each.
    """
    records = read_table(path, "an index", LEAST_COLUMNS).rows
    labelled = [record for record in records if record["label"]]
    kept = [record for record in labelled if Path(record.file()).parts[:1] != (MECHANICS,)]
    rows = [_row(record, path.resolve().parent.name) for record in kept]
    return Index(
        path,
        tuple(_with_sets(rows)),
        unlabelled=len(records) - len(labelled),
        mechanics=len(labelled) - len(kept),
    )


def kind_of(file: str) -> str:
    """`photo` or `video`, by the end of the name alone."""
    return "video" if Path(file).suffix.lower() in VIDEO_EXTENSIONS else "photo"


def _row(record: Record, folder: str) -> Row:
    if record["label"] not in ("0", "1"):
        raise DetectorError(
            f"{record.where}: label {record['label']!r} is neither 0 (real) nor 1 (fake); mend the index"
        )
    first = Path(record["file"]).parts[0]
    given = {
        name: record.get(name)
        for name in ("source", "set", "method", "group", "split", "compression", "repo")
    }
    given["source"] = given["source"] or (
        folder if first in CLASS_FOLDERS or first == record["file"] else first
    )
    given["category"] = record.get("kind")
    video, _, frame = record.get("path").rpartition("#")
    given["clip"] = f"{given['repo']} {video}".strip() if frame and video else ""
    given["split"] = split_named(given["split"])
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
