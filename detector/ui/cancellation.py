"""What ends work before it is done: a Stop button, a new file, a closed tab."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import gradio as gr


class StopFlag:
    """Set by the Stop button or a closed tab, looked at between frames. A copy is a new flag: each session's
    gr.State has its own.
    """

    def __init__(self) -> None:
        self.event = threading.Event()

    def __deepcopy__(self, memo: dict[int, Any]) -> StopFlag:
        return StopFlag()


class Cancellation:
    """The flags of all work under way, with the session each belongs to; a closed or reloaded tab sets those
    of its session.
    """

    def __init__(self) -> None:
        self._at_work: set[tuple[str | None, threading.Event]] = set()

    @contextmanager
    def watched(self, request: gr.Request, flag: threading.Event) -> Iterator[None]:
        """While inside, `flag` is set as soon as the tab that asked is closed."""
        work = (request.session_hash, flag)
        self._at_work.add(work)
        try:
            yield
        finally:
            self._at_work.discard(work)

    def cancel(self, request: gr.Request) -> None:
        """Stop the work of the session whose tab was closed; what still waits in the queue Gradio drops by
        itself.
        """
        for session, flag in tuple(self._at_work):
            if session == request.session_hash:
                flag.set()
