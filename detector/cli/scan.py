"""`scan`: many files and folders, one row each."""

from __future__ import annotations

import argparse
import sys
from argparse import ArgumentParser, Namespace
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from detector.cli.analyze import add_judging_options, chosen_finder, load_chosen
from detector.cli.progress import ProgressLine
from detector.errors import SettingsError
from detector.settings import Settings
from detector.structures import Verdict

if TYPE_CHECKING:
    from detector.batch import Result
    from detector.pipeline import Detector


def add_parser(commands: argparse._SubParsersAction[ArgumentParser]) -> None:
    """The arguments of `scan`."""
    scan = commands.add_parser("scan", help="judge many files and folders: one row each")
    scan.add_argument(
        "paths", metavar="PATH", nargs="+", type=Path, help="a photo, a video, or a folder of them"
    )
    scan.add_argument("--out", type=Path, help="write here, .csv, .json or .parquet (else CSV on stdout)")
    scan.add_argument(
        "--resume", action="store_true", help="leave out the files that stand in --out already (.csv only)"
    )
    scan.set_defaults(command=scan_command)
    add_judging_options(scan)


def scan_command(args: Namespace) -> int:
    """Judge many files; 1 where one of them could not be read."""
    from detector import batch

    if args.resume and (args.out is None or args.out.suffix.lower() != ".csv"):
        raise SettingsError("--resume goes on with a table: name it with --out FILE.csv")
    settings, files = Settings.from_env(), batch.find_files(args.paths)
    detector = load_chosen(args, settings)
    done = batch.done_files(args.out, detector.info) if args.resume else frozenset()
    todo = [path for path in files.paths if str(path) not in done]
    _say(
        f"{len(todo)} to judge, {len(files.paths) - len(todo)} done before, {files.skipped} skipped (neither"
        " photo nor video)"
    )
    with ProgressLine() as line:
        results = batch.scan_files(
            todo,
            detector,
            frames=settings.frames,
            limits=settings.limits,
            finder=chosen_finder(args, settings),
            cropped=args.no_face_crop,
            progress=line,
        )
        written = (
            batch.record(results, args.out, detector.info, args.resume)
            if args.out
            else _to_stdout(results, detector)
        )
        return _summed_up(written, len(todo), line)


def _to_stdout(results: Iterator[Result], detector: Detector) -> Iterator[Result]:
    """Pass results on and print each as a row."""
    from detector import batch, report

    print(report.to_csv([]), end="")
    for result in results:
        print(report.to_csv([batch.row(result, detector.info)], header=False), end="", flush=True)
        yield result


def _summed_up(results: Iterator[Result], count: int, line: ProgressLine) -> int:
    """Tell each result and their sum on stderr; 1 where a file failed."""
    told: Counter[Verdict] = Counter()
    for number, result in enumerate(results, start=1):
        told[result.verdict] += 1
        line.tell(f"{number} of {count}  {result.path}: {result.error or result.verdict}")
    line.tell(
        ", ".join(f"{number} {verdict}" for verdict, number in told.most_common()) or "nothing to judge"
    )
    return 1 if told[Verdict.UNREADABLE] else 0


def _say(words: str) -> None:
    print(words, file=sys.stderr)
