"""Commands that measure published detectors: `measure`, `calibrate`."""

from __future__ import annotations

import argparse
from argparse import ArgumentParser, Namespace
from pathlib import Path

from detector.cli.lists import listed
from detector.cli.progress import ProgressLine
from detector.errors import SettingsError
from detector.settings import Settings


def measure_command(args: Namespace) -> int:
    """Write what was measured of detectors into manifest and cards, and print the cards."""
    from detector.engines.threads import use_threads
    from detector.train.measure import Sources, remeasure, rewrite_cards
    from detector.weights import find_weights, read_manifest

    use_threads(Settings.from_env().threads)
    weights = find_weights(args.weights)
    names = listed(args.detector) or sorted(read_manifest(weights))
    if args.cards:
        rewrite_cards(names, weights)
    elif args.data is None:
        raise SettingsError(
            "measure needs --data FOLDER, or --cards to write the cards of the manifest as it is"
        )
    else:
        with ProgressLine() as line:
            remeasure(names, Sources(args.data, args.cross, args.videos), weights, args.work, line)
    print(*(weights / f"{name}.md" for name in names), sep="\n")
    return 0


def calibrate_command(args: Namespace) -> int:
    """Print what other calibrations and thresholds of a detector would be worth."""
    from detector.engines.threads import use_threads
    from detector.evaluate.calibration import TUNE
    from detector.evaluate.calibration_tables import calibration_markdown
    from detector.pipeline import load_detector
    from detector.train.measure import Sources, kept_predictions, predict_all

    settings = Settings.from_env()
    use_threads(settings.threads)
    detector = load_detector(args.detector, weights=settings.weights)
    kept = dict(_named_file(words) for words in args.predictions)
    if kept:
        found = {name: kept_predictions(path, detector) for name, path in kept.items()}
    elif args.data is None:
        raise SettingsError("calibrate needs --data FOLDER, or --predictions tune=FILE.csv val=FILE.csv")
    else:
        with ProgressLine() as line:
            found = predict_all([detector], Sources(args.data, args.cross), args.work, line)
    if TUNE not in found:
        raise SettingsError(
            "calibrations are fitted on the split tune: name its predictions too, tune=FILE.csv"
        )
    print(calibration_markdown(detector.entry, found.pop(TUNE), found))
    return 0


def _named_file(words: str) -> tuple[str, Path]:
    name, _, file = words.partition("=")
    if not file:
        raise SettingsError(f"{words!r} names no file: say which data it is, as in val=predictions.csv")
    return name, Path(file)


def add_measuring(commands: argparse._SubParsersAction[ArgumentParser]) -> None:
    """The words of both commands."""
    measure = commands.add_parser(
        "measure",
        help=(
            "measure published detectors anew: manifest entries and model cards; calibration, thresholds and"
            " weights stay"
        ),
    )
    measure.add_argument(
        "detector", metavar="A,B", nargs="?", default="", help="names, joined by commas (all)"
    )
    measure.add_argument("--cards", action="store_true", help="only write the cards of the manifest as it is")
    measure.add_argument(
        "--weights",
        metavar="FOLDER",
        type=Path,
        help="the folder of manifest.json (that of the installation)",
    )
    measure.add_argument(
        "--videos", metavar="FOLDER", type=Path, help="the folder of index.csv with development clips"
    )
    measure.set_defaults(command=measure_command)
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
    for command in (measure, calibrate):
        command.add_argument(
            "--data", metavar="FOLDER", type=Path, help="the folder of index.csv: tune and val"
        )
        command.add_argument(
            "--cross",
            metavar="FOLDER",
            type=Path,
            help="the folder of index.csv with data sets never trained on",
        )
        command.add_argument(
            "--work",
            metavar="FOLDER",
            type=Path,
            default=Path("runs/results"),
            help="where predictions are kept (runs/results)",
        )
