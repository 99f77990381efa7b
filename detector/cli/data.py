"""Commands that bring data sets here, make an index of face pictures of them and check it: `data fetch`,
`prepare`, `verify`.
"""

from __future__ import annotations

import sys
from argparse import Namespace

from detector.cli.progress import ProgressLine
from detector.errors import FetchError, SettingsError
from detector.settings import Settings


def prepare_command(args: Namespace) -> int:
    """Turn a data set into an index, and print where; 1 where a file could not be read."""
    from detector.data.index import INDEX
    from detector.data.prepare import Look, prepare
    from detector.engines.threads import use_threads

    settings = Settings.from_env()
    use_threads(settings.threads)
    with ProgressLine() as line:
        look = Look(args.frames, args.workers, settings.finder, settings.limits, args.masks, args.folds)
        prepared = prepare(args.folder, args.layout, args.out, look, progress=line)
        line.tell(prepared.sentence)
    print(args.out / INDEX)
    return 1 if prepared.unreadable else 0


def verify_command(args: Namespace) -> int:
    """Print what is wrong with an index, or what of a data set is missing; 1 where something is."""
    from detector.data.layouts import missing
    from detector.data.verify import verify

    if args.layout:
        faults = [f"{path}: does not exist" for path in missing(args.out, args.layout)]
    else:
        with ProgressLine() as line:
            faults = [f"{fault.file}: {fault.reason}" for fault in verify(args.out, progress=line)]
    for fault in faults:
        print(fault)
    print(f"{len(faults)} {'missing' if args.layout else 'wrong'}", file=sys.stderr)
    return 1 if faults else 0


def fetch_command(args: Namespace) -> int:
    """Bring a file or a data set to --out and print where it lies, or say where a data set is asked for; 1
    where something is not here.
    """
    from detector.data.fetch import download, new_client, plan
    from detector.data.sources import SOURCES, instructions

    source = SOURCES.get(args.what)
    if source is not None:
        print(instructions(source), file=sys.stderr if source.record else sys.stdout)
        if not source.record:
            print(
                f"unblend: {source.title} is given out by its authors on request; nothing was fetched",
                file=sys.stderr,
            )
            return 1
    if args.out is None:
        raise SettingsError(f"{args.what} needs a place to lie: name it with --out")
    failed = 0
    with new_client() as client, ProgressLine() as line:
        for remote, path in plan(
            client, f"zenodo:{source.record}" if source else args.what, args.out, args.sha256, args.only
        ):
            try:
                digest = download(client, remote, path, line)
            except FetchError as fault:
                failed += 1
                line.tell(f"unblend: {fault}")
            else:
                line.tell(
                    f"{path}: {digest},"
                    f" {'as it should be' if remote.digest else 'which nothing here could check'}"
                )
                print(path)
    return 1 if failed else 0
