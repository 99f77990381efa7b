"""`publish`: a finished run to weights, manifest entry and card; what is published fitted anew, or undone."""

from __future__ import annotations

import argparse
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from detector.cli.evaluate import listed
from detector.cli.progress import ProgressLine
from detector.cli.train import need_training_packages
from detector.errors import SettingsError
from detector.settings import Settings

if TYPE_CHECKING:
    from detector.publish.measure import Sources


def add_parser(commands: argparse._SubParsersAction[ArgumentParser]) -> None:
    """The arguments of `publish`."""
    publish = commands.add_parser(
        "publish", help="a finished run to weights, evidence, manifest entry and model card; fit anew; undo"
    )
    what = publish.add_mutually_exclusive_group(required=True)
    what.add_argument("run", metavar="RUN", nargs="?", type=Path)
    what.add_argument(
        "--refit",
        metavar="A,B",
        nargs="?",
        const="",
        help=(
            "published detectors (all) anew: calibration with --data, evidence and references with --cross,"
            " goldens, figures, card; the weights stay"
        ),
    )
    what.add_argument(
        "--undo",
        metavar="NAME",
        help="return to what was published of a detector before; once more: forward again",
    )
    publish.add_argument(
        "--data",
        metavar="FOLDER",
        type=Path,
        help="the folder of index.csv with the splits tune and test",
    )
    publish.add_argument(
        "--cross", metavar="FOLDER", type=Path, help="the folder of index.csv with data sets never trained on"
    )
    publish.add_argument(
        "--videos", metavar="FOLDER", type=Path, help="the folder of index.csv with development clips"
    )
    publish.add_argument(
        "--deliveries",
        action="store_true",
        help="judge --cross again saved and scaled as pictures commonly come: the worst delivery",
    )
    publish.add_argument(
        "--work",
        metavar="FOLDER",
        type=Path,
        default=Path("runs/results"),
        help="where --refit keeps predictions and scores (runs/results)",
    )
    publish.add_argument(
        "--weights",
        metavar="FOLDER",
        type=Path,
        help="where to write (UNBLEND_WEIGHTS, else weights); of --refit and --undo what is published",
    )
    publish.add_argument(
        "--checkpoint",
        metavar="FILE",
        type=Path,
        help="a checkpoint of the run (the best by mean AUC on tune)",
    )
    publish.add_argument("--size", type=int, help="input side in pixels (the last of the recipe)")
    publish.add_argument(
        "--margin", type=float, help="margin of the crop, share of the box's longer side (that of the recipe)"
    )
    publish.set_defaults(command=publish_command)


def publish_command(args: Namespace) -> int:
    """Turn a run into weights, manifest entry and card, or undo that, and print what is published now."""
    need_training_packages()
    if args.undo is not None:
        return _undo(args)
    from detector.publish.measure import Sources
    from detector.publish.weights import publish

    sources = Sources(args.data, args.cross, args.videos, args.deliveries)
    if args.refit is not None:
        return _refit(args, sources)
    if args.data is None:
        raise SettingsError("publish needs --data FOLDER: the calibration is fitted on its split tune")
    weights = args.weights or Settings.from_env().weights or Path("weights")
    with ProgressLine() as line:
        entry = publish(
            args.run,
            sources,
            weights,
            checkpoint=args.checkpoint,
            size=args.size,
            margin=args.margin,
            progress=line,
        )
    print(weights / entry.file)
    return 0


def _refit(args: Namespace, sources: Sources) -> int:
    from detector.publish.refit import refit
    from detector.weights import read_manifest

    weights = _published(args)
    names = listed(args.refit) or sorted(read_manifest(weights))
    with ProgressLine() as line:
        refit(names, sources, weights, args.work, line)
    print(*(weights / f"{name}.md" for name in names), sep="\n")
    return 0


def _undo(args: Namespace) -> int:
    from detector.publish.atomic import undo

    weights = _published(args)
    former = undo(weights, args.undo)
    print(f"{args.undo} is taken out" if former is None else weights / former.file)
    return 0


def _published(args: Namespace) -> Path:
    """The folder of the manifest: the one named, else the one that every command reads."""
    from detector.weights import find_weights

    return find_weights(args.weights or Settings.from_env().weights)
