"""The tab Batch: files one after another, Stop that keeps what is done, the order, and what is taken away."""

from __future__ import annotations

import csv
import json
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import gradio as gr
import pandas as pd
import pytest

from detector.pipeline import Detector, judge
from detector.structures import Direction, Evidence, FaceScore, Question, Reference, Strength
from detector.ui.app import lay_out
from detector.ui.batch_events import FILES_AT_ONCE, BatchHandlers, Parts
from detector.ui.batch_run import Answer, Batch, Checked, Pace, State, save, told
from detector.ui.html import render
from detector.ui.visits import ALL
from detector.zoo.specs import SPECS
from tests.loops import run
from tests.makers import make_detector, make_face, make_scan
from tests.ui.ready import FIRST, SECOND, THIRD, ReadyBackend

NAMES = (FIRST, SECOND)
ASKING = cast(gr.Request, SimpleNamespace(session_hash="me"))
WAIT_S = 20


def evidence(direction: Direction, strength: Strength, lr: float) -> Evidence:
    return Evidence(Question.EITHER, direction, strength, lr, lr / 2, lr * 2)


WEAK = evidence(Direction.FAKE, Strength.WEAK, 4.0)
MODERATE = evidence(Direction.FAKE, Strength.MODERATE, 20.0)
NONE = evidence(Direction.NONE, Strength.NONE, 1.0)
REAL = evidence(Direction.REAL, Strength.WEAK, 0.2)


def weigh(name: str, _number: int, _score: FaceScore) -> Evidence | None:
    return WEAK if name == FIRST else REAL


class KnownBackend(ReadyBackend):
    """Says of each detector what it is, without weights."""

    def detector(self, name: str) -> Detector:
        return replace(make_detector(), spec=SPECS[name])


@pytest.fixture
def backend(tmp_path: Path) -> ReadyBackend:
    return KnownBackend(tmp_path / "weights", make_scan(make_face()), weigh)


def some(folder: Path, *names: str) -> list[Path]:
    return [folder / name for name in names]


def finished(batch: Batch) -> Batch:
    begin = time.monotonic()
    while batch.state is State.WORKING:
        assert time.monotonic() < begin + WAIT_S
        time.sleep(0.01)
    return batch


def room(backend: ReadyBackend) -> BatchHandlers:
    """The handlers on components that a page has, seen from outside it."""
    names = ("drop", "detector", "status", "files", "saves")
    components: dict[str, Any] = {name: name for name in names}
    parts = Parts(**components, buttons={}, opened=cast(Any, "opened"))
    return BatchHandlers(cast(Any, SimpleNamespace(backend=backend)), parts)


def heard(updates: Any) -> dict[str, str]:
    """All that an event told, the latest of each component."""

    async def listen() -> dict[str, str]:
        told: dict[str, str] = {}
        async for update in updates:
            told.update(update)
        return told

    return run(listen())


def test_what_cannot_be_read_is_told_with_its_reason_and_the_rest_goes_on(
    backend: ReadyBackend, tmp_path: Path
) -> None:
    batch = finished(Batch(backend, some(tmp_path, "a.jpg", "broken.jpg", "b.jpg"), NAMES).start())
    assert batch.state is State.DONE
    assert [file.name for file in batch.readable] == ["a.jpg", "b.jpg"]
    assert [(file.name, file.error) for file in batch.unreadable] == [
        ("broken.jpg", "broken.jpg cannot be read: save it again")
    ]
    status, files = render("batch/status", batch=batch), listed(batch)
    assert "2 checked, 1 could not be read" in status
    assert "save it again" in files and files.count('data-act="open"') == 2


def listed(batch: Batch, by: str = FIRST) -> str:
    places = {path: place for place, path in enumerate(batch.paths)}
    titles = {name: name for name in batch.names}
    return render("batch/files", batch=batch, by=by, titles=titles, places=places)


def test_a_bug_in_one_file_is_told_and_stops_nobody(backend: ReadyBackend, tmp_path: Path) -> None:
    def weigh_badly(name: str, number: int, score: FaceScore) -> Evidence | None:
        raise KeyError("a bug")

    backend.weigh = weigh_badly
    batch = finished(Batch(backend, some(tmp_path, "a.jpg", "b.jpg"), NAMES).start())
    assert [file.error for file in batch.checked] == [
        f"{name} broke the analysis (KeyError): please report it with the file" for name in ("a.jpg", "b.jpg")
    ]


def test_every_detector_asked_has_its_row(backend: ReadyBackend, tmp_path: Path) -> None:
    batch = finished(Batch(backend, some(tmp_path, "a.jpg", "broken.jpg"), NAMES).start())
    infos = [backend.detector(name).info for name in NAMES]
    saved = {path.suffix: path for path in save(batch.checked, tmp_path / "out", infos)}
    with saved[".csv"].open(newline="") as table:
        rows = list(csv.DictReader(table))
    assert [(row["file"], row["detector"]) for row in rows] == [
        (file, name) for file in ("a.jpg", "broken.jpg") for name in NAMES
    ]
    assert [bool(row["error"]) for row in rows] == [False, False, True, True]
    documents = json.loads(saved[".json"].read_text())
    assert [document["file"] for document in documents] == [row["file"] for row in rows]
    assert list(pd.read_parquet(saved[".parquet"])["detector"]) == [row["detector"] for row in rows]
    page = saved[".html"].read_text()
    assert "a.jpg" in page and "broken.jpg cannot be read: save it again" in page


def test_stop_keeps_what_is_done_and_go_on_does_the_rest(backend: ReadyBackend, tmp_path: Path) -> None:
    batch = Batch(backend, some(tmp_path, *(f"{number}.jpg" for number in range(20))), (FIRST,))
    backend.held.clear()
    batch.start()
    batch.stop()
    backend.held.set()
    finished(batch)
    done = len(batch.checked)
    assert batch.state is State.STOPPED and done < 20
    assert f"Stopped after {done} of 20" in render("batch/status", batch=batch)
    finished(batch.start())
    assert batch.state is State.DONE and [file.name for file in batch.checked] == [
        f"{number}.jpg" for number in range(20)
    ]


def test_the_strongest_support_for_fake_comes_first_and_no_face_last(backend: ReadyBackend) -> None:
    batch = Batch(backend, (), (FIRST,))
    of = {"real": REAL, "none-b": NONE, "weak": WEAK, "none-a": NONE, "unfitted": None, "strong": MODERATE}
    batch.checked = [Checked(Path(name), answers=(Answer(FIRST, 1, found),)) for name, found in of.items()]
    batch.checked.append(Checked(Path("empty"), answers=(Answer(FIRST, 0, None),)))
    batch.checked.append(Checked(Path("broken"), error="why"))
    order = [file.name for file in batch.by_strength(FIRST)]
    assert order == ["strong", "weak", "none-a", "none-b", "unfitted", "real", "empty"]


def test_of_equal_evidence_what_fewest_genuine_pictures_reach_comes_first(backend: ReadyBackend) -> None:
    batch = Batch(backend, (Path("a"), Path("b")), (FIRST,))
    for name, share in (("a", 0.4), ("b", 0.02)):
        reference = Reference("snapshot", is_fake=False, n=200, share=share)
        found = replace(NONE, references=(reference,), nearest="snapshot")
        batch.checked.append(Checked(Path(name), answers=(Answer(FIRST, 1, found),)))
    assert [file.name for file in batch.by_strength(FIRST)] == ["b", "a"]
    assert "2 of 100 genuine score as high" in listed(batch)


def test_a_clip_counts_its_people_not_the_faces_of_its_frames(backend: ReadyBackend) -> None:
    faces = [
        make_face(0.5, frame=frame, time_s=0.5 * frame, track=track) for track in (0, 1) for frame in range(4)
    ]
    clip = judge(make_scan(*faces, kind="video", tracked=True), make_detector())
    batch = Batch(backend, (Path("clip.mp4"),), (clip.detector.name,))
    batch.checked.append(told(Path("clip.mp4"), [clip], ""))
    assert batch.checked[0].answers[0].faces == 2
    assert "<small>2 people</small>" in listed(batch)


def test_the_order_is_by_the_detector_that_is_chosen(backend: ReadyBackend) -> None:
    batch = Batch(backend, (Path("a"), Path("b")), NAMES)
    batch.checked = [
        Checked(Path("a"), answers=(Answer(FIRST, 1, WEAK), Answer(SECOND, 1, REAL))),
        Checked(Path("b"), answers=(Answer(FIRST, 1, REAL), Answer(SECOND, 1, WEAK))),
    ]
    assert [file.name for file in batch.by_strength(SECOND)] == ["b", "a"]
    assert f'<option value="{SECOND}" selected>' in listed(batch, SECOND)


@pytest.mark.parametrize(
    "pace, rate, left",
    [(Pace(0, 10, 3.0), None, None), (Pace(5, 10, 2.5), 2.0, 2.5), (Pace(10, 10, 20.0), 0.5, 0.0)],
)
def test_pace(pace: Pace, rate: float | None, left: float | None) -> None:
    assert (pace.rate, pace.left_s) == (rate, left)


def test_dropped_files_are_checked_and_other_kinds_left_out(backend: ReadyBackend, tmp_path: Path) -> None:
    paths = [str(path) for path in some(tmp_path, "a.jpg", "b.jpg", "notes.txt")]
    told = heard(room(backend).drop(paths, ALL, ASKING))
    assert "2 checked" in told["status"] and "1 other file was left out" in told["status"]
    assert set(backend.asked) == {FIRST, SECOND, THIRD}


def test_one_detector_is_asked_where_one_is_chosen_and_another_one_after_it(
    backend: ReadyBackend, tmp_path: Path
) -> None:
    do = room(backend)
    heard(do.drop([str(tmp_path / "a.jpg")], SECOND, ASKING))
    assert backend.asked == [SECOND]
    heard(do.ask(THIRD, ASKING))
    assert backend.asked == [SECOND, THIRD]


def test_a_folder_is_all_that_is_in_it(backend: ReadyBackend, tmp_path: Path) -> None:
    folder = tmp_path / "folder" / "below"
    folder.mkdir(parents=True)
    for name in ("b.jpg", "a.png", "c.txt"):
        (folder / name).write_bytes(b"")
    told = heard(room(backend).drop([str(tmp_path / "folder")], FIRST, ASKING))
    assert "2 checked" in told["status"]


def test_too_many_are_refused_with_the_remedy(backend: ReadyBackend, tmp_path: Path) -> None:
    paths = [f"{number}.jpg" for number in range(FILES_AT_ONCE + 1)]
    told = heard(room(backend).drop(paths, ALL, ASKING))
    assert "python -m detector scan FOLDER" in told["status"] and backend.asked == []


def test_a_chosen_file_is_kept_for_check_and_one_that_is_gone_is_not(
    backend: ReadyBackend, tmp_path: Path
) -> None:
    do = room(backend)
    heard(do.drop([str(path) for path in some(tmp_path, "a.jpg", "broken.jpg")], ALL, ASKING))
    event = SimpleNamespace(act="open", value="0")
    key = run(do.open(ASKING, cast(gr.EventData, event)))
    visit = backend.visits.of(ASKING)
    assert key and visit.current == key and set(visit.files[key].analyses) == {FIRST, SECOND, THIRD}
    event.value = "1"
    assert run(do.open(ASKING, cast(gr.EventData, event))) == ""


def test_a_batch_stopped_before_its_first_file_has_nothing_to_take_away(
    backend: ReadyBackend, tmp_path: Path
) -> None:
    do = room(backend)
    assert do._saved(Batch(backend, some(tmp_path, "a.jpg"), (FIRST,)))


def test_what_is_no_longer_kept_says_so(backend: ReadyBackend, tmp_path: Path) -> None:
    do = room(backend)
    chosen = cast(gr.EventData, SimpleNamespace(act="open", value="0"))
    assert "Files and answers are deleted after 10 minutes" in heard(do.act(ASKING, chosen))["status"]
    path = tmp_path / "a.jpg"
    path.write_bytes(b"")
    heard(do.drop([str(path)], FIRST, ASKING))
    assert heard(do.act(ASKING, chosen)) == {"drop": gr.skip()}  # the list stays as it is
    path.unlink()
    assert "No longer kept" in heard(do.act(ASKING, chosen))["status"]


def test_a_closed_tab_ends_its_batch(backend: ReadyBackend, tmp_path: Path) -> None:
    do = room(backend)
    batch = Batch(backend, some(tmp_path, *(f"{number}.jpg" for number in range(50))), (FIRST,))
    do._batches["me"] = batch.start()
    do.leave(ASKING)
    finished(batch)
    assert batch.state is State.STOPPED and do._batch(ASKING) is None


def test_the_room_is_on_the_page(backend: ReadyBackend) -> None:
    page = lay_out(backend)
    ids = {getattr(block, "elem_id", None) for block in page.blocks.values()}
    assert {"room-batch", "batch-drop", "batch-status", "room-learn", "learn-board"} <= ids
