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


def test_nothing_judged_gives_tables_without_numbers(index):
    found = report(index, [prediction(0, None), prediction(1, None)])
    assert "| – |" in found.markdown
    assert json.loads(found.json)["detectors"][0]["figures"][0]["auc"] is None
