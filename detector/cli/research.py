"""Commands that measure and make detectors: `evaluate`, `train`, `publish`."""

from __future__ import annotations

import importlib.util
import sys
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from detector.cli.lists import listed
from detector.cli.progress import ProgressLine
from detector.errors import SettingsError
from detector.settings import Settings

if TYPE_CHECKING:
    from detector.evaluate.tables import Report
    from detector.pipeline import Detector
    from detector.train.variants import Variant


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
    from detector.engines.threads import use_threads
    from detector.evaluate.at_cuts import THRESHOLDS
    from detector.evaluate.fairness import FAIRNESS
    from detector.evaluate.protocol import Walk, command_of, run
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
    use_threads(settings.threads)
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
    _need_training_packages()
    from detector.train.trial import trial_detector

    detectors = [trial_detector(Path(folder), size=args.size) for folder in listed(args.run)]
    if len({one.spec.name for one in detectors}) < len(detectors):
        raise SettingsError(
            f"--run {args.run} names two folders alike ({', '.join(one.spec.name for one in detectors)});"
            " rename one"
        )
    return detectors


def _evaluated_elsewhere(args: Namespace) -> Report:
    """What another program made of the files."""
    from detector.evaluate.elsewhere import Given, run_elsewhere

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


def train_command(args: Namespace) -> int:
    """Train, and print the folder of the run."""
    _need_training_packages()
    from detector.train.left_out import write_left_out
    from detector.train.processes import started_processes
    from detector.train.seeds import write_spread
    from detector.train.variants import train_variants

    processes = started_processes()
    train_one = _supervised(args, processes.count) if args.supervise else _trained(args)
    variants = _variants(args)
    train_variants(args.out, variants, train_one, args.resume)
    if processes.writes and args.seeds is not None:
        write_spread(args.out, variants)
    if processes.writes and args.leave_out is not None:
        with ProgressLine() as line:
            write_left_out(args.out, variants, args.data, progress=line)
    if processes.writes:
        print(args.out)
    return 0


def _variants(args: Namespace) -> list[Variant]:
    """The runs that are asked for: one, or one for each random seed, or one without each source."""
    from detector.data.index import read_index
    from detector.train.variants import Variant, parse_left_out, parse_seeds

    if args.seeds is not None and args.leave_out is not None:
        raise SettingsError(
            "--seeds and --leave-out do not go together; train with the one, then with the other, into two"
            " folders"
        )
    if args.seeds is not None:
        return parse_seeds(args.seeds)
    return (
        [Variant()]
        if args.leave_out is None
        else parse_left_out(args.leave_out, read_index(args.data, "train"))
    )


def _trained(args: Namespace) -> Callable[[Variant, Path, bool], object]:
    """What trains a variant into a folder, anew or from its last checkpoint; in this process."""
    from detector.engines.threads import use_threads
    from detector.train.logs import Logs
    from detector.train.run import train

    use_threads(Settings.from_env().threads)
    logs = Logs(tensorboard=args.tensorboard, wandb=args.wandb)

    def train_one(variant: Variant, out: Path, resume: bool) -> None:
        train(
            args.recipe,
            args.data,
            out,
            args.init,
            resume,
            args.workers,
            logs=logs,
            random_seed=variant.random_seed,
            leave_out=(variant.leave_out,) if variant.leave_out else (),
            cache=args.cache,
        )

    return train_one


def _supervised(args: Namespace, processes: int) -> Callable[[Variant, Path, bool], object]:
    """The same, in a process of its own that is watched."""
    from detector.train.watchdog import supervise

    if processes > 1:
        raise SettingsError(
            "--supervise watches one process; with several give torchrun its own --max-restarts, and the run"
            " --resume"
        )

    def train_one(variant: Variant, out: Path, resume: bool) -> None:
        supervise(training_command(args, variant, resume), out, ProgressLine().tell)

    return train_one


def training_command(
    args: Namespace, variant: Variant | None = None, resume: bool | None = None
) -> list[str]:
    """The words that train as `args` say, in a process of its own and not supervised; of several variants,
    the one given.
    """
    command = [
        sys.executable,
        "-m",
        "detector",
        *(["--verbose"] if args.verbose else []),
        "train",
        str(args.recipe),
    ]
    command += ["--data", str(args.data), "--out", str(args.out), "--workers", str(args.workers)]
    command += ["--init", str(args.init)] if args.init else []
    command += (
        ["--seeds", str(variant.random_seed)]
        if variant is not None and variant.random_seed is not None
        else []
    )
    command += ["--leave-out", variant.leave_out] if variant is not None and variant.leave_out else []
    command += ["--cache", str(args.cache)] if args.cache else []
    flags = {
        "--resume": args.resume if resume is None else resume,
        "--tensorboard": args.tensorboard,
        "--wandb": args.wandb,
    }
    return command + [name for name, given in flags.items() if given]


def publish_command(args: Namespace) -> int:
    """Turn a run into weights, manifest entry and card, and print what was written."""
    _need_training_packages()
    from detector.engines.threads import use_threads
    from detector.train.measure import Sources
    from detector.train.publish import publish

    use_threads(Settings.from_env().threads)
    sources = Sources(args.data, args.cross, args.videos)
    with ProgressLine() as line:
        how = {"checkpoint": args.checkpoint, "size": args.size, "margin": args.margin}
        entry = publish(args.run, sources, args.weights, **how, progress=line)
    print(args.weights / entry.file)
    return 0


def _need_training_packages() -> None:
    if importlib.util.find_spec("pytorch_lightning") is None:
        raise SettingsError(
            "training needs packages that are not installed: pip install -r requirements-train.txt -c"
            " constraints.txt"
        )
