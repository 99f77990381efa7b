"""`scan`: many files and folders, a row a file and detector."""

from __future__ import annotations

import argparse
import sys
from argparse import ArgumentParser, Namespace
from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, closing
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from detector.cli.analyze import add_cropped_option, add_detectors_option, chosen_finder, load_chosen
from detector.cli.outputs import add_report_option, check_not_input, check_report, ends_orderly
from detector.cli.progress import ProgressLine
from detector.errors import SettingsError
from detector.names import escaped, one_line, shell_word
from detector.settings import Settings
from detector.structures import Verdict

if TYPE_CHECKING:
    from detector.batch import Result
    from detector.structures import Analysis, DetectorInfo


def add_parser(commands: argparse._SubParsersAction[ArgumentParser]) -> None:
    """The arguments of `scan`."""
    scan = commands.add_parser("scan", help="check many files and folders: a row a file and detector")
    scan.add_argument(
        "paths", metavar="PATH", nargs="+", type=Path, help="a photo, a video, or a folder of them"
    )
    scan.add_argument("--out", type=Path, help="write here, .csv, .json or .parquet (else CSV on stdout)")
    again = scan.add_mutually_exclusive_group()
    again.add_argument(
        "--resume",
        action="store_true",
        help="leave out the files that stand in --out already; what could not be read is tried again",
    )
    again.add_argument(
        "--overwrite", action="store_true", help="also where --out is something else than a table of results"
    )
    scan.add_argument(
        "--raw-cells",
        action="store_true",
        help=(
            "in CSV, no apostrophe before cells that begin with = + - @, which spreadsheets would run as"
            " formulas"
        ),
    )
    add_report_option(scan)
    scan.set_defaults(command=scan_command)
    add_detectors_option(scan)
    add_cropped_option(scan)


def scan_command(args: Namespace) -> int:
    """Judge many files; 1 where one of them could not be read."""
    from detector import batch
    from detector.report import growing_table

    if args.resume and args.out is None:
        raise SettingsError("--resume goes on with a table: name it with --out FILE")
    check_report(args.report)
    if args.report and args.resume:
        raise SettingsError("--report is on all files, and --resume leaves some out: take one of them")
    settings, files = Settings.from_env(), batch.find_files(args.paths)
    with ends_orderly(), ExitStack() as stack:
        table = None
        if args.out:
            check_not_input(args.out, *files.paths)
            options = {"resume": args.resume, "overwrite": args.overwrite, "raw_cells": args.raw_cells}
            table = stack.enter_context(growing_table(args.out, **options))
        detectors = load_chosen(args, settings)
        judges = [detector.info for detector in detectors]
        done = batch.done_files(table, judges) if table else frozenset()
        wanted = [(str(path), info.name) for path in files.paths for info in judges]
        todo = [each for each in wanted if each not in done]
        _say(_plan(wanted, todo, files.skipped, len(judges)))
        line = stack.enter_context(ProgressLine())
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
        if table:
            written = batch.record(results, table, settings.of_judging)
        else:
            written = _to_stdout(results, args.raw_cells)
        if args.report:
            written = stack.enter_context(closing(_to_report(written, args, settings, judges)))
        return _summed_up(written, len(todo), len(judges), line)


def _to_stdout(results: Iterator[Result], raw_cells: bool) -> Generator[Result]:
    """Pass results on and print each as a row."""
    from detector import batch, report

    print(report.to_csv([]), end="")
    for result in results:
        print(report.to_csv([batch.row(result)], header=False, raw_cells=raw_cells), end="", flush=True)
        yield result


def _to_report(
    results: Iterator[Result], args: Namespace, settings: Settings, judges: Sequence[DetectorInfo]
) -> Generator[Result]:
    """Pass results on and write the page of them all at the end, also when stopped before."""
    from detector.dossier import Row, batch_report, row_of
    from detector.files import write_atomically

    rows: list[Row] = []
    try:
        for path, of_file in groupby(results, key=lambda result: result.path):
            analyses: list[Analysis] = []
            error = None
            for result in of_file:
                error = error or result.error
                if result.analysis:
                    analyses.append(result.analysis)
                yield result
            rows.append(row_of(escaped(str(path)), analyses, error))
    finally:
        command = _command(args, settings, judges)
        write_atomically(args.report, batch_report(rows, judges, settings.of_judging, command))


def _command(args: Namespace, settings: Settings, judges: Sequence[DetectorInfo]) -> str:
    """The shell command that repeats the scan."""
    variables = [f"UNBLEND_{name.upper()}={value}" for name, value in settings.of_judging.items()]
    cropped = ["--no-face-crop"] if args.no_face_crop else []
    names = ",".join(info.name for info in judges)
    words = [*map(str, args.paths), "--detector", names, *cropped, "--report", str(args.report)]
    return " ".join([*variables, "python -m detector scan", *map(shell_word, words)])


def _summed_up(results: Iterator[Result], count: int, detectors: int, line: ProgressLine) -> int:
    """Tell each result and their sum on stderr, a file that could not be read once; 1 where there is one."""
    told: Counter[Verdict] = Counter()
    read, unreadable = set[str](), set[str]()
    for number, result in enumerate(results, start=1):
        path = str(result.path)
        if result.error is None:
            read.add(path)
            told[result.verdict] += 1
        if path not in unreadable:
            line.tell(one_line(f"{number} of {count}  {path}: {result.error or _answer(result)}"))
        if result.error is not None:
            unreadable.add(path)
    answers = [f"{number} {verdict}" for verdict, number in told.most_common()]
    by = f" by {detectors} detectors" if detectors > 1 else ""
    failed = f", {len(unreadable)} could not be read" if unreadable else ""
    line.tell(f"{len(read)} checked{by}{failed}" + (f": {', '.join(answers)}" if answers else ""))
    return 1 if unreadable else 0


def _answer(result: Result) -> str:
    """The answer on a line: the support that there is and the nearest genuine pictures, else the verdict; and
    what of the file was looked at, where that is not plain.
    """
    from detector.statements import coverage_phrases, heading, nearest_reference, reference_sentence

    evidence = result.analysis.evidence if result.analysis else None
    told = coverage_phrases(result.analysis.coverage) if result.analysis else []
    if evidence is None or evidence.lr is None:
        return "; ".join([f"{result.verdict}, {result.detector.name}", *told])
    nearest = nearest_reference(evidence)
    like = f"; {reference_sentence(nearest, evidence.direction).lower().rstrip('.')}" if nearest else ""
    answer = f"{heading(evidence).lower()} ({result.verdict}){like}, {result.detector.name}"
    return "; ".join([answer, *told])


def _plan(
    wanted: Sequence[tuple[str, str]], todo: Sequence[tuple[str, str]], skipped: int, detectors: int
) -> str:
    """What will be done, in words; of several detectors answers are counted, not files."""
    what = f" by {detectors} detectors" if detectors > 1 else ""
    before = len(wanted) - len(todo)
    return f"{len(todo)} to check{what}, {before} done before, {skipped} skipped (neither photo nor video)"


def _say(words: str) -> None:
    print(words, file=sys.stderr)
