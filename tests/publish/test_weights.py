"""A run to shipped weights: file, entry, card, default."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from detector.engines.golden import golden_logits, golden_picture
from detector.errors import SettingsError
from detector.manifest import Entry, Figure, Manifest, Metrics
from detector.pipeline import load_detector
from detector.publish.card import card
from detector.publish.weights import Sources, best_checkpoint, better_across, publish
from detector.train.recipe import RECIPES, read_recipe
from detector.train.run import train
from detector.weights import find_assets, read_manifest
from detector.zoo.specs import SPECS
from tests.makers import make_entry
from tests.train.makers import make_data, tiny, turn_towards_fakes

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Entry]:
    """The folder of weights of a tiny run on drawn faces, and its entry."""
    folder = tmp_path_factory.mktemp("published")
    data, recipe = make_data(folder / "data", each=8), folder / "recipe.json"
    recipe.write_text(
        json.dumps(tiny(epochs=3, epoch_steps=12, learning_rate=0.002, synthesis={"share": 0.0}))
    )
    run = train(recipe, data, folder / "run", workers=0)
    turn_towards_fakes(run / "last.ckpt", data, 64)
    return folder / "weights", publish(run, Sources(data), folder / "weights", checkpoint=run / "last.ckpt")


def test_published_weights_load_and_give_their_golden_logit(published: tuple[Path, Entry]) -> None:
    weights, entry = published
    detector = load_detector(weights=weights)
    assert detector.info.name == "unblend-lite2"
    assert detector.info.input.size == 64
    assert golden_logits(detector.engine, 64, golden_picture(find_assets())) == pytest.approx(
        entry.golden, abs=1e-4
    )


@pytest.mark.fidelity("4-16")
def test_published_entry_says_what_made_it(published: tuple[Path, Entry]) -> None:
    _, entry = published
    assert entry.trained_on.steps == 36
    assert entry.trained_on.pictures == 36 * 2 * 2
    assert entry.trained_on.sources == ("a",)
    assert entry.params == 4_812_353
    assert entry.precision == "fp16"
    assert entry.calibration.fitted_on.startswith("tune: 16 pictures")


def test_published_entry_says_what_its_calibration_has_seen(published: tuple[Path, Entry]) -> None:
    weights, entry = published
    assert entry.seen is not None and entry.seen.faces == 16
    assert entry.seen.measured_on == entry.calibration.fitted_on
    assert load_detector(weights=weights).info.seen == entry.seen


def test_without_sets_from_elsewhere_the_band_is_wide(published: tuple[Path, Entry]) -> None:
    _, entry = published
    assert entry.thresholds.lo <= 0.2
    assert entry.thresholds.hi >= 0.8
    assert entry.metrics.cross == {}


@pytest.mark.fidelity("3-16", "4-16")
def test_the_card_lies_beside_the_weights_and_names_the_terms(published: tuple[Path, Entry]) -> None:
    weights, _ = published
    said = (weights / "unblend-lite2.md").read_text()
    assert "research" in said
    assert "4,812,353 parameters" in said
    assert "began from random weights" in said


def test_the_card_says_what_training_went_on_from() -> None:
    entry, recipe = (
        read_manifest(ROOT / "weights")["multibranch-b4"],
        read_recipe(RECIPES / "multibranch-b4-quick.json"),
    )
    began = f"began from {recipe.start}, whose own training is not counted here"
    assert began in card(SPECS["multibranch-b4"], entry, recipe)


def test_the_default_is_the_better_across_datasets() -> None:
    entry = make_entry()
    worse, better = (
        replace(entry, metrics=Metrics(cross={"x": Figure(n=9, auc=auc), "y": Figure(n=9, auc=0.6)}))
        for auc in (0.6, 0.9)
    )
    assert better_across(Manifest({"one": worse, "two": better})) == "two"
    assert better_across(Manifest({"one": entry})) is None


@pytest.mark.fidelity("0-12")
def test_the_best_epoch_is_told_by_its_name(tmp_path: Path) -> None:
    for name in (
        "round-epoch=001-auc_mean=0.7000.ckpt",
        "round-epoch=002-auc_mean=0.8100.ckpt",
        "epoch=003-auc_mean=0.8000.ckpt",
    ):
        (tmp_path / name).touch()
    assert best_checkpoint(tmp_path).name.startswith("round-epoch=002")
    with pytest.raises(SettingsError, match="no checkpoint"):
        best_checkpoint(tmp_path / "empty")


def test_every_shipped_detector_has_a_card_and_a_recipe() -> None:
    for name, entry in read_manifest(ROOT / "weights").items():
        assert (ROOT / "weights" / f"{name}.md").exists()
        assert (RECIPES / entry.trained_on.recipe).exists()
        assert entry.trained_on.start
        assert np.isfinite(entry.golden).all()
