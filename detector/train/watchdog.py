"""The watchdog: a training in a process of its own, begun again when it froze or was killed."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TextIO

from detector.errors import SettingsError, TrainingError

LOG, OUTPUT, LOCK = "watchdog.log", "train.log", "watchdog.lock"
"""In the folder of the run: what was done, everything the training said, and who is at work there."""

RESTARTS = 5
WRONG_USE = 2
"""Exit code of a command whose words, settings or weights are at fault: it would fail again."""

KILLED = (137, 143)
"""Exit codes by which a shell or a container says that SIGKILL (128 + 9) or SIGTERM (128 + 15) ended what it
ran.
"""

BUSY_SHARE = 0.01
"""Least CPU time between two checks, as a share of the time between them: data loaders that only wait look
round now and then too.
"""


@dataclass(frozen=True)
class Timings:
    """When a training is judged and what is waited for; by default as the monitor of the published system has
    it.

    first_wait_s    before the first look at a process
    check_s         between two looks
    active_checks   so many looks must have seen it at work before it can be called frozen
    stale_checks    so many looks in a row that see nothing: it is frozen
    restart_s       before it is begun again
    stop_s          after Ctrl-C, for the training to end by itself
    """

    first_wait_s: float = 30.0
    check_s: float = 30.0
    active_checks: int = 3
    stale_checks: int = 10
    restart_s: float = 5.0
    stop_s: float = 10.0


PUBLISHED = Timings()


@dataclass(frozen=True)
class Signs:
    """What is seen of a training at one moment: its CPU time, the bytes of each of its logs, and when that
    was.
    """

    cpu_s: float
    logs: tuple[int, ...]
    time_s: float

    def show_work_since(self, before: Signs) -> bool:
        busy = self.cpu_s - before.cpu_s > BUSY_SHARE * (self.time_s - before.time_s)
        return busy or self.logs != before.logs


def watch_over(
    command: Sequence[str],
    run: Path,
    tell: Callable[[str], None],
    timings: Timings = PUBLISHED,
    restarts: int = RESTARTS,
) -> None:
    """Run `command`, which trains into the folder `run`, until it ends with 0; `--resume` is added once there
    is a `last.ckpt`.

    It is at work while its processes take CPU time or its logs grow, so a validation is; the GPU is not
    asked. What hangs in a loop is therefore taken for busy, and what hangs before it was seen at work is
    never judged. CPU time is read from Linux's /proc; on macOS the logs alone tell. `tell` is given each line
    of the log. Raises SettingsError where the use was wrong, which is not repeated, and TrainingError when
    `restarts` were not enough.
    """
    if sys.platform == "win32":
        raise SettingsError(
            "--watchdog needs Linux or macOS; leave it out, and go on with --resume where a run broke off"
        )
    run.mkdir(parents=True, exist_ok=True)

    def record(words: str) -> None:
        with (run / LOG).open("a", encoding="utf-8") as log:
            log.write(f"{datetime.now().astimezone().isoformat(timespec='seconds')}  {words}\n")
        tell(words)

    with _alone_in(run) as lock, _ended_like_ctrl_c():
        for restart in range(1, restarts + 2):
            code = _run_once(command, run, lock, timings, record)
            if code == 0:
                record("training ended well")
                return
            fate = _fate(code, timings)
            if code == WRONG_USE:
                record(f"{fate}: wrong use, not begun again")
                raise SettingsError(_last_words(run) or f"{fate}; what was wrong stands in {run / OUTPUT}")
            if restart <= restarts:
                record(f"{fate}; begun again in {timings.restart_s:g} s ({restart} of {restarts})")
                time.sleep(timings.restart_s)
        record(f"{fate}; given up after {restarts} restarts")
    raise TrainingError(
        f"{fate}, and {restarts} restarts did not help; see {run / OUTPUT} and {run / LOG}, then give the"
        " same command again"
    )


def _run_once(
    command: Sequence[str], run: Path, lock: TextIO, timings: Timings, record: Callable[[str], None]
) -> int | None:
    """Exit code of one process of the training, negative for a signal; None where it froze. None of its
    processes is left behind.
    """
    goes_on = (run / "last.ckpt").exists()
    resume = ["--resume"] if goes_on and "--resume" not in command else []
    with (run / OUTPUT).open("ab") as output:
        # its own session: Ctrl-C reaches it through here only, and all of its processes can be counted and
        # ended. It inherits the lock.
        child = subprocess.Popen(
            [*command, *resume],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=[lock.fileno()],
        )
    try:
        _sign(lock, f"watchdog {os.getpid()}, training {child.pid}")
        begun = "from its last checkpoint" if goes_on else "from the beginning"
        record(f"training is process {child.pid}, {begun}; what it says goes to {run / OUTPUT}")
        return _watch(child, run, timings)
    except KeyboardInterrupt:
        record("stopped from outside, and the training with it")
        _send(child, signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(timings.stop_s)
        raise
    finally:
        _send(child, signal.SIGKILL)
        child.wait()


def _watch(child: subprocess.Popen[bytes], run: Path, timings: Timings) -> int | None:
    """Exit code of the child, or None once it is frozen."""
    active = stale = 0
    before = None
    while active < timings.active_checks or stale < timings.stale_checks:
        try:
            return child.wait(timings.check_s if before else timings.first_wait_s)
        except subprocess.TimeoutExpired:
            now = _signs(child.pid, run)
        if before and now.show_work_since(before):
            active, stale = active + 1, 0
        elif before:
            stale += 1
        before = now
    return None


def _signs(session: int, run: Path) -> Signs:
    logs = [run / OUTPUT, *sorted((run / "logs").glob("*/metrics.csv"))]
    return Signs(_cpu_s(session), tuple(path.stat().st_size for path in logs), time.monotonic())


def _cpu_s(session: int) -> float:
    """CPU time of the processes of a session and of those they waited for, in seconds; 0 where there is no
    /proc.
    """
    ticks = 0
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):  # ended since it was listed
            continue
        if (
            int(fields[3]) == session
        ):  # proc(5): behind the name stand state, parent, group, session; 12th to 15th are the four times
            ticks += sum(map(int, fields[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


def _send(child: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with contextlib.suppress(
        ProcessLookupError, PermissionError
    ):  # nobody left; macOS says the latter of those not yet waited for
        os.killpg(child.pid, number)


def _fate(code: int | None, timings: Timings) -> str:
    if code is None:
        return (
            f"training froze: no CPU time and no new line in {timings.stale_checks} checks,"
            f" {timings.check_s:g} s apart"
        )
    number = -code if code < 0 else code - 128 if code in KILLED else None
    return (
        f"training ended with exit code {code}"
        if number is None
        else f"training was killed by signal {number}"
    )


def _last_words(run: Path) -> str:
    """The last line the training said, which of a DetectorError is its text."""
    lines = (run / OUTPUT).read_text(encoding="utf-8", errors="replace").splitlines()
    return lines[-1].removeprefix("unblend: ") if lines else ""


@contextlib.contextmanager
def _alone_in(run: Path) -> Iterator[TextIO]:
    """Hold the lock of the folder; raises SettingsError where a watchdog, or a training that outlived its
    own, holds it.

    The system frees it with the last process that has it open, so what a dead one left behind locks nothing.
    """
    import fcntl  # not on Windows

    with (run / LOCK).open("a+", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise SettingsError(
                f"{run} is being trained already ({lock.read()}); stop that first, or give another folder"
            ) from None
        yield lock


def _sign(lock: TextIO, words: str) -> None:
    lock.truncate(0)
    lock.write(words)
    lock.flush()


@contextlib.contextmanager
def _ended_like_ctrl_c() -> Iterator[None]:
    """SIGTERM, and SIGHUP unless it is ignored (nohup), raise KeyboardInterrupt, so that they stop the
    training as well.
    """

    def interrupt(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    former = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    former = {number: handler for number, handler in former.items() if handler is not signal.SIG_IGN}
    for number in former:
        signal.signal(number, interrupt)
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
