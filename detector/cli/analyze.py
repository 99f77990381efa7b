"""`analyze`: one file, in a sentence or as JSON; and what `scan` and `explain` share with it."""

from __future__ import annotations

import argparse
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from detector.cli.progress import ProgressLine
from detector.settings import Settings

if TYPE_CHECKING:
    from detector.faces.finder import FaceFinder
    from detector.pipeline import Detector
    from detector.structures import Analysis


def add_parser(commands: argparse._SubParsersAction[ArgumentParser]) -> None:
    """The arguments of `analyze`."""
    analyze = commands.add_parser("analyze", help="judge one file, in a sentence or as JSON")
    analyze.add_argument("file", metavar="FILE", type=Path)
    analyze.add_argument("--json", action="store_true", help="everything, as JSON")
    analyze.set_defaults(command=analyze_command)
    add_judging_options(analyze)


def analyze_command(args: Namespace) -> int:
    """Judge one file."""
    from detector.report import to_json
    from detector.statements import lines

    settings = Settings.from_env()
    analysis = analyze_file(args, settings)[0]
    if args.json:
        print(to_json(analysis, settings.of_judging, str(args.file)))
    else:
        print(*lines(analysis), sep="\n")
    return 0


def add_judging_options(command: ArgumentParser) -> None:
    """What every command that judges files takes."""
    command.add_argument("--detector", metavar="NAME", help="one of `models` (else the default)")
    command.add_argument(
        "--no-face-crop",
        action="store_true",
        help="each picture is a face already: judge the whole of it",
    )


def analyze_file(args: Namespace, settings: Settings) -> tuple[Analysis, Detector]:
    """The answer on the file of `args`, and the detector that gave it."""
    from detector.pipeline import analyze

    detector = load_chosen(args, settings)
    with ProgressLine() as line:
        analysis = analyze(
            args.file,
            detector,
            frames=settings.frames,
            limits=settings.limits,
            finder=chosen_finder(args, settings),
            cropped=args.no_face_crop,
            progress=line,
        )
    return analysis, detector


def load_chosen(args: Namespace, settings: Settings) -> Detector:
    """The detector of --detector, else of the settings, else the default."""
    from detector.pipeline import load_detector

    return load_detector(
        args.detector or settings.detector, settings.engine, settings.device, settings.weights
    )


def chosen_finder(args: Namespace, settings: Settings) -> FaceFinder | None:
    """What finds faces; None where --no-face-crop takes the whole picture for one."""
    from detector.faces.finder import default_finder

    return None if args.no_face_crop else default_finder(settings.finder)
