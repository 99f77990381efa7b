"""The one entry: an evaluation, and the same report again from the predictions that it kept."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from detector.errors import DetectorError
from detector.evaluate.cross import AS_IT_IS
from detector.evaluate.predict import Walk
from detector.evaluate.predictions import read_predictions, write_predictions
from detector.evaluate.report.markdown import to_markdown
from detector.evaluate.report.report import Report
from detector.evaluate.run import Parts, evaluate, evaluate_kept
from detector.perturb import DELIVERIES
from tests.evaluate.test_predict import CountingFinder, detector, index

__all__ = ["index"]

MADE_OTHERWISE = {"command", "judging", "file_sha256"}
"""What tells the two apart: where the predictions come from."""


def judged(index: Path, out: Path | None, finder: CountingFinder | None = None, **more) -> Report:
    walk = Walk(finder=finder or CountingFinder())
    return evaluate(index, [detector()], out, walk=walk, resamples=20, command="evaluate", **more)


def figures(report: Report) -> dict[str, object]:
    return {name: value for name, value in report.to_dict().items() if name not in MADE_OTHERWISE}


@pytest.mark.parametrize("name", ["p.csv", "p.parquet"])
def test_kept_predictions_give_the_same_figures_and_nothing_is_judged(index, tmp_path, name):
    parts = Parts(thresholds=True, robustness=True, fairness=True)
    first = judged(index, tmp_path / name, parts=parts)
    again = evaluate_kept(tmp_path / name, index, [detector()], parts=parts, resamples=20)
    assert figures(again) == figures(first)
    assert list(again.predictions) == list(first.predictions)
    assert again.environment.judging["predictions"] == name


def test_deliveries_are_judged_and_made_again_from_what_was_kept(index, tmp_path):
    lines = index.read_text().splitlines()
    files = [line.partition(",")[0] for line in lines[1:]]
    for name in files:
        shutil.copy(index.parent / name, index.parent / f"again-{name}")
    twice = [f"{line},a" for line in lines[1:]] + [f"again-{line},b" for line in lines[1:]]
    index.write_text("\n".join([f"{lines[0]},set", *twice]) + "\n")
    parts = Parts(deliveries=True)
    first = judged(index, tmp_path / "p.csv", parts=parts)
    assert first.deliveries is not None
    assert [row.delivery for row in first.deliveries] == [
        AS_IT_IS,
        *(delivery.name for delivery in DELIVERIES),
    ]
    assert all(row.mean.value == 1.0 and row.lost == 0 for row in first.deliveries)
    assert "As pictures are delivered" in to_markdown(first)
    again = evaluate_kept(tmp_path / "p.csv", index, [detector()], parts=parts, resamples=20)
    assert again.deliveries == first.deliveries
    assert figures(again) == figures(first)


def test_a_parquet_is_gone_on_with_like_a_csv(index, tmp_path):
    finder = CountingFinder()
    judged(index, tmp_path / "p.parquet", finder, limit=2)
    judged(index, tmp_path / "p.parquet", finder)
    assert finder.seen == 5
    assert {path.name for path in tmp_path.glob("p.*")} == {"p.parquet", "p.md", "p.json"}
    assert len(read_predictions(tmp_path / "p.parquet")) == 6


def test_without_an_index_the_labels_are_those_that_were_kept(index, tmp_path):
    first = judged(index, tmp_path / "p.csv")
    again = evaluate_kept(tmp_path / "p.csv", None, [detector()], resamples=20)
    assert again.detectors[0].results == first.detectors[0].results
    assert (again.environment.index, again.environment.files) == ("p.csv", 6)


def test_labels_are_those_of_the_index_as_it_stands(index, tmp_path):
    judged(index, tmp_path / "p.csv")
    index.write_text(index.read_text().replace("r1.png,0", "r1.png,1"))
    assert evaluate_kept(tmp_path / "p.csv", index, [detector()], resamples=20).predictions[0].label == 1


def test_a_file_that_was_not_judged_is_counted_and_in_no_figure(index, tmp_path):
    judged(index, tmp_path / "p.csv", limit=3)
    report = evaluate_kept(tmp_path / "p.csv", index, [detector()], resamples=20)
    assert len(report.predictions) == 3
    assert len(report.unmatched.unpredicted) == 3


def test_what_other_weights_said_is_refused(index, tmp_path):
    judged(index, tmp_path / "p.csv")
    with pytest.raises(DetectorError, match=r"holds what weights abab\w+ of unblend-lite2 said, but cdcd"):
        evaluate_kept(tmp_path / "p.csv", index, [detector(sha256="cd" * 32)])


def test_a_detector_that_judged_nothing_is_named(index, tmp_path):
    judged(index, tmp_path / "p.csv")
    with pytest.raises(DetectorError, match=r"p\.csv holds no prediction of sbi-efficientnet-b4"):
        evaluate_kept(tmp_path / "p.csv", index, [detector("sbi-efficientnet-b4")])


def test_an_index_of_other_files_is_refused(index, tmp_path):
    report = judged(index, None)
    write_predictions(
        tmp_path / "p.csv",
        [replace(prediction, file=f"x/{prediction.file}") for prediction in report.predictions],
    )
    with pytest.raises(DetectorError, match=r"p\.csv and index\.csv have no file in common"):
        evaluate_kept(tmp_path / "p.csv", index, [detector()])


def test_what_is_read_is_not_written_over(index, tmp_path):
    judged(index, tmp_path / "p.csv")
    with pytest.raises(DetectorError, match="give another name"):
        evaluate_kept(tmp_path / "p.csv", index, [detector()], out=tmp_path / "p.csv")


def test_a_report_is_written_beside_its_predictions(index, tmp_path):
    judged(index, tmp_path / "new" / "p.csv")
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["p.csv", "p.json", "p.md"]
    stored = json.loads((tmp_path / "new" / "p.json").read_text(encoding="utf-8"))
    assert (stored["schema"], stored["command"], stored["files"]) == (4, "evaluate", 6)
