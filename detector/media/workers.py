"""Jobs for decode workers, started when they are needed, and ended when they take too long or too much."""

from __future__ import annotations

import atexit
import contextlib
import logging
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import Any, cast

import msgspec
import numpy as np

from detector.errors import EngineError, MediaError
from detector.media.decode_worker import (
    Done,
    Failed,
    Found,
    Job,
    Message,
    Picture,
    Ready,
    Reply,
    Told,
    Value,
    as_text,
    pack,
    read_exactly,
    read_message,
    write_message,
)
from detector.structures import Frame, Reason, ReasonKind, named

LOOK_AHEAD = 2
"""Frames that wait here while one is looked at; the worker waits when they are not fetched."""
IDLE_KEPT = 1
"""Workers that wait for a job, of 60 MB each."""
POLL_S = 0.1
"""How long a Stop may go unnoticed while nothing comes."""
START_S = 120.0
"""Seconds a worker may take to come up: the slowest disk, not a file's fault."""

OF_ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "4"}
"""Nothing here multiplies matrices, and threads that wait for it take address space."""

Waiting = Callable[[], None]
"""Called again and again while nothing comes; may raise to give the job up."""


class DecodeError(MediaError):
    """A file that a worker broke on; `reason` says how, its words are made elsewhere."""

    def __init__(self, name: str, reason: Reason) -> None:
        super().__init__(f"{name}: {reason.kind}")
        self.name, self.reason = name, reason


@dataclass(frozen=True)
class _Gone:
    """The worker ended, or says what no worker says."""


class Worker:
    """A process that decodes, and a thread that fetches what it says."""

    def __init__(self, program: str) -> None:
        flags: dict[str, Any] = {}
        if sys.platform == "win32":
            flags["creationflags"] = subprocess.CREATE_NO_WINDOW
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-c", f"import sys; sys.path[:] = {sys.path!r}; {program}"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,
                env={**os.environ, **OF_ONE_THREAD},
                **flags,
            )
        except OSError as error:
            raise _not_started(str(error)) from error
        self._asked, self._told = cast(FileIO, self._process.stdin), cast(FileIO, self._process.stdout)
        self._replies: queue.SimpleQueue[Message | Frame | _Gone] = queue.SimpleQueue()
        self._room = threading.Semaphore(LOOK_AHEAD)
        self._most_pixels = 0.0
        self._up = self._ended = False
        threading.Thread(target=self._fetch, name="decode-worker", daemon=True).start()

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it can be asked."""
        return self._process.poll() is None

    @property
    def ending(self) -> int | None:
        """How the process ended, as `subprocess` counts."""
        return self._process.returncode

    def ask(self, job: Job) -> None:
        """Hand over a job; the replies come one by one, and are fetched before the next is asked."""
        self._most_pixels = job.limits.megapixels * 1e6
        with contextlib.suppress(OSError):  # a worker that is gone says so in place of a reply
            write_message(self._asked, pack(job))

    def reply(self, within_s: float, waiting: Waiting | None = None) -> Message | Frame | _Gone | None:
        """The next reply; None where nothing came for `within_s`, not counting what `waiting` takes."""
        left_s = within_s if self._up else START_S
        while True:
            begun = time.monotonic()
            try:
                message = self._replies.get(timeout=max(0.001, min(POLL_S, left_s)))
            except queue.Empty:
                left_s -= time.monotonic() - begun
                if left_s <= 0:
                    return None
                if waiting is not None:
                    waiting()
                continue
            self._room.release()
            if not isinstance(message, Ready):
                return message
            self._up, left_s = True, within_s

    @property
    def came_up(self) -> bool:
        """Whether it ever was ready."""
        return self._up

    def end(self) -> None:
        """End the process, whatever it does."""
        self._ended = True
        with contextlib.suppress(OSError):
            self._process.kill()
        self._process.wait()
        self._room.release()  # for the thread to see it
        with contextlib.suppress(OSError):
            self._asked.close()

    def _fetch(self) -> None:
        decoder: msgspec.msgpack.Decoder[Message] = msgspec.msgpack.Decoder(Message)
        with self._told as stream, contextlib.suppress(EOFError, OSError, ValueError, msgspec.MsgspecError):
            while True:
                self._room.acquire()
                if self._ended:
                    break
                message = decoder.decode(read_message(stream))
                self._replies.put(self._frame(stream, message) if isinstance(message, Picture) else message)
        self._replies.put(_Gone())

    def _frame(self, stream: FileIO, picture: Picture) -> Frame:
        if not 0 < picture.height * picture.width <= self._most_pixels or picture.height < 0:
            raise ValueError("a picture over the limit")
        image = np.empty((picture.height, picture.width, 3), np.uint8)
        read_exactly(stream, image.reshape(-1).data)
        return Frame(image=image, index=picture.index, time_s=picture.time_s)


class Workers:
    """The workers of this process that run `program`: as many as there are jobs at a time, one kept after."""

    def __init__(self, program: str) -> None:
        self._program = program
        self._forget()
        atexit.register(self.close)
        if hasattr(os, "register_at_fork"):  # a copy of this process must not speak to its workers
            os.register_at_fork(after_in_child=self._forget)

    def _forget(self) -> None:
        self._lock = threading.Lock()
        self._idle: list[Worker] = []

    def warm_up(self) -> None:
        """Start a worker for the first job to come."""
        self._give(self._take())

    def close(self) -> None:
        """End those that wait for a job."""
        with self._lock:
            idle, self._idle = self._idle, []
        for worker in idle:
            worker.end()

    def run(self, job: Job, waiting: Waiting | None = None) -> Generator[Reply, None, None]:
        """The replies to a job; closed early, it ends the work. Raises MediaError for a file that is refused,
        DecodeError for one that breaks the worker, EngineError where none can be started.
        """
        worker = self._take()
        done = False
        try:
            worker.ask(job)
            while True:
                message = worker.reply(job.limits.decode_s, waiting)
                if isinstance(message, Done):
                    done = True
                    return
                if isinstance(message, Failed):
                    done = message.why != "memory"
                    raise _error(job, message)
                if isinstance(message, Told):
                    logging.getLogger(message.logger).log(message.level, "%s", as_text(message.text))
                elif isinstance(message, (Found, Frame, Value)):
                    yield message
                else:
                    raise _end(worker, job, too_slow=message is None)
        finally:
            if done:
                self._give(worker)
            else:
                worker.end()

    def _take(self) -> Worker:
        with self._lock:
            while self._idle:
                worker = self._idle.pop()
                if worker.alive:
                    return worker
                worker.end()
        return Worker(self._program)

    def _give(self, worker: Worker) -> None:
        with self._lock:
            if len(self._idle) < IDLE_KEPT:
                self._idle.append(worker)
                return
        worker.end()


def _end(worker: Worker, job: Job, *, too_slow: bool) -> Exception:
    """What to raise for a worker that says nothing, or is gone."""
    worker.end()
    if not worker.came_up:
        return _not_started("no word from it" if too_slow else f"exit status {worker.ending}")
    if too_slow:
        reason = Reason(ReasonKind.DECODER_TOO_SLOW, limits=named(high_s=job.limits.decode_s))
    else:
        reason = Reason(ReasonKind.DECODER_CRASHED)
    return DecodeError(_name(job), reason)


def _error(job: Job, message: Failed) -> Exception:
    if message.why == "refused":
        return MediaError(as_text(message.text))
    if message.why == "memory":
        reason = Reason(ReasonKind.DECODER_OUT_OF_MEMORY, limits=named(high_mb=job.limits.decode_mb))
        return DecodeError(_name(job), reason)
    return RuntimeError(as_text(message.text))


def _name(job: Job) -> str:
    return Path(os.fsdecode(job.path)).name


def _not_started(fact: str) -> EngineError:
    return EngineError(
        f"the process that decodes videos does not start ({fact}): install again, or set"
        " UNBLEND_DECODE_WORKER=off to decode in this one"
    )
