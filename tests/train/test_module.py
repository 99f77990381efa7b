"""The optimiser of a run."""

from __future__ import annotations

import torch
from torch import nn

from detector.train.module import DetectorModule
from detector.train.recipe import parse_recipe
from tests.train.makers import TINY


def test_one_adamw_for_all_parts_decays_matrices_and_no_vectors() -> None:
    recipe = parse_recipe({**TINY, "learning_rate": 0.002, "weight_decay": 0.03, "warmup_steps": 0}, "r")
    module = DetectorModule(nn.Sequential(nn.Linear(4, 3), nn.BatchNorm1d(3)), recipe, [], [], 0)
    optimiser = module.configure_optimizers()
    assert isinstance(optimiser, torch.optim.AdamW)
    decayed, plain = optimiser.param_groups
    assert (decayed["weight_decay"], plain["weight_decay"]) == (0.03, 0.0)
    assert decayed["lr"] == plain["lr"] == 0.002
    assert [parameter.shape for parameter in decayed["params"]] == [(3, 4)]
    assert [parameter.shape for parameter in plain["params"]] == [(3,)] * 3
