"""What may be said on the command line: commands, their arguments, and the function each one calls."""

from __future__ import annotations

import argparse
from argparse import ArgumentParser
from pathlib import Path

from detector import __version__
from detector.cli import data, judging, machine, research
from detector.cli.measuring import add_measuring

DESCRIPTION = (
    "Finds faces in photos and videos, judges each for signs of a deepfake, and says how far the answer can"
    " be trusted."
)
EPILOG = (
    "Exit code: 0 done, 1 some file failed, 2 wrong use. Settings: UNBLEND_... variables, listed by `doctor`."
)


def build_parser() -> ArgumentParser:
    """The parser of every command; the chosen one's function is `command` of what it gives."""
    parser = ArgumentParser(prog="unblend", description=DESCRIPTION, epilog=EPILOG)
    parser.add_argument("--version", action="version", version=f"unblend {__version__}")
    parser.add_argument("-v", "--verbose", action="store_true", help="say more on stderr")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_judging(commands)
    _add_machine(commands)
    _add_data(commands)
    _add_evaluating(commands)
    _add_training(commands)
    add_measuring(commands)
    return parser


def _add_judging(commands: argparse._SubParsersAction[ArgumentParser]) -> None:
    scan = commands.add_parser("scan", help="judge many files and folders: one row each")
    scan.add_argument(
        "paths", metavar="PATH", nargs="+", type=Path, help="a photo, a video, or a folder of them"
    )
    scan.add_argument("--out", type=Path, help="write here, .csv, .json or .parquet (else CSV on stdout)")
    scan.add_argument(
        "--resume", action="store_true", help="leave out the files that stand in --out already (.csv only)"
    )
    scan.set_defaults(command=judging.scan_command)
    analyze = commands.add_parser("analyze", help="judge one file, in a sentence or as JSON")
    analyze.add_argument("file", metavar="FILE", type=Path)
    analyze.add_argument("--json", action="store_true", help="everything, as JSON")
    analyze.set_defaults(command=judging.analyze_command)
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
    explain.set_defaults(command=judging.explain_command)
    for command in (scan, analyze, explain):
        command.add_argument("--detector", metavar="NAME", help="one of `models` (else the default)")
        command.add_argument(
            "--no-face-crop",
            action="store_true",
            help="each picture is a face already: judge the whole of it",
        )


def _add_machine(commands: argparse._SubParsersAction[ArgumentParser]) -> None:
    models = commands.add_parser("models", help="the table of detectors")
    models.add_argument("--json", action="store_true", help="as JSON")
    models.set_defaults(command=machine.models_command)
    doctor = commands.add_parser("doctor", help="check this machine: versions, weights, codecs, extras")
    doctor.set_defaults(command=machine.doctor_command)
    serve = commands.add_parser("serve", help="start the page")
    serve.add_argument("--host", help="address to listen on (else UNBLEND_HOST, else this machine only)")
    serve.add_argument("--port", type=int, help="port (else UNBLEND_PORT, else 7860)")
    serve.set_defaults(command=machine.serve_command)


def _add_data(commands: argparse._SubParsersAction[ArgumentParser]) -> None:
    parts = commands.add_parser(
        "data",
        help=(
            "fetch data sets, make an index of face pictures of them, as train and evaluate take it, check it"
        ),
    )
    steps = parts.add_subparsers(title="commands", metavar="COMMAND", required=True)
    fetch = steps.add_parser(
        "fetch",
        help=(
            "bring a file here, whole and checked, or say where a data set is asked for; goes on where it"
            " stopped"
        ),
    )
    fetch.add_argument(
        "what", metavar="WHAT", help="ffpp, celebdf, dfdc, dffd, openforensics, an address, or zenodo:NUMBER"
    )
    fetch.add_argument("--out", metavar="PATH", type=Path, help="the folder, for an address also the file")
    fetch.add_argument("--sha256", metavar="HEX", default="", help="what an address must hold")
    fetch.add_argument(
        "--only",
        metavar="PATTERN",
        default="*",
        help="of a record only the files whose name fits, such as '*.json'",
    )
    fetch.set_defaults(command=data.fetch_command)
    prepare = steps.add_parser(
        "prepare", help="a data set on disk to an index; run again, it goes on where it stopped"
    )
    prepare.add_argument("folder", metavar="FOLDER", type=Path, help="the data set")
    layouts = "folders, prefix, ffpp, celebdf, dfdc, dffd or openforensics"
    prepare.add_argument("--layout", metavar="NAME", required=True, help=f"how it lies there: {layouts}")
    prepare.add_argument(
        "--out",
        metavar="OUT",
        type=Path,
        required=True,
        help="the folder of index.csv, landmarks and face pictures",
    )
    prepare.add_argument("--frames", type=int, default=8, help="frames read of a video (8)")
    prepare.add_argument("--workers", type=int, default=1, help="processes that look for faces (1)")
    prepare.add_argument(
        "--masks",
        action="store_true",
        help="save what differs between a fake and its original (ffpp, celebdf, dfdc)",
    )
    prepare.add_argument(
        "--folds", type=int, default=5, help="parts for cross-validation that split no group (5)"
    )
    prepare.set_defaults(command=data.prepare_command)
    verify = steps.add_parser(
        "verify", help="say which files of an index, or of a data set, are missing or altered in form"
    )
    verify.add_argument(
        "out", metavar="OUT", type=Path, help="the folder of index.csv, or with --layout that of a data set"
    )
    verify.add_argument(
        "--layout", metavar="NAME", help="look whether the data set has all that its own lists name"
    )
    verify.set_defaults(command=data.verify_command)


def _add_evaluating(commands: argparse._SubParsersAction[ArgumentParser]) -> None:
    evaluate = commands.add_parser(
        "evaluate", help="figures of detectors on a labelled index, through the whole pipeline"
    )
    evaluate.add_argument("index", metavar="INDEX.csv", nargs="?", type=Path)
    evaluate.add_argument("--detector", metavar="A,B", help="names, joined by commas")
    evaluate.add_argument(
        "--run",
        metavar="A,B",
        help="folders of training runs that are not published: their best round, uncalibrated",
    )
    evaluate.add_argument("--size", type=int, help="input side in pixels for --run (the last of the recipe)")
    evaluate.add_argument(
        "--predictions",
        metavar="FILE.csv",
        type=Path,
        help="instead of both: p_fakes made elsewhere, with their files",
    )
    evaluate.add_argument(
        "--labels", metavar="INDEX.csv", type=Path, help="the labels of --predictions, matched by equal names"
    )
    evaluate.add_argument(
        "--column",
        metavar="A,B",
        default="p_fake",
        help="columns of --predictions with p_fake, 0 to 1 (p_fake)",
    )
    evaluate.add_argument(
        "--threshold", type=float, default=0.5, help="over which --predictions call a file fake (0.5)"
    )
    evaluate.add_argument(
        "--thresholds", action="store_true", help="also at the thresholds that other rules chose on tune"
    )
    evaluate.add_argument(
        "--plots",
        action="store_true",
        help="curves as PNG and as an interactive page, in a folder beside --out",
    )
    evaluate.add_argument(
        "--out",
        metavar="FILE.csv",
        type=Path,
        help="keep predictions here (resumes), and tables beside it as .md, .json",
    )
    evaluate.add_argument("--split", help="only the rows of this split")
    evaluate.add_argument("--limit", type=int, help="only so many rows")
    evaluate.add_argument(
        "--robustness",
        action="store_true",
        help="judge all again after JPEG, scale, blur, noise, brightness, video compression (slow)",
    )
    evaluate.add_argument(
        "--fairness", action="store_true", help="how often real pictures are called fake, by who is on them"
    )
    evaluate.set_defaults(command=research.evaluate_command)


def _add_training(commands: argparse._SubParsersAction[ArgumentParser]) -> None:
    train = commands.add_parser("train", help="train a detector by a recipe")
    train.add_argument("recipe", metavar="RECIPE.json", type=Path)
    train.add_argument("--data", metavar="FOLDER", type=Path, required=True, help="the folder of index.csv")
    train.add_argument("--out", metavar="RUN", type=Path, required=True, help="the folder of the run")
    train.add_argument("--init", metavar="FOLDER", type=Path, help="the folder of starting weights")
    train.add_argument("--resume", action="store_true", help="go on from the run's last checkpoint")
    train.add_argument(
        "--seeds",
        metavar="1,2,3",
        help="train once with each of these random seeds, into RUN/seed-N, and compare",
    )
    train.add_argument(
        "--leave-out",
        metavar="A,B",
        help=(
            "train once without each of these sources (each: every one with fakes), into RUN/without-A, and"
            " judge its val"
        ),
    )
    train.add_argument("--workers", type=int, default=1, help="processes that make crops (1)")
    train.add_argument(
        "--cache",
        metavar="FOLDER",
        type=Path,
        help="keep the decoded pictures here, and read them from there at every draw",
    )
    train.add_argument("--tensorboard", action="store_true", help="log for TensorBoard as well")
    train.add_argument(
        "--wandb",
        action="store_true",
        help="log for Weights & Biases as well: into RUN, unless WANDB_MODE is online",
    )
    train.add_argument(
        "--supervise",
        action="store_true",
        help="begin it again from its last checkpoint when it freezes or is killed, at most 5 times",
    )
    train.set_defaults(command=research.train_command)
    publish = commands.add_parser("publish", help="a finished run to weights, manifest entry and model card")
    publish.add_argument("run", metavar="RUN", type=Path)
    publish.add_argument(
        "--data",
        metavar="FOLDER",
        type=Path,
        required=True,
        help="the folder of index.csv with the splits tune and val",
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
    publish.set_defaults(command=research.publish_command)
