"""Many files to results and tables: what is tried, what is skipped, what survives an interruption."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from detector.batch import done_files, find_files, record, scan_files
from detector.errors import SettingsError
from detector.pipeline import Stopped
from detector.report import CSV_COLUMNS, error_row, read_rows, to_csv
from detector.zoo.specs import SPECS
from tests.makers import FakeFinder, make_detector, save_picture, whole_frame_face

DETECTOR = make_detector()
FINDER = FakeFinder(whole_frame_face)


@pytest.fixture
def pictures(tmp_path) -> Path:
    """A folder with three pictures, one of them below, and two files that are none."""
    folder = tmp_path / "pictures"
    (folder / "below").mkdir(parents=True)
    save_picture(folder / "b.PNG", 0.8)
    save_picture(folder / "a.jpg", 0.2)
    save_picture(folder / "below" / "c.png", 0.5)
    (folder / "notes.txt").write_text("no picture")
    (folder / "index.csv").write_text("none either")
    return folder


def judged(*paths: Path, **more):
    return scan_files(paths, [DETECTOR], finder=FINDER, **more)


@pytest.mark.fidelity("1-8")
def test_a_folder_gives_its_pictures_in_order_and_counts_the_rest(pictures):
    files = find_files([pictures])
    assert [str(path.relative_to(pictures)) for path in files.paths] == ["a.jpg", "b.PNG", "below/c.png"]
    assert files.skipped == 2


def test_a_named_file_is_always_tried_and_none_twice(pictures):
    named = [pictures / "notes.txt", pictures / "gone.jpg", pictures / "a.jpg", pictures]
    files = find_files(named)
    assert [path.name for path in files.paths] == ["notes.txt", "gone.jpg", "a.jpg", "b.PNG", "c.png"]


def test_nothing_gives_nothing(tmp_path):
    assert find_files([tmp_path]).paths == ()
    assert list(judged()) == list(judged(tmp_path)) == []


@pytest.mark.fidelity("4-18")
def test_every_file_gets_an_answer(pictures):
    results = list(judged(pictures))
    p_fakes = [result.analysis.p_fake for result in results if result.analysis]
    assert p_fakes == [pytest.approx(level, abs=1 / 255) for level in (0.2, 0.8, 0.5)]


@pytest.mark.fidelity("1-14", "4-12")
def test_bad_files_are_answered_in_words_and_the_rest_is_judged(pictures):
    (pictures / "a_text.jpg").write_text("this is a text")
    (pictures / "an_empty.jpg").write_bytes(b"")
    whole = (pictures / "a.jpg").read_bytes()
    (pictures / "a_part.jpg").write_bytes(whole[: len(whole) // 2])
    results = {
        result.path.name: result for result in judged(pictures, pictures / "gone.jpg", pictures / "notes.txt")
    }
    assert len(results) == 8
    for name in ("a_text.jpg", "an_empty.jpg", "a_part.jpg", "gone.jpg", "notes.txt"):
        assert results[name].analysis is None
        assert name in str(results[name].error)
        assert "\n" not in str(results[name].error)
    assert all(results[name].analysis for name in ("a.jpg", "b.PNG", "c.png"))


def test_a_bug_met_on_one_file_is_told_with_that_file(pictures):
    def find(frame):
        if int(frame.image[0, 0, 0]) > 150:
            raise ZeroDivisionError("oops")
        return whole_frame_face(frame)

    results = list(scan_files([pictures], [DETECTOR], finder=FakeFinder(find)))
    assert [result.error is None for result in results] == [True, False, True]
    assert (
        results[1].error
        == "b.PNG broke the analysis (ZeroDivisionError: oops): please report it with the file"
    )


def test_files_that_are_done_are_left_out(pictures):
    results = list(judged(pictures, done=frozenset({(str(pictures / "b.PNG"), DETECTOR.info.name)})))
    assert [result.path.name for result in results] == ["a.jpg", "c.png"]


OTHER = replace(make_detector(), spec=SPECS["sbi-efficientnet-b4"])


def test_several_detectors_give_a_row_each_of_a_file_that_is_scanned_once(pictures, tmp_path):
    looked: list[int] = []

    def find(frame):
        looked.append(frame.index)
        return whole_frame_face(frame)

    (pictures / "a_text.jpg").write_text("this is a text")
    results = scan_files([pictures], [DETECTOR, OTHER], finder=FakeFinder(find))
    list(record(results, tmp_path / "r.csv"))
    rows = [
        (Path(row["file"]).name, row["detector"], row["verdict"]) for row in read_rows(tmp_path / "r.csv")
    ]
    names = ("unblend-lite2", "sbi-efficientnet-b4")
    assert rows[:4] == [
        *(("a.jpg", name, "uncertain") for name in names),
        *(("a_text.jpg", name, "could not be read") for name in names),
    ]
    assert len(rows) == 8 and len(looked) == 3


def test_a_table_is_resumed_with_another_detector(pictures, tmp_path):
    out = tmp_path / "r.csv"
    list(record(judged(pictures), out))
    done = done_files(out, [DETECTOR.info, OTHER.info])
    rest = scan_files([pictures], [DETECTOR, OTHER], finder=FINDER, done=done)
    assert [result.detector.name for result in record(rest, out, resume=True)] == ["sbi-efficientnet-b4"] * 3
    assert len(read_rows(out)) == 6


def test_progress_of_several_detectors_rises_to_the_end(pictures):
    heard: list[float] = []
    list(
        scan_files(
            [pictures],
            [DETECTOR, OTHER],
            finder=FINDER,
            progress=lambda share, words: heard.append(share),
        )
    )
    assert heard == sorted(heard) and heard[-1] == pytest.approx(1.0)


def test_progress_tells_the_share_of_all_files(pictures):
    heard: list[tuple[float, str]] = []
    list(judged(pictures, progress=lambda share, words: heard.append((share, words))))
    shares = [share for share, _ in heard]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert heard[0] == (0.0, "a.jpg: opening")


def stop_at(name: str) -> Callable[[float, str], None]:
    def progress(share: float, words: str) -> None:
        if words.startswith(name):
            raise Stopped

    return progress


def test_a_stop_ends_all(pictures):
    results = judged(pictures, progress=stop_at("b.PNG"))
    assert next(results).path.name == "a.jpg"
    with pytest.raises(Stopped):
        next(results)


def test_a_table_has_a_row_a_file_in_the_columns_of_the_design(pictures, tmp_path):
    out = tmp_path / "r.csv"
    (pictures / "a_text.jpg").write_text("this is a text")
    results = list(record(judged(pictures), out))
    rows = read_rows(out)
    assert len(rows) == len(results) == 4
    assert tuple(rows[0]) == CSV_COLUMNS
    assert [row["verdict"] for row in rows] == [
        "uncertain",
        "could not be read",
        "uncertain",
        "uncertain",
    ]
    assert [row["p_fake"] for row in rows][1] == ""
    assert rows[0]["file"] == str(pictures / "a.jpg")
    assert out.read_bytes().count(b"\r\n") == 5


@pytest.mark.fidelity("1-10")
def test_a_stopped_table_holds_what_was_judged_and_is_resumed_to_the_same(pictures, tmp_path):
    out, whole = tmp_path / "r.csv", tmp_path / "whole.csv"
    with pytest.raises(Stopped):
        list(record(judged(pictures, progress=stop_at("c.png")), out))
    assert len(read_rows(out)) == 2
    before = out.read_bytes()
    rest = list(record(judged(pictures, done=done_files(out, [DETECTOR.info])), out, resume=True))
    assert [result.path.name for result in rest] == ["c.png"]
    assert out.read_bytes().startswith(before)
    list(record(judged(pictures), whole))
    assert without_times(out) == without_times(whole)


def without_times(path: Path) -> list[dict[str, str]]:
    return [row | {"seconds": ""} for row in read_rows(path)]


def test_a_line_cut_short_is_judged_again(pictures, tmp_path):
    out = tmp_path / "r.csv"
    list(record(judged(pictures), out))
    out.write_bytes(out.read_bytes()[:-20])
    list(record(judged(pictures, done=done_files(out, [DETECTOR.info])), out, resume=True))
    assert [Path(row["file"]).name for row in read_rows(out)] == ["a.jpg", "b.PNG", "c.png"]


@pytest.mark.fidelity("1-10")
def test_without_resume_a_table_begins_anew(pictures, tmp_path):
    out = tmp_path / "r.csv"
    for _ in range(2):
        list(record(judged(pictures), out))
    assert len(read_rows(out)) == 3


def test_rows_of_another_detector_do_not_count_as_done(tmp_path):
    out = tmp_path / "r.csv"
    row = error_row("a.jpg", DETECTOR.info, "broken") | {"weights": "other"}
    out.write_bytes(to_csv([row]).encode())
    assert done_files(out, [DETECTOR.info]) == frozenset()
    assert done_files(tmp_path / "gone.csv", [DETECTOR.info]) == frozenset()
    out.write_bytes(to_csv([error_row("a.jpg", DETECTOR.info, "broken")]).encode())
    assert done_files(out, [DETECTOR.info]) == {("a.jpg", "unblend-lite2")}


def test_json_holds_a_document_a_file_also_when_stopped(pictures, tmp_path):
    out = tmp_path / "r.json"
    (pictures / "a_text.jpg").write_text("this is a text")
    with pytest.raises(Stopped):
        list(record(judged(pictures, progress=stop_at("c.png")), out, settings={"frames": 8}))
    documents = json.loads(out.read_text())
    assert [document["verdict"] for document in documents] == [
        "uncertain",
        "could not be read",
        "uncertain",
    ]
    assert documents[0]["file"] == str(pictures / "a.jpg")
    assert documents[0]["settings"]["frames"] == 8


def test_an_iterator_that_is_closed_early_still_writes_its_table(pictures, tmp_path):
    out = tmp_path / "r.parquet"
    with closing(record(judged(pictures), out)) as results:
        next(results)
    assert pd.read_parquet(out)["verdict"].tolist() == ["uncertain"]


def test_an_impossible_table_is_refused_before_the_first_file(pictures, tmp_path):
    for name, resume in (("r.txt", False), ("r.json", True)):
        results = judged(pictures)
        with pytest.raises(SettingsError):
            next(record(results, tmp_path / name, resume=resume))
        assert next(results).path.name == "a.jpg"
