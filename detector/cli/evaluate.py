"""`evaluate`: how good detectors, or the numbers of another program, are on a labelled index."""

from __future__ import annotations

import argparse
from argparse import ArgumentParser, Namespace
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from detector.cli.progress import ProgressLine
from detector.cli.train import need_training_packages
from detector.engines import PYTORCH
from detector.errors import SettingsError
from detector.files import check_target
from detector.settings import Settings

if TYPE_CHECKING:
    from detector.evaluate.report.report import Report
    from detector.evaluate.run import Parts
    from detector.pipeline import Detector


def add_parser(commands: argparse._SubParsersAction[ArgumentParser]) -> None:
    """The arguments of `evaluate`."""
    evaluate = commands.add_parser(
        "evaluate", help="metrics of detectors on a labelled index, through the whole pipeline"
    )
    evaluate.add_argument("index", metavar="INDEX.csv", nargs="?", type=Path)
    evaluate.add_argument("--detector", metavar="A,B", help="names, joined by commas")
    evaluate.add_argument(
        "--run",
        metavar="A,B",
        help="folders of training runs that are not published: their best epoch, uncalibrated",
    )
    evaluate.add_argument("--size", type=int, help="input side in pixels for --run (the last of the recipe)")
    evaluate.add_argument(
        "--from-predictions",
        metavar="FILE",
        type=Path,
        help="what an evaluation kept with --out (CSV or Parquet): the same tables, nothing is judged",
    )
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
        help="curves as PNG, in a folder beside --out",
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
    evaluate.add_argument(
        "--deliveries",
        action="store_true",
        help="judge photos again saved and scaled as they commonly come: Cross-AUC, and the worst of them",
    )
    evaluate.add_argument(
        "--evidence",
        action="store_true",
        help="hold likelihood ratios of photos to the release gate, leaving each source out",
    )
    evaluate.set_defaults(command=evaluate_command)


def evaluate_command(args: Namespace) -> int:
    """Print the tables of metrics; 1 where a file could not be read."""
    from detector.evaluate.report.markdown import to_markdown
    from detector.evaluate.report.plots import need_plots

    if args.plots:
        if args.out is None:
            raise SettingsError("--plots writes into a folder beside --out; give --out FILE.csv")
        need_plots()
    if args.out is not None:
        check_target(args.out, makes_folder=True)
    if args.predictions or args.labels:
        report = _evaluated_elsewhere(args)
    else:
        report = _evaluated_kept(args) if args.from_predictions else _evaluated(args)
    print(to_markdown(report))
    return 1 if report.unreadable else 0


def _evaluated(args: Namespace) -> Report:
    """Detectors of ours, through the whole pipeline."""
    from detector.evaluate.predict import Walk
    from detector.evaluate.run import command_of, evaluate
    from detector.faces.finder import default_finder

    if args.index is None or not (args.detector or args.run):
        raise SettingsError(
            "evaluate needs INDEX.csv and --detector A,B or --run FOLDER,FOLDER, or --predictions CSV and"
            " --labels CSV, or --from-predictions FILE"
        )
    if args.index.is_dir():
        raise SettingsError(
            f"{args.index} is a folder, and evaluate takes an index: make one of folders Real and Fake by"
            f" `data prepare {args.index} --layout folders --out OUT`, and give OUT/index.csv"
        )
    if args.run and args.thresholds:
        raise SettingsError(
            "--thresholds compares what was fitted, and nothing is fitted of a --run: publish it first"
        )
    settings = Settings.from_env()
    names = listed(args.detector or "")
    command = command_of(args.index, names, args.split, args.limit, _parts(args))
    with ProgressLine() as line:
        return evaluate(
            args.index,
            [*names, *_candidates(args)],
            out=args.out,
            split=args.split,
            limit=args.limit,
            engine=settings.engine or PYTORCH,
            device=settings.device,
            weights=settings.weights,
            walk=Walk(frames=settings.frames, finder=default_finder(settings.finder)),
            parts=_parts(args),
            plots=args.plots,
            command=command
            + (f" --run {args.run}" if args.run else "")
            + (f" --size {args.size}" if args.size else ""),
            progress=line,
        )


def _parts(args: Namespace) -> Parts:
    """The parts of the report that are asked for."""
    from detector.evaluate.run import Parts

    return Parts(
        thresholds=args.thresholds,
        robustness=args.robustness,
        fairness=args.fairness,
        deliveries=args.deliveries,
        evidence=args.evidence,
    )


def _evaluated_kept(args: Namespace) -> Report:
    """What an evaluation kept; nothing is judged."""
    from detector.evaluate.run import evaluate_kept

    if args.run is not None:
        raise SettingsError(
            "--from-predictions takes published detectors, which a --run is not: leave it away"
        )
    settings = Settings.from_env()
    return evaluate_kept(
        args.from_predictions,
        args.index,
        listed(args.detector or ""),
        out=args.out,
        split=args.split,
        limit=args.limit,
        weights=settings.weights,
        parts=_parts(args),
        plots=args.plots,
    )


def _candidates(args: Namespace) -> list[Detector]:
    """The detectors of the folders of --run."""
    if not args.run:
        return []
    need_training_packages()
    from detector.experiments.candidate import candidate_detector

    detectors = [candidate_detector(Path(folder), size=args.size) for folder in listed(args.run)]
    names = [detector.spec.name for detector in detectors]
    if len(set(names)) < len(names):
        raise SettingsError(f"--run {args.run} names two folders alike ({', '.join(names)}); rename one")
    return detectors


def _evaluated_elsewhere(args: Namespace) -> Report:
    """What another program made of the files."""
    from detector.evaluate.external import Given, evaluate_external

    if not (args.predictions and args.labels):
        raise SettingsError(
            "--predictions and --labels go together: the p_fakes of another program, and an index with the"
            " labels"
        )
    if any(given is not None for given in (args.index, args.detector, args.run, args.from_predictions)):
        raise SettingsError("--predictions are judged already: leave INDEX.csv, --detector and --run away")
    if replace(_parts(args), evidence=False).options:
        raise SettingsError(
            "--thresholds, --robustness, --fairness and --deliveries are of detectors judged here: give"
            " INDEX.csv and --detector A,B"
        )
    columns = tuple(listed(args.column))
    given = Given(args.predictions, columns, args.threshold)
    return evaluate_external(
        given,
        args.labels,
        out=args.out,
        split=args.split,
        limit=args.limit,
        plots=args.plots,
        evidence=args.evidence,
    )


def listed(words: str) -> list[str]:
    """The words of "A, B"; none of an empty text, and none that is empty."""
    return [word.strip() for word in words.split(",") if word.strip()]
