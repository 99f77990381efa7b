"""Published detectors measured anew, and their cards written again."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from detector.cli import main
from detector.data.tables import read_index
from detector.errors import SettingsError
from detector.evaluate.calibration import BEFORE, SHIPPED, TUNE
from detector.evaluate.predictions import write_predictions
from detector.manifest import Entry
from detector.metrics import Cut, Fit, Metrics, Rates
from detector.publish.card import card
from detector.publish.measure import (
    CROSS,
    TEST,
    Sources,
    fitted_on,
    fitted_range_of,
    remeasure,
    rewrite_cards,
    tune_pictures,
    with_figures,
)
from detector.structures import FittedRange, Span
from detector.train.recipe import read_recipe
from detector.weights import find_weights, read_manifest, write_entry
from detector.zoo.specs import SPECS
from tests.evaluate.made import prediction
from tests.makers import add_random_detector, make_entry, make_summary
from tests.train.makers import make_data

RECIPE = Path(__file__).resolve().parents[2] / "detector" / "train" / "recipes" / "unblend-lite2.json"
SUMMARY = make_summary()
MEASURED = Metrics(
    ece={"cross": 0.073},
    summary={
        "cross": SUMMARY,
        "test": replace(SUMMARY, files=1454, auc=0.812, interval=None),
    },
    fits={TUNE: {BEFORE: Fit(0.7, 0.25, 0.2), SHIPPED: Fit(0.6, 0.2, 0.05)}},
    cuts={"best F1": Cut(0.4, {TUNE: Rates(10, 9, 20, 5)})},
)
SEEN = FittedRange(Span(141.0, 334.0), Span(0.02, 0.687), Span(75.0, 88.0), faces=1389, measured_on="tune")


def shown(entry: Entry) -> str:
    return card(SPECS["unblend-lite2"], entry, read_recipe(RECIPE))


@pytest.mark.fidelity("0-21")
def test_a_card_has_the_kinds_of_data_side_by_side_with_protocol_and_intervals() -> None:
    told = shown(make_entry(metrics=MEASURED, seen=SEEN))
    assert "|  | in-domain (test) | across datasets (cross) |" in told
    assert "| AUC, mean over sources or sets | 0.812 | 0.691 (0.645 to 0.730) |" in told
    assert "sets never trained or calibrated on" in told
    assert "141 to 334 pixels across" in told and "extrapolation" in told
    assert "| best F1 | 0.400 | 90.0% (9 of 10) |" in told and "| **shipped** | 0.600 |" in told


def test_a_card_of_an_old_entry_says_nothing_of_what_was_not_measured() -> None:
    told = shown(make_entry())
    assert not any(
        words in told
        for words in ("## Calibration", "## Thresholds", "seen by the calibration", "| protocol |")
    )
    assert "## Figures" in told and "## Terms" in told


def test_figures_of_all_parts_are_measured_from_predictions() -> None:
    def part(source: str) -> list[object]:
        pairs = [(label, number) for label in (0, 1) for number in range(30)]
        return [
            prediction(
                label,
                0.1 + 0.8 * label,
                logit=8.0 * label - 4 + number / 30,
                source=source,
                group=f"{label}{number}",
            )
            for label, number in pairs
        ]

    videos = [
        prediction(label, 0.1 + 0.8 * label, source="videos", group=str(label), kind="video")
        for label in (0, 1)
    ]
    metrics = with_figures(
        make_entry(), {TUNE: part("a"), TEST: part("a"), CROSS: part("b"), "videos": videos}
    ).metrics  # type: ignore[dict-item]
    assert set(metrics.summary) == {"test", "cross", "videos"} and set(metrics.ece) == {
        "test",
        "cross",
        "videos",
    }
    assert metrics.summary["cross"].auc == metrics.summary["videos"].auc == 1.0
    assert set(metrics.fits) == {TUNE, TEST, CROSS} and set(metrics.cuts["best F1"].on) == {TUNE, TEST, CROSS}
    assert (metrics.summary["videos"].files, metrics.cross["b"].n) == (2, 60)


def test_without_sets_from_elsewhere_there_is_no_summary_of_them() -> None:
    rows = [
        prediction(label, 0.5, logit=float(label), group=f"{label}{n}") for label in (0, 1) for n in range(9)
    ]
    metrics = with_figures(make_entry(), {TUNE: rows, TEST: rows}).metrics
    assert set(metrics.summary) == {"test"} and metrics.cross == {}


def test_what_was_seen_is_measured_in_the_boxes_of_the_index(tmp_path: Path) -> None:
    pictures = read_index(make_data(tmp_path), "tune")
    fitted = fitted_range_of(pictures)
    assert fitted.size_px == Span(64.0, 64.0)  # the drawn faces' boxes are 48 by 64
    assert (fitted.jpeg_quality, fitted.faces) == (None, 12)
    assert fitted.measured_on == fitted_on(pictures) == "tune: 12 pictures of a"


def test_data_without_a_split_tune_is_refused(tmp_path: Path) -> None:
    folder = make_data(tmp_path, each=1)
    index = folder / "index.csv"
    index.write_text(index.read_text().replace(",tune,", ",test,"))
    with pytest.raises(SettingsError, match="no pictures of split tune"):
        tune_pictures(folder)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A folder of weights with one random detector calibrated on drawn faces, and the folder of those."""
    weights, data = tmp_path_factory.mktemp("weights"), make_data(tmp_path_factory.mktemp("data"))
    add_random_detector(weights, "unblend-lite2", size=64)
    entry = read_manifest(weights)["unblend-lite2"]
    calibration = replace(entry.calibration, fitted_on=fitted_on(read_index(data, "tune")))
    trained_on = replace(entry.trained_on, recipe=RECIPE.name)
    write_entry(weights, "unblend-lite2", replace(entry, calibration=calibration, trained_on=trained_on))
    return weights, data


def test_data_that_a_detector_was_not_calibrated_on_is_refused(
    published: tuple[Path, Path], tmp_path: Path
) -> None:
    weights, _ = published
    with pytest.raises(
        SettingsError, match="was calibrated on tune: 12 pictures of a, but .* holds tune: 2 pictures of a"
    ):
        remeasure(["unblend-lite2"], Sources(make_data(tmp_path, each=1)), weights, tmp_path)


def test_the_command_measures_and_leaves_calibration_and_thresholds_alone(
    published: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    weights, data = published
    before = read_manifest(weights)["unblend-lite2"]
    # the finder finds no face in drawn ones, so that nothing can be compared and no figure has an answer
    assert main(["measure", "--data", str(data), "--weights", str(weights), "--work", str(tmp_path)]) == 0
    after = read_manifest(weights)["unblend-lite2"]
    assert (after.calibration, after.thresholds, after.sha256) == (
        before.calibration,
        before.thresholds,
        before.sha256,
    )
    assert after.seen is not None and after.seen.faces == 12
    assert (after.metrics.summary, after.metrics.fits, after.metrics.cuts) == ({}, {}, {})
    assert capsys.readouterr().out.strip() == str(weights / "unblend-lite2.md")
    assert "seen by the calibration" in (weights / "unblend-lite2.md").read_text()


def test_cards_alone_are_written_from_the_manifest(published: tuple[Path, Path]) -> None:
    weights, _ = published
    path = weights / "unblend-lite2.md"
    path.write_text("gone")
    assert main(["measure", "unblend-lite2", "--cards", "--weights", str(weights)]) == 0
    assert path.read_text().startswith("# unblend-lite2")
    with pytest.raises(SettingsError, match="bnext-t is not in the manifest"):
        rewrite_cards(["bnext-t"], weights)


def test_speed_alone_is_timed_and_written(published: tuple[Path, Path]) -> None:
    weights, _ = published
    before = read_manifest(weights)["unblend-lite2"]
    write_entry(weights, "unblend-lite2", replace(before, speed=None))
    assert main(["measure", "unblend-lite2", "--speed", "--weights", str(weights)]) == 0
    after = read_manifest(weights)["unblend-lite2"]
    assert after.speed is not None and after.speed.ms > 0 and after.speed.engine == "pytorch"
    assert replace(after, speed=None) == replace(before, speed=None)
    assert f" ms a face on {after.speed.hardware}" in (weights / "unblend-lite2.md").read_text()


def test_measuring_needs_data(published: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["measure", "--weights", str(published[0])]) == 2
    assert "needs --data" in capsys.readouterr().err


def test_calibrations_are_compared_from_kept_predictions(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sha256 = read_manifest(find_weights())["unblend-lite2"].sha256
    rows = [
        prediction(label, 0.5, logit=label + n / 9, group=f"{label}{n}") for label in (0, 1) for n in range(9)
    ]
    mine = [replace(row, detector="unblend-lite2", weights=sha256) for row in rows]
    write_predictions(tmp_path / "tune.csv", mine)
    write_predictions(tmp_path / "others.csv", rows)
    kept = f"tune={tmp_path / 'tune.csv'}"
    assert main(["calibrate", "unblend-lite2", "--predictions", kept, f"test={tmp_path / 'tune.csv'}"]) == 0
    told = capsys.readouterr().out
    assert "test: ECE" in told and "equal error" in told
    for words, said in (
        ([f"tune={tmp_path / 'others.csv'}"], "holds nothing that the present weights of unblend-lite2 said"),
        ([f"test={tmp_path / 'tune.csv'}"], "fitted on the split tune"),
        (["tune.csv"], "'tune.csv' names no file"),
    ):
        assert main(["calibrate", "unblend-lite2", "--predictions", *words]) == 2
        assert said in capsys.readouterr().err
    assert main(["calibrate", "unblend-lite2"]) == 2
    assert "needs --data" in capsys.readouterr().err


def test_the_shipped_entries_say_what_their_calibration_has_seen() -> None:
    for name, entry in read_manifest(find_weights()).items():
        assert entry.seen is not None, name
        assert entry.seen.measured_on == entry.calibration.fitted_on
        assert set(entry.metrics.summary) >= {"test", "cross"} and entry.metrics.fits and entry.metrics.cuts


def test_an_old_manifest_without_what_was_seen_is_read(tmp_path: Path) -> None:
    write_entry(tmp_path, "lite", make_entry(metrics=MEASURED, seen=SEEN))
    assert read_manifest(tmp_path)["lite"] == make_entry(metrics=MEASURED, seen=SEEN)
    document = json.loads((tmp_path / "manifest.json").read_text())
    entry = document["detectors"]["lite"]
    del entry["seen"]
    for key in ("summary", "fits", "cuts"):
        del entry["metrics"][key]
    (tmp_path / "manifest.json").write_text(json.dumps(document))
    lite = read_manifest(tmp_path)["lite"]
    assert (lite.seen, lite.metrics.summary, lite.metrics.fits, lite.metrics.cuts) == (None, {}, {}, {})
