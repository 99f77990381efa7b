"""The optimiser of a run, and what its epochs are validated on."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
import torch
from torch import nn

from detector.data.tables import read_index
from detector.errors import SettingsError
from detector.train.dataset import SELF_BLENDS
from detector.train.module import DetectorModule
from detector.train.recipe import parse_recipe
from tests.train.makers import make_data, tiny


@pytest.mark.fidelity("4-7")
def test_one_adamw_for_all_parts_decays_matrices_and_no_vectors() -> None:
    recipe = parse_recipe(tiny(learning_rate=0.002, weight_decay=0.03, warmup_steps=0), "r")
    module = DetectorModule(nn.Sequential(nn.Linear(4, 3), nn.BatchNorm1d(3)), recipe, [], [], 0)
    optimiser = module.configure_optimizers()
    assert isinstance(optimiser, torch.optim.AdamW)
    decayed, plain = optimiser.param_groups
    assert (decayed["weight_decay"], plain["weight_decay"]) == (0.03, 0.0)
    assert decayed["lr"] == plain["lr"] == 0.002
    assert [parameter.shape for parameter in decayed["params"]] == [(3, 4)]
    assert [parameter.shape for parameter in plain["params"]] == [(3,)] * 3


def test_an_epoch_is_validated_on_as_many_pictures_as_the_recipe_says(tmp_path: Path) -> None:
    recipe = parse_recipe(tiny(tune_most=3), "r")
    module = DetectorModule(nn.Linear(1, 1), recipe, [], read_index(make_data(tmp_path), "tune"), 0)
    assert Counter((crop.source, crop.label) for crop in module.tune_crops) == {
        ("a", 0): 3, ("a", 1): 3, (SELF_BLENDS, 0): 2, (SELF_BLENDS, 1): 2
    }  # fmt: skip


def test_an_epoch_is_chosen_by_the_sources_of_the_question_alone(tmp_path: Path) -> None:
    pictures = read_index(make_data(tmp_path), "tune")
    recipe = parse_recipe(tiny(tune_most=3, chosen_by=["a"]), "r")
    module = DetectorModule(nn.Linear(1, 1), recipe, [], pictures, 0)
    logged: dict[str, float] = {}
    module.log = lambda name, value, **_: logged.update({name: float(value)})  # type: ignore[method-assign]
    blends = torch.tensor([[crop.source == SELF_BLENDS] for crop in module.tune_crops]).squeeze(1)
    labels = torch.tensor([float(crop.label) for crop in module.tune_crops])
    module._tune_logits = [torch.where(blends, -labels, labels)]
    module.on_validation_epoch_end()
    assert logged == {"auc/a": 1.0, f"auc/{SELF_BLENDS}": 0.0, "auc_mean": 1.0, "auc_worst": 0.0}


def test_a_source_without_fakes_cannot_choose(tmp_path: Path) -> None:
    pictures = read_index(make_data(tmp_path), "tune")
    recipe = parse_recipe(tiny(tune_most=3, chosen_by=["a", "gone"]), "r")
    with pytest.raises(SettingsError, match="chosen_by names gone, of which tune has no fakes"):
        DetectorModule(nn.Linear(1, 1), recipe, [], pictures, 0)
