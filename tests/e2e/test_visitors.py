"""Several people at one page: who leaves makes way, and who comes too late is told so politely."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from detector.errors import MediaError
from detector.pipeline import Progress, Stopped
from detector.settings import Settings
from detector.structures import Scan
from detector.ui import texts
from detector.ui.app import launch_options, lay_out
from detector.ui.backend import Backend
from tests.e2e.conftest import SHOWN_MS, Visitor, _free_port, visit

BUSY_S, STEP_S, LEFT_S = 300, 0.2, 20

ROOM = 2
"""People who may wait."""


class SlowBackend(Backend):
    """A backend that is busy with any video for five minutes, unless somebody stops it."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.began, self.stopped = threading.Event(), threading.Event()

    def scan(self, path: Path, cropped: bool = False, progress: Progress | None = None) -> Scan:
        if path.suffix != ".mp4":
            raise MediaError(f"{path.name} is a photo, and this backend is for videos")
        assert progress is not None
        self.began.set()
        begin = time.monotonic()
        try:
            while time.monotonic() < begin + BUSY_S:
                progress(0.1, "being slow")
                time.sleep(STEP_S)
        except Stopped:
            self.stopped.set()
            raise
        raise MediaError("nobody stopped this")


@pytest.fixture
def backend() -> SlowBackend:
    return SlowBackend(replace(Settings.from_env({}), queue_size=ROOM, port=_free_port()))


@pytest.fixture
def address(backend: SlowBackend) -> Iterator[str]:
    """The page on a slow backend, with little room in its queue."""
    page = lay_out(backend)
    page.launch(ssr_mode=False, prevent_thread_lock=True, quiet=True, **launch_options(backend.settings))
    yield f"http://127.0.0.1:{backend.settings.port}"
    page.close(verbose=False)


def look_at(visitor: Visitor, number: int) -> None:
    visitor.page.locator(f"#check-bar [data-act=example][data-value='{number}']").click()


PHOTO, VIDEO = 0, 3


def test_a_closed_tab_stops_its_video(chromium, backend: SlowBackend, address: str) -> None:
    visitor = visit(chromium, address)
    look_at(visitor, VIDEO)
    assert backend.began.wait(SHOWN_MS / 1000)
    assert not backend.stopped.is_set()
    visitor.page.close()
    assert backend.stopped.wait(LEFT_S)
    visitor.page.context.close()


def test_another_tab_that_closes_stops_nobody_else(chromium, backend: SlowBackend, address: str) -> None:
    staying = visit(chromium, address)
    look_at(staying, VIDEO)
    assert backend.began.wait(SHOWN_MS / 1000)
    visit(chromium, address).page.context.close()
    assert not backend.stopped.wait(3)
    staying.page.context.close()
    assert backend.stopped.wait(LEFT_S)


def test_who_waits_is_told_the_place_can_cancel_and_who_is_too_many_is_told_so(
    chromium, backend: SlowBackend, address: str
) -> None:
    # each acts while in front: a browser draws no other page, and waits for that before it clicks
    first = visit(chromium, address)
    look_at(first, VIDEO)
    assert backend.began.wait(SHOWN_MS / 1000)
    first.page.locator("#check-progress", has_text="being slow").wait_for(timeout=SHOWN_MS)
    waiting = []
    for words in ("You are next", "You are second"):
        waiting.append(visit(chromium, address))
        look_at(waiting[-1], PHOTO)
        waiting[-1].page.locator("#check-progress .said", has_text=words).wait_for(timeout=SHOWN_MS)
    late = visit(chromium, address)
    look_at(late, PHOTO)
    late.page.locator("#check-answer h2", has_text=texts.FULL[0]).wait_for(timeout=SHOWN_MS)
    waiting[0].page.bring_to_front()
    waiting[0].page.get_by_role("button", name="Cancel").click()
    waiting[0].page.locator("#check-answer h2", has_text=texts.CANCELLED[0]).wait_for(timeout=SHOWN_MS)
    first.page.context.close()
    waiting[1].page.bring_to_front()
    assert waiting[1].heading() == texts.UNREADABLE  # its turn came
    for visitor in (*waiting, late):
        visitor.page.context.close()
