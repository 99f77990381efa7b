"""`publish`: a finished run to weights, manifest entry and model card."""

from __future__ import annotations

import argparse
from argparse import ArgumentParser, Namespace
from pathlib import Path

from detector.cli.progress import ProgressLine
from detector.cli.train import need_training_packages


def add_parser(commands: argparse._SubParsersAction[ArgumentParser]) -> None:
    """The arguments of `publish`."""
    publish = commands.add_parser("publish", help="a finished run to weights, manifest entry and model card")
    publish.add_argument("run", metavar="RUN", type=Path)
    publish.add_argument(
        "--data",
        metavar="FOLDER",
        type=Path,
        required=True,
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
    """Turn a run into weights, manifest entry and card, and print what was written."""
    need_training_packages()
    from detector.publish.measure import Sources
    from detector.publish.weights import publish

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
