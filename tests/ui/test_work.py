"""Work on a file: stopped, gone on with, cancelled, while others pass."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from detector.ui.check_view import progress
from detector.ui.visits import Visit
from detector.ui.work import State, Work
from tests.makers import make_face, make_scan
from tests.ui.ready import FIRST, SECOND, ReadyBackend

WAIT_S = 10
CLIP = make_scan(*(make_face(0.9, frame=frame, track=0) for frame in range(5)), kind="video", tracked=True)


def wait_for(holds: Callable[[], bool]) -> None:
    begin = time.monotonic()
    while not holds():
        assert time.monotonic() < begin + WAIT_S
        time.sleep(0.01)


@pytest.fixture
def backend(tmp_path: Path) -> ReadyBackend:
    return ReadyBackend(tmp_path, CLIP)


def work_on(backend: ReadyBackend, name: str, *names: str) -> Work:
    return Work(backend, Visit(), Path(name), names or (FIRST, SECOND))


def test_a_stopped_clip_lets_a_photo_pass_and_goes_on_where_it_was(backend: ReadyBackend) -> None:
    backend.held.clear()
    clip = work_on(backend, "clip.mp4").start()
    wait_for(lambda: clip.words == "frame 1 of 5")
    assert "Looking at clip.mp4 · frame 1 of 5" in progress(clip)
    photo = work_on(backend, "photo.jpg")
    assert "You are next" in progress(photo)
    photo.start()
    clip.stop()
    backend.held.set()
    wait_for(lambda: clip.state is State.STOPPED and photo.state is State.DONE)
    assert "Stopped at frame 2 of 5" in progress(clip) and 'data-act="go-on"' in progress(clip)
    clip.go_on()
    wait_for(lambda: clip.state is State.DONE)
    assert backend.scans == 2 and clip.looked is not None
    assert list(clip.looked.analyses) == [FIRST, SECOND]


def test_who_waits_is_told_the_place_and_may_leave(backend: ReadyBackend) -> None:
    backend.held.clear()
    first = work_on(backend, "first.jpg").start()
    wait_for(lambda: first.state is State.WORKING)
    second, third = work_on(backend, "second.jpg").start(), work_on(backend, "third.jpg").start()
    assert "You are next" in progress(second) and "You are second" in progress(third)
    assert 'data-act="cancel"' in progress(third)
    second.cancel()
    assert "You are next" in progress(third)
    backend.held.set()
    wait_for(lambda: third.state is State.DONE)
    assert second.state is State.CANCELLED and backend.scans == 2


@pytest.mark.parametrize("stopped", [False, True])
def test_cancelled_work_ends_at_its_next_frame_and_frees_the_line(
    backend: ReadyBackend, stopped: bool
) -> None:
    backend.held.clear()
    clip = work_on(backend, "clip.mp4").start()
    wait_for(lambda: clip.words == "frame 1 of 5")
    if stopped:
        clip.stop()
        backend.held.set()
        wait_for(lambda: clip.state is State.STOPPED)
    clip.cancel()
    backend.held.set()
    wait_for(lambda: clip.state is State.CANCELLED)
    assert clip.looked is None
    other = work_on(backend, "photo.jpg").start()
    wait_for(lambda: other.state is State.DONE)


def test_a_fault_is_told_in_its_words_and_a_bug_in_ours(backend: ReadyBackend) -> None:
    broken = work_on(backend, "broken.jpg").start()
    wait_for(lambda: broken.state is State.FAILED)
    assert broken.fault == "broken.jpg cannot be read: save it again"
    wrong = work_on(backend, "a.jpg", "no-such-detector").start()
    wait_for(lambda: wrong.state is State.FAILED)
    assert wrong.fault == "a.jpg broke the analysis (KeyError): please report it with the file"
