"""`analyze`: one file, in words or as JSON; and what `scan` and `explain` share with it."""

from __future__ import annotations

import argparse
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from detector.cli.outputs import add_report_option, check_report
from detector.cli.progress import ProgressLine
from detector.settings import Settings

if TYPE_CHECKING:
    from detector.faces.finder import FaceFinder
    from detector.pipeline import Detector, Progress
    from detector.structures import Analysis, DeliveryCheck, Scan

ALL = "all"
"""In place of names: every trained detector."""


def add_parser(commands: argparse._SubParsersAction[ArgumentParser]) -> None:
    """The arguments of `analyze`."""
    analyze = commands.add_parser("analyze", help="check one file, in words or as JSON")
    analyze.add_argument("file", metavar="FILE", type=Path)
    analyze.add_argument(
        "--json", action="store_true", help="everything, as JSON: of several detectors a list"
    )
    analyze.add_argument(
        "--deliveries",
        action="store_true",
        help="also check the face that decides as it is after being saved again and made smaller",
    )
    add_report_option(analyze)
    analyze.set_defaults(command=analyze_command)
    add_detectors_option(analyze)
    add_cropped_option(analyze)


def analyze_command(args: Namespace) -> int:
    """Check one file."""
    from detector.pipeline import judge_all
    from detector.report import as_text, to_dict

    check_report(args.report)
    settings = Settings.from_env()
    detectors = load_chosen(args, settings)
    with ProgressLine() as line:
        scanned = scan_file(args, settings, lambda share, words: line(share / 2, words))
        analyses = judge_all(scanned, detectors, lambda share, words: line((1 + share) / 2, words))
        checks = [
            _deliveries(analysis, detector) if args.deliveries else None
            for analysis, detector in zip(analyses, detectors, strict=True)
        ]
    if args.report:
        _write_report(args, settings, scanned, list(zip(analyses, detectors, strict=True)))
    answers = list(zip(analyses, checks, strict=True))
    if args.json:
        documents = [
            to_dict(analysis, settings.of_judging, str(args.file), check) for analysis, check in answers
        ]
        print(as_text(documents if len(documents) > 1 else documents[0]))
    else:
        print(*_in_words(answers), sep="\n")
    return 0


def _write_report(
    args: Namespace, settings: Settings, scanned: Scan, judged: list[tuple[Analysis, Detector]]
) -> None:
    """Write the page on one file, with the maps of each detector."""
    from detector.dossier import file_report, with_maps
    from detector.explain.trust import read_trust
    from detector.files import write_atomically

    measured = read_trust(settings.weights)
    judgements = [with_maps(analysis, detector, measured) for analysis, detector in judged]
    write_atomically(args.report, file_report(scanned, judgements, settings.of_judging, str(args.file)))


def _deliveries(analysis: Analysis, detector: Detector) -> DeliveryCheck | None:
    from detector.deliveries import check_deliveries

    return check_deliveries(analysis.deciding, analysis, detector) if analysis.deciding else None


def _in_words(answers: list[tuple[Analysis, DeliveryCheck | None]]) -> list[str]:
    """The lines of one answer; of several each under its detector, and how far they agree."""
    from detector.statements import agreement, delivery_lines, lines

    told = []
    for analysis, check in answers:
        own = [*lines(analysis), *(delivery_lines(check) if check else ())]
        if len(answers) == 1:
            return own
        told += [f"{analysis.detector.short} ({analysis.detector.name})", *(f"  {line}" for line in own)]
    agree = agreement([analysis.evidence for analysis, _ in answers if analysis.evidence is not None])
    return [*told, agree] if agree else told


def add_detectors_option(command: ArgumentParser) -> None:
    """Which detectors judge."""
    command.add_argument(
        "--detector",
        metavar="NAMES",
        help=f"of `models`, several joined by commas, or {ALL} that are trained (else the default)",
    )


def add_cropped_option(command: ArgumentParser) -> None:
    """What every command that judges files takes."""
    command.add_argument(
        "--no-face-crop",
        action="store_true",
        help="each picture is a face already: judge the whole of it",
    )


def scan_file(args: Namespace, settings: Settings, progress: Progress) -> Scan:
    """What there is to judge in the file of `args`."""
    from detector.pipeline import scan

    return scan(
        args.file,
        frames=settings.frames,
        limits=settings.limits,
        finder=chosen_finder(args, settings),
        cropped=args.no_face_crop,
        progress=progress,
    )


def load_chosen(args: Namespace, settings: Settings) -> list[Detector]:
    """The detectors of --detector, else of the settings, else the default."""
    from detector.pipeline import load_detector
    from detector.weights import default_names, find_weights, read_manifest
    from detector.zoo.specs import SPECS

    asked = args.detector or settings.detector
    if asked is None or asked == ALL:
        manifest = read_manifest(find_weights(settings.weights))
        first = default_names(manifest)
        others = [name for name in SPECS if name in manifest and name not in first]
        names = first if asked is None else (*first, *others)
    else:
        names = tuple(dict.fromkeys(name.strip() for name in asked.split(",")))
    with ProgressLine() as line:
        return [
            load_detector(name, settings.engine, settings.device, settings.weights, settings.cache, line)
            for name in names
        ]


def chosen_finder(args: Namespace, settings: Settings) -> FaceFinder | None:
    """What finds faces; None where --no-face-crop takes the whole picture for one."""
    from detector.faces.finder import default_finder

    return None if args.no_face_crop else default_finder(settings.finder)
