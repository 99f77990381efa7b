"""A file on its way to an answer, in a thread of its own: its place in the line, how far it is, and what came
of it. It can be stopped between two frames, and goes on from there.
"""

from __future__ import annotations

import contextvars
import logging
import threading
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from detector.errors import DetectorError
from detector.media import VIDEO_EXTENSIONS
from detector.pipeline import Stopped
from detector.ui import pictures
from detector.ui.lane import LaneFull, LeftLane
from detector.ui.visits import Looked
from detector.zoo.specs import SPECS

if TYPE_CHECKING:
    from detector.pipeline import Progress
    from detector.ui.backend import Backend
    from detector.ui.visits import Visit

SCAN_SHARE = 0.6
"""The part of the bar that decoding and finding faces take."""

log = logging.getLogger(__name__)


class State(StrEnum):
    """Where the work is."""

    WAITING = "waiting"
    WORKING = "working"
    STOPPED = "stopped"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Work:
    """Scan a file and ask detectors about it, for one visitor.

    `looked` is there as soon as the first of `names` has answered; `share`, 0..1, and `words` tell how far it
    is, `fault` why it failed. The file is scanned only where `found` is None.
    """

    def __init__(
        self,
        backend: Backend,
        visit: Visit,
        path: Path,
        names: tuple[str, ...],
        *,
        cropped: bool = False,
        found: Looked | None = None,
    ) -> None:
        self.backend, self.visit, self.path, self.names, self.cropped = backend, visit, path, names, cropped
        self.looked = found
        self.is_video = path.suffix.lower() in VIDEO_EXTENSIONS
        self.state, self.share, self.words, self.fault = State.WAITING, 0.0, "opening", ""
        self._may_go_on, self._cancelled = threading.Event(), threading.Event()
        self._may_go_on.set()
        self.ticket = backend.lane.join("video" if self.is_video else "photo")

    @property
    def ended(self) -> bool:
        """Whether nothing more comes of it."""
        return self.state in (State.DONE, State.FAILED, State.CANCELLED)

    def start(self) -> Work:
        """Begin, in a thread that knows of the request it belongs to (a borrowed GPU asks for that)."""
        context = contextvars.copy_context()
        threading.Thread(target=lambda: context.run(self._run), name="work", daemon=True).start()
        return self

    def stop(self) -> None:
        """Rest at the next frame, and let others work."""
        self._may_go_on.clear()

    def go_on(self) -> None:
        """End the rest."""
        self._may_go_on.set()

    def cancel(self) -> None:
        """End for good, wherever it is."""
        self._cancelled.set()
        self._may_go_on.set()
        if self.state is State.WAITING:
            self.state = State.CANCELLED
            self.backend.lane.leave(self.ticket)

    def _run(self) -> None:
        try:
            with self.backend.lane.turn(ticket=self.ticket):
                self.state = State.WORKING
                self._look()
            self.state = State.DONE
        except (LeftLane, Stopped):
            self.state = State.CANCELLED
        except DetectorError as fault:
            self.fault, self.state = str(fault), State.FAILED
        except Exception as fault:  # the thread is the last that can tell; the log says where the bug is
            log.exception("%s broke the analysis", self.path)
            named = f"{self.path.name} broke the analysis ({type(fault).__name__})"
            self.fault = f"{named}: please report it with the file"
            self.state = State.FAILED

    def _look(self) -> None:
        backend, looked = self.backend, self.looked
        if looked is None:
            scan = backend.scan(self.path, self.cropped, self._report(0, SCAN_SHARE))
            small = pictures.slim(scan)
        else:
            small = looked.scan
        missing = [name for name in self.names if looked is None or name not in looked.analyses]
        for place, name in enumerate(missing):
            report = self._report(
                SCAN_SHARE + (1 - SCAN_SHARE) * place / len(missing), (1 - SCAN_SHARE) / len(missing)
            )
            report(0.0, f"asking {SPECS[name].short}")
            analysis = backend.judge(small, name, report)
            report(1.0, f"asking {SPECS[name].short}")
            if looked is None:
                looked = Looked.of(self.path, small, analysis, cropped=self.cropped)
            looked.analyses[name] = analysis
            self.looked = looked

    def _report(self, begin: float, share: float) -> Progress:
        def report(done: float, words: str) -> None:
            if self._cancelled.is_set():
                raise Stopped
            self.share, self.words = begin + share * done, words
            if not self._may_go_on.is_set():
                self._rest()

        return report

    def _rest(self) -> None:
        self.state = State.STOPPED
        with self.backend.lane.aside(self.ticket):
            rested = self._may_go_on.wait(self.backend.settings.keep_uploads_s)
            if not rested or self._cancelled.is_set():
                raise Stopped
            self.state = State.WAITING
        self.state = State.WORKING


__all__ = ["LaneFull", "State", "Work"]
