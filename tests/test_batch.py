"""Many files to results and tables: what is tried, what is skipped, what survives an interruption."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from detector.batch import Result, done_files, find_files, record, scan_files
from detector.errors import OutputError, SettingsError
from detector.pipeline import Stopped
from detector.report import CSV_COLUMNS, error_row, growing_table, journal_of, read_rows, to_csv
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


def recorded(out: Path, *paths: Path, detectors=(DETECTOR,), resume=False, settings=None, **more):
    """What a scan writes to `out`, result by result."""
    with growing_table(out, resume=resume) as table:
        done = done_files(table, [each.info for each in detectors])
        results = scan_files(paths, detectors, finder=FINDER, done=done, **more)
        yield from record(results, table, settings)


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
    with growing_table(tmp_path / "r.csv") as table:
        list(record(results, table))
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
    list(recorded(out, pictures))
    rest = recorded(out, pictures, detectors=[DETECTOR, OTHER], resume=True)
    assert [result.detector.name for result in rest] == ["sbi-efficientnet-b4"] * 3
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
    results = list(recorded(out, pictures))
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
        list(recorded(out, pictures, progress=stop_at("c.png")))
    assert len(read_rows(out)) == 2
    before = out.read_bytes()
    rest = list(recorded(out, pictures, resume=True))
    assert [result.path.name for result in rest] == ["c.png"]
    assert out.read_bytes().startswith(before)
    list(recorded(whole, pictures))
    assert without_times(out) == without_times(whole)


def without_times(path: Path) -> list[dict[str, str]]:
    return [row | {"seconds": ""} for row in read_rows(path)]


def test_a_line_cut_short_is_judged_again(pictures, tmp_path):
    out = tmp_path / "r.csv"
    list(recorded(out, pictures))
    out.write_bytes(out.read_bytes()[:-20])
    list(recorded(out, pictures, resume=True))
    assert [Path(row["file"]).name for row in read_rows(out)] == ["a.jpg", "b.PNG", "c.png"]


@pytest.mark.fidelity("1-10")
def test_without_resume_a_table_begins_anew(pictures, tmp_path):
    out = tmp_path / "r.csv"
    for _ in range(2):
        list(recorded(out, pictures))
    assert len(read_rows(out)) == 3


def done_in(out: Path):
    with growing_table(out, resume=True) as table:
        return done_files(table, [DETECTOR.info])


def test_rows_of_another_detector_and_of_what_could_not_be_read_do_not_count_as_done(tmp_path):
    out = tmp_path / "r.csv"
    row = error_row("a.jpg", DETECTOR.info, "broken")
    assert done_in(out) == frozenset()
    out.write_bytes(to_csv([{**row, "error": "", "weights": "other"}]).encode())
    assert done_in(out) == frozenset()
    out.write_bytes(to_csv([row]).encode())
    assert done_in(out) == frozenset()
    out.write_bytes(to_csv([{**row, "error": ""}]).encode())
    assert done_in(out) == {("a.jpg", "unblend-lite2")}


@pytest.mark.parametrize("name", ["r.csv", "r.json", "r.parquet"])
def test_what_could_not_be_read_is_tried_again_in_its_place(name, pictures, tmp_path):
    out = tmp_path / name
    whole = (pictures / "a.jpg").read_bytes()
    (pictures / "a.jpg").write_bytes(whole[:300])
    assert [result.error is None for result in recorded(out, pictures)] == [False, True, True]
    (pictures / "a.jpg").write_bytes(whole)
    assert [result.path.name for result in recorded(out, pictures, resume=True)] == ["a.jpg"]
    assert names_in(out) == ["a.jpg", "b.PNG", "c.png"]
    assert list(recorded(out, pictures, resume=True)) == []


def names_in(out: Path) -> list[str]:
    """The files of a table, in its order."""
    match out.suffix:
        case ".csv":
            files = [row["file"] for row in read_rows(out)]
        case ".json":
            files = [document["file"] for document in json.loads(out.read_text())]
        case _:
            files = pd.read_parquet(out)["file"].tolist()
    return [Path(file).name for file in files]


@pytest.mark.parametrize("name", ["r.csv", "r.json", "r.parquet"])
def test_a_run_that_was_killed_is_resumed_from_the_last_file_in_each_format(name, pictures, tmp_path):
    out, crashed = tmp_path / "whole" / name, tmp_path / "crashed" / name
    out.parent.mkdir(), crashed.parent.mkdir()
    results = recorded(out, pictures)
    next(results), next(results)
    # as the disk is when the process is killed: no more than the journal, its last line torn
    torn = journal_of(out).read_bytes()
    journal_of(crashed).write_bytes(torn + torn.splitlines()[-1][:40])
    assert [result.path.name for result in recorded(crashed, pictures, resume=True)] == ["c.png"]
    list(results)
    assert names_in(crashed) == names_in(out) == ["a.jpg", "b.PNG", "c.png"]
    assert [path.name for path in crashed.parent.iterdir()] == [name]  # no journal, no lock


@pytest.mark.parametrize("name", ["r.csv", "r.json", "r.parquet"])
def test_a_second_run_into_the_same_table_is_refused_in_words(name, pictures, tmp_path):
    out = tmp_path / name
    with closing(recorded(out, pictures)) as results:
        next(results)
        with pytest.raises(SettingsError, match=f"{name} is being written by another scan"):
            next(recorded(out, pictures, resume=True))
    assert [result.path.name for result in recorded(out, pictures, resume=True)] == ["b.PNG", "c.png"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("r.csv", b"file,label\r\na.jpg,1\r\n"),
        ("r.csv", b"\x89PNG\r\n"),
        ("r.json", b'{"schema": 2}'),
        ("r.json", b'[{"file": "a.jpg"}]'),
        ("r.json", b"[1"),
        ("r.parquet", b"PAR1"),
    ],
)
def test_a_foreign_table_is_not_overwritten_unless_that_is_asked(name, content, pictures, tmp_path):
    out = tmp_path / name
    out.write_bytes(content)
    for resume, remedy in ((False, "--overwrite"), (True, "name another file")):
        with pytest.raises(SettingsError, match=f"{name} is not a table of results written here: .*{remedy}"):
            next(recorded(out, pictures, resume=resume))
        assert out.read_bytes() == content
    with growing_table(out, overwrite=True) as table:
        list(record(judged(pictures), table))
    assert names_in(out) == ["a.jpg", "b.PNG", "c.png"]


ODD = [os.fsdecode(b"caf\xe9.png"), "two\nlines.png", '"quoted".png', "=1+1.png", "-a.png", r"caf\xe9.png"]


@pytest.mark.parametrize("name", ["r.csv", "r.json", "r.parquet"])
def test_names_of_every_kind_come_back_on_resume(name, tmp_path, monkeypatch):
    folder = tmp_path / "odd"
    folder.mkdir()
    for odd in ODD:
        save_picture(folder / f"a{odd}", 0.4).rename(folder / odd)
    monkeypatch.chdir(folder)
    paths = sorted(Path(odd) for odd in ODD)
    results = list(recorded(tmp_path / name, *paths))
    assert all(result.error is None for result in results) and len(results) == len(ODD)
    assert len(set(names_in(tmp_path / name))) == len(ODD)
    assert list(recorded(tmp_path / name, *paths, resume=True)) == []
    (tmp_path / name).read_bytes() if name == "r.parquet" else (tmp_path / name).read_text("utf-8")


def test_cells_are_no_formulas_unless_that_is_asked(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("=cmd.png").write_text("no picture")
    result = Result(Path("=cmd.png"), DETECTOR.info, error="=cmd.png is neither a photo nor a video")
    for raw_cells, begin in ((False, "'="), (True, "=")):
        with growing_table(tmp_path / "r.csv", raw_cells=raw_cells) as table:
            list(record([result], table))
        with (tmp_path / "r.csv").open(newline="") as stream:
            (row,) = csv.DictReader(stream)
        assert all(row[column].startswith(f"{begin}cmd") for column in ("file", "reasons", "error"))
        assert read_rows(tmp_path / "r.csv")[0]["file"] == "=cmd.png"


def test_json_holds_a_document_a_file_also_when_stopped(pictures, tmp_path):
    out = tmp_path / "r.json"
    (pictures / "a_text.jpg").write_text("this is a text")
    with pytest.raises(Stopped):
        list(recorded(out, pictures, progress=stop_at("c.png"), settings={"frames": 8}))
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
    with closing(recorded(out, pictures)) as results:
        next(results)
    assert pd.read_parquet(out)["verdict"].tolist() == ["uncertain"]


@pytest.mark.parametrize("name", ["r.txt", "gone/r.csv", "folder.csv", "fifo.csv"])
def test_an_impossible_table_is_refused_before_the_first_file(name, pictures, tmp_path):
    (tmp_path / "folder.csv").mkdir()
    os.mkfifo(tmp_path / "fifo.csv")
    with pytest.raises(SettingsError):
        next(recorded(tmp_path / name, pictures))


def test_a_full_disk_is_one_line_and_what_was_judged_is_kept(pictures, tmp_path):
    out = tmp_path / "r.json"
    with pytest.raises(OutputError, match=r"r\.json cannot be written .*r\.json\.part\.jsonl: --resume"):
        for result in recorded(out, pictures):
            if result.path.name == "c.png":
                out.mkdir()
    out.rmdir()
    assert list(recorded(out, pictures, resume=True)) == []
    assert names_in(out) == ["a.jpg", "b.PNG", "c.png"]
