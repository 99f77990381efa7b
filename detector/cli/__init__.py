"""The command line: arguments in, data on stdout, progress and messages on stderr."""

from __future__ import annotations

import io
import logging
import os
import signal
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence

from detector import __version__
from detector.cli import (
    analyze,
    calibrate,
    data,
    doctor,
    evaluate,
    explain,
    export,
    measure,
    models,
    publish,
    rescuebox,
    scan,
    serve,
    train,
)
from detector.cli.outputs import Ended
from detector.environment import use_threads
from detector.errors import (
    DetectorError,
    FetchError,
    MediaError,
    OutputError,
    SettingsError,
    TrainingError,
)
from detector.settings import Settings

DESCRIPTION = (
    "Finds faces in photos and videos, judges each for signs of a deepfake, and says how far the answer can"
    " be trusted."
)
EPILOG = (
    "Exit code: 0 done, 1 some file failed, 2 wrong use. Settings: UNBLEND_... variables, listed by `doctor`."
)

COMMANDS = (
    *(scan, analyze, explain, models, export, doctor, serve, rescuebox),
    *(data, evaluate, train, publish, measure, calibrate),
)
"""A module each, in the order of the help."""

DONE, FAILED, WRONG_USE, SIGNALLED, BROKEN_PIPE = 0, 1, 2, 128, 141
"""Exit codes: the first three are ours, the others the shell's for a signal, whose number is added (Ctrl-C:
130), and for a reader that went away.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and give its exit code: 0 done, 1 some file failed, 2 wrong use."""
    try:
        return _run(argv)
    except (FetchError, MediaError, OutputError, TrainingError) as fault:
        return _told(fault, FAILED)
    except DetectorError as fault:
        return _told(fault, WRONG_USE)
    except KeyboardInterrupt as stop:
        print("\nunblend: stopped; what was written is kept", file=sys.stderr)
        return SIGNALLED + (stop.number if isinstance(stop, Ended) else signal.SIGINT)
    except BrokenPipeError:
        # so that Python's own flush at the end finds a reader
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    except OSError as fault:  # of stdout: a full disk; all else has become a line before
        logging.getLogger(__name__).debug("an output failed", exc_info=True)
        return _told(OutputError(f"the output cannot be written ({fault})"), FAILED)


def build_parser() -> ArgumentParser:
    """The parser of every command; the chosen one's function is `command` of what it gives."""
    parser = ArgumentParser(prog="unblend", description=DESCRIPTION, epilog=EPILOG)
    parser.add_argument("--version", action="version", version=f"unblend {__version__}")
    parser.add_argument("-v", "--verbose", action="store_true", help="say more on stderr")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in COMMANDS:
        command.add_parser(commands)
    return parser


def _run(argv: Sequence[str] | None) -> int:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # no name is worth a traceback on a terminal without UTF-8
            stream.reconfigure(errors="backslashreplace")
    try:
        args = build_parser().parse_args(argv)
        logging.basicConfig(
            level=logging.INFO if args.verbose else logging.WARNING,
            stream=sys.stderr,
            format="%(name)s: %(message)s",
        )
        use_threads(_threads(args))
        code: int = args.command(args)
        return code
    finally:  # here, where a reader that went away is still handled
        sys.stdout.flush()


def _threads(args: Namespace) -> int | None:
    """The threads that the settings name; `doctor` itself tells of settings that are wrong."""
    try:
        return Settings.from_env().threads
    except SettingsError:
        if args.command is doctor.doctor_command:
            return None
        raise


def _told(fault: DetectorError, code: int) -> int:
    print(f"unblend: {fault}", file=sys.stderr)
    return code


__all__ = ["build_parser", "main"]
