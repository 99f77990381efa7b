"""Commands that make and check an index of face pictures: `data prepare`, `data verify`."""

from __future__ import annotations

import sys
from argparse import Namespace

from detector.cli.progress import ProgressLine
from detector.settings import Settings


def prepare_command(args: Namespace) -> int:
    """Turn a data set into an index, and print where; 1 where a file could not be read."""
    from detector.data.index import INDEX
    from detector.data.prepare import Look, prepare
    from detector.engines.threads import use_threads

    settings = Settings.from_env()
    use_threads(settings.threads)
    with ProgressLine() as line:
        look = Look(args.frames, args.workers, settings.finder, settings.limits)
        prepared = prepare(args.folder, args.layout, args.out, look, progress=line)
        line.tell(prepared.sentence)
    print(args.out / INDEX)
    return 1 if prepared.unreadable else 0


def verify_command(args: Namespace) -> int:
    """Print what is wrong with an index; 1 where something is."""
    from detector.data.verify import verify

    with ProgressLine() as line:
        faults = list(verify(args.out, progress=line))
    for fault in faults:
        print(f"{fault.file}: {fault.reason}")
    print(f"{len(faults)} wrong", file=sys.stderr)
    return 1 if faults else 0
