"""A run: trains, validates, keeps checkpoints, and resumes to the result of an unbroken one."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from detector.errors import SettingsError, WeightsError
from detector.train.autotune import precision_of
from detector.train.checkpoints import best_checkpoint, network_values, recipe_behind
from detector.train.dataset import TunePicture
from detector.train.init_weights import starting_network
from detector.train.module import auc_by_source
from detector.train.recipe import parse_recipe, read_recipe
from detector.train.run import train
from detector.zoo.build import build_network
from detector.zoo.specs import SPECS
from tests.train.conftest import TinyRun
from tests.train.makers import SECTIONS, TINY, make_data, tiny


def write_recipe(folder: Path, **changes: object) -> Path:
    path = folder / "recipe.json"
    path.write_text(json.dumps(tiny(**changes)))
    return path


def weights_of(checkpoint: Path) -> dict[str, torch.Tensor]:
    return torch.load(checkpoint, map_location="cpu", weights_only=False)["state_dict"]


@pytest.mark.fidelity("0-10", "4-15")
def test_a_resumed_run_ends_bit_for_bit_like_an_unbroken_one(tmp_path: Path, tiny_run: TinyRun) -> None:
    broken = train(tiny_run.recipe, tiny_run.data, tmp_path / "broken", workers=0, epochs=1)
    train(tiny_run.recipe, tiny_run.data, broken, resume=True, workers=0)
    first, second = weights_of(tiny_run.folder / "last.ckpt"), weights_of(broken / "last.ckpt")
    assert first.keys() == second.keys()
    assert all(torch.equal(first[key], second[key]) for key in first)


def test_a_run_begun_by_a_flat_recipe_of_old_is_resumed(tmp_path: Path, tiny_run: TinyRun) -> None:
    flat = {**tiny(), **{key: value for part in SECTIONS for key, value in TINY.get(part, {}).items()}}
    old = {"epochs": "rounds", "epoch_steps": "round_steps", "share": "self_blend_share"}
    flat = {old.get(key, key): value for key, value in flat.items() if key not in SECTIONS}
    broken = train(tiny_run.recipe, tiny_run.data, tmp_path / "broken", workers=0, epochs=1)
    (broken / "recipe.json").write_text(json.dumps(flat))
    (kept,) = broken.glob("epoch=*.ckpt")
    kept.rename(broken / "round-epoch=000-auc_mean=0.9999.ckpt")
    train(broken / "recipe.json", tiny_run.data, broken, resume=True, workers=0)
    first, second = weights_of(tiny_run.folder / "last.ckpt"), weights_of(broken / "last.ckpt")
    assert all(torch.equal(first[key], second[key]) for key in first)
    assert best_checkpoint(broken).name == "round-epoch=000-auc_mean=0.9999.ckpt"


def test_a_checkpoint_tells_the_recipe_that_trained_it_whatever_the_run_was_resumed_with(
    tmp_path: Path, tiny_run: TinyRun
) -> None:
    begun = train(tiny_run.recipe, tiny_run.data, tmp_path / "run", workers=0, epochs=1)
    (first,) = begun.glob("epoch=*.ckpt")
    other = write_recipe(tmp_path, learning_rate=0.01, leave_out=["elsewhere"])
    train(other, tiny_run.data, begun, resume=True, workers=0)
    assert recipe_behind(first, begun) == read_recipe(tiny_run.folder / "recipe.json")
    now = read_recipe(begun / "recipe.json")
    assert recipe_behind(begun / "last.ckpt", begun) == now
    assert (now.optimiser.learning_rate, now.data.leave_out) == (0.01, ("elsewhere",))
    stored = torch.load(first, weights_only=False)
    del stored["recipe"]  # as those of before are
    torch.save(stored, first)
    assert recipe_behind(first, begun) == now


@pytest.mark.fidelity("4-8")
def test_a_resumed_run_keeps_the_precision_it_began_with(tmp_path: Path) -> None:
    recipe, network = parse_recipe(tiny(precision="auto"), "r"), build_network(SPECS["unblend-lite2"])
    begun = precision_of(network, recipe, tmp_path, resume=False)
    assert begun in ("32-true", "bf16-mixed")
    (tmp_path / "precision.txt").write_text(
        "bf16-mixed\n" if begun == "32-true" else "32-true\n"
    )  # as if the other had been faster then
    assert precision_of(network, recipe, tmp_path, resume=True) != begun
    assert (
        precision_of(network, parse_recipe(TINY, "r"), tmp_path, resume=True) == "32-true"
    )  # what a recipe says counts


@pytest.mark.fidelity("0-11", "2-11")
def test_a_run_leaves_recipe_log_last_and_best(tiny_run: TinyRun) -> None:
    run = tiny_run.folder
    assert json.loads((run / "recipe.json").read_text())["detector"] == "unblend-lite2"
    assert (run / "last.ckpt").exists()
    assert best_checkpoint(run).name.startswith("epoch=")
    assert "auc_mean" in (run / "logs" / "version_0" / "metrics.csv").read_text()


@pytest.mark.fidelity("0-10")
def test_the_last_checkpoint_is_of_the_last_epoch_though_three_before_it_were_better(tmp_path: Path) -> None:
    recipe = write_recipe(tmp_path, epochs=8, epoch_steps=1, sizes={"0": 32})
    run = train(recipe, make_data(tmp_path / "data"), tmp_path / "run", workers=0)
    assert not list(run.glob("epoch=007*.ckpt"))
    assert torch.load(run / "last.ckpt", weights_only=False)["global_step"] == 8


def test_a_recipe_says_how_many_epochs_are_kept(tmp_path: Path) -> None:
    data = make_data(tmp_path / "data")
    for kept, there in ((1, 1), (0, 4)):
        recipe = write_recipe(tmp_path, sizes={"0": 32}, epochs=4, epoch_steps=1, kept_epochs=kept)
        run = train(recipe, data, tmp_path / f"keeps-{kept}", workers=0)
        assert len(list(run.glob("epoch=*.ckpt"))) == there


@pytest.mark.fidelity("0-13")
def test_a_folder_that_holds_a_run_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "last.ckpt").touch()
    with pytest.raises(SettingsError, match="already holds a run"):
        train(write_recipe(tmp_path), tmp_path, tmp_path)


@pytest.mark.fidelity("0-10")
def test_resuming_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no last.ckpt"):
        train(write_recipe(tmp_path), tmp_path, tmp_path / "new", resume=True)


def test_missing_starting_weights_are_named(tmp_path: Path) -> None:
    recipe = parse_recipe(tiny(start="absent.safetensors"), "r")
    with pytest.raises(WeightsError, match=r"absent\.safetensors do not exist"):
        starting_network(recipe, tmp_path)


def test_a_run_can_begin_with_the_averaged_weights_of_another(tiny_run: TinyRun) -> None:
    first = tiny_run.folder
    network = starting_network(parse_recipe(tiny(start="last.ckpt"), "r"), first)
    averaged = network_values(torch.load(first / "last.ckpt", weights_only=False))
    assert all(torch.equal(value, averaged[name]) for name, value in network.state_dict().items())
    other = parse_recipe(tiny(detector="inspector-b0", start="last.ckpt"), "r")
    with pytest.raises(WeightsError, match=r"last\.ckpt does not fit inspector-b0"):
        starting_network(other, first)


def test_fakes_without_reals_of_their_source_are_set_against_all_reals() -> None:
    crop = np.zeros((1, 1, 3), np.uint8)
    rows = [
        TunePicture(crop, 0, "a"),
        TunePicture(crop, 1, "a"),
        TunePicture(crop, 0, "b"),
        TunePicture(crop, 1, "c"),
    ]
    assert auc_by_source(np.array([0.0, 1.0, 3.0, 2.0]), rows) == {"a": 1.0, "c": 0.5}
