"""`explain`: what pushed the answer in the face that decides, as a picture and in words."""

from __future__ import annotations

import argparse
from argparse import ArgumentParser, Namespace
from pathlib import Path

from detector.cli.analyze import add_cropped_option, scan_file
from detector.cli.outputs import check_not_input
from detector.cli.progress import ProgressLine
from detector.errors import MediaError, SettingsError
from detector.files import check_target
from detector.settings import Settings

PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp")
ALL = "all"
METHODS = ("gradcam", "gradcam++", "layercam", "occlusion", "branches", "attention", ALL)
"""Those of `explain.maps.Method`, which a start does not load."""


def add_parser(commands: argparse._SubParsersAction[ArgumentParser]) -> None:
    """The arguments of `explain`."""
    explain = commands.add_parser("explain", help="draw what pushed the answer in the face that decides")
    explain.add_argument("file", metavar="FILE", type=Path)
    explain.add_argument(
        "--out", metavar="FILE.png", type=Path, help="the picture (else FILE.heatmap.png in this folder)"
    )
    explain.add_argument(
        "--method", choices=METHODS, help="what makes the map (what measured best); all: a sheet of every map"
    )
    explain.set_defaults(command=explain_command)
    explain.add_argument("--detector", metavar="NAME", help="one of `models` (else the default)")
    add_cropped_option(explain)


def explain_command(args: Namespace) -> int:
    """Write the face that decides with its map, or with all its maps beside it, and say what they show; 1
    where there is none to draw.
    """
    from PIL import Image

    from detector.explain.heatmap import heatmap, methods_of
    from detector.explain.maps import Method
    from detector.explain.overlay import overlay, sheet
    from detector.explain.regions import read
    from detector.explain.trust import default_method, read_trust, trust_of
    from detector.explain.words import TITLES, caption, trust_words
    from detector.faces.crop import crop_face
    from detector.files import replacing
    from detector.pipeline import judge, load_detector
    from detector.statements import coverage_sentences

    out = args.out or Path(f"{args.file.stem}.heatmap.png")
    _check_out(out, args.file)
    settings = Settings.from_env()
    with ProgressLine() as line:
        detector = load_detector(
            args.detector or settings.detector,
            settings.engine,
            settings.device,
            settings.weights,
            settings.cache,
            line,
        )
        analysis = judge(scan_file(args, settings, line), detector)
    if analysis.deciding is None:
        raise MediaError(
            f"{args.file.name}: {analysis.verdict}, so there is nothing to draw; --no-face-crop takes the"
            " whole picture"
        )
    crop, measured = crop_face(analysis.deciding.face, detector.input), read_trust(settings.weights)
    chosen = [Method(args.method or default_method(detector, measured))] if args.method != ALL else None
    pictures = [] if chosen else [crop.image]
    for method in chosen or methods_of(detector):
        found = heatmap(crop, detector, method)
        pictures.append(overlay(crop, found))
        print(f"{TITLES[method]}: {caption(read(found, crop))}")
        print(trust_words(trust_of(detector, method, measured)))
    for sentence in coverage_sentences(analysis.coverage):
        print(sentence)
    with replacing(out) as stream:
        Image.fromarray(sheet(pictures)).save(stream, Image.registered_extensions()[out.suffix.lower()])
    print(out)
    return 0


def _check_out(out: Path, file: Path) -> None:
    """SettingsError unless the picture can be written to `out`, which is not the `file` itself."""
    check_not_input(out, file)
    if out.suffix.lower() not in PICTURES:
        raise SettingsError(f"{out.name} is no picture: end it in one of {', '.join(PICTURES)}")
    check_target(out)
