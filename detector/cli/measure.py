"""`measure`: published detectors anew, into manifest entries and model cards."""

from __future__ import annotations

import argparse
from argparse import ArgumentParser, Namespace
from pathlib import Path

from detector.cli.evaluate import listed
from detector.cli.progress import ProgressLine
from detector.errors import SettingsError


def add_parser(commands: argparse._SubParsersAction[ArgumentParser]) -> None:
    """The arguments of `measure`."""
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
    only = measure.add_mutually_exclusive_group()
    only.add_argument("--cards", action="store_true", help="only write the cards of the manifest as it is")
    only.add_argument("--speed", action="store_true", help="only time a face on this machine")
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
    add_sources(measure)


def measure_command(args: Namespace) -> int:
    """Write what was measured of detectors into manifest and cards, and print the cards."""
    from detector.publish.measure import Sources, remeasure, rewrite_cards, time_again
    from detector.weights import find_weights, read_manifest

    weights = find_weights(args.weights)
    names = listed(args.detector) or sorted(read_manifest(weights))
    if args.cards:
        rewrite_cards(names, weights)
    elif args.speed:
        time_again(names, weights)
    elif args.data is None:
        raise SettingsError(
            "measure needs --data FOLDER, --speed to time a face only, or --cards to write the cards of the"
            " manifest as it is"
        )
    else:
        with ProgressLine() as line:
            remeasure(names, Sources(args.data, args.cross, args.videos), weights, args.work, line)
    print(*(weights / f"{name}.md" for name in names), sep="\n")
    return 0


def add_sources(command: ArgumentParser) -> None:
    """What data is judged, and where the predictions are kept."""
    command.add_argument("--data", metavar="FOLDER", type=Path, help="the folder of index.csv: tune and test")
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
