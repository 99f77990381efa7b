"""What a decode worker may meet: tasks that do the worst that a codec does. `main` is a worker of them."""

from __future__ import annotations

import logging
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from detector.errors import MediaError
from detector.media.decode_worker import Found, Job, Reply, Task, Value, serve
from detector.structures import Coverage, Frame, MediaInfo

INFO = MediaInfo(name="", kind="video", sha256="", bytes=1, format="", width=1000, height=1000)
MIB = 1024 * 1024


def picture(level: int = 0) -> Frame:
    return Frame(image=np.full((1000, 1000, 3), level, np.uint8), index=level, time_s=level / 10)


def fine(job: Job) -> Iterator[Reply]:
    """The path is a file that tells how many frames were made."""
    yield Found(INFO, Coverage(), job.frames)
    for number in range(job.frames):
        with open(job.path, "a") as count:
            count.write(".")
        yield picture(number)
    yield Value(str(os.getpid()).encode())


def crashes(job: Job) -> Iterator[Reply]:
    yield picture()
    os.kill(os.getpid(), signal.SIGSEGV)
    yield picture()


def hangs(job: Job) -> Iterator[Reply]:
    yield Value(str(os.getpid()).encode())
    while True:
        pass


def sleeps(job: Job) -> Iterator[Reply]:
    yield Value(str(os.getpid()).encode())
    time.sleep(600)


def eats(job: Job) -> Iterator[Reply]:
    eaten = []
    while True:
        eaten.append(bytearray(16 * MIB))
        yield Value(b"more")


def is_killed_for_memory(job: Job) -> Iterator[Reply]:
    eaten = bytearray(400 * MIB)
    eaten[::4096] = b"x" * (len(eaten) // 4096)
    yield picture()
    os.kill(os.getpid(), signal.SIGKILL)


def speaks(job: Job) -> Iterator[Reply]:
    print("a codec prints this")
    os.write(1, b"and this")
    logging.getLogger("detector.media.video").warning("%s is damaged", "x.mp4")
    yield Value(b"spoken")


def refuses(job: Job) -> Iterator[Reply]:
    raise MediaError(f"{Path(os.fsdecode(job.path)).name} is cut off")
    yield


def errs(job: Job) -> Iterator[Reply]:
    raise ZeroDivisionError("a bug")
    yield


def grows(job: Job) -> Iterator[Reply]:
    yield Frame(image=np.zeros((2000, 1000, 3), np.uint8))


def lies(job: Job) -> Iterator[Reply]:
    yield Value(b"x" * (20 * MIB))


TASKS: dict[str, Task] = {
    task.__name__: task
    for task in (fine, crashes, hangs, sleeps, eats, is_killed_for_memory, speaks, refuses, errs, grows, lies)
}


def main() -> None:
    serve(TASKS)


if __name__ == "__main__":
    sys.exit(main())
