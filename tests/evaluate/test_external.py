"""Predictions made elsewhere: matched by name, refused where they are no probabilities, and measured as ours
are.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from detector.cli import main
from detector.errors import DetectorError
from detector.evaluate.external import Given, evaluate_external
from detector.evaluate.predictions import read_predictions
from detector.evaluate.report.markdown import to_markdown
from detector.structures import Verdict

LABELS = "file,label,source,group\nr1.jpg,0,a,1\nr2.jpg,0,a,2\nf1.jpg,1,a,3\nf2.mp4,1,a,4\nf3.jpg,1,a,5\n"


@pytest.fixture
def evaluate(tmp_path):
    """Writes both files and evaluates them; `how` goes to Given, the rest to the run."""

    def run(predictions, labels=LABELS, how=None, **more):
        (tmp_path / "theirs.csv").write_text(predictions, encoding="utf-8")
        (tmp_path / "index.csv").write_text(labels, encoding="utf-8")
        return evaluate_external(
            Given(tmp_path / "theirs.csv", **(how or {})), tmp_path / "index.csv", resamples=20, **more
        )

    return run


def p_fakes(report):
    return {(prediction.detector, prediction.file): prediction.p_fake for prediction in report.predictions}


def test_files_of_equal_names_are_matched_and_the_others_counted_and_named(evaluate):
    report = evaluate("file,p_fake\nf1.jpg,0.9\nr1.jpg,0.2\nR2.jpg,0.4\n")
    assert p_fakes(report) == {("theirs", "r1.jpg"): 0.2, ("theirs", "f1.jpg"): 0.9}
    assert "### Labelled, without a prediction: 3\n\n- `r2.jpg`\n- `f2.mp4`\n- `f3.jpg`" in to_markdown(
        report
    )
    assert "### Predicted, without a label: 1\n\n- `R2.jpg`" in to_markdown(report)
    assert report.to_dict()["unmatched"] == {
        "unpredicted": ("r2.jpg", "f2.mp4", "f3.jpg"),
        "unlabelled": ("R2.jpg",),
    }


@pytest.mark.fidelity("2-16")
def test_it_gives_the_same_tables_as_a_detector_of_ours(evaluate):
    report = evaluate("file,p_fake\nr1.jpg,0.2\nr2.jpg,0.6\nf1.jpg,0.9\nf3.jpg,0.4\n")
    whole = report.detectors[0].results.whole
    assert (whole.auc.value, whole.at_threshold.recall.value, whole.at_threshold.specificity.value) == (
        0.75,
        0.5,
        0.5,
    )
    for heading in ("By source", "Answers", "At the threshold", "Ranking and probabilities"):
        assert f"### {heading}" in to_markdown(report)
    assert "Predictions: `theirs` of `theirs.csv` (sha256" in to_markdown(report)


def test_photos_and_videos_are_in_tables_of_their_own(evaluate):
    report = evaluate("file,p_fake\nr1.jpg,0.2\nf1.jpg,0.9\nf2.mp4,0.4\n")
    assert [(detector.kind, detector.results.whole.files) for detector in report.detectors] == [
        ("photo", 2),
        ("video", 1),
    ]
    assert "### Answers: photos" in to_markdown(report) and "### Answers: videos" in to_markdown(report)


def test_an_empty_p_fake_is_a_file_without_an_answer(evaluate):
    report = evaluate("file,p_fake,error\nr1.jpg,0.2,\nf1.jpg,,\nf3.jpg,,cut off\n")
    verdicts = {prediction.file: prediction.verdict for prediction in report.predictions}
    assert verdicts == {
        "r1.jpg": Verdict.LIKELY_REAL,
        "f1.jpg": Verdict.NO_FACE,
        "f3.jpg": Verdict.UNREADABLE,
    }
    assert report.unreadable == 1


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("1.2", "line 3: p_fake is 1.2, which is no probability"),
        ("-0.1", "line 3: p_fake is -0.1"),
        ("nan", "line 3: p_fake is .nan., which is no number"),
        ("inf", "line 3: p_fake is inf"),
        ("fake", "line 3: p_fake is 'fake', which is no number"),
    ],
)
def test_what_is_no_probability_is_refused(evaluate, value, said):
    with pytest.raises(DetectorError, match=said):
        evaluate(f"file,p_fake\nr1.jpg,0.2\nf1.jpg,{value}\n")


@pytest.mark.parametrize("value, expected", [("0", 0.0), ("1", 1.0), (" 0.5 ", 0.5), ("1e-3", 0.001)])
def test_the_ends_belong_to_probabilities(evaluate, value, expected):
    assert p_fakes(evaluate(f"file,p_fake\nr1.jpg,{value}\n"))["theirs", "r1.jpg"] == expected


@pytest.mark.fidelity("2-16")
def test_named_columns_are_detectors_that_are_compared(evaluate):
    report = evaluate(
        "file,x,y\nr1.jpg,0.2,0.1\nr2.jpg,0.9,0.2\nf1.jpg,0.5,0.9\n", how={"columns": ("x", "y")}
    )
    assert [detector.info.name for detector in report.detectors] == ["x", "y"]
    assert report.to_dict()["differences"][0]["difference"]["value"] == 0.5
    assert "### Two detectors on the same files" in to_markdown(report)


def test_a_column_detector_names_them_too(evaluate):
    report = evaluate("file,p_fake,detector\nr1.jpg,0.2,x\nf1.jpg,0.9,x\nr1.jpg,0.2,y\nf1.jpg,0.1,y\n")
    assert [(detector.info.name, detector.results.whole.auc.value) for detector in report.detectors] == [
        ("x", 1.0),
        ("y", 0.0),
    ]


def test_a_file_that_one_of_two_detectors_lacks_is_in_no_figure(evaluate):
    report = evaluate("file,p_fake,detector\nr1.jpg,0.2,x\nf1.jpg,0.9,x\nr1.jpg,0.2,y\n")
    assert {prediction.file for prediction in report.predictions} == {"r1.jpg"}
    assert "- `f1.jpg`" in to_markdown(report).split("without a prediction")[1]


def test_the_table_of_a_scan_is_taken_as_it_is(evaluate):
    report = evaluate(
        "file,kind,verdict,p_fake,deciding_face,detector,error\nr1.jpg,photo,uncertain,0.4000,10 20 110"
        " 170,lite,\nf1.jpg,photo,no face found,,,lite,\nf3.jpg,,could not be read,,,lite,cut off\n"
    )
    assert [(prediction.verdict, prediction.face_px) for prediction in report.predictions] == [
        (Verdict.UNCERTAIN, 150.0),
        (Verdict.NO_FACE, None),
        (Verdict.UNREADABLE, None),
    ]


@pytest.mark.fidelity("2-16")
def test_the_threshold_is_the_one_asked_for(evaluate):
    report = evaluate("file,p_fake\nr1.jpg,0.2\nf1.jpg,0.3\n", how={"threshold": 0.25})
    assert report.detectors[0].results.whole.at_threshold.accuracy.value == 1.0
    assert report.to_dict()["command"].endswith("index.csv --threshold 0.25")


@pytest.mark.parametrize(
    ("predictions", "how", "said"),
    [
        ("name,p_fake\nr1.jpg,0.2\n", {}, r"theirs\.csv has no column file, only name, p_fake"),
        ("file,score\nr1.jpg,0.2\n", {}, "no column p_fake, only file, score; name one with --column"),
        (
            "file,p_fake\nr1.jpg,0.2\nr1.jpg,0.3\n",
            {},
            "line 3: 'r1.jpg' of theirs stands there a second time",
        ),
        (
            "file,p_fake\nx/r1.jpg,0.2\n",
            {},
            "no file in common; names are compared as written: 'x/r1.jpg', 'r1.jpg'",
        ),
        ("file,p_fake\n", {}, "line 1: a header alone"),
        ("file,p_fake\nr1.jpg,0.2\n", {"threshold": 1.5}, "the threshold is 1.5"),
    ],
)
def test_what_cannot_be_measured_says_why(evaluate, predictions, how, said):
    with pytest.raises(DetectorError, match=said):
        evaluate(predictions, how=how)


def test_a_missing_file_says_so(tmp_path):
    (tmp_path / "index.csv").write_text(LABELS)
    with pytest.raises(DetectorError, match=r"nowhere\.csv cannot be read as predictions"):
        evaluate_external(Given(tmp_path / "nowhere.csv"), tmp_path / "index.csv")


def test_what_is_read_is_not_written_over(evaluate, tmp_path):
    with pytest.raises(DetectorError, match="give another name"):
        evaluate("file,p_fake\nr1.jpg,0.2\n", out=tmp_path / "theirs.csv")


def test_the_files_written_are_those_of_an_evaluation_and_a_rerun_gives_the_same(evaluate, tmp_path):
    out = tmp_path / "new" / "out.csv"
    report = evaluate("file,p_fake\nr1.jpg,0.2\nf1.jpg,0.9\n", out=out)
    assert list(read_predictions(out)) == list(report.predictions)
    written = {path.name: path.read_bytes() for path in out.parent.iterdir()}
    assert sorted(written) == ["out.csv", "out.json", "out.md"]
    evaluate("file,p_fake\nr1.jpg,0.2\nf1.jpg,0.9\n", out=out)
    assert {path.name: path.read_bytes() for path in out.parent.iterdir()} == written


def test_a_split_has_its_labels_only_and_knows_the_others(evaluate):
    labels = "file,label,split\nr1.jpg,0,test\nf1.jpg,1,test\nr2.jpg,0,tune\n"
    report = evaluate("file,p_fake\nr1.jpg,0.2\nf1.jpg,0.9\nr2.jpg,0.1\n", labels, split="test")
    assert {prediction.file for prediction in report.predictions} == {"r1.jpg", "f1.jpg"}
    assert report.to_dict()["unmatched"] == {"unpredicted": (), "unlabelled": ()}


REGRESSIONS = Path(__file__).parent.parent / "regressions"


def test_an_index_with_a_mark_before_its_first_column_is_read(tmp_path, capsys):
    words = ["evaluate", "--predictions", str(REGRESSIONS / "predictions.csv"), "--labels"]
    assert main([*words, str(REGRESSIONS / "index_bom.csv")]) == 0
    assert "| 2 |" in capsys.readouterr().out


def test_a_row_without_a_name_is_one_line_that_names_it(capsys):
    words = ["evaluate", "--predictions", str(REGRESSIONS / "predictions.csv"), "--labels"]
    assert main([*words, str(REGRESSIONS / "index_no_name.csv")]) == 2
    told = "unblend: index_no_name.csv line 4: the name of the file is empty; mend the row"
    assert capsys.readouterr().err.splitlines() == [told]


def test_a_foreign_table_is_not_overwritten(tmp_path, capsys):
    (tmp_path / "mine.csv").write_text("name,grade\nA,1\n")
    words = ["evaluate", "--predictions", str(REGRESSIONS / "predictions.csv"), "--labels"]
    words += [str(REGRESSIONS / "index_bom.csv"), "--out"]
    assert main([*words, str(tmp_path / "mine.csv")]) == 2
    assert main([*words, str(REGRESSIONS / "index_bom.csv" / "r.csv")]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 2
    assert (tmp_path / "mine.csv").read_text() == "name,grade\nA,1\n"
