"""`calibrate`: what other calibrations and thresholds of a published detector would be worth."""

from __future__ import annotations

import argparse
from argparse import ArgumentParser, Namespace
from pathlib import Path

from detector.cli.measure import add_sources
from detector.cli.progress import ProgressLine
from detector.errors import SettingsError
from detector.settings import Settings


def add_parser(commands: argparse._SubParsersAction[ArgumentParser]) -> None:
    """The arguments of `calibrate`."""
    calibrate = commands.add_parser(
        "calibrate", help="compare calibrations and thresholds of a published detector, as Markdown"
    )
    calibrate.add_argument("detector", metavar="DETECTOR")
    calibrate.add_argument(
        "--predictions",
        metavar="NAME=FILE.csv",
        nargs="+",
        default=[],
        help="what `evaluate --out` kept, tune=FILE.csv first; nothing is judged",
    )
    calibrate.set_defaults(command=calibrate_command)
    add_sources(calibrate)


def calibrate_command(args: Namespace) -> int:
    """Print what other calibrations and thresholds of a detector would be worth."""
    from detector.evaluate.calibration import TUNE
    from detector.evaluate.report.markdown import calibration_markdown
    from detector.pipeline import load_detector
    from detector.publish.measure import Sources, kept_predictions, predict_all

    settings = Settings.from_env()
    detector = load_detector(args.detector, weights=settings.weights)
    files = dict(_named_file(words) for words in args.predictions)
    if files:
        predictions = {name: kept_predictions(path, detector) for name, path in files.items()}
    elif args.data is None:
        raise SettingsError("calibrate needs --data FOLDER, or --predictions tune=FILE.csv test=FILE.csv")
    else:
        with ProgressLine() as line:
            predictions = predict_all([detector], Sources(args.data, args.cross), args.work, line)
    if TUNE not in predictions:
        raise SettingsError(
            "calibrations are fitted on the split tune: name its predictions too, tune=FILE.csv"
        )
    print(calibration_markdown(detector.entry, predictions.pop(TUNE), predictions))
    return 0


def _named_file(words: str) -> tuple[str, Path]:
    name, _, file = words.partition("=")
    if not file:
        raise SettingsError(f"{words!r} names no file: say which data it is, as in test=predictions.csv")
    return name, Path(file)
