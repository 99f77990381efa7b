"""`data`: bring data sets here, make an index of face pictures of them, check it."""

from __future__ import annotations

import argparse
import importlib.util
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from detector.cli.progress import ProgressLine
from detector.errors import FetchError, SettingsError
from detector.settings import Settings


def add_parser(commands: argparse._SubParsersAction[ArgumentParser]) -> None:
    """The arguments of `data fetch`, `data prepare` and `data verify`."""
    parts = commands.add_parser(
        "data",
        help=(
            "fetch data sets, make an index of face pictures of them, as train and evaluate take it, check it"
        ),
    )
    steps = parts.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_fetch(steps)
    _add_prepare(steps)
    _add_verify(steps)


def _add_fetch(steps: argparse._SubParsersAction[ArgumentParser]) -> None:
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
    fetch.set_defaults(command=fetch_command)


def _add_prepare(steps: argparse._SubParsersAction[ArgumentParser]) -> None:
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
    prepare.set_defaults(command=prepare_command)


def _add_verify(steps: argparse._SubParsersAction[ArgumentParser]) -> None:
    verify = steps.add_parser(
        "verify", help="say which files of an index, or of a data set, are missing or altered in form"
    )
    verify.add_argument(
        "out", metavar="OUT", type=Path, help="the folder of index.csv, or with --layout that of a data set"
    )
    verify.add_argument(
        "--layout", metavar="NAME", help="look whether the data set has all that its own lists name"
    )
    verify.set_defaults(command=verify_command)


def fetch_command(args: Namespace) -> int:
    """Bring a file or a data set to --out and print where it lies, or say where a data set is asked for; 1
    where something is not here.
    """
    _need_data_packages()
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


def prepare_command(args: Namespace) -> int:
    """Turn a data set into an index, and print where; 1 where a file could not be read."""
    _need_data_packages()
    from detector.data.prepare import Look, prepare
    from detector.data.tables import INDEX

    settings = Settings.from_env()
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


def _need_data_packages() -> None:
    """A SettingsError where the packages of the extra `data` are not installed."""
    if not all(map(importlib.util.find_spec, ("httpx", "skimage"))):
        raise SettingsError(
            "data sets need packages that are not installed: pip install -r requirements-data.txt -c"
            " constraints.txt"
        )
