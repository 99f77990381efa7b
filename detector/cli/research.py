"""Commands that measure and make detectors: `evaluate`, `train`, `publish`."""

from __future__ import annotations

import importlib.util
import sys
from argparse import Namespace

from detector.cli.progress import ProgressLine
from detector.errors import SettingsError
from detector.settings import Settings


def evaluate_command(args: Namespace) -> int:
    """Print the tables of figures; 1 where a file could not be read."""
    from detector.engines.threads import use_threads
    from detector.evaluate.protocol import Walk, run
    from detector.faces.finder import default_finder

    settings = Settings.from_env()
    use_threads(settings.threads)
    names = [name.strip() for name in args.detector.split(",") if name.strip()]
    with ProgressLine() as line:
        report = run(
            args.index,
            names,
            out=args.out,
            split=args.split,
            limit=args.limit,
            engine=settings.engine,
            device=settings.device,
            weights=settings.weights,
            walk=Walk(frames=settings.frames, finder=default_finder(settings.finder)),
            progress=line,
        )
    print(report.markdown)
    return 1 if report.unreadable else 0


def train_command(args: Namespace) -> int:
    """Train, and print the folder of the run."""
    _need_training_packages()
    if args.supervise:
        from detector.train.supervise import supervise

        supervise(training_command(args), args.out, ProgressLine().tell)
        print(args.out)
        return 0
    from detector.engines.threads import use_threads
    from detector.train.run import train

    use_threads(Settings.from_env().threads)
    print(train(args.recipe, args.data, args.out, args.init, args.resume, args.workers))
    return 0


def training_command(args: Namespace) -> list[str]:
    """The words that train as `args` say, in a process of its own and not supervised."""
    command = [sys.executable, "-m", "detector", *(["--verbose"] if args.verbose else []), "train", str(args.recipe)]
    command += ["--data", str(args.data), "--out", str(args.out), "--workers", str(args.workers)]
    command += [*(["--init", str(args.init)] if args.init else []), *(["--resume"] if args.resume else [])]
    return command


def publish_command(args: Namespace) -> int:
    """Turn a run into weights, manifest entry and card, and print what was written."""
    _need_training_packages()
    from detector.engines.threads import use_threads
    from detector.train.publish import Sources, publish

    use_threads(Settings.from_env().threads)
    sources = Sources(args.data, args.cross)
    with ProgressLine() as line:
        how = {"checkpoint": args.checkpoint, "size": args.size, "margin": args.margin}
        entry = publish(args.run, sources, args.weights, **how, progress=line)
    print(args.weights / entry.file)
    return 0


def _need_training_packages() -> None:
    if importlib.util.find_spec("pytorch_lightning") is None:
        raise SettingsError("training needs packages that are not installed: pip install -r requirements-train.txt -c constraints.txt")
