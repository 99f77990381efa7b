"""The room Check on a backend that is ready: answers, choices, what is kept, forgotten, and judged once."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr
import pytest

from detector.evidence import GenuineClips
from detector.structures import Change, Condition, Question, Reason, ReasonKind, Reference, Scan, named
from detector.ui import check_view, curve
from detector.ui.check_events import CheckHandlers
from detector.ui.evidence import Reach
from detector.ui.visits import Looked
from tests.loops import run
from tests.makers import BLURRED, make_evidence, make_face, make_scan
from tests.ui.ready import ASKING, FIRST, SECOND, THIRD, ReadyBackend, event, handlers, shown

TWO = make_scan(make_face(0.2), make_face(0.9))
REFERENCES = (Reference("snapshot", False, 90, 0.04), Reference("swap", True, 90, 0.31))


def saved(folder: Path, *names: str) -> list[str]:
    for name in names:
        (folder / name).write_bytes(name.encode())
    return [str(folder / name) for name in names]


@pytest.fixture
def do(tmp_path: Path) -> CheckHandlers:
    """Two faces, the second a fake to the first detector and genuine to the others."""

    def weigh(name: str, number: int, score: object) -> Any:
        lr = {0: 1.0, 1: 12.0 if name == FIRST else 0.4}[number]
        return make_evidence(lr, references=REFERENCES, nearest="snapshot")

    folder = tmp_path / "weights"
    folder.mkdir()
    return handlers(ReadyBackend(folder, TWO, weigh))


def backend(do: CheckHandlers) -> ReadyBackend:
    assert isinstance(do.backend, ReadyBackend)
    return do.backend


def test_a_photo_is_scanned_once_and_judged_by_all_and_headed_by_the_default(
    do: CheckHandlers, tmp_path: Path
) -> None:
    page = shown(do.drop(saved(tmp_path, "a.jpg"), ASKING))
    assert backend(do).scans == 1 and backend(do).asked == [FIRST, SECOND, THIRD]
    card = page[do.parts.answer]
    assert "Moderate support for fake" in card
    assert "about 10 times as common among the fakes we tested" in card
    assert "Based on face 2 of 2, which looks most altered." in card
    assert "Of 100 genuine snapshots 4 score as high." in card
    assert page[do.parts.row].count('type="radio"') == 3
    assert "2 of 3 detectors give weak support for genuine" in page[do.parts.row]
    assert "p_fake" not in card + page[do.parts.row] + page[do.parts.picture]
    assert "p_fake" in page[do.parts.more]
    assert page[do.parts.maps] and page[do.parts.progress] == ""


def test_the_first_detectors_answer_does_not_wait_for_the_others(do: CheckHandlers, tmp_path: Path) -> None:

    async def first_card() -> tuple[str, list[str]]:
        async for updates in do.drop(saved(tmp_path, "a.jpg"), ASKING):
            if do.parts.answer in updates:
                return updates[do.parts.row], list(backend(do).asked)
        raise AssertionError

    row, _ = run(first_card())
    assert row.count('type="radio"') == 3


def test_the_same_file_again_is_not_judged_again(do: CheckHandlers, tmp_path: Path) -> None:
    page = shown(do.drop(saved(tmp_path, "a.jpg"), ASKING))
    shown(do.drop(saved(tmp_path, "b.jpg"), ASKING))
    (tmp_path / "a copy.jpg").write_bytes((tmp_path / "a.jpg").read_bytes())
    asked = len(backend(do).asked)
    key = next(key for key, looked in backend(do).visits.of(ASKING).files.items() if looked.name == "a.jpg")
    again = shown(do.act(ASKING, event("open", key)))
    assert again[do.parts.answer] == page[do.parts.answer]
    assert len(backend(do).asked) == asked == 6


def test_another_face_and_another_detector_change_card_row_and_map_and_judge_nothing(
    do: CheckHandlers, tmp_path: Path
) -> None:
    page = shown(do.drop(saved(tmp_path, "a.jpg"), ASKING))
    page = shown(do.act(ASKING, event("person", "0")), page)
    assert "No support either way" in page[do.parts.answer]
    assert "Based on" not in page[do.parts.answer]
    assert "Each detector on face 1" in page[do.parts.row]
    page = shown(do.act(ASKING, event("person", "1")), page)
    page = shown(do.act(ASKING, event("detector", SECOND)), page)
    assert "Weak support for genuine" in page[do.parts.answer]
    assert "score as low" in page[do.parts.answer]
    assert "weak, genuine" in page[do.parts.picture]
    assert len(backend(do).asked) == 3


def test_one_detector_alone_can_be_asked_and_the_others_later(do: CheckHandlers, tmp_path: Path) -> None:
    shown(do.ask(ASKING, event("choice", SECOND)))
    page = shown(do.drop(saved(tmp_path, "a.jpg"), ASKING))
    assert backend(do).asked == [SECOND] and page[do.parts.row].count('type="radio"') == 1
    page = shown(do.ask(ASKING, event("choice", "all")), page)
    assert backend(do).asked == [SECOND, FIRST, THIRD] and backend(do).scans == 1
    assert page[do.parts.row].count('type="radio"') == 3


def test_both_questions_have_a_line_and_the_stronger_is_first(tmp_path: Path) -> None:
    pair = {"unblend-generated": Question.GENERATED, "unblend-altered": Question.ALTERED}
    lr = {"unblend-generated": 1.5, "unblend-altered": 4.0}
    scan = make_scan(make_face(0.9))
    analyses = {}
    made = ReadyBackend(tmp_path, scan, lambda name, *_: make_evidence(lr[name], question=pair[name]))
    for name in pair:
        analyses[name] = made.judge(scan, name)
    looked = Looked("x", Path("a.jpg"), scan, analyses, "unblend-generated")
    lines = check_view.headed_by(looked)
    assert [line.question for line in lines] == [Question.ALTERED, Question.GENERATED]
    card = check_view.card(looked, Reach(0.4, 20), "x", "", check_view.next_steps(looked))
    assert re.findall(r'class="question">(\w+)\?', card) == ["Altered", "Generated"]
    assert card.count("unreached") == 3


def test_a_picture_without_a_face_can_be_judged_whole(tmp_path: Path) -> None:
    do = handlers(ReadyBackend(tmp_path, make_scan()))
    page = shown(do.drop(saved(tmp_path, "a.jpg"), ASKING))
    assert "No face found" in page[do.parts.answer] and 'data-act="whole"' in page[do.parts.answer]
    assert page[do.parts.row] == "" and page[do.parts.maps] == ""
    shown(do.act(ASKING, event("whole")))
    assert len(backend(do).visits.of(ASKING).files) == 2


def test_what_cannot_be_read_is_said_and_nothing_of_the_last_answer_stays(
    do: CheckHandlers, tmp_path: Path
) -> None:
    page = shown(do.drop(saved(tmp_path, "a.jpg"), ASKING))
    page = shown(do.drop(saved(tmp_path, "broken.jpg"), ASKING), page)
    assert "broken.jpg cannot be read: save it again" in page[do.parts.answer]
    for part in (do.parts.row, do.parts.maps, do.parts.picture, do.parts.more, do.parts.progress):
        assert page[part] == ""


def test_a_drawing_is_judged_only_when_it_is_asked_for(tmp_path: Path) -> None:
    drawn = make_evidence(1.0, conditions=(Condition.DRAWN,))
    do = handlers(ReadyBackend(tmp_path, make_scan(make_face(0.9)), lambda *_: drawn))
    page = shown(do.drop(saved(tmp_path, "a.jpg"), ASKING))
    assert "This may not be a photograph" in page[do.parts.answer]
    assert "support" not in page[do.parts.answer]
    page = shown(do.act(ASKING, event("anyway")), page)
    assert "No support either way" in page[do.parts.answer] and "Drawn." in page[do.parts.answer]


def test_without_fitted_evidence_the_page_says_so_and_shows_no_number(tmp_path: Path) -> None:
    do = handlers(ReadyBackend(tmp_path, make_scan(make_face(0.9))))
    page = shown(do.drop(saved(tmp_path, "a.jpg"), ASKING))
    assert "was not measured for this detector" in page[do.parts.answer]
    assert "%" not in re.sub(r"<[^>]*>", "", page[do.parts.answer])
    assert 'class="dot' not in page[do.parts.answer]


def test_forgetting_a_file_deletes_the_upload_and_leaves_the_others(
    do: CheckHandlers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    do.parts.files.GRADIO_CACHE = str(tmp_path)
    paths = saved(tmp_path, "a.jpg", "b.jpg")
    for path in paths:
        page = shown(do.drop([path], ASKING))
    visit = backend(do).visits.of(ASKING)
    first, second = visit.files
    page = shown(do.act(ASKING, event("forget", second)), page)
    assert not Path(paths[1]).exists() and Path(paths[0]).exists()
    assert page[do.parts.picture] == "" and list(visit.files) == [first]
    assert page[do.parts.strip].count('data-act="forget"') == 1


def test_several_files_go_to_the_batch_where_there_is_one(do: CheckHandlers, tmp_path: Path) -> None:
    paths = saved(tmp_path, "a.jpg", "b.jpg")
    with_batch = handlers(backend(do), rooms=("check", "batch"))
    page = shown(with_batch.drop(paths, ASKING))
    assert page[with_batch.frame.several] == tuple(paths)
    assert backend(do).scans == 0
    shown(do.drop(paths, ASKING))
    assert len(backend(do).visits.of(ASKING).files) == 2


def test_a_report_and_a_table_hold_what_was_found(do: CheckHandlers, tmp_path: Path) -> None:
    page = shown(do.drop(saved(tmp_path, "a.jpg"), ASKING))
    page = shown(do.act(ASKING, event("report")), page)
    assert re.findall(r'download="([^"]+)"', page[do.parts.saves]) == [
        "a.jpg.unblend.html",
        "a.jpg.unblend.json",
        "a.jpg.unblend.csv",
    ]


def test_a_result_that_is_gone_is_said_so(do: CheckHandlers) -> None:
    assert "No longer kept" in shown(do.act(ASKING, event("person", "0")))[do.parts.answer]


def test_how_familiar_and_what_is_hard_is_said_once(tmp_path: Path) -> None:
    face = make_face(0.9, remarks=[BLURRED])
    beyond = (Reason(ReasonKind.SMALLER, named(size_px=40.0), named(low=60, high=300)),)
    made = ReadyBackend(tmp_path, make_scan(face), lambda *_: make_evidence(3.0))
    analysis = made.judge(made.scanned, FIRST)
    track = analysis.tracks[0]
    score = replace(track.face_scores[0], out_of_range=beyond)
    analysis = replace(analysis, tracks=(replace(track, face_scores=(score,)),), deciding=score)
    looked = Looked.of(Path("a.jpg"), made.scanned, analysis)
    card = check_view.card(looked, None, "x", "", check_view.next_steps(looked))
    assert card.count("Face 40 px, measured on 60 to 300") == 1 and 'data-cells="2"' in card


def clip(people: int = 2, frames: int = 6) -> Scan:
    faces = [
        make_face(0.2 + 0.6 * (person == 1 and frame > 2), frame=frame, time_s=0.5 * frame, track=person)
        for frame in range(frames)
        for person in range(people)
    ]
    passing = make_face(0.9, frame=0, track=9)
    return make_scan(*faces, passing, kind="video", tracked=True, frames_read=frames)


def looked_at_clip(folder: Path, lr: float | None = 3.0) -> Looked:
    made = ReadyBackend(folder, clip(), lambda name, number, score: make_evidence(lr) if lr else None)
    return Looked.of(Path("a.mp4"), made.scanned, made.judge(made.scanned, FIRST))


def test_a_clip_has_a_curve_a_person_and_hides_who_passes(tmp_path: Path) -> None:
    looked = looked_at_clip(tmp_path)
    before, after = make_evidence(0.4), make_evidence(3.0)
    name, analysis = looked.detector, looked.analysis
    tracks = [replace(track, changes=(Change(1.5, -1.0, 1.0, before, after),)) for track in analysis.tracks]
    looked.analyses[name] = replace(analysis, tracks=tuple(tracks))
    drawn = curve.curve(looked, Reach(0.4, 9.0), GenuineClips(22, -1.0, 1.0, 0.5, 1.5))
    assert "middle 80 % of the 22 genuine clips" in drawn
    assert drawn.count("<polyline") == 2 and drawn.count(" chosen") == 1
    assert "Changes at 1.5 s." in drawn and 'class="genuine"' in drawn
    assert "It changes at 1.5 s." in drawn
    assert drawn.count("unreached") == 4


def test_an_unweighed_clip_has_a_curve_that_claims_nothing(tmp_path: Path) -> None:
    drawn = curve.curve(looked_at_clip(tmp_path, lr=None), None, GenuineClips(22, -1.0, 1.0))
    assert drawn.count("<polyline") == 2 and 'class="genuine"' in drawn  # on the scale of scores
    assert "It gives no strength." in drawn and "weak" not in drawn


def test_the_player_draws_every_person_and_a_photo_has_no_curve(tmp_path: Path) -> None:
    looked = looked_at_clip(tmp_path)
    assert curve.player(looked, "clip.mp4", copied=False).count('type="radio"') == 2
    photo = ReadyBackend(tmp_path, make_scan(make_face(0.9)))
    still = Looked.of(Path("a.jpg"), photo.scanned, photo.judge(photo.scanned, FIRST))
    assert curve.curve(still, None) == ""


class Broken(ReadyBackend):
    """One whose report has a bug."""

    def report(self, looked: Looked) -> str:
        raise KeyError(looked.name)


def test_a_fault_of_the_page_stands_in_the_card_in_one_line(tmp_path: Path) -> None:
    do = handlers(Broken(tmp_path, TWO))
    page = shown(do.drop(saved(tmp_path, "a.jpg"), ASKING))
    page = shown(do.act(ASKING, event("report")), page)
    assert "Something broke here" in page[do.parts.answer] and "KeyError" in page[do.parts.answer]
    assert page[do.parts.picture] == page[do.parts.maps] == ""


def test_a_detector_of_one_question_has_a_line_beside_the_default(tmp_path: Path) -> None:
    scan, default, asked = make_scan(make_face(0.9)), "multibranch-b4", "unblend-generated"
    lr = {default: 3.0, asked: 1.0, SECOND: 1.0}
    question = {default: Question.EITHER, asked: Question.GENERATED, SECOND: Question.EITHER}
    made = ReadyBackend(tmp_path, scan, lambda name, *_: make_evidence(lr[name], question=question[name]))
    looked = Looked("x", Path("a.jpg"), scan, {name: made.judge(scan, name) for name in lr}, default)
    card = check_view.card(looked, Reach(0.4, 20), "x", "", check_view.next_steps(looked))
    assert re.findall(r'class="question">([^<]+)<', card) == ["Altered or generated?", "Generated?"]
    looked.detector = SECOND
    assert [line.question for line in check_view.headed_by(looked)] == [Question.EITHER]


def test_files_that_went_to_batch_can_be_gone_back_to(do: CheckHandlers, tmp_path: Path) -> None:
    both = handlers(do.backend, rooms=("check", "batch"))
    page = shown(both.drop(saved(tmp_path, "a.jpg", "b.jpg"), ASKING))
    assert "2 files are in Batch" in page[both.parts.progress]
    page = shown(both.drop(saved(tmp_path, "c.jpg"), ASKING), page)
    assert 'data-tab="Batch"' in page[both.parts.progress]  # beside an answer too


def test_an_event_with_nothing_to_say_changes_nothing(do: CheckHandlers) -> None:
    told = shown(do.ask(ASKING, event("choice", FIRST)))  # before the first file
    assert list(told.values()) == [gr.skip()]


def test_before_the_first_file_a_class_is_told_to_take_an_example() -> None:
    empty = check_view.empty()
    assert "Drop a photo" in empty and "in class nothing is uploaded" in empty
