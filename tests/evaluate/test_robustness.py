"""What survives corruption: known answers, and the walk that judges again and resumes."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from detector.cli import main
from detector.data.labels import read_index
from detector.errors import DetectorError
from detector.evaluate.predict import Walk, predict_rows
from detector.evaluate.predictions import Prediction
from detector.evaluate.report.markdown import to_markdown
from detector.evaluate.robustness import (
    Corrupted,
    after_corruption,
    kept_corrupted,
    predict_corrupted,
    robustness_of,
    uncorrupted,
)
from detector.evaluate.run import Parts, command_of
from detector.perturb import Corruption, Step
from detector.structures import Thresholds, Verdict
from tests.evaluate.made import made_index, made_report, prediction
from tests.evaluate.test_predict import CountingFinder, detector

THRESHOLDS = Thresholds(t=0.5)
DARK = Corruption("dark", (Step("brightness", -0.5),))
BLACK = Corruption("black", (Step("brightness", -1.0),))


def some(values: dict[str, float | None], source: str = "a") -> list[Prediction]:
    """Predictions of files whose name begins with their class: f1 is a fake, r1 a real."""
    return [
        prediction(int(name[0] == "f"), p, file=f"{source}{name}", source=source, group=name)
        for name, p in values.items()
    ]


PLAIN = some({"f1": 0.9, "f2": 0.7, "f3": 0.6, "r1": 0.4, "r2": 0.3, "r3": 0.1})


def test_what_is_not_corrupted_survives_whole():
    metrics = after_corruption(PLAIN, PLAIN, THRESHOLDS, "none", resamples=50)
    assert (metrics.files, metrics.lost) == (6, 0)
    assert (metrics.auc.value, metrics.auc_change.value, metrics.auc_change.low) == (1.0, 0.0, 0.0)
    assert (metrics.rank_correlation, metrics.p_fake_change, metrics.verdict_changed) == (
        pytest.approx(1.0),
        0.0,
        0.0,
    )


def test_turned_round_it_is_the_worst():
    turned = [replace(prediction, p_fake=1 - prediction.p_fake) for prediction in PLAIN]
    metrics = after_corruption(PLAIN, turned, THRESHOLDS, "turned", resamples=50)
    assert (metrics.auc.value, metrics.auc_change.value, metrics.rank_correlation) == (
        0.0,
        -1.0,
        pytest.approx(-1.0),
    )
    assert metrics.p_fake_change == pytest.approx((0.8 + 0.4 + 0.2 + 0.2 + 0.4 + 0.8) / 6)
    assert metrics.over_t.value == 1.0


def test_files_that_are_lost_are_counted_and_left_out_on_both_sides():
    after = some({"f1": None, "f2": 0.7, "f3": 0.05, "r1": 0.4, "r2": None, "r3": 0.1})
    metrics = after_corruption(PLAIN, after, THRESHOLDS, "some", resamples=50)
    assert (metrics.files, metrics.lost) == (4, 2)
    assert metrics.auc.value == 0.5
    assert metrics.auc_change.value == -0.5


def test_a_file_that_was_not_judged_before_is_not_looked_at():
    before = [*PLAIN, *some({"f4": None})]
    metrics = after_corruption(before, [*PLAIN, *some({"f4": 0.1})], THRESHOLDS, "some", resamples=50)
    assert (metrics.files, metrics.lost, metrics.auc.value) == (6, 0, 1.0)


def test_logits_tell_saturated_files_apart():
    before = [replace(prediction, p_fake=1.0, logit=float(place)) for place, prediction in enumerate(PLAIN)]
    metrics = after_corruption(before, before[::-1], THRESHOLDS, "none", resamples=50)
    assert metrics.rank_correlation == pytest.approx(1.0)  # files are matched by name, whatever their order


def test_verdicts_that_changed_and_reals_called_likely_fake():
    verdicts = [
        Verdict.LIKELY_FAKE,
        Verdict.UNCERTAIN,
        Verdict.UNCERTAIN,
        Verdict.LIKELY_FAKE,
        Verdict.UNCERTAIN,
        Verdict.UNCERTAIN,
    ]
    after = [
        replace(prediction, verdict=verdict) for prediction, verdict in zip(PLAIN, verdicts, strict=True)
    ]
    metrics = after_corruption(PLAIN, after, THRESHOLDS, "some", resamples=50)
    assert metrics.verdict_changed == pytest.approx(2 / 6)
    assert metrics.likely_fake.value == pytest.approx(1 / 3)


def test_the_auc_is_the_mean_over_the_sets_each_weighted_alike():
    other = some({"f1": 0.1, "r1": 0.9}, source="b")
    metrics = uncorrupted([*PLAIN, *other], THRESHOLDS, resamples=50)
    assert metrics.auc.value == 0.5  # 1 and 0, not 7 pairs of 12
    assert {name: area.value for name, area in metrics.sets.items()} == {"a": 1.0, "b": 0.0}


def test_a_set_of_fakes_only_is_set_against_all_reals():
    metrics = uncorrupted([*PLAIN, *some({"f1": 0.2}, source="b")], THRESHOLDS, resamples=50)
    assert metrics.sets["b"].value == pytest.approx(1 / 3)


def test_of_no_file_there_is_no_figure():
    metrics = after_corruption(PLAIN, some({"f1": None}), THRESHOLDS, "all", resamples=50)
    assert (metrics.files, metrics.lost) == (0, 1)
    assert (
        metrics.auc,
        metrics.auc_change,
        metrics.over_t,
        metrics.rank_correlation,
        metrics.p_fake_change,
        metrics.verdict_changed,
    ) == (None,) * 6


@pytest.fixture
def index(tmp_path: Path) -> Path:
    """Two reals and two fakes, the redder the more fake, and a picture without a face."""
    with (tmp_path / "index.csv").open("w", newline="") as lines:
        writer = csv.writer(lines)
        writer.writerow(["file", "label"])
        for name, red in {"r1": 60, "r2": 100, "f1": 200, "f2": 240, "dark": 0}.items():
            picture = np.full((60, 60, 3), 60 if red else 0, np.uint8)
            picture[..., 0] = red
            Image.fromarray(picture).save(tmp_path / f"{name}.png")
            writer.writerow([f"{name}.png", int(name[0] == "f")])
    return tmp_path / "index.csv"


def again(
    index: Path, out: Path | None = None, photos: tuple[Corruption, ...] = (DARK, BLACK), seed: int = 0
) -> tuple[list[Corrupted], int]:
    """The predictions after each corruption, and how many pictures were looked at for them."""
    finder = CountingFinder()
    rows, detectors, walk = (
        read_index(index),
        [detector(), detector("sbi-efficientnet-b4", scale=-4.0)],
        Walk(finder=finder),
    )
    plain = predict_rows(rows, detectors, walk=walk)
    before = finder.seen
    return predict_corrupted(
        rows, detectors, plain, out, walk=walk, photos=photos, videos=(), random_seed=seed
    ), finder.seen - before


def test_each_corrupted_picture_is_scanned_once_for_all_detectors_and_what_had_no_face_is_left_out(index):
    corrupted, seen = again(index)
    assert seen == 8
    assert [(result.corruption.name, len(result.predictions)) for result in corrupted] == [
        ("dark", 8),
        ("black", 8),
    ]
    assert "dark.png" not in {prediction.file for result in corrupted for prediction in result.predictions}


def test_corruption_is_done_before_the_face_is_found(index):
    corrupted, _ = again(index)
    dark = {(prediction.file, prediction.detector): prediction for prediction in corrupted[0].predictions}
    assert dark["f1.png", "unblend-lite2"].logit == pytest.approx(4 * (100 / 255 - 0.5), abs=0.01)
    assert {prediction.verdict for prediction in corrupted[1].predictions} == {Verdict.NO_FACE}


def test_what_was_judged_is_kept_beside_out_and_not_scanned_again(index, tmp_path):
    out = tmp_path / "out" / "p.csv"
    first, seen = again(index, out)
    assert sorted(path.name for path in (out.parent / "p.robustness").iterdir()) == [
        "brightness--0.5.csv",
        "brightness--1.csv",
    ]
    second, none = again(index, out)
    assert (seen, none) == (8, 0)
    assert [(result.corruption, list(result.predictions)) for result in second] == [
        (result.corruption, list(result.predictions)) for result in first
    ]
    kept = kept_corrupted(out, photos=(DARK, BLACK), videos=())
    assert [list(result.predictions) for result in kept] == [list(result.predictions) for result in first]


def test_where_nothing_was_kept_after_corruption_that_is_said(tmp_path):
    with pytest.raises(DetectorError, match=r"p\.robustness holds no predictions after corruption"):
        kept_corrupted(tmp_path / "p.csv")


def test_another_random_seed_judges_again(index, tmp_path):
    again(index, tmp_path / "p.csv")
    assert again(index, tmp_path / "p.csv", seed=1)[1] == 8


def test_corruptions_of_videos_are_not_done_to_photos(index):
    finder = CountingFinder()
    rows, walk = read_index(index), Walk(finder=finder)
    plain = predict_rows(rows, [detector()], walk=walk)
    assert predict_corrupted(rows, [detector()], plain, walk=walk, photos=(), videos=(DARK,)) == []


def test_progress_runs_once_through_all_corruptions(index):
    told: list[tuple[float, str]] = []
    rows, walk = read_index(index), Walk(finder=CountingFinder())
    plain = predict_rows(rows, [detector()], walk=walk)
    predict_corrupted(
        rows,
        [detector()],
        plain,
        walk=walk,
        photos=(DARK, BLACK),
        videos=(),
        progress=lambda share, words: told.append((share, words)),
    )
    assert [share for share, _ in told] == [number / 8 for number in range(8)]
    assert told[4][1] == "black: 1 of 4: r1.png"


def test_the_tables_have_a_line_a_corruption_and_the_json_all_figures(index, tmp_path):
    corrupted, _ = again(index)
    rows = read_index(index)
    detectors = [detector(), detector("sbi-efficientnet-b4", scale=-4.0)]
    plain = predict_rows(rows, detectors, walk=Walk(finder=CountingFinder()))
    report = made_report(made_index(tmp_path), plain, [detector.info for detector in detectors])
    measured = robustness_of([detector.info for detector in detectors], plain, corrupted, resamples=50)
    report = replace(report, robustness=measured)
    told = to_markdown(report)
    assert "| none | 1.000 (1.000 to 1.000) | 0.000 (0.000 to 0.000) |" in told
    assert "| black | 0 (4) | – | – | – | – | – | – |" in told
    assert "#### Photos" in told and "#### Videos" not in told
    stored = json.loads(json.dumps(report.to_dict()["robustness"]))["photo"]
    assert [row["corruption"] for row in stored["detectors"]["unblend-lite2"]] == ["none", "dark", "black"]
    assert stored["corruptions"][0]["steps"] == [{"kind": "brightness", "level": -0.5}]


def test_the_command_names_what_was_asked_for():
    command = command_of(Path("i.csv"), ["x"], None, 5, Parts(robustness=True, fairness=True))
    assert command == "python -m detector evaluate i.csv --detector x --limit 5 --robustness --fairness"


@pytest.mark.parametrize("option", ["--robustness", "--fairness", "--deliveries"])
def test_predictions_made_elsewhere_cannot_be_corrupted(tmp_path, capsys, option):
    (tmp_path / "p.csv").write_text("file,p_fake\na,0.5\n")
    words = [
        "evaluate",
        "--predictions",
        str(tmp_path / "p.csv"),
        "--labels",
        str(tmp_path / "p.csv"),
        option,
    ]
    assert main(words) == 2
    assert "give INDEX.csv and --detector" in capsys.readouterr().err


@pytest.mark.slow
def test_a_real_picture_after_every_corruption(shared, tmp_path):
    folder = shared / "data" / "cross"
    rows = (folder / "index.csv").read_text().splitlines()
    chosen = [row for row in rows[1:] if ",ciplab," in row][::60]
    (tmp_path / "index.csv").write_text("\n".join([rows[0], *(f"{folder}/{row}" for row in chosen)]))
    rows_read, detectors = read_index(tmp_path / "index.csv"), [detector()]
    corrupted = predict_corrupted(
        rows_read, detectors, predict_rows(rows_read, detectors), tmp_path / "p.csv"
    )
    assert len(corrupted) == 21
    assert all(len(result.predictions) == len(chosen) for result in corrupted)
    assert sum(prediction.p_fake is None for result in corrupted for prediction in result.predictions) <= 2
