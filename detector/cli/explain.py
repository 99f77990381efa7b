"""`explain`: where the network looked in the face that decides, as a picture."""

from __future__ import annotations

import argparse
from argparse import ArgumentParser, Namespace
from pathlib import Path

from detector.cli.analyze import add_judging_options, analyze_file
from detector.errors import MediaError
from detector.settings import Settings


def add_parser(commands: argparse._SubParsersAction[ArgumentParser]) -> None:
    """The arguments of `explain`."""
    explain = commands.add_parser("explain", help="draw where the network looked in the face that decides")
    explain.add_argument("file", metavar="FILE", type=Path)
    explain.add_argument(
        "--out", metavar="FILE.png", type=Path, help="the picture (else FILE.heatmap.png in this folder)"
    )
    explain.add_argument(
        "--method",
        choices=("gradcam", "attention"),
        default="gradcam",
        help="attention: transformers only (gradcam)",
    )
    explain.set_defaults(command=explain_command)
    add_judging_options(explain)


def explain_command(args: Namespace) -> int:
    """Write the face that decides with its heat map; 1 where there is none to draw."""
    from PIL import Image

    from detector.explain.cams import heatmap
    from detector.explain.overlay import overlay
    from detector.faces.crop import crop_face

    analysis, detector = analyze_file(args, Settings.from_env())
    if analysis.deciding is None:
        raise MediaError(
            f"{args.file.name}: {analysis.verdict}, so there is nothing to draw; --no-face-crop takes the"
            " whole picture"
        )
    crop = crop_face(analysis.deciding.face, detector.input)
    out = args.out or Path(f"{args.file.stem}.heatmap.png")
    Image.fromarray(overlay(crop, heatmap(crop, detector, args.method))).save(out)
    print(out)
    return 0
