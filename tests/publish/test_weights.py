"""A run to shipped weights: file, entry, card, default."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from detector.engines.golden import golden_logits, golden_picture
from detector.errors import SettingsError
from detector.manifest import Manifest
from detector.metrics import Metrics, SourceMetrics
from detector.pipeline import load_detector
from detector.publish.card import card
from detector.publish.fit import better_across
from detector.train.checkpoints import best_checkpoint
from detector.train.recipe import RECIPES, read_recipe
from detector.weights import find_assets, read_manifest
from detector.zoo.specs import SPECS
from tests.makers import make_entry
from tests.publish.conftest import Published

ROOT = Path(__file__).resolve().parents[2]


def test_published_weights_load_and_give_their_golden_logit(published: Published) -> None:
    weights, entry = published.weights, published.entry
    detector = load_detector(weights=weights)
    assert detector.info.name == "unblend-lite2"
    assert detector.info.input.size == 64
    assert golden_logits(detector.engine, 64, golden_picture(find_assets())) == pytest.approx(
        entry.golden, abs=1e-4
    )


@pytest.mark.fidelity("4-16")
def test_published_entry_says_what_made_it(published: Published) -> None:
    entry = published.entry
    assert entry.trained_on.steps == 36
    assert entry.trained_on.samples == 36 * 2 * 2
    assert entry.trained_on.pictures == 16
    assert entry.trained_on.sources == ("a",)
    assert entry.params == 4_812_353
    assert entry.precision == "fp16"
    assert entry.calibration.fitted_on.startswith("tune: 16 pictures")


def test_published_entry_says_what_its_calibration_has_seen(published: Published) -> None:
    weights, entry = published.weights, published.entry
    assert entry.seen is not None and entry.seen.faces == 16
    assert entry.seen.measured_on == entry.calibration.fitted_on
    assert load_detector(weights=weights).info.seen == entry.seen


def test_the_threshold_is_that_of_tune_and_without_sets_from_elsewhere_there_are_no_figures(
    published: Published,
) -> None:
    entry = published.entry
    assert 0 < entry.thresholds.t < 1 and entry.thresholds.fitted_on == "best F1 on tune"
    assert entry.metrics.cross == {}


@pytest.mark.fidelity("3-16", "4-16")
def test_the_card_lies_beside_the_weights_and_names_the_terms(published: Published) -> None:
    weights = published.weights
    said = (weights / "unblend-lite2.md").read_text()
    assert "research" in said
    assert "4,812,353 parameters" in said
    assert "began from random weights" in said
    assert "144 samples in 36 steps, drawn from 16 pictures" in said


def test_the_recipe_of_the_run_lies_beside_the_weights_and_is_what_the_card_names(
    published: Published,
) -> None:
    weights, entry = published.weights, published.entry
    assert entry.trained_on.recipe == "unblend-lite2.recipe.json"
    recipe = read_recipe(weights / entry.trained_on.recipe)
    assert recipe == read_recipe(published.run / "recipe.json")
    said = (weights / "unblend-lite2.md").read_text()
    assert "- recipe: `unblend-lite2.recipe.json` beside this card" in said
    assert f"- why so: {recipe.why}" in said and "0% of the pairs are a real picture" in said


def test_weights_are_called_by_their_content(published: Published) -> None:
    entry = published.entry
    assert entry.file == f"unblend-lite2-{entry.sha256[:12]}.safetensors"
    assert sorted(path.name for path in published.weights.iterdir()) == [
        "manifest.json",
        entry.file,
        "unblend-lite2.md",
        "unblend-lite2.recipe.json",
    ]


def test_the_card_says_what_training_went_on_from() -> None:
    entry, recipe = (
        read_manifest(ROOT / "weights")["multibranch-b4"],
        read_recipe(RECIPES / "multibranch-b4-quick.json"),
    )
    began = f"began from {recipe.start}, whose own training is not counted here"
    assert began in card(SPECS["multibranch-b4"], entry, recipe)


def test_the_card_of_a_mean_of_weights_says_of_which(published: Published) -> None:
    trained_on = replace(published.entry.trained_on, averaged=("a.ckpt", "b.ckpt"))
    entry, recipe = (
        replace(published.entry, trained_on=trained_on),
        read_recipe(published.run / "recipe.json"),
    )
    told = card(SPECS["unblend-lite2"], entry, recipe)
    assert "- weights: the mean of those in a.ckpt, b.ckpt; the recipe is that of the run" in told
    assert "the mean of those" not in card(SPECS["unblend-lite2"], published.entry, recipe)


def test_a_card_names_no_recipe_as_that_of_weights_whose_own_was_not_kept() -> None:
    shipped = read_manifest(ROOT / "weights")
    without = {name: entry for name, entry in shipped.items() if not entry.trained_on.has_own_recipe}
    assert without
    for name, entry in without.items():
        assert entry.trained_on.pictures is None
        said = (ROOT / "weights" / f"{name}.md").read_text()
        assert "the run's own was not kept" in said and "whose number was not written down" in said
        assert f"{entry.trained_on.samples:,} samples" in said


def test_the_default_is_the_better_across_datasets() -> None:
    entry = make_entry()
    worse, better = (
        replace(
            entry, metrics=Metrics(cross={"x": SourceMetrics(n=9, auc=auc), "y": SourceMetrics(n=9, auc=0.6)})
        )
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
        folder = ROOT / "weights" if entry.trained_on.has_own_recipe else RECIPES
        assert (folder / entry.trained_on.recipe).exists()
        assert entry.trained_on.start
        assert np.isfinite(entry.golden).all()
