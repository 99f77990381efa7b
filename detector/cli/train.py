"""`train`: a detector by a recipe, once, with several random seeds, or without each source."""

from __future__ import annotations

import argparse
import importlib.util
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from detector.cli.progress import ProgressLine
from detector.errors import SettingsError

if TYPE_CHECKING:
    from detector.experiments.sweep import Variant


def add_parser(commands: argparse._SubParsersAction[ArgumentParser]) -> None:
    """The arguments of `train`."""
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
            " judge its test"
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
        "--watchdog",
        "--supervise",
        action="store_true",
        help="begin it again from its last checkpoint when it freezes or is killed, at most 5 times",
    )
    train.set_defaults(command=train_command)


def train_command(args: Namespace) -> int:
    """Train, and print the folder of the run."""
    need_training_packages()
    from detector.experiments.sweep import train_variants
    from detector.train.distributed import started_processes

    processes = started_processes()
    train_one = _watched_over(args, processes.count) if args.watchdog else _trained(args)
    variants = _variants(args)
    train_variants(args.out, variants, train_one, args.resume)
    if processes.writes:
        _compare(args, variants)
        print(args.out)
    return 0


def _compare(args: Namespace, variants: list[Variant]) -> None:
    """Write what comes of several runs. Loads torch, which a watchdog has done without until then."""
    if args.seeds is not None:
        from detector.experiments.candidate import write_spread

        write_spread(args.out, variants)
    if args.leave_out is not None:
        from detector.experiments.candidate import write_left_out

        with ProgressLine() as line:
            write_left_out(args.out, variants, args.data, progress=line)


def _variants(args: Namespace) -> list[Variant]:
    """The runs that are asked for: one, or one for each random seed, or one without each source."""
    from detector.data.tables import read_index
    from detector.experiments.sweep import Variant, parse_left_out, parse_seeds

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
    from detector.train.loggers import Logs
    from detector.train.run import train

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


def _watched_over(args: Namespace, processes: int) -> Callable[[Variant, Path, bool], object]:
    """The same, in a process of its own that is watched."""
    from detector.train.watchdog import watch_over

    if processes > 1:
        raise SettingsError(
            "--watchdog watches one process; with several give torchrun its own --max-restarts, and the run"
            " --resume"
        )

    def train_one(variant: Variant, out: Path, resume: bool) -> None:
        watch_over(training_command(args, variant, resume), out, ProgressLine().tell)

    return train_one


def training_command(
    args: Namespace, variant: Variant | None = None, resume: bool | None = None
) -> list[str]:
    """The command that trains as `args` say, in a process of its own and without a watchdog; of several
    variants, the one given.
    """
    options = {
        "--data": args.data,
        "--out": args.out,
        "--workers": args.workers,
        "--init": args.init,
        "--seeds": None if variant is None else variant.random_seed,
        "--leave-out": None if variant is None else variant.leave_out or None,
        "--cache": args.cache,
    }
    flags = {
        "--resume": args.resume if resume is None else resume,
        "--tensorboard": args.tensorboard,
        "--wandb": args.wandb,
    }
    return [
        *(sys.executable, "-m", "detector"),
        *(["--verbose"] if args.verbose else []),
        *("train", str(args.recipe)),
        *(word for name, value in options.items() if value is not None for word in (name, str(value))),
        *(name for name, given in flags.items() if given),
    ]


def need_training_packages() -> None:
    """A SettingsError where the packages of training are not installed."""
    if importlib.util.find_spec("pytorch_lightning") is None:
        raise SettingsError(
            "training needs packages that are not installed: pip install -r requirements-train.txt -c"
            " constraints.txt"
        )
