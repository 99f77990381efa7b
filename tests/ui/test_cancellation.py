"""A closed tab ends the work of its own session, and a new video ends the one before."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import gradio as gr
import pytest

from detector.pipeline import Progress
from detector.settings import Settings
from detector.structures import Scan
from detector.ui import texts
from detector.ui.backend import Backend
from detector.ui.cancellation import Cancellation, StopFlag
from detector.ui.video import _build_parts
from detector.ui.video_events import States, VideoHandlers


def asked_by(session: str) -> gr.Request:
    return cast(gr.Request, SimpleNamespace(session_hash=session))


def test_a_closed_tab_sets_the_flags_of_its_session_only() -> None:
    cancellation, mine, also_mine, yours = (
        Cancellation(),
        threading.Event(),
        threading.Event(),
        threading.Event(),
    )
    with (
        cancellation.watched(asked_by("me"), mine),
        cancellation.watched(asked_by("me"), also_mine),
        cancellation.watched(asked_by("you"), yours),
    ):
        cancellation.cancel(asked_by("me"))
        assert mine.is_set() and also_mine.is_set() and not yours.is_set()


def test_work_that_is_done_is_forgotten_even_when_it_failed() -> None:
    cancellation, flag = Cancellation(), threading.Event()
    with pytest.raises(RuntimeError), cancellation.watched(asked_by("me"), flag):
        raise RuntimeError
    cancellation.cancel(asked_by("me"))
    assert not flag.is_set()


class EndlessBackend(Backend):
    """A backend whose scans end only when they are stopped; it says how far they are."""

    def __init__(self) -> None:
        super().__init__(replace(Settings.from_env({}), queue_size=1))
        self.began = threading.Event()

    def scan(self, path: Path, cropped: bool = False, progress: Progress | None = None) -> Scan:
        assert progress is not None
        for _ in range(3000):
            progress(0.1, "being slow")
            self.began.set()
            threading.Event().wait(0.01)
        raise AssertionError("nobody stopped this")


@pytest.fixture
def handlers() -> VideoHandlers:
    with gr.Blocks():
        return VideoHandlers(
            EndlessBackend(), _build_parts(), States(gr.State(None), gr.State(None), gr.State(None))
        )


def begin(do: VideoHandlers, flag: StopFlag) -> StopFlag:
    """A video is dropped: the session's new flag."""
    return cast(StopFlag, do.begin("clip.mp4", flag)[do.states.flag])


def analyse(do: VideoHandlers, flag: StopFlag) -> tuple[threading.Thread, dict[Any, Any]]:
    """The analysis under way in a thread, and what it will have shown."""
    shown: dict[Any, Any] = {}

    def work() -> None:
        shown.update(
            do.analyse("clip.mp4", "", flag, False, asked_by("me"), progress=cast(Any, lambda *_, **__: None))
        )

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    assert cast(EndlessBackend, do.backend).began.wait(20)
    return thread, shown


@pytest.mark.parametrize("way", ["stop", "another video", "forget", "leave"])
def test_a_video_is_stopped_by(way: str, handlers: VideoHandlers) -> None:
    flag = begin(handlers, StopFlag())
    thread, shown = analyse(handlers, flag)
    match way:
        case "stop":
            handlers.stop(flag)
        case "another video":
            assert not begin(handlers, flag).event.is_set()
        case "forget":
            handlers.forget(flag)
        case _:
            handlers.backend.cancellation.cancel(asked_by("me"))
    thread.join(20)
    assert texts.STOPPED[0] in shown[handlers.parts.verdict]


def test_somebody_else_who_leaves_stops_nothing(handlers: VideoHandlers) -> None:
    flag = begin(handlers, StopFlag())
    thread, _ = analyse(handlers, flag)
    handlers.backend.cancellation.cancel(asked_by("you"))
    thread.join(0.2)
    assert thread.is_alive()
    flag.event.set()
    thread.join(20)
