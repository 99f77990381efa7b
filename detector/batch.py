"""Judging many files and folders one after another, into a table that can be resumed."""

from __future__ import annotations

import logging
import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from detector.errors import DetectorError, SettingsError
from detector.faces.finder import FaceFinder
from detector.media import PHOTO_EXTENSIONS, VIDEO_EXTENSIONS
from detector.pipeline import Detector, Limits, Progress, Stopped, analyze
from detector.report import (
    Settings,
    check_suffix,
    csv_row,
    error_dict,
    error_row,
    read_rows,
    to_csv,
    to_dict,
    write_rows,
)
from detector.structures import Analysis, DetectorInfo, Verdict

log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Result:
    """What became of one file: an analysis, or an error in words."""

    path: Path
    analysis: Analysis | None = None
    error: str | None = None

    @property
    def verdict(self) -> Verdict:
        """The answer; a file with an error could not be read."""
        return Verdict.UNREADABLE if self.analysis is None else self.analysis.verdict


@dataclass(frozen=True)
class Files:
    """The files to judge, none twice, and how many of the folders' were skipped for their extension."""

    paths: tuple[Path, ...]
    skipped: int = 0


def find_files(paths: Iterable[Path | str]) -> Files:
    """A named file as it is, there or not; of a folder and all below it what ends like a picture or a video,
    in order of name.
    """
    files: dict[Path, None] = {}
    skipped: set[Path] = set()
    for path in map(Path, paths):
        if not path.is_dir():
            files[path] = None
            continue
        for file in _below(path):
            if file.suffix.lower() in PHOTO_EXTENSIONS | VIDEO_EXTENSIONS:
                files[file] = None
            else:
                skipped.add(file)
    return Files(tuple(files), len(skipped))


def _below(folder: Path) -> list[Path]:
    return sorted(Path(where) / name for where, _, names in os.walk(folder) for name in names)


def scan_files(
    paths: Iterable[Path | str],
    detector: Detector,
    *,
    done: Collection[str] = (),
    frames: int = 32,
    limits: Limits = Limits(),  # noqa: B008  # frozen
    finder: FaceFinder | None = None,
    cropped: bool = False,
    progress: Progress | None = None,
) -> Iterator[Result]:
    """Judge files and folders one by one; a file that cannot be read is a result too, and the rest goes on.

    `done` are paths, as written in a table, that are left out. `progress` hears the share of files done; its
    Stopped ends all.
    """
    files = [path for path in find_files(paths).paths if str(path) not in done]
    for place, path in enumerate(files):
        yield _judged(path, detector, frames, limits, finder, cropped, _part(progress, place, files))


def _judged(
    path: Path,
    detector: Detector,
    frames: int,
    limits: Limits,
    finder: FaceFinder | None,
    cropped: bool,
    progress: Progress,
) -> Result:
    try:
        analysis = analyze(
            path, detector, frames=frames, limits=limits, finder=finder, cropped=cropped, progress=progress
        )
    except Stopped:
        raise
    except DetectorError as fault:
        return Result(path, error=str(fault))
    except Exception as fault:  # one bad file never stops the rest; the log says where the bug is
        log.exception("%s broke the analysis", path)
        return Result(
            path,
            error=(
                f"{path.name} broke the analysis ({type(fault).__name__}: {fault}): please report it with the"
                " file"
            ),
        )
    return Result(path, analysis)


def _part(progress: Progress | None, place: int, files: Sequence[Path]) -> Progress:
    """The progress of one file as part of all."""

    def report(share: float, words: str) -> None:
        if progress is not None:
            progress((place + share) / len(files), f"{files[place].name}: {words}")

    return report


def row(result: Result, info: DetectorInfo) -> dict[str, str]:
    """A result as a row of CSV_COLUMNS."""
    if result.analysis is None:
        return error_row(result.path, info, result.error or "")
    return csv_row(result.analysis, str(result.path))


def document(result: Result, info: DetectorInfo, settings: Settings | None = None) -> dict[str, object]:
    """A result as a document of schema 1; `settings` as `report.to_dict` takes them."""
    if result.analysis is None:
        return error_dict(str(result.path), info, result.error or "")
    return to_dict(result.analysis, settings, str(result.path))


def done_files(out: Path, info: DetectorInfo | None = None) -> frozenset[str]:
    """The files that stand in the table `out` already, none where there is no table; with `info` only those
    that this detector judged.
    """
    if not out.exists():
        return frozenset()
    rows = read_rows(out)
    if info is not None:
        judge = (info.name, info.weights_sha256[:12])
        rows = [judged for judged in rows if (judged["detector"], judged["weights"]) == judge]
    return frozenset(judged["file"] for judged in rows)


def record(
    results: Iterable[Result],
    out: Path,
    info: DetectorInfo,
    resume: bool = False,
    settings: Settings | None = None,
) -> Iterator[Result]:
    """Pass results on and write them to `out`: a .csv row by row, so that it can be resumed, .json and
    .parquet at the end.

    With `resume` the rows that a .csv holds are kept; other formats cannot be resumed (SettingsError).
    """
    check_suffix(out)
    if out.suffix.lower() != ".csv":
        if resume:
            raise SettingsError(f"{out.name} cannot be resumed: write a .csv")
        yield from _record_at_end(results, out, info, settings)
        return
    write_rows(out, read_rows(out) if resume and out.exists() else [])
    with out.open("a", encoding="utf-8", newline="") as stream:
        for result in results:
            stream.write(to_csv([row(result, info)], header=False))
            stream.flush()
            yield result


def _record_at_end(
    results: Iterable[Result], out: Path, info: DetectorInfo, settings: Settings | None
) -> Iterator[Result]:
    as_document = out.suffix.lower() == ".json"
    written: list[dict[str, object]] = []
    try:
        for result in results:
            written.append(document(result, info, settings) if as_document else {**row(result, info)})
            yield result
    finally:  # also when stopped: what is judged is kept
        write_rows(out, written)
