"""Tables and JSON of predictions made by hand."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from detector.data.labels import Index
from detector.evaluate.report.markdown import to_markdown
from detector.evaluate.run import to_json
from detector.structures import Thresholds, Verdict
from tests.evaluate.made import INFO, made_index, made_report, prediction


class Told:
    """A report and its two texts."""

    def __init__(self, report):
        self.report, self.markdown, self.json = report, to_markdown(report), to_json(report)
        self.unreadable, self.detectors = report.unreadable, report.detectors


@pytest.fixture
def index(tmp_path: Path) -> Index:
    return made_index(tmp_path)


def rows():
    both = [
        prediction(label, p, group=group)
        for label, p, group in ((0, 0.2, "x"), (1, 0.9, "y"), (0, 0.4, "z"), (1, 0.3, "w"))
    ]
    return [*both, prediction(1, 0.6, source="f", group="v"), prediction(0, None, source="f2", group="u")]


def report(index, predictions, detectors=(INFO,), **more):
    return Told(made_report(index, predictions, detectors, **more))


def test_a_rerun_gives_the_same_text(index):
    assert report(index, rows()).markdown == report(index, rows()).markdown
    assert report(index, rows()).json == report(index, rows()).json


@pytest.mark.fidelity("2-16")
def test_a_row_of_the_table_has_counts_and_the_auc_of_each_detector(index):
    other = replace(INFO, name="other")
    turned = [
        replace(
            prediction, detector="other", p_fake=None if prediction.p_fake is None else 1 - prediction.p_fake
        )
        for prediction in rows()
    ]
    lines = report(index, rows() + turned, (INFO, other)).markdown.splitlines()
    cells = next(line for line in lines if line.startswith("| a |")).split(" | ")
    assert cells[1:5] == ["2", "2", "4", "4 of 4"]
    assert cells[5].startswith("0.750") and cells[6].startswith("0.250")


def test_a_source_of_fakes_is_marked(index):
    assert "| f † | 2 | 1 |" in report(index, rows()).markdown


@pytest.mark.fidelity("1-18")
def test_what_was_not_judged_is_listed(index):
    rows = [
        prediction(0, 0.2),
        replace(prediction(1, None, file="bad.jpg", error="cut off"), verdict=Verdict.UNREADABLE),
    ]
    result = report(index, rows)
    assert "- `bad.jpg`: could not be read (cut off)" in result.markdown
    assert json.loads(result.json)["not_judged"] == [
        {"file": "bad.jpg", "verdict": "could not be read", "error": "cut off"}
    ]
    assert result.unreadable == 1


@pytest.mark.fidelity("4-16")
def test_the_json_holds_what_it_takes_to_repeat(index):
    content = json.loads(report(index, rows(), split="test", random_seed=3).json)
    assert content["index_sha256"] and content["versions"]["torch"] and content["versions"]["detector"]
    assert (content["random_seed"], content["split"], content["left_out"]["unlabelled"]) == (
        3,
        "test",
        2,
    )
    assert content["detectors"][0]["detector"]["weights_sha256"] == "ab" * 32
    assert content["detectors"][0]["slices"][0]["auc"]["value"] == 0.75


def test_no_path_of_this_machine_is_in_the_files(index):
    result = report(index, rows())
    assert str(index.path.parent) not in result.markdown + result.json


def cells(markdown, name):
    """Of the rows of the tables at the threshold and of the probabilities, intervals left out."""
    numbers = []
    for heading in ("### At the threshold", "### Ranking and probabilities"):
        lines = markdown.split(heading)[1].splitlines()
        row = next(line for line in lines if line.startswith(f"| {name} |"))
        numbers += [cell.split(" (")[0] for cell in row.strip("| ").split(" | ")][1:]
    return numbers


@pytest.mark.fidelity("1-18")
def test_at_the_threshold_a_source_has_its_matrix_and_measures(index):
    numbers = cells(report(index, rows()).markdown, "a")
    assert numbers == [
        "2 / 0",
        "1 / 1",
        "0 / 0",
        "0.750",
        "0.750",
        "1.000",
        "0.500",
        "1.000",
        "0.667",
        "0.833",
        "0.500",
        "0.511",
        "0.175",
        "0.350",
    ]


def test_at_the_threshold_a_source_of_one_class_has_dashes(index):
    text = report(index, rows()).markdown
    assert cells(text, "f") == [
        "0 / 0",
        "0 / 1",
        "0 / 0",
        "1.000",
        "–",
        "–",
        "1.000",
        "–",
        "–",
        "–",
        "–",
        "0.511",
        "0.160",
        "–",
    ]
    assert cells(text, "f2") == ["0 / 0", "0 / 0", "1 / 0", *["–"] * 11]


@pytest.mark.fidelity("1-18")
def test_at_the_threshold_all_files_are_counted_those_not_judged_too(index):
    unread = replace(prediction(1, None, file="bad.jpg"), verdict=Verdict.UNREADABLE)
    assert cells(report(index, [*rows(), unread]).markdown, "**all files**")[:4] == [
        "2 / 0",
        "1 / 2",
        "1 / 1",
        "0.800",
    ]


def test_at_the_threshold_a_set_that_is_a_source_has_one_row(index):
    sets = [
        prediction(label, p, source="f", set=name, group=str(p))
        for name in ("f-c23", "f-c40")
        for label, p in ((0, 0.2), (1, 0.9))
    ]
    text = report(index, [*rows()[:4], *sets]).markdown
    assert cells(text, r"f-c23 (set)")[:2] == cells(text, r"f-c40 (set)")[:2] == ["1 / 0", "0 / 1"]
    assert "a (set)" not in text


@pytest.mark.fidelity("2-16")
def test_at_the_threshold_each_detector_has_its_own(index):
    other = replace(INFO, name="other", thresholds=Thresholds(t=0.25))
    text = report(
        index, rows() + [replace(prediction, detector="other") for prediction in rows()], (INFO, other)
    ).markdown
    first, second = text.split("### At the threshold")[1].split("`other`, t = 0.250:")
    assert "| a | 2 / 0 | 1 / 1 |" in first
    assert "| a | 1 / 1 | 0 / 2 |" in second


@pytest.mark.fidelity("4-17")
def test_the_json_has_every_measure_and_no_number_that_json_does_not_know(index):
    text = report(index, [*rows(), prediction(0, None, source="g")]).json
    content = json.loads(text, parse_constant=pytest.fail)
    measures = content["detectors"][0]["slices"][0]["at_threshold"]
    assert measures["matrix"] == {"real_as_real": 2, "real_as_fake": 0, "fake_as_real": 1, "fake_as_fake": 1}
    assert (measures["threshold"], measures["f1"]["value"], measures["f1_of_real"]["value"]) == (
        0.5,
        pytest.approx(2 / 3),
        0.8,
    )
    assert content["detectors"][0]["whole"]["at_threshold"]["matrix"]["fake_as_fake"] == 2


def test_nothing_judged_gives_tables_without_numbers(index):
    result = report(index, [prediction(0, None), prediction(1, None)])
    assert "| – |" in result.markdown
    assert json.loads(result.json)["detectors"][0]["slices"][0]["auc"] is None


def row(markdown, heading, name):
    """Cells of a row of the chapter that begins with `heading`."""
    lines = markdown.split(f"### {heading}\n")[1].split("### ")[0].splitlines()
    return next(line for line in lines if line.startswith(f"| {name} |")).strip("| ").split(" | ")


def test_photos_and_videos_never_share_a_table(index):
    clips = [replace(prediction, kind="video", file=f"{prediction.file}.mp4") for prediction in rows()[:4]]
    result = report(index, rows() + clips)
    assert [(detector.kind, detector.results.whole.files) for detector in result.detectors] == [
        ("photo", 6),
        ("video", 4),
    ]
    assert row(result.markdown, "By source: photos", r"f †")[4] == "1 of 1"
    assert row(result.markdown, "Answers: videos", "**all files**")[1] == "4"
    content = json.loads(result.json)
    assert [detector["kind"] for detector in content["detectors"]] == ["photo", "video"]


def test_one_kind_needs_no_name(index):
    assert "photos" not in report(index, rows()).markdown


def test_the_pooled_auc_stands_below_the_mean(index):
    predictions = [
        prediction(label, p, source=name, group=str(p))
        for name, low in (("a", 0.1), ("b", 0.6))
        for label, p in ((0, low), (1, low + 0.3))
    ]
    text = report(index, predictions).markdown
    assert row(text, "By source", "**mean over sources with fakes**")[5].startswith("**1.000")
    assert row(text, "By source", "**pooled**")[5].startswith("0.750")


@pytest.mark.fidelity("1-18")
def test_answers_are_shares_of_all_files(index):
    line = row(report(index, rows()).markdown, "Answers", "**all files**")
    assert line[1] == "6"
    assert [cell.split(" (")[0] for cell in line[2:]] == ["83.3%", "16.7%", "0.0%", "83.3%"]


def test_methods_are_shown_where_a_source_has_several(index):
    def of(method):
        return prediction(1, 0.9, method=method, group=method)

    assert "### By method" not in report(index, [prediction(0, 0.1), of("swap")]).markdown
    text = report(index, [prediction(0, 0.1), of("swap"), of("puppet")]).markdown
    assert row(text, "By method", "a: swap")[1:5] == ["1", "1", "2", "1 of 1"]


def test_sizes_without_a_face_have_no_row(index):
    text = report(
        index, [prediction(0, 0.1, face_px=90, group="x"), prediction(1, 0.9, face_px=90, group="y")]
    ).markdown
    assert row(text, "By size of the face", "80 to 160 px")[1:5] == ["1", "1", "2", "2 of 2"]
    assert "under 80 px" not in text
    unknown = [replace(prediction, face_px=None) for prediction in rows()]
    assert "### By size" not in report(index, unknown).markdown


def test_detectors_that_decide_by_other_faces_stand_in_one_table(index):
    other = replace(INFO, name="other")
    small = [replace(prediction, detector="other", face_px=50.0) for prediction in rows()]
    text = report(index, rows() + small, (INFO, other)).markdown
    assert row(text, "By size of the face", "under 80 px")[-2:] == [
        "–",
        row(text, "By size of the face", "80 to 160 px")[5],
    ]


@pytest.mark.fidelity("2-16")
def test_two_detectors_are_compared_on_the_same_files(index):
    other = replace(INFO, name="other")
    turned = [
        replace(
            prediction, detector="other", p_fake=None if prediction.p_fake is None else 1 - prediction.p_fake
        )
        for prediction in rows()
    ]
    result = report(index, rows() + turned, (INFO, other))
    assert row(result.markdown, "Two detectors on the same files", "a")[1:4] == ["4", "0.750", "0.250"]
    assert json.loads(result.json)["differences"][0]["difference"]["value"] == -0.5
    assert "### Two detectors" not in report(index, rows()).markdown


def test_the_json_names_every_files_hash_and_the_platform(index):
    content = json.loads(report(index, rows(), judging={"engine": "pytorch", "frames": 32}).json)
    assert content["file_sha256"] == {prediction.file: "cd" * 32 for prediction in rows()}
    assert content["judging"] == {"engine": "pytorch", "frames": 32}
    assert set(content["platform"]) == {"system", "machine", "python"}
    assert content["resamples"] == 50


def test_a_bar_in_a_name_ends_no_cell(index):
    text = report(
        index, [prediction(0, 0.1, source="a|b"), prediction(1, 0.9, source="a|b", group="y")]
    ).markdown
    assert "| a\\|b | 1 | 1 |" in text
