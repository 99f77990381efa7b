"""What was found in each file of a data set, kept line by line so that an interrupted preparation goes on."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from detector.data.labelled import Corners
from detector.errors import SettingsError
from detector.files import write_atomically
from detector.structures import Floats

JOURNAL = "prepared.jsonl"
NO_FACE = "no face found"


@dataclass(frozen=True, eq=False)
class Cut:
    """A saved face picture: `file` below `out`; `box` (4,), `five` (5, 2) by MTCNN and `points68` (68, 2),
    all in its pixels.

    `number` says which of the marked boxes it fills, `mask` is the picture of what was altered, empty: none.
    """

    file: str
    width: int
    height: int
    box: Floats
    score: float
    five: Floats
    points68: Floats
    number: int = 0
    mask: str = ""


@dataclass(frozen=True, eq=False)
class Found:
    """What a file gave: its pictures, or a `reason` in words why there is none. `faceless` frames of a video
    show no chosen face.

    `marked` are the boxes that were asked for, `unmasked` says why masks are missing.
    """

    name: str
    bytes: int
    cuts: tuple[Cut, ...] = ()
    faceless: int = 0
    reason: str = ""
    marked: tuple[Corners, ...] = ()
    unmasked: str = ""


@dataclass(frozen=True)
class Terms:
    """What every file of one preparation has in common; the first line of its journal."""

    layout: str
    source: str
    frames: int
    min_face_px: int
    landmarks: str
    masks: bool = False


def open_journal(out: Path, terms: Terms) -> dict[str, Found]:
    """What stands in the journal of `out` by name of the file, a line cut off by an interruption dropped;
    begins one where there is none.

    Raises SettingsError where it was begun on other terms.
    """
    path = out / JOURNAL
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True) if path.exists() else []
    whole = [line for line in lines if line.endswith("\n")]
    if not whole:
        out.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(asdict(terms)) + "\n", encoding="utf-8")
        return {}
    begun = asdict(Terms(**json.loads(whole[0])))
    other = [f"{name} {value}" for name, value in begun.items() if asdict(terms)[name] != value]
    if other:
        raise SettingsError(
            f"{out} was prepared with {', '.join(other)}; ask for the same, or name another --out"
        )
    if len(whole) < len(lines):
        write_atomically(path, "".join(whole))
    return {record.name: record for record in map(_record, whole[1:])}


def append(out: Path, record: Found) -> None:
    """Add a file to the journal; on disk when this returns."""
    with (out / JOURNAL).open("a", encoding="utf-8") as stream:
        stream.write(json.dumps({**vars(record), "cuts": list(map(_values, record.cuts))}) + "\n")


def _values(cut: Cut) -> dict[str, Any]:
    return {
        name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in vars(cut).items()
    }


def _record(line: str) -> Found:
    values = json.loads(line)
    marked = tuple(map(tuple, values.get("marked", ())))
    return Found(**{**values, "cuts": tuple(map(_cut, values["cuts"])), "marked": marked})


def _cut(values: dict[str, Any]) -> Cut:
    arrays = {name: np.array(values[name], dtype=np.float32) for name in ("box", "five", "points68")}
    return Cut(**{**values, **arrays})
