"""Predictions that another program made, and labels, to the same report: `file, p_fake` matched by equal
names to an index.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from detector.data.labels import Row, kind_of, read_index
from detector.errors import DetectorError
from detector.evaluate.evidence import held_to_gate
from detector.evaluate.metrics import RESAMPLES
from detector.evaluate.predict import table_of
from detector.evaluate.predictions import Prediction, Predictions, read_predictions, write_predictions
from detector.evaluate.report.environment import environment_of
from detector.evaluate.report.report import External, Report, Unmatched, report_of
from detector.evaluate.run import write_report
from detector.files import sha256_of
from detector.names import unescaped
from detector.report import CSV_COLUMNS
from detector.structures import Thresholds, Verdict
from detector.tables import Row as TableRow
from detector.tables import read_table, unguarded

FILE, P_FAKE, DETECTOR = "file", "p_fake", "detector"
EVEN_ODDS = 0.5
"""The threshold of a program that names none."""


@dataclass(frozen=True)
class Given:
    """A file of predictions made elsewhere: `columns` hold p_fakes, one detector each; of one column,
    `detector` may name several.

    `threshold` is that over which they call a file fake; they are never uncertain.
    """

    path: Path
    columns: tuple[str, ...] = (P_FAKE,)
    threshold: float = EVEN_ODDS


def evaluate_external(
    given: Given,
    labels: Path,
    out: Path | None = None,
    split: str | None = None,
    limit: int | None = None,
    *,
    resamples: int = RESAMPLES,
    random_seed: int = 0,
    plots: bool = False,
    evidence: bool = False,
) -> Report:
    """Evaluate predictions made elsewhere on the labels of an index CSV.

    Names of files must be equal as they are written. What has no label, or not a prediction of every
    detector, is in no metric; it is counted and named. With `out` the matched predictions and the report are
    written as an evaluation of ours writes them. Raises DetectorError.
    """
    if out is not None and {out.resolve(), table_of(out).resolve()} & {
        given.path.resolve(),
        labels.resolve(),
    }:
        raise DetectorError(f"--out {out} is what is read; give another name")
    if out is not None and table_of(out).exists():
        read_predictions(table_of(out))  # refuses what an evaluation did not write
    if not 0 <= given.threshold <= 1:
        raise DetectorError(
            f"the threshold is {given.threshold:g}; p_fake, and so its threshold, lies within 0 and 1"
        )
    index = read_index(labels).of_split(split, limit)
    said = _read(given)
    names = list(dict.fromkeys(name for name, _ in said))
    sha256, thresholds = sha256_of(given.path), Thresholds(given.threshold)
    known = [row for row in index.rows if names and all((name, row.file) in said for name in names)]
    predictions = Predictions.of(
        _prediction(row, name, said[name, row.file], thresholds, sha256) for row in known for name in names
    )
    if not len(predictions):
        mine, theirs = index.rows[0].file, next(iter(said))[1] if said else "none"
        raise DetectorError(
            f"{given.path.name} and {labels.name} have no file in common; names are compared as written:"
            f" {theirs!r}, {mine!r}"
        )
    environment = environment_of(
        index,
        predictions,
        command=_command(given, labels, split, limit) + (" --evidence" if evidence else ""),
        split=split,
        resamples=resamples,
        random_seed=random_seed,
        judging={
            "predictions": given.path.name,
            "predictions_sha256": sha256,
            "columns": list(given.columns),
            "threshold": given.threshold,
        },
    )
    files = set(predictions.file)
    unmatched = Unmatched(
        unpredicted=tuple(row.file for row in index.rows if row.file not in files),
        unlabelled=_without_label(said, labels),
    )
    judges = [External(name, thresholds, given.path.name, sha256) for name in names]
    report = report_of(environment, judges, predictions, unmatched)
    if evidence:
        report = replace(report, evidence=held_to_gate(predictions, dict.fromkeys(names)))
    if out is not None:
        write_report(report, out, plots=plots)
        write_predictions(table_of(out), predictions)
    return report


@dataclass(frozen=True)
class _Said:
    """A row of the file of predictions, as far as it is known: None and empty where it does not say."""

    p_fake: float | None
    kind: str
    verdict: str
    face_px: float | None
    error: str


_Key = tuple[str, str]


def _read(given: Given) -> dict[_Key, _Said]:
    """What is said, by detector and file, in the order of the file."""
    table = read_table(given.path, "predictions", [FILE])
    missing = [name for name in given.columns if name not in table.columns]
    if missing:
        raise DetectorError(
            f"{given.path.name} has no column {' and '.join(missing)}, only {', '.join(table.columns)}; name"
            " one with --column"
        )
    of_scan = set(table.columns) == set(CSV_COLUMNS)
    said: dict[_Key, _Said] = {}
    for row in table.rows:
        file = unescaped(unguarded(row.file())) if of_scan else row.file()
        for column in given.columns:
            key = _name_of(given, row, column), file
            if key in said:
                raise DetectorError(f"{row.where}: {file!r} of {key[0]} stands there a second time; keep one")
            said[key] = _said(row, column)
    return said


def _name_of(given: Given, record: TableRow, column: str) -> str:
    """The column's name where there are several; else the detector of the row, or the file's own name."""
    if len(given.columns) > 1:
        return column
    return record.get(DETECTOR) or (given.path.stem if column == P_FAKE else column)


def _said(row: TableRow, column: str) -> _Said:
    p_fake = row.number(column)
    if p_fake is not None and not 0 <= p_fake <= 1:
        raise DetectorError(
            f"{row.where}: {column} is {row[column]}, which is no probability; give values from 0 (real) to"
            " 1 (fake)"
        )
    return _Said(p_fake, row.get("kind"), row.get("verdict"), _face_px(row), row.get("error"))


def _face_px(row: TableRow) -> float | None:
    """The longer side of the face that decided, where a column `face_px`, or `deciding_face` of a table of
    `scan`, tells it.
    """
    if row.get("face_px"):
        return row.number("face_px")
    try:
        corners = [float(word) for word in row.get("deciding_face").split()]
    except ValueError:
        raise DetectorError(
            f"{row.where}: deciding_face is {row['deciding_face']!r}, which are no numbers"
        ) from None
    return max(corners[2] - corners[0], corners[3] - corners[1]) if len(corners) == 4 else None


def _prediction(row: Row, name: str, said: _Said, thresholds: Thresholds, sha256: str) -> Prediction:
    verdict = _verdict(said.p_fake, thresholds)
    if said.verdict in set(Verdict) and (Verdict(said.verdict) in (Verdict.NO_FACE, Verdict.UNREADABLE)) is (
        said.p_fake is None
    ):
        verdict = Verdict(said.verdict)
    elif said.p_fake is None and said.error:
        verdict = Verdict.UNREADABLE
    return Prediction(
        **asdict(row),
        kind=said.kind if said.kind in ("photo", "video") else kind_of(row.file),
        p_fake=said.p_fake,
        logit=None,
        verdict=verdict,
        faces=int(said.p_fake is not None),
        face_px=said.face_px,
        error=said.error,
        detector=name,
        weights=sha256,
        judged_by="elsewhere",
        file_sha256="-",
    )


def _verdict(p_fake: float | None, thresholds: Thresholds) -> Verdict:
    """What a program says that knows one threshold and no evidence."""
    if p_fake is None:
        return Verdict.NO_FACE
    return Verdict.LIKELY_FAKE if p_fake > thresholds.t else Verdict.LIKELY_REAL


def _without_label(predicted: Iterable[_Key], labels: Path) -> tuple[str, ...]:
    """Files without a label in the whole index, of whatever split."""
    labelled = {row.file for row in read_index(labels).rows}
    return tuple(file for file in dict.fromkeys(file for _, file in predicted) if file not in labelled)


def _command(given: Given, labels: Path, split: str | None, limit: int | None) -> str:
    parts = [
        "python -m detector evaluate --predictions",
        given.path.as_posix(),
        "--labels",
        labels.as_posix(),
    ]
    parts += ["--column", ",".join(given.columns)] if given.columns != (P_FAKE,) else []
    parts += ["--threshold", f"{given.threshold:g}"] if given.threshold != EVEN_ODDS else []
    parts += ["--split", split] if split else []
    parts += ["--limit", str(limit)] if limit else []
    return " ".join(parts)
