"""`publish`: a finished run to weights, manifest entry and model card; or what is published undone."""

from __future__ import annotations

import argparse
from argparse import ArgumentParser, Namespace
from pathlib import Path

from detector.cli.progress import ProgressLine
from detector.cli.train import need_training_packages
from detector.errors import SettingsError


def add_parser(commands: argparse._SubParsersAction[ArgumentParser]) -> None:
    """The arguments of `publish`."""
    publish = commands.add_parser(
        "publish", help="a finished run to weights, manifest entry and model card; or one undone"
    )
    what = publish.add_mutually_exclusive_group(required=True)
    what.add_argument("run", metavar="RUN", nargs="?", type=Path)
    what.add_argument(
        "--undo",
        metavar="NAME",
        help="return to what was published of a detector before; twice: forward again",
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
        "--weights", metavar="FOLDER", type=Path, default=Path("weights"), help="where to write (weights)"
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

    if args.data is None:
        raise SettingsError("publish needs --data FOLDER: the calibration is fitted on its split tune")
    sources = Sources(args.data, args.cross, args.videos)
    with ProgressLine() as line:
        entry = publish(
            args.run,
            sources,
            args.weights,
            checkpoint=args.checkpoint,
            size=args.size,
            margin=args.margin,
            progress=line,
        )
    print(args.weights / entry.file)
    return 0


def _undo(args: Namespace) -> int:
    from detector.publish.atomic import undo

    former = undo(args.weights, args.undo)
    print(f"{args.undo} is taken out" if former is None else args.weights / former.file)
    return 0
