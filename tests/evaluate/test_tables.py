"""Tables and JSON of predictions made by hand."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from detector.evaluate.predictions import Index, Row
from detector.evaluate.tables import report_of
from detector.structures import Calibration, DetectorInfo, InputSpec, Thresholds, Verdict
from tests.evaluate.made import prediction

INFO = DetectorInfo(
    name="made",
    title="Made by hand",
    weights_sha256="ab" * 32,
    engine="pytorch",
    input=InputSpec(size=8, margin=0.1, mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5)),
    calibration=Calibration(1.0, 0.0, "nothing"),
    thresholds=Thresholds(t=0.5, lo=0.3, hi=0.7),
)


@pytest.fixture
def index(tmp_path: Path) -> Index:
    path = tmp_path / "index.csv"
    path.write_text("file,label\n")
    return Index(path, rows=(Row("a.jpg", 0, "a", "a"),), unlabelled=2)


def rows():
    both = [prediction(label, p, group=group) for label, p, group in ((0, 0.2, "x"), (1, 0.9, "y"), (0, 0.4, "z"), (1, 0.3, "w"))]
    return [*both, prediction(1, 0.6, source="f", group="v"), prediction(0, None, source="f2", group="u")]


def report(index, predictions, detectors=(INFO,), **more):
    return report_of(index, detectors, predictions, command="python -m detector evaluate index.csv", draws=50, **more)


def test_a_rerun_gives_the_same_text(index):
    assert report(index, rows()).markdown == report(index, rows()).markdown
    assert report(index, rows()).json == report(index, rows()).json


def test_a_row_of_the_table_has_counts_and_the_auc_of_each_detector(index):
    other = replace(INFO, name="other")
    turned = [replace(one, detector="other", p_fake=None if one.p_fake is None else 1 - one.p_fake) for one in rows()]
    lines = report(index, rows() + turned, (INFO, other)).markdown.splitlines()
    cells = next(line for line in lines if line.startswith("| a |")).split(" | ")
    assert cells[1:5] == ["2", "2", "4", "4 of 4"]
    assert cells[5].startswith("0.750") and cells[6].startswith("0.250")


def test_a_source_of_fakes_is_marked(index):
    assert "| f † | 2 | 1 |" in report(index, rows()).markdown


def test_what_was_not_judged_is_listed(index):
    rows = [prediction(0, 0.2), replace(prediction(1, None, file="bad.jpg", error="cut off"), verdict=Verdict.UNREADABLE)]
    found = report(index, rows)
    assert "- `bad.jpg`: could not be read (cut off)" in found.markdown
    assert json.loads(found.json)["not_judged"] == [{"file": "bad.jpg", "verdict": "could not be read", "error": "cut off"}]
    assert found.unreadable == 1


def test_the_json_holds_what_it_takes_to_repeat(index):
    content = json.loads(report(index, rows(), split="val", random_seed=3).json)
    assert content["index_sha256"] and content["versions"]["torch"] and content["versions"]["detector"]
    assert (content["random_seed"], content["split"], content["left_out"]["without a label"]) == (3, "val", 2)
    assert content["detectors"][0]["detector"]["weights_sha256"] == "ab" * 32
    assert content["detectors"][0]["figures"][0]["auc"]["value"] == 0.75


def test_no_path_of_this_machine_is_in_the_files(index):
    found = report(index, rows())
    assert str(index.path.parent) not in found.markdown + found.json


def test_verdicts_are_quoted_where_every_set_has_both_classes(index):
    sets = [prediction(label, p, source=name, group=str(p)) for name in "ab" for label, p in ((0, 0.2), (1, 0.9))]
    assert "### Verdicts" in report(index, sets).markdown
    assert "### Verdicts" not in report(index, rows()).markdown


def cells(markdown, name):
    """Of the row of the table at the threshold, interval left out."""
    lines = markdown.split("### At the threshold")[1].splitlines()
    row = next(line for line in lines if line.startswith(f"| {name} |"))
    return [cell.split(" (")[0] for cell in row.strip("| ").split(" | ")][1:]


def test_at_the_threshold_a_source_has_its_matrix_and_measures(index):
    found = cells(report(index, rows()).markdown, "a")
    assert found == ["2 / 0", "1 / 1", "0 / 0", "0.750", "0.750", "1.000", "0.500", "1.000", "0.667", "0.833", "0.511", "0.175"]


def test_at_the_threshold_a_source_of_one_class_has_dashes(index):
    text = report(index, rows()).markdown
    assert cells(text, "f") == ["0 / 0", "0 / 1", "0 / 0", "1.000", "–", "–", "1.000", "–", "–", "–", "0.511", "0.160"]
    assert cells(text, "f2") == ["0 / 0", "0 / 0", "1 / 0", *["–"] * 9]


def test_at_the_threshold_all_files_are_counted_those_not_judged_too(index):
    unread = replace(prediction(1, None, file="bad.jpg"), verdict=Verdict.UNREADABLE)
    assert cells(report(index, [*rows(), unread]).markdown, "**all files**")[:4] == ["2 / 0", "1 / 2", "1 / 1", "0.800"]


def test_at_the_threshold_a_set_that_is_a_source_has_one_row(index):
    sets = [prediction(label, p, source="f", set=name, group=str(p)) for name in ("f-c23", "f-c40") for label, p in ((0, 0.2), (1, 0.9))]
    text = report(index, [*rows()[:4], *sets]).markdown
    assert cells(text, r"f-c23 (set)")[:2] == cells(text, r"f-c40 (set)")[:2] == ["1 / 0", "0 / 1"]
    assert "a (set)" not in text


def test_at_the_threshold_each_detector_has_its_own(index):
    other = replace(INFO, name="other", thresholds=Thresholds(t=0.25, lo=0.2, hi=0.7))
    text = report(index, rows() + [replace(one, detector="other") for one in rows()], (INFO, other)).markdown
    first, second = text.split("### At the threshold")[1].split("`other`, t = 0.250:")
    assert "| a | 2 / 0 | 1 / 1 |" in first
    assert "| a | 1 / 1 | 0 / 2 |" in second


def test_the_json_has_every_measure_and_no_number_that_json_does_not_know(index):
    text = report(index, [*rows(), prediction(0, None, source="g")]).json
    content = json.loads(text, parse_constant=pytest.fail)
    found = content["detectors"][0]["figures"][0]["at_threshold"]
    assert found["matrix"] == {"real_as_real": 2, "real_as_fake": 0, "fake_as_real": 1, "fake_as_fake": 1}
    assert (found["threshold"], found["f1"]["value"], found["f1_of_real"]) == (0.5, pytest.approx(2 / 3), 0.8)
    assert content["detectors"][0]["at_threshold"]["matrix"]["fake_as_fake"] == 2


def test_nothing_judged_gives_tables_without_numbers(index):
    found = report(index, [prediction(0, None), prediction(1, None)])
    assert "| – |" in found.markdown
    assert json.loads(found.json)["detectors"][0]["figures"][0]["auc"] is None
