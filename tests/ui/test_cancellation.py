"""A closed tab ends the work of its own session, and a new file ends the one before."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import cast

import gradio as gr
import pytest

from detector.ui.visits import Visit
from detector.ui.work import State, Work
from tests.loops import run
from tests.makers import make_face, make_scan
from tests.ui.ready import ASKING, FIRST, ReadyBackend, handlers, shown
from tests.ui.test_work import wait_for

YOU = cast(gr.Request, SimpleNamespace(session_hash="you"))


@pytest.fixture
def backend(tmp_path: Path) -> ReadyBackend:
    return ReadyBackend(tmp_path, make_scan(make_face(0.9)))


def test_a_closed_tab_ends_the_work_of_its_session_only(backend: ReadyBackend) -> None:
    backend.held.clear()
    mine, yours = (backend.visits.of(asking) for asking in (ASKING, YOU))
    for visit, name in ((mine, "mine.jpg"), (yours, "yours.jpg")):
        visit.work = Work(backend, visit, Path(name), (FIRST,)).start()
    wait_for(lambda: mine.work is not None and mine.work.state is State.WORKING)
    backend.leave(ASKING)
    backend.held.set()
    assert mine.work is not None and yours.work is not None
    wait_for(lambda: yours.work is not None and yours.work.state is State.DONE)
    assert mine.work.state is State.CANCELLED and mine.work.looked is None
    assert backend.visits.of(ASKING).work is None


def test_a_new_file_ends_the_one_before(backend: ReadyBackend, tmp_path: Path) -> None:
    do = handlers(backend)
    visit: Visit = backend.visits.of(ASKING)
    backend.held.clear()
    before = visit.work = Work(backend, visit, Path("before.jpg"), (FIRST,)).start()
    wait_for(lambda: before.state is State.WORKING)
    (tmp_path / "after.jpg").write_bytes(b"x")

    async def drop() -> None:
        updates = do.drop([str(tmp_path / "after.jpg")], ASKING)
        async for _ in updates:
            if visit.work is not before:
                backend.held.set()

    run(drop())
    assert before.state is State.CANCELLED
    assert [looked.name for looked in visit.files.values()] == ["after.jpg"]
    assert shown(do.drop(None, ASKING)) == {do.parts.files: None}
