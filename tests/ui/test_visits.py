"""What the page keeps of a visitor, and for how long."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import cast

import gradio as gr

from detector.pipeline import judge
from detector.ui.visits import STRIP, Looked, Visits
from tests.makers import make_detector, make_face, make_scan


class Clock:
    """A time that is set by hand."""

    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def asker(session: str | None) -> gr.Request:
    return cast(gr.Request, SimpleNamespace(session_hash=session))


def looked(key: str, since_s: float = 0.0, path: Path = Path("file.jpg")) -> Looked:
    scan = make_scan(make_face(0.8), make_face(0.2))
    analysis = judge(scan, make_detector())
    return Looked(key, path, scan, {"a": analysis}, "a", since_s=since_s)


def test_a_visitor_finds_its_files_and_nobody_elses() -> None:
    visits = Visits(10, Clock())
    visits.of(asker("one")).keep(looked("x"))
    assert visits.of(asker("one")).looked is not None
    assert visits.of(asker("two")).looked is None
    visits.of(asker(None)).keep(looked("x"))
    assert visits.of(asker(None)).looked is None
    visits.end(asker("one"))
    assert visits.of(asker("one")).looked is None


def test_what_is_old_goes() -> None:
    clock = Clock()
    visits = Visits(10, clock)
    visits.of(asker("one")).keep(looked("x", since_s=0))
    visits.of(asker("one")).keep(looked("y", since_s=5))
    clock.now_s = 12
    assert list(visits.of(asker("one")).files) == ["y"]
    clock.now_s = 16
    assert visits.of(asker("one")).looked is None


def test_a_strip_of_twelve_and_the_last_is_shown() -> None:
    visit = Visits(10, Clock()).of(asker("one"))
    for number in range(STRIP + 2):
        visit.keep(looked(str(number)))
    assert len(visit.files) == STRIP
    assert next(iter(visit.files)) == "2"
    assert visit.current == str(STRIP + 1)


def test_forgetting_the_shown_file_shows_the_newest_other_and_deletes_the_upload(tmp_path: Path) -> None:
    upload = tmp_path / "upload.jpg"
    upload.write_bytes(b"x")
    visit = Visits(10, Clock()).of(asker("one"))
    visit.keep(looked("x"))
    visit.keep(looked("y", path=upload))
    visit.forget("y", upload=True)
    assert visit.current == "x" and not upload.exists()
    visit.forget("x")
    assert visit.current is None and visit.looked is None


def test_the_chosen_face_is_that_of_every_detector() -> None:
    file = looked("x")
    assert file.score is not None and file.score.p_fake > 0.5
    file.choose_person(1)
    assert file.score.p_fake < 0.5
    assert file.score_of("a") is file.score
