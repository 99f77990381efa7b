"""`scan`: many files and folders, a row a file and detector."""

from __future__ import annotations

import argparse
import sys
from argparse import ArgumentParser, Namespace
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from detector.cli.analyze import add_cropped_option, add_detectors_option, chosen_finder, load_chosen
from detector.cli.progress import ProgressLine
from detector.errors import SettingsError
from detector.settings import Settings
from detector.structures import Verdict

if TYPE_CHECKING:
    from detector.batch import Result


def add_parser(commands: argparse._SubParsersAction[ArgumentParser]) -> None:
    """The arguments of `scan`."""
    scan = commands.add_parser("scan", help="judge many files and folders: a row a file and detector")
    scan.add_argument(
        "paths", metavar="PATH", nargs="+", type=Path, help="a photo, a video, or a folder of them"
    )
    scan.add_argument("--out", type=Path, help="write here, .csv, .json or .parquet (else CSV on stdout)")
    scan.add_argument(
        "--resume", action="store_true", help="leave out the files that stand in --out already (.csv only)"
    )
    scan.set_defaults(command=scan_command)
    add_detectors_option(scan)
    add_cropped_option(scan)


def scan_command(args: Namespace) -> int:
    """Judge many files; 1 where one of them could not be read."""
    from detector import batch

    if args.resume and (args.out is None or args.out.suffix.lower() != ".csv"):
        raise SettingsError("--resume goes on with a table: name it with --out FILE.csv")
    settings, files = Settings.from_env(), batch.find_files(args.paths)
    detectors = load_chosen(args, settings)
    judges = [detector.info for detector in detectors]
    done: batch.Done = batch.done_files(args.out, judges) if args.resume else frozenset()
    wanted = [(str(path), info.name) for path in files.paths for info in judges]
    todo = [each for each in wanted if each not in done]
    _say(_plan(wanted, todo, files.skipped, len(judges)))
    with ProgressLine() as line:
        results = batch.scan_files(
            files.paths,
            detectors,
            done=done,
            frames=settings.frames,
            limits=settings.limits,
            finder=chosen_finder(args, settings),
            cropped=args.no_face_crop,
            progress=line,
        )
        written = batch.record(results, args.out, args.resume) if args.out else _to_stdout(results)
        return _summed_up(written, len(todo), line)


def _to_stdout(results: Iterator[Result]) -> Iterator[Result]:
    """Pass results on and print each as a row."""
    from detector import batch, report

    print(report.to_csv([]), end="")
    for result in results:
        print(report.to_csv([batch.row(result)], header=False), end="", flush=True)
        yield result


def _summed_up(results: Iterator[Result], count: int, line: ProgressLine) -> int:
    """Tell each result and their sum on stderr; 1 where a file failed."""
    told: Counter[Verdict] = Counter()
    for number, result in enumerate(results, start=1):
        told[result.verdict] += 1
        line.tell(f"{number} of {count}  {result.path}: {result.error or _answer(result)}")
    line.tell(
        ", ".join(f"{number} {verdict}" for verdict, number in told.most_common()) or "nothing to judge"
    )
    return 1 if told[Verdict.UNREADABLE] else 0


def _answer(result: Result) -> str:
    """The answer on a line: the support that there is, else the verdict."""
    from detector.statements import heading

    evidence = result.analysis.evidence if result.analysis else None
    if evidence is None or evidence.lr is None:
        return str(result.verdict)
    return f"{heading(evidence).lower()} ({result.verdict}), {result.detector.name}"


def _plan(
    wanted: Sequence[tuple[str, str]], todo: Sequence[tuple[str, str]], skipped: int, detectors: int
) -> str:
    """What will be done, in words; of several detectors answers are counted, not files."""
    what = f" by {detectors} detectors" if detectors > 1 else ""
    before = len(wanted) - len(todo)
    return f"{len(todo)} to judge{what}, {before} done before, {skipped} skipped (neither photo nor video)"


def _say(words: str) -> None:
    print(words, file=sys.stderr)
