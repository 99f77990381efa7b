"""`evaluate`: how good detectors, or the numbers of another program, are on a labelled index."""

from __future__ import annotations

import argparse
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from detector.cli.progress import ProgressLine
from detector.cli.train import need_training_packages
from detector.errors import SettingsError
from detector.settings import Settings

if TYPE_CHECKING:
    from detector.evaluate.report.report import Report
    from detector.pipeline import Detector


def add_parser(commands: argparse._SubParsersAction[ArgumentParser]) -> None:
    """The words of `evaluate`."""
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
    evaluate.set_defaults(command=evaluate_command)


def evaluate_command(args: Namespace) -> int:
    """Print the tables of figures; 1 where a file could not be read."""
    from detector.evaluate.written import need_plots

    if args.plots:
        if args.out is None:
            raise SettingsError("--plots writes into a folder beside --out; give --out FILE.csv")
        need_plots()
    report = _evaluated_elsewhere(args) if args.predictions or args.labels else _evaluated(args)
    print(report.markdown)
    return 1 if report.unreadable else 0


def _evaluated(args: Namespace) -> Report:
    """Detectors of ours, through the whole pipeline."""
    from detector.evaluate.at_cuts import THRESHOLDS
    from detector.evaluate.fairness import FAIRNESS
    from detector.evaluate.predict import Walk, command_of, run
    from detector.evaluate.robustness import ROBUSTNESS
    from detector.faces.finder import default_finder

    if args.index is None or not (args.detector or args.run):
        raise SettingsError(
            "evaluate needs INDEX.csv and --detector A,B or --run FOLDER,FOLDER, or --predictions CSV and"
            " --labels CSV"
        )
    if args.run and args.thresholds:
        raise SettingsError(
            "--thresholds compares what was fitted, and nothing is fitted of a --run: publish it first"
        )
    settings = Settings.from_env()
    names = listed(args.detector or "")
    further = [*[THRESHOLDS] * args.thresholds, *[ROBUSTNESS] * args.robustness, *[FAIRNESS] * args.fairness]
    command = command_of(args.index, names, args.split, args.limit, further)
    with ProgressLine() as line:
        return run(
            args.index,
            [*names, *_on_trial(args)],
            out=args.out,
            split=args.split,
            limit=args.limit,
            engine=settings.engine,
            device=settings.device,
            weights=settings.weights,
            walk=Walk(frames=settings.frames, finder=default_finder(settings.finder)),
            plots=args.plots,
            further=further,
            command=command
            + (f" --run {args.run}" if args.run else "")
            + (f" --size {args.size}" if args.size else ""),
            progress=line,
        )


def _on_trial(args: Namespace) -> list[Detector]:
    """The detectors of the folders of --run."""
    if not args.run:
        return []
    need_training_packages()
    from detector.experiments.candidate import trial_detector

    detectors = [trial_detector(Path(folder), size=args.size) for folder in listed(args.run)]
    if len({one.spec.name for one in detectors}) < len(detectors):
        raise SettingsError(
            f"--run {args.run} names two folders alike ({', '.join(one.spec.name for one in detectors)});"
            " rename one"
        )
    return detectors


def _evaluated_elsewhere(args: Namespace) -> Report:
    """What another program made of the files."""
    from detector.evaluate.external import Given, run_elsewhere

    if not (args.predictions and args.labels):
        raise SettingsError(
            "--predictions and --labels go together: the p_fakes of another program, and an index with the"
            " labels"
        )
    if args.index is not None or args.detector is not None or args.run is not None:
        raise SettingsError("--predictions are judged already: leave INDEX.csv, --detector and --run away")
    if args.thresholds or args.robustness or args.fairness:
        raise SettingsError(
            "--thresholds, --robustness and --fairness are of detectors judged here: give INDEX.csv and"
            " --detector A,B"
        )
    columns = tuple(listed(args.column))
    given = Given(args.predictions, columns, args.threshold)
    return run_elsewhere(
        given, args.labels, out=args.out, split=args.split, limit=args.limit, plots=args.plots
    )


def listed(words: str) -> list[str]:
    """The words of "A, B"; none of an empty text, and none that is empty."""
    return [word.strip() for word in words.split(",") if word.strip()]
