"""A process of its own that decodes: jobs come in on its standard input, replies go out on its output.

It loads no network and knows no detector. What it says is read as plain values, never unpickled, since a
codec that a file took over could say anything. Pixels follow their message as they lie in memory: over a pipe
of 1 MiB a frame of 1920 x 1080 takes 3.7 ms, in shared memory 2.7 ms (and containers have 64 MB of that),
pickled 17 ms.
"""

from __future__ import annotations

import contextlib
import gc
import logging
import os
import queue
import signal
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import Any, Literal, TypeAlias

import msgspec
import numpy as np

from detector.errors import MediaError
from detector.media.limits import MIB, Limits
from detector.structures import Coverage, Frame, MediaInfo

PIPE_BYTES = MIB
LONGEST_MESSAGE = 16 * MIB
"""Bytes of a message without its pixels."""

_LENGTH = struct.Struct("<I")


class Job(msgspec.Struct, frozen=True):
    """What is to be done with the file at `path`; `folder` is where a copy goes, `frames` how many of a video
    are wanted.
    """

    task: str
    path: bytes
    limits: Limits
    frames: int = 1
    folder: bytes = b""


class Ready(msgspec.Struct, frozen=True, tag=True):
    """The process is up."""


class Told(msgspec.Struct, frozen=True, tag=True):
    """A line for the log."""

    level: int
    logger: str
    text: bytes


class Found(msgspec.Struct, frozen=True, tag=True):
    """The facts of the file, without its name, what of it the frames are, and how many will come."""

    info: MediaInfo
    coverage: Coverage
    planned: int


class Picture(msgspec.Struct, frozen=True, tag=True):
    """A frame, whose pixels follow: `height` x `width` x 3 bytes."""

    height: int
    width: int
    index: int
    time_s: float


class Value(msgspec.Struct, frozen=True, tag=True):
    """What a task gives, as it packed it."""

    content: bytes


class Failed(msgspec.Struct, frozen=True, tag=True):
    """Why the job ended early: the file is refused, in words; memory ran out; or a bug, as its traceback."""

    why: Literal["refused", "memory", "bug"]
    text: bytes = b""


class Done(msgspec.Struct, frozen=True, tag=True):
    """The job is done, and the process ready for the next."""


Message: TypeAlias = Ready | Told | Found | Picture | Value | Failed | Done
Reply: TypeAlias = Found | Frame | Value
Task: TypeAlias = Callable[[Job], Iterator[Reply]]
"""Does a job, and gives what it finds bit by bit."""

pack = msgspec.msgpack.Encoder().encode


def as_bytes(text: str) -> bytes:
    """A text that may hold what is not UTF-8 in the name of a file; `as_text` undoes it."""
    return text.encode("utf-8", "surrogateescape")


def as_text(content: bytes) -> str:
    """Undo `as_bytes`."""
    return content.decode("utf-8", "surrogateescape")


def write_message(stream: FileIO, message: bytes, pixels: memoryview | None = None) -> None:
    """Write a packed message, and the pixels that follow it."""
    for part in (_LENGTH.pack(len(message)) + message, pixels):
        left = memoryview(part) if part is not None else memoryview(b"")
        while left:
            left = left[stream.write(left) or 0 :]


def read_exactly(stream: FileIO, room: memoryview) -> None:
    """Fill `room`; EOFError where the other side is gone."""
    while room:
        count = stream.readinto(room)
        if not count:
            raise EOFError
        room = room[count:]


def read_message(stream: FileIO) -> bytes:
    """The next packed message; EOFError where the other side is gone, ValueError where it is none."""
    head = bytearray(_LENGTH.size)
    read_exactly(stream, memoryview(head))
    (length,) = _LENGTH.unpack(head)
    if length > LONGEST_MESSAGE:
        raise ValueError(f"a message of {length} bytes")
    message = bytearray(length)
    read_exactly(stream, memoryview(message))
    return bytes(message)


def serve(tasks: Mapping[str, Task]) -> None:
    """Do jobs, one after the other, until nobody is there to ask for more."""
    with contextlib.suppress(ValueError, AttributeError):  # Ctrl-C is for who asked
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    asked, told = FileIO(os.dup(0), "r"), FileIO(os.dup(1), "w")
    os.dup2(2, 1)  # what a codec prints is no reply
    _widen(told)
    _be_killed_first()
    own = _address_space()
    outlet = _Outlet(told)
    gc.collect()
    gc.freeze()
    logging.basicConfig(level=logging.WARNING, handlers=[_Forward(outlet)], force=True)
    jobs: queue.SimpleQueue[Job] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(asked, jobs), daemon=True).start()
    outlet.say(Ready())
    while True:
        job = jobs.get()
        limit_memory(job.limits.decode_mb, own)
        _work(job, tasks, outlet)


@dataclass(frozen=True)
class _Outlet:
    """Where replies go; whoever writes waits until they are fetched."""

    stream: FileIO

    def say(self, message: Message, pixels: memoryview | None = None) -> None:
        try:
            write_message(self.stream, pack(message), pixels)
        except OSError:  # nobody is there any more
            os._exit(0)


class _Forward(logging.Handler):
    """What media logs, to the log of who asked."""

    def __init__(self, outlet: _Outlet) -> None:
        super().__init__()
        self._outlet = outlet

    def emit(self, record: logging.LogRecord) -> None:
        self._outlet.say(Told(record.levelno, record.name, as_bytes(record.getMessage())))


def _listen(asked: FileIO, jobs: queue.SimpleQueue[Job]) -> None:
    """Hand jobs on; the process ends with who asked, in whatever it is doing."""
    decoder = msgspec.msgpack.Decoder(Job)
    with contextlib.suppress(EOFError, OSError):
        while True:
            jobs.put(decoder.decode(read_message(asked)))
    os._exit(0)


def _work(job: Job, tasks: Mapping[str, Task], outlet: _Outlet) -> None:
    try:
        limit_processor(job.limits.decode_s)
        for reply in tasks[job.task](job):
            if isinstance(reply, Frame):
                _show(reply, job, outlet)
            else:
                outlet.say(reply)
            limit_processor(job.limits.decode_s)
            gc.collect()  # FFmpeg's frames hold themselves, and each two threads that have scaled it
    except MediaError as error:
        outlet.say(Failed("refused", as_bytes(str(error))))
    except MemoryError:
        outlet.say(Failed("memory"))
    except Exception as error:  # noqa: BLE001  # told to who asked, where it is a bug as it always was
        outlet.say(Failed("bug", as_bytes(f"{type(error).__name__}: {error}")))
    else:
        outlet.say(Done())


def _show(frame: Frame, job: Job, outlet: _Outlet) -> None:
    height, width = frame.image.shape[:2]
    job.limits.check_pixels(Path(os.fsdecode(job.path)).name, width, height)
    pixels = np.ascontiguousarray(frame.image)
    outlet.say(Picture(height, width, frame.index, frame.time_s), pixels.reshape(-1).data)


def limit_memory(mb: float, own: int) -> None:
    """Let this process have `mb` MiB beside its `own` bytes, where the system can refuse more: on Linux of
    address space, elsewhere of data (which macOS does not hold it to); on Windows there is no such limit.
    """
    try:
        import resource
    except ImportError:
        return
    kind = resource.RLIMIT_AS if own else resource.RLIMIT_DATA
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(kind, (round(own + mb * MIB), resource.getrlimit(kind)[1]))


def _address_space() -> int:
    """Bytes of address space this process has; 0 where that cannot be told, or says nothing."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


def limit_processor(seconds: float) -> None:
    """Let this process work on for `seconds` on all cores; past that the system ends it. Who asks watches the
    clock; this ends a worker that hangs when nobody is there any more.
    """
    try:
        import resource
    except ImportError:
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = used.ru_utime + used.ru_stime + seconds * (os.cpu_count() or 1) + 1
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CPU, (int(soft) + 1, hard))


def _be_killed_first() -> None:
    """Where Linux runs out of memory it takes this process, not the one that asked."""
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")


def _widen(stream: FileIO) -> None:
    """A pipe as wide as an ordinary user may have, where pipes can be widened."""
    control: Any = None
    with contextlib.suppress(ImportError, AttributeError, OSError):
        import fcntl as control

        control.fcntl(stream, control.F_SETPIPE_SZ, PIPE_BYTES)
