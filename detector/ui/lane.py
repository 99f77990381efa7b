"""The line before the networks: one job at a time, first come first served, and each knows its place."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

REMEMBERED = 0.5
"""The part of a kind's usual seconds that its latest job has (exponential moving average)."""


class LaneFull(Exception):  # noqa: N818  # no fault of anybody
    """More wait than the page takes."""


class LeftLane(Exception):  # noqa: N818  # somebody wished it
    """The place was given up before its turn came."""


@dataclass(eq=False)
class Ticket:
    """A place in the line; `kind` says what will be done, for an estimate: photo, video, map. What is
    `interrupted` is no measure of how long its kind takes.
    """

    kind: str
    interrupted: bool = False


class Lane:
    """Who is in front works, the others wait. A thread that works may take its turn again inside."""

    def __init__(self, longest: int) -> None:
        self._longest = longest
        self._line: list[Ticket] = []
        self._moved = threading.Condition()
        self._at_work: int | None = None
        self._usual_s: dict[str, float] = {}

    def join(self, kind: str) -> Ticket:
        """A place at the end; raises LaneFull where as many wait as may."""
        with self._moved:
            if len(self._line) > self._longest:
                raise LaneFull
            return self._append(Ticket(kind))

    def leave(self, ticket: Ticket) -> None:
        """Give the place up, done or not; once is enough, twice does no harm."""
        with self._moved:
            if ticket in self._line:
                self._line.remove(ticket)
                self._moved.notify_all()

    @property
    def busy(self) -> bool:
        """Whether somebody works or waits."""
        return bool(self._line)

    def place(self, ticket: Ticket) -> int:
        """How many are before it: 0 is its turn."""
        with self._moved:
            return self._line.index(ticket) if ticket in self._line else 0

    def wait_s(self, ticket: Ticket) -> float | None:
        """About how long those before it take, by how long their kinds took lately; None where one of these
        has not been seen yet.
        """
        with self._moved:
            before = self._line[: self._line.index(ticket)] if ticket in self._line else []
            usual = [self._usual_s.get(other.kind) for other in before]
        known = [seconds for seconds in usual if seconds is not None]
        return sum(known) if len(known) == len(usual) else None

    @contextmanager
    def turn(self, kind: str = "map", ticket: Ticket | None = None) -> Iterator[None]:
        """Wait for the turn, of `ticket` or of a new place at the end, and have it while inside. Raises
        LeftLane where the place is given up meanwhile.
        """
        if self._at_work == threading.get_ident():
            yield
            return
        with self._moved:
            ticket = ticket or self._append(Ticket(kind))
            self._wait(ticket)
        begin = time.perf_counter()
        try:
            yield
        finally:
            self._at_work = None
            if not ticket.interrupted:
                self._remember(ticket.kind, time.perf_counter() - begin)
            self.leave(ticket)

    @contextmanager
    def aside(self, ticket: Ticket) -> Iterator[None]:
        """Inside its turn, let others work for a while; afterwards it waits at the end of the line."""
        self._at_work = None
        ticket.interrupted = True
        self.leave(ticket)
        yield
        with self._moved:
            self._wait(self._append(ticket))

    def _append(self, ticket: Ticket) -> Ticket:
        self._line.append(ticket)
        return ticket

    def _wait(self, ticket: Ticket) -> None:
        self._moved.wait_for(lambda: ticket not in self._line or self._line[0] is ticket)
        if ticket not in self._line:
            raise LeftLane
        self._at_work = threading.get_ident()

    def _remember(self, kind: str, seconds: float) -> None:
        with self._moved:
            usual = self._usual_s.get(kind, seconds)
            self._usual_s[kind] = (1 - REMEMBERED) * usual + REMEMBERED * seconds
