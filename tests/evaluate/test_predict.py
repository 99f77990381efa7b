"""An index through the whole pipeline: one scan a file, kept predictions, errors as rows."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from detector.data.labels import read_index
from detector.errors import DetectorError
from detector.evaluate.predict import Walk, predict
from detector.evaluate.predictions import read_predictions
from detector.evaluate.run import command_of
from detector.faces.finder import whole_picture_face
from detector.manifest import Entry, TrainedInput, TrainedOn
from detector.pipeline import Detector
from detector.structures import Calibration, Face, Frame, InputSpec, Thresholds, Verdict
from detector.zoo.specs import SPECS


class CountingFinder:
    """Takes bright pictures for a face and counts how many it saw."""

    def __init__(self) -> None:
        self.seen = 0

    def find(self, frame: Frame) -> list[Face]:
        self.seen += 1
        return [whole_picture_face(frame)] if frame.image.mean() > 20 else []


class RedEngine:
    """The redder, the more fake: logit = scale x (mean of red - 0.5)."""

    name = "fake"

    def __init__(self, scale: float) -> None:
        self.scale = scale

    def logits(self, batch: np.ndarray) -> np.ndarray:
        return (self.scale * (batch[:, 0].mean(axis=(1, 2)) - 0.5)).astype(np.float32)


def detector(
    name: str = "unblend-lite2", scale: float = 4.0, sha256: str = "ab" * 32, t: float = 0.5
) -> Detector:
    entry = Entry(
        file="made.safetensors",
        sha256=sha256,
        bytes=1,
        params=1,
        gmacs=1.0,
        precision="fp32",
        input=TrainedInput(32, 0.0),
        golden=(0.0,),
        trained_on=TrainedOn((), 0, 0, "", "", "", 0.0),
        calibration=Calibration(1.0, 0.0, "nothing"),
        thresholds=Thresholds(t=t),
    )
    spec = SPECS[name]
    return Detector(spec, entry, InputSpec(32, 0.0, spec.input.mean, spec.input.std), RedEngine(scale))


@pytest.fixture
def index(tmp_path: Path) -> Path:
    """Two reals, two fakes, a picture without a face and a file that is none."""
    reds = {"r1": 60, "r2": 100, "f1": 200, "f2": 240, "dark": 0}
    rng = np.random.default_rng(1)
    for name, red in reds.items():
        noise = rng.integers(0, 10, (120, 120, 3), dtype=np.uint8)
        noise[..., 0] += red
        Image.fromarray(noise).save(tmp_path / f"{name}.png")
    (tmp_path / "text.png").write_text("no picture")
    with (tmp_path / "index.csv").open("w", newline="") as lines:
        writer = csv.writer(lines)
        writer.writerow(["file", "label", "split"])
        labels = {"r1": 0, "f1": 1, "r2": 0, "f2": 1, "dark": 0, "text": 1}
        writer.writerows(
            [f"{name}.png", label, "test" if name != "r2" else "tune"] for name, label in labels.items()
        )
    return tmp_path / "index.csv"


@pytest.mark.fidelity("2-16")
def test_one_scan_serves_all_detectors(index):
    finder = CountingFinder()
    predictions = predict(
        index, [detector(), detector("sbi-efficientnet-b4", scale=-4.0)], walk=Walk(finder=finder)
    )
    assert finder.seen == 5
    assert [(prediction.file, prediction.detector) for prediction in predictions[:2]] == [
        ("r1.png", "unblend-lite2"),
        ("r1.png", "sbi-efficientnet-b4"),
    ]
    assert predictions[0].p_fake < 0.5 < predictions[1].p_fake


def test_a_file_that_cannot_be_read_and_one_without_a_face_have_no_number(index):
    by_file = {
        prediction.file: prediction
        for prediction in predict(index, [detector()], walk=Walk(finder=CountingFinder()))
    }
    assert (by_file["text.png"].verdict, by_file["text.png"].p_fake) == (Verdict.UNREADABLE, None)
    assert "text.png" in by_file["text.png"].error
    assert (by_file["dark.png"].verdict, by_file["dark.png"].p_fake, by_file["dark.png"].error) == (
        Verdict.NO_FACE,
        None,
        "",
    )
    assert by_file["f2.png"].logit > by_file["f1.png"].logit > 0 > by_file["r2.png"].logit


def test_a_file_that_is_not_there_is_an_answer_too(index):
    (index.parent / "f1.png").unlink()
    by_file = {
        prediction.file: prediction
        for prediction in predict(index, [detector()], walk=Walk(finder=CountingFinder()))
    }
    assert by_file["f1.png"].verdict is Verdict.UNREADABLE


def test_the_size_of_the_face_that_decides_is_kept(index):
    by_file = {
        prediction.file: prediction
        for prediction in predict(index, [detector()], walk=Walk(finder=CountingFinder()))
    }
    assert [by_file[name].face_px for name in ("r1.png", "dark.png", "text.png")] == [120.0, None, None]


def test_a_file_that_cannot_be_read_is_photo_or_video_by_its_name(index):
    (index.parent / "gone.csv").write_text("file,label\nclip.MOV,1\nportrait.jpg,0\n")
    predictions = predict(index.parent / "gone.csv", [detector()], walk=Walk(finder=CountingFinder()))
    assert [(prediction.kind, prediction.verdict) for prediction in predictions] == [
        ("video", Verdict.UNREADABLE),
        ("photo", Verdict.UNREADABLE),
    ]


def test_predictions_without_the_size_of_faces_are_of_another_version(index, tmp_path):
    out = tmp_path / "p.csv"
    predict(index, [detector()], out, walk=Walk(finder=CountingFinder()))
    with out.open(newline="") as lines:
        kept = [
            {name: value for name, value in row.items() if name != "face_px"} for row in csv.DictReader(lines)
        ]
    with out.open("w", newline="") as lines:
        writer = csv.DictWriter(lines, list(kept[0]))
        writer.writeheader()
        writer.writerows(kept)
    with pytest.raises(
        DetectorError,
        match=r"p\.csv is not a file of predictions of this version; give another --out or move it away",
    ):
        predict(index, [detector()], out, walk=Walk(finder=CountingFinder()))


def test_a_split_and_a_limit_choose_files(index):
    predictions = predict(index, [detector()], split="test", limit=2, walk=Walk(finder=CountingFinder()))
    assert [prediction.file for prediction in predictions] == ["r1.png", "f2.png"]


def test_what_was_judged_is_not_scanned_again(index, tmp_path):
    out = tmp_path / "out" / "p.csv"
    finder = CountingFinder()
    first = predict(index, [detector()], out, limit=2, walk=Walk(finder=finder))
    second = predict(index, [detector()], out, walk=Walk(finder=finder))
    assert finder.seen == 5
    assert [second[0], second[3]] == list(first)
    assert list(read_predictions(out)) == list(second)


def test_a_rerun_gives_the_same_file(index, tmp_path):
    out = tmp_path / "p.csv"
    predict(index, [detector()], out, walk=Walk(finder=CountingFinder()))
    before = out.read_bytes()
    predict(index, [detector()], out, walk=Walk(finder=CountingFinder()))
    assert out.read_bytes() == before


class EndedError(Exception):
    """What a progress callback raises to end the work."""


@pytest.mark.fidelity("3-13")
def test_an_interrupted_run_keeps_what_it_has(index, tmp_path):
    out = tmp_path / "p.csv"

    def end_at_the_fourth(share: float, words: str) -> None:
        if words.startswith("4 of"):
            raise EndedError

    with pytest.raises(EndedError):
        predict(index, [detector()], out, walk=Walk(finder=CountingFinder()), progress=end_at_the_fourth)
    finder = CountingFinder()
    resumed = predict(index, [detector()], out, walk=Walk(finder=finder))
    assert list(resumed) == list(predict(index, [detector()], walk=Walk(finder=CountingFinder())))
    assert finder.seen == 2


@pytest.mark.fidelity("3-13")
@pytest.mark.parametrize("other", [{"sha256": "cd" * 32}])
def test_other_weights_judge_again(index, tmp_path, other):
    out = tmp_path / "p.csv"
    predict(index, [detector()], out, walk=Walk(finder=CountingFinder()))
    finder = CountingFinder()
    predictions = predict(index, [detector(**other)], out, walk=Walk(finder=finder))
    assert finder.seen == 5
    assert list(read_predictions(out)) == list(predictions)


def test_a_file_that_changed_is_judged_again(index, tmp_path):
    out = tmp_path / "p.csv"
    predict(index, [detector()], out, walk=Walk(finder=CountingFinder()))
    (index.parent / "r1.png").write_bytes((index.parent / "f2.png").read_bytes())
    finder = CountingFinder()
    predictions = predict(index, [detector()], out, walk=Walk(finder=finder))
    assert finder.seen == 1
    assert predictions[0].p_fake == predictions[3].p_fake
    assert len(read_predictions(out)) == 6


def test_predictions_of_other_detectors_stay(index, tmp_path):
    out = tmp_path / "p.csv"
    predict(index, [detector()], out, walk=Walk(finder=CountingFinder()))
    predict(index, [detector("sbi-efficientnet-b4")], out, walk=Walk(finder=CountingFinder()))
    assert {prediction.detector for prediction in read_predictions(out)} == {
        "unblend-lite2",
        "sbi-efficientnet-b4",
    }


def test_labels_are_those_of_the_index_as_it_stands(index, tmp_path):
    out = tmp_path / "p.csv"
    predict(index, [detector()], out, walk=Walk(finder=CountingFinder()))
    index.write_text(index.read_text().replace("r1.png,0", "r1.png,1"))
    finder = CountingFinder()
    assert predict(index, [detector()], out, walk=Walk(finder=finder))[0].label == 1
    assert finder.seen == 0


def test_progress_is_told_file_by_file(index):
    told: list[tuple[float, str]] = []
    predict(
        index,
        [detector()],
        limit=2,
        walk=Walk(finder=CountingFinder()),
        progress=lambda share, words: told.append((share, words)),
    )
    assert told == [(0.0, "1 of 2: r1.png"), (0.5, "2 of 2: f2.png")]


def test_an_unknown_split_is_refused_before_any_work(index):
    with pytest.raises(DetectorError, match="its splits: test, tune"):
        predict(index, [detector()], split="holdout")


def test_the_command_repeats_the_evaluation():
    assert (
        command_of(Path("a/index.csv"), ["x", "y"], "test", None)
        == "python -m detector evaluate a/index.csv --detector x,y --split test"
    )


def test_the_eight_sets_of_cross(shared):
    rows = read_index(shared / "data" / "cross" / "index.csv")
    sets = {row.set for row in rows.rows}
    assert sets == {"ciplab", "swaps", "diffusion", "ffpp-c23", "ffpp-c40", "gan", "talk", "studio"}
    assert {row.label for row in rows.rows if row.set == "studio"} == {0}


def test_the_clips_are_one_source_without_the_mechanics(shared):
    rows = read_index(shared / "data" / "videos" / "index.csv")
    assert (len(rows.rows), {row.source for row in rows.rows}) == (49, {"videos"})


@pytest.mark.slow
def test_twenty_real_pictures_through_the_whole_pipeline(shared, tmp_path):
    rows = (shared / "data" / "cross" / "index.csv").read_text().splitlines()
    chosen = [row for row in rows[1:] if ",ciplab," in row][::6]
    folder = shared / "data" / "cross"
    (tmp_path / "index.csv").write_text("\n".join([rows[0], *(f"{folder}/{row}" for row in chosen)]))
    predictions = predict(tmp_path / "index.csv", [detector(), detector("sbi-efficientnet-b4", scale=-4.0)])
    assert len(predictions) == 40
    assert all(prediction.p_fake is not None and prediction.faces >= 1 for prediction in predictions)
