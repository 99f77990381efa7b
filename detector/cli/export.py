"""`export`: a trained detector as a file for other programs."""

from __future__ import annotations

import argparse
from argparse import ArgumentParser, Namespace
from pathlib import Path

from detector.settings import Settings


def add_parser(commands: argparse._SubParsersAction[ArgumentParser]) -> None:
    """The arguments of `export`."""
    export = commands.add_parser(
        "export", help="write a detector as ONNX or in OpenVINO's form, for programs without torch"
    )
    export.add_argument("detector", metavar="NAME", help="one of `models` that is trained")
    form = export.add_mutually_exclusive_group(required=True)
    form.add_argument("--onnx", dest="form", action="store_const", const="onnx", help="one file, .onnx")
    form.add_argument(
        "--openvino", dest="form", action="store_const", const="openvino", help="two files, .xml and .bin"
    )
    export.add_argument(
        "--out", metavar="FILE", type=Path, help="the file (else NAME.onnx or NAME.xml in this folder)"
    )
    export.set_defaults(command=export_command)


def export_command(args: Namespace) -> int:
    """Write the file, and print what a program must know to use it."""
    from detector.export import Form, export

    written = export(args.detector, Form(args.form), args.out, Settings.from_env().weights)
    within = max(written.difference, 1e-6)  # the last digit that is printed
    print(f"{written.file}: logit of the golden picture within {within:.6f} of the manifest's")
    print(*(f"  {key}: {value}" for key, value in written.facts.items()), sep="\n")
    return 0
