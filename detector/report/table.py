"""The table of results, a row a file and detector: CSV, Parquet, and JSON of documents."""

from __future__ import annotations

import csv
import importlib.util
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from detector.errors import DetectorError, SettingsError
from detector.files import write_atomically
from detector.names import escaped
from detector.reasons import phrases
from detector.statements import coverage_phrases, muted_phrases
from detector.structures import Analysis, DetectorInfo, Evidence, Verdict
from detector.tables import as_it_is, guarded, read_table, unguarded

CSV_COLUMNS = (
    *("file", "kind", "verdict", "evidence", "lr", "lr_low", "lr_high", "p_fake", "faces", "deciding_face"),
    *("frames", "reasons", "detector", "weights", "engine", "seconds", "error"),
)
WHOLE_COLUMNS = ("faces", "frames")
NUMBER_COLUMNS = ("lr", "lr_low", "lr_high", "p_fake", "seconds")
SUFFIXES = (".csv", ".json", ".parquet")
FOREIGN_COLUMNS = ("file", "reasons", "error")
"""Columns of words that may begin as a file's name does."""
FORMER_COLUMNS = (
    *("file", "kind", "verdict", "p_fake", "lo", "hi", "faces", "deciding_face", "frames", "reasons"),
    *("detector", "weights", "engine", "seconds", "error"),
)
"""Of tables written before there was evidence; the ends of the uncertain band are passed over."""


def csv_row(analysis: Analysis, file: str | None = None) -> dict[str, str]:
    """One row of CSV_COLUMNS; `file` is its path where the name alone is too little."""
    deciding, muted = analysis.deciding, muted_phrases(analysis.evidence) if analysis.evidence else []
    return {
        **_of_detector(analysis.detector),
        "file": escaped(file or analysis.media.name),
        "kind": analysis.media.kind,
        "verdict": str(analysis.verdict),
        **_of_evidence(analysis.evidence),
        "p_fake": "" if analysis.p_fake is None else f"{analysis.p_fake:.4f}",
        "faces": str(len(analysis.face_scores)),
        "deciding_face": (
            " ".join(str(round(float(value))) for value in deciding.face.box) if deciding else ""
        ),
        "frames": str(analysis.frames_read),
        "reasons": "; ".join([*coverage_phrases(analysis.coverage), *muted, *phrases(analysis.reasons)]),
        "seconds": f"{sum(analysis.seconds.values()):.3f}",
    }


def _of_evidence(evidence: Evidence | None) -> dict[str, str]:
    """The columns of evidence, such as "fake:weak"; empty where there is none, the ratios also where none
    was fitted.
    """
    if evidence is None:
        return {}
    ratios = {"lr": evidence.lr, "lr_low": evidence.lr_low, "lr_high": evidence.lr_high}
    return {
        "evidence": f"{evidence.direction}:{evidence.strength}",
        **{name: "" if ratio is None else f"{ratio:.4g}" for name, ratio in ratios.items()},
    }


def error_row(path: Path | str, info: DetectorInfo, message: str) -> dict[str, str]:
    """The row of a file that could not be judged: words, and no number."""
    return {
        **_of_detector(info),
        "file": escaped(str(path)),
        "verdict": str(Verdict.UNREADABLE),
        "reasons": message,
        "error": message,
    }


def to_csv(rows: Iterable[Mapping[str, str]], header: bool = True, raw_cells: bool = False) -> str:
    """Rows as RFC 4180: quoted where needed, lines ended by CR LF.

    Cells that other people's words stand in are guarded, so that no spreadsheet runs them; `raw_cells`: they
    are not. `read_rows` gives both back.
    """
    written = as_it_is if raw_cells else guarded
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, CSV_COLUMNS, lineterminator="\r\n")
    if header:
        writer.writeheader()
    writer.writerows({**row, **{name: written(row[name]) for name in FOREIGN_COLUMNS}} for row in rows)
    return text.getvalue()


def read_rows(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV written here, now or by an earlier version, whose rows have no evidence, or saved
    again by a spreadsheet; one that is something else raises SettingsError. A last line cut short is left
    out.
    """
    table = read_table(path, "results", least=0, cut_off=True)
    if table.columns not in (CSV_COLUMNS, FORMER_COLUMNS):
        raise SettingsError(
            f"{path} is not a table of results with the columns of this version: name another file"
        )
    rows = [{name: row.get(name) for name in CSV_COLUMNS} for row in table.rows]
    return [{**row, **{name: unguarded(row[name]) for name in FOREIGN_COLUMNS}} for row in rows]


def parquet_rows(path: Path) -> list[dict[str, Any]]:
    """The rows of a Parquet written here, numbers as such and None where there is none; SettingsError for
    another.
    """
    import pandas as pd

    try:
        table = pd.read_parquet(path, engine="pyarrow")
    except (OSError, ValueError) as fault:  # pyarrow's are ValueErrors
        raise SettingsError(f"{path} cannot be read as results ({fault})") from fault
    if tuple(table.columns) != CSV_COLUMNS:
        raise SettingsError(f"{path} is not a table of results with the columns of this version")
    rows = table.astype(object).where(table.notna(), None)
    return [{str(name): value for name, value in row.items()} for row in rows.to_dict("records")]


def check_suffix(path: Path) -> None:
    """SettingsError unless results can be written to `path`: asked before the work, not after it."""
    if path.suffix.lower() not in SUFFIXES:
        raise SettingsError(
            f"{path.name} ends in none of {', '.join(SUFFIXES)}, so its format is not known: name it so"
        )
    if path.suffix.lower() == ".parquet" and not all(map(importlib.util.find_spec, ("pandas", "pyarrow"))):
        raise DetectorError(
            f"{path.name} needs packages that are not installed: pip install -r requirements-data.txt -c"
            " constraints.txt, or name a .csv"
        )


def write_rows(path: Path, rows: Sequence[Mapping[str, Any]], raw_cells: bool = False) -> None:
    """Write rows in one step: .csv and .parquet take rows of CSV_COLUMNS, .json any documents; `raw_cells` as
    `to_csv` takes it.
    """
    check_suffix(path)
    match path.suffix.lower():
        case ".csv":
            content: str | bytes = to_csv(rows, raw_cells=raw_cells)
        case ".json":
            content = json.dumps(list(rows), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
        case _:
            content = _parquet(rows)
    write_atomically(path, content)


def _parquet(rows: Sequence[Mapping[str, str]]) -> bytes:
    import pandas as pd

    table = pd.DataFrame(
        [dict.fromkeys(CSV_COLUMNS, "") | dict(row) for row in rows], columns=list(CSV_COLUMNS)
    )
    for name in WHOLE_COLUMNS:
        table[name] = pd.to_numeric(table[name], errors="raise").astype("Int64")
    for name in NUMBER_COLUMNS:
        table[name] = pd.to_numeric(table[name], errors="raise").astype("float64")
    content = io.BytesIO()
    table.to_parquet(content, engine="pyarrow", index=False)
    return content.getvalue()


def _of_detector(info: DetectorInfo) -> dict[str, str]:
    """A row with all columns empty but those of the detector."""
    filled = {"detector": info.name, "weights": info.weights_sha256[:12], "engine": info.engine}
    return {**dict.fromkeys(CSV_COLUMNS, ""), **filled}
