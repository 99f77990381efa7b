"""`calibrate`: evidence fitted on one's own pictures, or what other calibrations and thresholds are worth."""

from __future__ import annotations

import argparse
from argparse import ArgumentParser, Namespace
from pathlib import Path

from detector.cli.measure import add_sources
from detector.cli.progress import ProgressLine
from detector.cli.train import need_training_packages
from detector.errors import SettingsError
from detector.settings import Settings


def add_parser(commands: argparse._SubParsersAction[ArgumentParser]) -> None:
    """The arguments of `calibrate`."""
    calibrate = commands.add_parser(
        "calibrate",
        help=(
            "fit the evidence of a published detector on your own labelled pictures; or compare calibrations"
            " and thresholds, as Markdown"
        ),
    )
    calibrate.add_argument("detector", metavar="DETECTOR")
    calibrate.add_argument(
        "--predictions",
        metavar="NAME=FILE.csv",
        nargs="+",
        default=[],
        help="what `evaluate --out` kept, tune=FILE.csv first; nothing is judged",
    )
    calibrate.add_argument(
        "--evidence",
        metavar="FOLDER",
        type=Path,
        help=(
            "fit evidence on the pictures of FOLDER: with index.csv, or folders Real and Fake, alone or in a"
            " folder for each source (two at least for more than references); publish --undo returns"
        ),
    )
    calibrate.set_defaults(command=calibrate_command)
    add_sources(calibrate)


def calibrate_command(args: Namespace) -> int:
    """Fit evidence and print the card, or print what other calibrations and thresholds would be worth."""
    if args.evidence is not None:
        return _fit_evidence(args)
    from detector.engines import PYTORCH
    from detector.evaluate.calibration import TUNE
    from detector.evaluate.report.markdown import calibration_markdown
    from detector.pipeline import load_detector
    from detector.publish.measure import Sources, kept_predictions, predict_all

    settings = Settings.from_env()
    detector = load_detector(args.detector, PYTORCH, weights=settings.weights)
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


def _fit_evidence(args: Namespace) -> int:
    need_training_packages()
    from detector.publish.own import fit_own
    from detector.weights import find_weights

    weights = find_weights(Settings.from_env().weights)
    with ProgressLine() as line:
        fitted = fit_own(args.detector, args.evidence, weights, args.work, line)
    print(f"evidence of {fitted.fitted_on}")
    if fitted.fit is None:
        print("references only: two sources with fakes and genuine pictures are needed for more")
    print(weights / f"{args.detector}.md")
    return 0


def _named_file(words: str) -> tuple[str, Path]:
    name, _, file = words.partition("=")
    if not file:
        raise SettingsError(f"{words!r} names no file: say which data it is, as in test=predictions.csv")
    return name, Path(file)
