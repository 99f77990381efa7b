"""Several people at one page: who leaves makes way, and who comes too late is told so politely."""

from __future__ import annotations

import json
import threading
import time
import urllib.request
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
"""Places in the queue: a video takes two for a moment, one to be shown and one to be judged, a photo takes
one.
"""


class SlowBackend(Backend):
    """A backend that is busy with any video for five minutes, unless somebody stops it."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.began, self.stopped = threading.Event(), threading.Event()

    def scan(self, path: Path, cropped: bool = False, progress: Progress | None = None) -> Scan:
        if progress is None:
            raise MediaError(f"{path.name} is a photo, and this backend is for videos")
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


def watch_a_video(visitor: Visitor) -> None:
    visitor.open_tab("Video")
    visitor.page.locator("#video-examples [data-pick='0']").click()


def wait_until_queued(address: str, number: int) -> None:
    for _ in range(int(SHOWN_MS / 100)):
        with urllib.request.urlopen(f"{address}/gradio_api/queue/status", timeout=10) as answer:
            if json.load(answer)["queue_size"] == number:
                return
        time.sleep(0.1)
    pytest.fail(f"never {number} in the queue")


def test_a_closed_tab_stops_its_video(chromium, backend: SlowBackend, address: str) -> None:
    visitor = visit(chromium, address)
    watch_a_video(visitor)
    assert backend.began.wait(SHOWN_MS / 1000)
    assert not backend.stopped.is_set()
    visitor.page.close()
    assert backend.stopped.wait(LEFT_S)
    visitor.page.context.close()


def test_another_tab_that_closes_stops_nobody_else(chromium, backend: SlowBackend, address: str) -> None:
    staying = visit(chromium, address)
    watch_a_video(staying)
    assert backend.began.wait(SHOWN_MS / 1000)
    visit(chromium, address).page.context.close()
    assert not backend.stopped.wait(3)
    staying.page.context.close()
    assert backend.stopped.wait(LEFT_S)


def test_who_finds_the_queue_full_is_told_so_in_our_words(
    chromium, backend: SlowBackend, address: str
) -> None:
    # each acts while in front: a browser draws no other page, and waits for that before it clicks
    first = visit(chromium, address)
    watch_a_video(first)
    assert backend.began.wait(SHOWN_MS / 1000)
    waiting = []
    for number in range(1, ROOM + 1):
        waiting.append(visit(chromium, address))
        waiting[-1].page.locator("#photo-examples [data-pick='0']").click()
        wait_until_queued(address, number)
    late = visit(chromium, address)
    late.page.locator("#photo-examples [data-pick='0']").click()
    late.page.get_by_text(texts.QUEUE_FULL).first.wait_for(timeout=SHOWN_MS)
    late.page.locator("#photo-verdict h2", has_text=texts.NOT_TAKEN[0]).wait_for(timeout=SHOWN_MS)
    first.page.context.close()
    for visitor in waiting:
        visitor.page.bring_to_front()
        assert visitor.heading() == "Could not be read"  # its turn came
    for visitor in (*waiting, late):
        visitor.page.context.close()
