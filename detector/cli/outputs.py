"""What commands that write share: the target checked before the work, and a run that is told to end keeps
what it has.
"""

from __future__ import annotations

import os
import signal
import threading
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from detector.errors import SettingsError

ENDING = ("SIGTERM", "SIGHUP")
"""A polite kill, a shutdown, a terminal that is closed."""


class Ended(KeyboardInterrupt):
    """The process was told to end by a signal, whose `number` it is."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


@contextmanager
def ends_orderly() -> Iterator[None]:
    """Until the block ends, SIGTERM and SIGHUP stop the work as Ctrl-C does, so that what is judged is
    written; one that is ignored (nohup) stays so.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = [getattr(signal, name) for name in ENDING if hasattr(signal, name)]
    before = {number: signal.getsignal(number) for number in numbers}
    for number, handler in before.items():
        if handler is signal.SIG_DFL:
            signal.signal(number, _end)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _end(number: int, _frame: FrameType | None) -> None:
    raise Ended(number)


def add_report_option(command: ArgumentParser) -> None:
    """Where the page for people goes."""
    command.add_argument(
        "--report", metavar="FILE.html", type=Path, help="also write one page for people, to read or print"
    )


def check_report(path: Path | None) -> None:
    """SettingsError unless a page can be written to `path`: asked before the work, not after it."""
    from detector.files import check_target

    if path is None:
        return
    if path.suffix.lower() not in (".html", ".htm"):
        raise SettingsError(f"{path.name} is no .html: a report is a page, name it so")
    check_target(path)


def check_not_input(out: Path, *read: Path) -> None:
    """SettingsError where `out` is one of the files that are read, by whatever name."""
    for path in read:
        if out.exists() and path.exists() and os.path.samefile(out, path):
            raise SettingsError(f"--out {out} is the file that is read: name another")
