"""Judging many files and folders, by one detector or several, into a table that can be resumed."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from detector.errors import DetectorError
from detector.faces.finder import FaceFinder
from detector.media import PHOTO_EXTENSIONS, VIDEO_EXTENSIONS
from detector.media.folders import below, is_side_file
from detector.names import one_line
from detector.pipeline import SCAN_SHARE, Detector, Limits, Progress, Stopped, judge, scan
from detector.report import GrowingTable, Settings, csv_row, error_dict, error_row, to_dict
from detector.structures import Analysis, DetectorInfo, Scan, Verdict

T = TypeVar("T")

log = logging.getLogger(__name__)


Done = frozenset[tuple[str, str]]
"""Files, as a table names them, each with a detector that judged it."""


@dataclass(frozen=True, eq=False)
class Result:
    """What a detector made of one file: an analysis, or an error in words."""

    path: Path
    detector: DetectorInfo
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
    in order of name, and the folders that cannot be opened, so that each gets its answer.

    What macOS puts beside files (`._a.jpg`) counts as skipped.
    """
    files: dict[Path, None] = {}
    skipped: set[Path] = set()
    for path in map(Path, paths):
        if not os.path.isdir(path):  # Path.is_dir raises for what lies in a locked folder
            files[path] = None
            continue
        found = below(path)
        media, others = _sorted_out(found.files)
        files |= dict.fromkeys(sorted((*media, *found.locked)))
        skipped |= others
    return Files(tuple(files), len(skipped))


def _sorted_out(paths: Iterable[Path]) -> tuple[list[Path], set[Path]]:
    """Those that end like a picture or a video, and the rest."""
    media: list[Path] = []
    others: set[Path] = set()
    for path in paths:
        if path.suffix.lower() in PHOTO_EXTENSIONS | VIDEO_EXTENSIONS and not is_side_file(path):
            media.append(path)
        else:
            others.add(path)
    return media, others


def scan_files(
    paths: Iterable[Path | str],
    detectors: Sequence[Detector],
    *,
    done: Done = frozenset(),
    frames: int = 32,
    limits: Limits = Limits(),  # noqa: B008  # frozen
    finder: FaceFinder | None = None,
    cropped: bool = False,
    progress: Progress | None = None,
) -> Iterator[Result]:
    """Judge files and folders one by one, each scanned once for all `detectors`; where a file cannot be read,
    that is the result of each, and the rest goes on.

    What stands in `done` is left out. `progress` hears the share of files done; its Stopped ends all.
    """
    scan_one = partial(scan, frames=frames, limits=limits, finder=finder, cropped=cropped)
    asked = {
        path: [each for each in detectors if (str(path), each.info.name) not in done]
        for path in find_files(paths).paths
    }
    todo = [path for path, judges in asked.items() if judges]
    for place, path in enumerate(todo):
        yield from _judged(path, asked[path], scan_one, _part(progress, place, todo))


def _judged(
    path: Path, detectors: Sequence[Detector], scan_one: Callable[..., Scan], progress: Progress
) -> Iterator[Result]:
    scanning = _share(progress, 0.0, SCAN_SHARE)
    scanned = _or_words(path, lambda: scan_one(path, progress=scanning))
    if isinstance(scanned, str):
        yield from (Result(path, detector.info, error=scanned) for detector in detectors)
        return
    part = (1 - SCAN_SHARE) / len(detectors)
    for number, detector in enumerate(detectors):
        judging = _share(progress, SCAN_SHARE + part * number, part)
        yield _result(path, detector.info, _or_words(path, partial(judge, scanned, detector, judging)))


def _result(path: Path, info: DetectorInfo, answer: Analysis | str) -> Result:
    return Result(path, info, error=answer) if isinstance(answer, str) else Result(path, info, answer)


def _or_words(path: Path, work: Callable[[], T]) -> T | str:
    """What `work` on a file gives, or in words why it gave nothing."""
    try:
        return work()
    except Stopped:
        raise
    except DetectorError as fault:
        return str(fault)
    except Exception as fault:  # one bad file never stops the rest; the log says where the bug is
        log.exception("%s broke the analysis", path)
        return one_line(
            f"{path.name} broke the analysis ({type(fault).__name__}: {fault}): please report it with the"
            " file"
        )


def _share(progress: Progress, begin: float, part: float) -> Progress:
    """The progress of a step that is a `part` of the whole, from `begin` on."""
    return lambda share, words: progress(begin + part * share, words)


def _part(progress: Progress | None, place: int, files: Sequence[Path]) -> Progress:
    """The progress of one file as part of all."""

    def report(share: float, words: str) -> None:
        if progress is not None:
            progress((place + share) / len(files), f"{files[place].name}: {words}")

    return report


def row(result: Result) -> dict[str, str]:
    """A result as a row of CSV_COLUMNS."""
    if result.analysis is None:
        return error_row(result.path, result.detector, result.error or "")
    return csv_row(result.analysis, str(result.path))


def document(result: Result, settings: Settings | None = None) -> dict[str, object]:
    """A result as a document of schema 2; `settings` as `report.to_dict` takes them."""
    if result.analysis is None:
        return error_dict(str(result.path), result.detector, result.error or "")
    return to_dict(result.analysis, settings, str(result.path))


def done_files(table: GrowingTable, detectors: Iterable[DetectorInfo]) -> Done:
    """What of the files in a table these detectors, with these weights, judged; what they could not read is
    tried again.
    """
    judges = {(info.name, info.weights_sha256[:12]) for info in detectors}
    return frozenset((file, name) for file, name, weights in table.done if (name, weights) in judges)


def record(
    results: Iterable[Result], table: GrowingTable, settings: Settings | None = None
) -> Iterator[Result]:
    """Pass results on, each when it is on disk; `settings` as `report.to_dict` takes them."""
    for result in results:
        table.add(document(result, settings) if table.holds_documents else {**row(result)})
        yield result
