"""What detectors said of files, as one table of columns: built once, with its resample weights, and kept as
CSV or Parquet.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from detector.data.labels import split_named
from detector.errors import DetectorError, SettingsError
from detector.evaluate.metrics import RESAMPLES, Array, order_of, resample_weights
from detector.files import appending, write_atomically
from detector.structures import Verdict
from detector.tables import read_table

Mask = NDArray[np.bool_]
Rows = NDArray[np.intp]
Texts = NDArray[np.object_]

PARQUET = ".parquet"


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
    category: str
    clip: str
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
LATER_COLUMNS = ("category", "clip")
"""Columns that files kept by earlier versions lack; they are empty then."""
WHOLE_NUMBERS, NUMBERS = ("label", "faces"), ("p_fake", "logit", "face_px")


@dataclass(frozen=True, eq=False)
class Predictions(Sequence[Prediction]):
    """Predictions of any number of detectors: each column (N,), a row a file and detector.

    The columns are those of `Prediction`; `p_fake`, `logit` and `face_px` are NaN where it has None.
    `resamples` and `random_seed` say how intervals of its metrics are made.
    """

    file: Texts
    label: NDArray[np.int64]
    source: Texts
    set: Texts
    method: Texts
    group: Texts
    split: Texts
    compression: Texts
    repo: Texts
    category: Texts
    clip: Texts
    kind: Texts
    p_fake: Array
    logit: Array
    verdict: Texts
    faces: NDArray[np.int64]
    face_px: Array
    error: Texts
    detector: Texts
    weights: Texts
    judged_by: Texts
    file_sha256: Texts
    resamples: int = RESAMPLES
    random_seed: int = 0

    @classmethod
    def of(cls, rows: Iterable[Prediction]) -> Predictions:
        """The table of some predictions; a table is given back as it is."""
        if isinstance(rows, Predictions):
            return rows
        kept = list(rows)
        columns: dict[str, Any] = {
            name: _column(name, [getattr(row, name) for row in kept]) for name in COLUMNS
        }
        return cls(**columns)

    def __len__(self) -> int:
        return len(self.file)

    @overload
    def __getitem__(self, place: int) -> Prediction: ...
    @overload
    def __getitem__(self, place: slice) -> Predictions: ...
    def __getitem__(self, place: int | slice) -> Prediction | Predictions:
        if isinstance(place, slice):
            return self.take(np.arange(len(self))[place])
        return Prediction(**{name: _cell(name, getattr(self, name)[place]) for name in COLUMNS})

    def __iter__(self) -> Iterator[Prediction]:
        return (self[place] for place in range(len(self)))

    def take(self, rows: Rows | Mask) -> Predictions:
        """The table of some rows, by their places or by a mask (N,)."""
        return replace(self, **{name: getattr(self, name)[rows] for name in COLUMNS})

    def resampled(self, resamples: int, random_seed: int = 0) -> Predictions:
        """The same table, whose intervals are of so many resamples."""
        return replace(self, resamples=resamples, random_seed=random_seed)

    def of_detector(self, name: str) -> Predictions:
        """What the detector `name` said."""
        return self.take(self.detector == name)

    def of_kind(self, kind: str) -> Predictions:
        """What was said of files of a kind, `photo` or `video`."""
        return self.take(self.kind == kind)

    @cached_property
    def judged(self) -> Mask:
        """Where there is a p_fake, (N,)."""
        return ~np.isnan(self.p_fake)

    @cached_property
    def order(self) -> NDArray[np.int64]:
        """Ranks (N,) of the judged files by p_fake, and by logit where p_fake is saturated; 0 elsewhere."""
        ranks = np.zeros(len(self), dtype=np.int64)
        logits = np.nan_to_num(self.logit[self.judged])
        ranks[self.judged] = order_of(self.p_fake[self.judged], logits)
        return ranks

    @cached_property
    def owner(self) -> Texts:
        """What each file belongs to, (N,): a person or a video of a source."""
        return np.array(
            [f"{source} {group}" for source, group in zip(self.source, self.group, strict=True)], dtype=object
        )

    def owners(self, rows: Rows) -> list[str]:
        """What the files of `rows` belong to."""
        return list(self.owner[rows])

    @cached_property
    def resample_weights(self) -> NDArray[np.float32]:
        """How often each row counts in each resample, (D, N).

        They hang on sources, groups and the random seed alone, so that detectors judged on the same files
        share one matrix, and their differences are paired.
        """
        return _weights(tuple(self.source), tuple(self.group), self.resamples, self.random_seed)

    def weights_at(self, rows: Rows) -> NDArray[np.float32]:
        """The same of some rows, (D, n)."""
        return self.resample_weights[:, rows]


@lru_cache(maxsize=4)
def _weights(
    sources: tuple[str, ...], groups: tuple[str, ...], resamples: int, random_seed: int
) -> NDArray[np.float32]:
    weights = resample_weights(sources, groups, resamples, random_seed)
    weights.setflags(write=False)
    return weights


def _column(name: str, values: Sequence[Any]) -> NDArray[Any]:
    if name in NUMBERS:
        return np.array([math.nan if value is None else value for value in values], dtype=np.float64)
    if name in WHOLE_NUMBERS:
        return np.array(values, dtype=np.int64)
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return column


def _cell(name: str, value: Any) -> Any:
    if name in NUMBERS:
        return None if np.isnan(value) else float(value)
    return int(value) if name in WHOLE_NUMBERS else value


def write_predictions(path: Path, predictions: Iterable[Prediction]) -> None:
    """Write `predictions` whole, over what was there, as Parquet where `path` ends so, else as CSV."""
    table = Predictions.of(predictions)
    if path.suffix.lower() == PARQUET:
        write_atomically(path, _parquet(table))
        return
    lines = io.StringIO(newline="")
    writer = csv.writer(lines)
    writer.writerow(COLUMNS)
    writer.writerows(_texts(prediction) for prediction in table)
    write_atomically(path, lines.getvalue())


def append_predictions(path: Path, predictions: Iterable[Prediction]) -> None:
    """Add `predictions` to the CSV file, which has its header already; on disk when this returns."""
    lines = io.StringIO(newline="")
    csv.writer(lines).writerows(_texts(prediction) for prediction in predictions)
    with appending(path) as stream:
        stream.write(lines.getvalue().encode())


def read_predictions(path: Path) -> Predictions:
    """The predictions of a file written here, a last line that was cut off left out.

    Raises DetectorError where it is none.
    """
    try:
        names, records = _read_parquet(path) if path.suffix.lower() == PARQUET else _read_csv(path)
        if names == tuple(name for name in COLUMNS if name in names or name not in LATER_COLUMNS):
            return Predictions.of(_prediction(record) for record in records)
    except (OSError, ValueError, SettingsError) as error:  # ValueError: no Parquet, no number
        raise DetectorError(
            f"{path} cannot be read as predictions ({error}); give another --out or move it away"
        ) from error
    raise DetectorError(
        f"{path} is not a file of predictions of this version; give another --out or move it away"
    )


def _read_csv(path: Path) -> tuple[tuple[str, ...], list[dict[str, Any]]]:
    table = read_table(path, "predictions", least=0, cut_off=True)
    return table.columns, [dict(row.cells) for row in table.rows]


def _read_parquet(path: Path) -> tuple[tuple[str, ...], list[dict[str, Any]]]:
    from pyarrow import parquet

    table = parquet.read_table(path)
    return tuple(table.column_names), table.to_pylist()


def _parquet(table: Predictions) -> bytes:
    import pyarrow
    from pyarrow import parquet

    columns = {
        name: pyarrow.array([_plain(_cell(name, value)) for value in getattr(table, name)], type=_type(name))
        for name in COLUMNS
    }
    stream = io.BytesIO()
    parquet.write_table(pyarrow.table(columns), stream)
    return stream.getvalue()


def _type(name: str) -> Any:
    import pyarrow

    if name in NUMBERS:
        return pyarrow.float64()
    return pyarrow.int64() if name in WHOLE_NUMBERS else pyarrow.string()


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, Verdict) else value


def _texts(prediction: Prediction) -> list[str]:
    values = (getattr(prediction, name) for name in COLUMNS)
    return ["" if value is None else str(value) for value in values]


def _prediction(record: Mapping[str, Any]) -> Prediction:
    values = {**dict.fromkeys(LATER_COLUMNS, ""), **record}
    for name in WHOLE_NUMBERS:
        values[name] = int(values[name])
    for name in NUMBERS:
        values[name] = None if values[name] in ("", None) else float(values[name])
    values["verdict"], values["split"] = Verdict(values["verdict"]), split_named(values["split"])
    return Prediction(**values)
