"""The reports of an analysis, JSON (schema 1) and CSV, the same through every door."""

from __future__ import annotations

import csv
import functools
import importlib.metadata
import importlib.util
import io
import json
import math
import platform
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import detector
from detector.errors import DetectorError, SettingsError
from detector.files import write_atomically
from detector.reasons import phrases, sentences, words
from detector.structures import Analysis, DetectorInfo, Face, FaceScore, Floats, Numbers, Reason, Verdict

SCHEMA = 1

CSV_COLUMNS = (
    *("file", "kind", "verdict", "p_fake", "lo", "hi", "faces", "deciding_face", "frames", "reasons"),
    *("detector", "weights", "engine", "seconds", "error"),
)
WHOLE_COLUMNS = ("faces", "frames")
NUMBER_COLUMNS = ("p_fake", "lo", "hi", "seconds")
SUFFIXES = (".csv", ".json", ".parquet")
PACKAGES = (
    *("torch", "torchvision", "timm", "facenet-pytorch"),
    *("opencv-python-headless", "av", "pillow", "numpy"),
)
"""Those whose version can move a logit."""

Settings = Mapping[str, str | int | float | bool | None]
"""What was in force beside the defaults, by name, for example {"frames": 16}."""


def to_dict(
    analysis: Analysis, settings: Settings | None = None, file: str | None = None
) -> dict[str, object]:
    """The analysis whole, ready for JSON; `file` is its path where the name alone is too little."""
    media = analysis.media
    return {
        "schema": SCHEMA,
        "file": file or media.name,
        "verdict": str(analysis.verdict),
        "p_fake": _rounded(analysis.p_fake, 6),
        "reasons": sentences(analysis.reasons),
        "why": _reasons(analysis.reasons),
        "extrapolated": analysis.extrapolated,
        "media": {
            **asdict(media),
            "fps": _rounded(media.fps, 3),
            "duration_s": _rounded(media.duration_s, 3),
        },
        "detector": asdict(analysis.detector),
        "frames_read": analysis.frames_read,
        "tracked": analysis.tracked,
        "deciding": _face_score(analysis.deciding) if analysis.deciding else None,
        "provenance": asdict(analysis.provenance) if analysis.provenance else None,
        "tracks": [
            {
                "track_id": track.track_id,
                "p_fake": _rounded(track.p_fake, 6),
                "faces": [_face_score(score) for score in track.face_scores],
            }
            for track in analysis.tracks
        ],
        "seconds": {stage: round(seconds, 3) for stage, seconds in analysis.seconds.items()},
        "settings": {"already_cropped": _already_cropped(analysis), **(settings or {})},
        "versions": dict(versions()),
        "command": command(analysis, settings, file),
    }


def to_json(analysis: Analysis, settings: Settings | None = None, file: str | None = None) -> str:
    """`to_dict` as text."""
    return json.dumps(to_dict(analysis, settings, file), indent=2, ensure_ascii=False, allow_nan=False)


def error_dict(file: str, info: DetectorInfo, message: str) -> dict[str, object]:
    """What stands in a JSON for a file that could not be judged: words, and no number."""
    return {
        "schema": SCHEMA,
        "file": file,
        "verdict": str(Verdict.UNREADABLE),
        "p_fake": None,
        "reasons": [message],
        "why": [],
        "detector": asdict(info),
        "versions": dict(versions()),
        "error": message,
    }


def command(analysis: Analysis, settings: Settings | None = None, file: str | None = None) -> str:
    """The shell command that repeats the analysis; `settings` of numbers and texts become
    variables in front.
    """
    variables = [
        f"UNBLEND_{key.upper()}={shlex.quote(str(value))}"
        for key, value in (settings or {}).items()
        if value is not None
    ]
    words = ["python", "-m", "detector", "analyze", shlex.quote(file or analysis.media.name)]
    options = ["--detector", analysis.detector.name]
    cropped = ["--no-face-crop"] if _already_cropped(analysis) else []
    return " ".join([*variables, *words, *options, *cropped, "--json"])


@functools.cache
def versions() -> tuple[tuple[str, str | None], ...]:
    """Name and version of Python, this package and what it computes with; None where a package is not
    installed.
    """
    installed: list[tuple[str, str | None]] = [
        ("python", platform.python_version()),
        ("unblend", detector.__version__),
    ]
    for package in PACKAGES:
        try:
            installed.append((package, importlib.metadata.version(package)))
        except importlib.metadata.PackageNotFoundError:
            installed.append((package, None))
    return tuple(installed)


def csv_row(analysis: Analysis, file: str | None = None) -> dict[str, str]:
    """One row of CSV_COLUMNS; `file` is its path where the name alone is too little."""
    thresholds, deciding = analysis.detector.thresholds, analysis.deciding
    return {
        **_of_detector(analysis.detector),
        "file": file or analysis.media.name,
        "kind": analysis.media.kind,
        "verdict": str(analysis.verdict),
        "p_fake": "" if analysis.p_fake is None else f"{analysis.p_fake:.4f}",
        "lo": f"{thresholds.lo:.4f}",
        "hi": f"{thresholds.hi:.4f}",
        "faces": str(len(analysis.face_scores)),
        "deciding_face": (
            " ".join(str(round(float(value))) for value in deciding.face.box) if deciding else ""
        ),
        "frames": str(analysis.frames_read),
        "reasons": "; ".join(phrases(analysis.reasons)),
        "seconds": f"{sum(analysis.seconds.values()):.3f}",
    }


def error_row(path: Path | str, info: DetectorInfo, message: str) -> dict[str, str]:
    """The row of a file that could not be judged: words, and no number."""
    return {
        **_of_detector(info),
        "file": str(path),
        "verdict": str(Verdict.UNREADABLE),
        "reasons": message,
        "error": message,
    }


def to_csv(rows: Iterable[Mapping[str, str]], header: bool = True) -> str:
    """Rows as RFC 4180: quoted where needed, lines ended by CR LF."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, CSV_COLUMNS, lineterminator="\r\n")
    if header:
        writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def read_rows(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV written here; one that is something else raises SettingsError. A last line cut short
    is left out.
    """
    with path.open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream)
        if tuple(reader.fieldnames or ()) != CSV_COLUMNS:
            raise SettingsError(
                f"{path} is not a table of results with the columns of this version: name another file"
            )
        return [row for row in reader if None not in row and None not in row.values()]


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


def write_rows(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows in one step: .csv and .parquet take rows of CSV_COLUMNS, .json any documents."""
    check_suffix(path)
    match path.suffix.lower():
        case ".csv":
            content: str | bytes = to_csv(rows)
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


def _face_score(score: FaceScore) -> dict[str, object]:
    face = score.face
    return {
        **_face(face),
        "logit": _rounded(score.logit, 6),
        "p_fake": _rounded(score.p_fake, 6),
        "unseen": list(map(words, score.out_of_range)),
        "why": _reasons((*score.face.quality.remarks, *score.out_of_range)),
    }


def _face(face: Face) -> dict[str, object]:
    quality = face.quality
    return {
        "box": _list(face.box, 1),
        "landmarks": _list(face.landmarks, 1),
        "finder_score": _rounded(face.finder_score, 4),
        "frame_index": face.frame_index,
        "time_s": _rounded(face.time_s, 3),
        "track_id": face.track_id,
        "whole_picture": face.whole_picture,
        "quality": {
            "size_px": _rounded(quality.size_px, 1),
            "sharpness": _rounded(quality.sharpness, 4),
            "exposure": _rounded(quality.exposure, 4),
            "yaw_deg": _rounded(quality.yaw_deg, 1),
            "jpeg_quality": _rounded(quality.jpeg_quality, 1),
            "remarks": list(map(words, quality.remarks)),
        },
    }


def _reasons(reasons: Iterable[Reason]) -> list[dict[str, object]]:
    """Reasons as values, for programs."""
    return [
        {
            "kind": str(reason.kind),
            "numbers": _finite(reason.numbers),
            "limits": _finite(reason.limits),
            "causes": _reasons(reason.causes),
        }
        for reason in reasons
    ]


def _finite(numbers: Numbers) -> dict[str, float | None]:
    return {name: _rounded(number, 6) for name, number in numbers}


def _list(values: Floats, digits: int) -> list[object]:
    """An array as nested lists; by way of float64, where rounding to one digit prints as such."""
    rounded: list[object] = values.astype("float64").round(digits).tolist()
    return rounded


def _rounded(value: float | None, digits: int) -> float | None:
    """`value` rounded; JSON has no word for what is not finite, so that is None too."""
    return None if value is None or not math.isfinite(value) else round(float(value), digits)


def _already_cropped(analysis: Analysis) -> bool:
    return any(score.face.whole_picture for score in analysis.face_scores)
