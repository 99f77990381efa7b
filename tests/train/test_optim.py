"""The optimisers: what they decay, at which rates, and SAM by hand."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from detector.errors import SettingsError
from detector.train.optim import SharpnessAware, make_optimiser
from detector.train.recipe import parse_recipe
from detector.train.run import train
from tests.train.makers import make_data, tiny
from tests.train.test_run import weights_of, write_recipe


class Two(nn.Module):
    """A backbone with batch normalisation, and a head."""

    def __init__(self) -> None:
        super().__init__()
        self.backbone = nn.Sequential(nn.Linear(4, 3), nn.BatchNorm1d(3))
        self.head = nn.Linear(3, 1)


class Bowl(nn.Module):
    """Loss w · A w / 2, convex, with its minimum at 0."""

    def __init__(self) -> None:
        super().__init__()
        self.w = nn.Parameter(torch.tensor([1.0, -2.0]))
        self.curvature = torch.tensor([1.0, 4.0])
        self.seen: list[torch.Tensor] = []

    def loss(self) -> torch.Tensor:
        self.seen.append(self.w.detach().clone())
        return (self.curvature * self.w**2).sum() / 2


def closure_of(bowl: Bowl, optimiser: torch.optim.Optimizer) -> Callable[[], torch.Tensor]:
    def closure() -> torch.Tensor:
        optimiser.zero_grad()
        loss = bowl.loss()
        loss.backward()
        return loss

    return closure


def optimiser_of(network: nn.Module, **changes: object) -> torch.optim.Optimizer:
    return make_optimiser(network, parse_recipe(tiny(learning_rate=0.002, weight_decay=0.03, **changes), "r"))


@pytest.mark.fidelity("0-6")
def test_sam_looks_at_the_weights_and_up_the_gradient_and_steps_by_the_second() -> None:
    bowl = Bowl()
    sam = SharpnessAware([{"params": [bowl.w]}], bowl, radius=0.05, lr=0.1, momentum=0.9)
    start, gradient = torch.tensor([1.0, -2.0]), torch.tensor([1.0, -8.0])
    climbed = start + 0.05 * gradient / gradient.norm()
    loss = sam.step(closure_of(bowl, sam))
    assert loss.item() == pytest.approx((1 + 16) / 2)  # that of the first pass
    assert len(bowl.seen) == 2
    assert torch.equal(bowl.seen[0], start)
    assert torch.allclose(bowl.seen[1], climbed)
    first = start - 0.1 * bowl.curvature * climbed
    assert torch.allclose(bowl.w, first)
    second_climb = first + 0.05 * (bowl.curvature * first) / (bowl.curvature * first).norm()
    momentum = 0.9 * bowl.curvature * climbed + bowl.curvature * second_climb
    sam.step(closure_of(bowl, sam))
    assert torch.allclose(bowl.w, first - 0.1 * momentum)


@pytest.mark.fidelity("0-6")
def test_sam_puts_the_weights_back_bit_for_bit() -> None:
    torch.manual_seed(0)
    network = nn.Linear(50, 50)
    before = [parameter.detach().clone() for parameter in network.parameters()]
    sam = SharpnessAware([{"params": list(network.parameters())}], network, radius=0.05, lr=0.0, momentum=0.9)

    def closure() -> torch.Tensor:
        sam.zero_grad()
        loss = network(torch.ones(1, 50)).square().sum()
        loss.backward()
        return loss

    sam.step(closure)
    assert all(torch.equal(now, then) for now, then in zip(network.parameters(), before, strict=True))


def test_sam_at_the_minimum_stays_there() -> None:
    bowl = Bowl()
    bowl.w.data.zero_()
    sam = SharpnessAware([{"params": [bowl.w]}], bowl, radius=0.05, lr=0.1, momentum=0.9)
    sam.step(closure_of(bowl, sam))
    assert torch.equal(bowl.w, torch.zeros(2))


@pytest.mark.fidelity("0-6")
def test_sam_gathers_statistics_in_the_first_pass_alone() -> None:
    network = Two().train()
    sam = optimiser_of(network, optimiser={"name": "sam"})
    norm, batch, climbed = network.backbone[1], torch.rand(8, 4) + 3, []

    def closure() -> torch.Tensor:
        sam.zero_grad()
        climbed.append(sam.climbed)
        loss = network.head(network.backbone(batch)).square().sum()
        loss.backward()
        return loss

    expected = 0.1 * network.backbone[0](batch).mean(dim=0).detach()  # momentum 0.1 from a mean of 0
    sam.step(closure)
    assert climbed == [False, True]
    assert not sam.climbed
    assert norm.num_batches_tracked == 1
    assert torch.allclose(norm.running_mean, expected, atol=1e-6)
    assert norm.track_running_stats


def test_sam_leaves_what_has_no_gradient_alone() -> None:
    network = Two().eval()
    network.backbone.requires_grad_(False)
    before = network.backbone[0].weight.clone()
    sam = optimiser_of(network, optimiser={"name": "sam"})

    def closure() -> torch.Tensor:
        sam.zero_grad()
        loss = network.head(network.backbone(torch.ones(1, 4))).square().sum()
        loss.backward()
        return loss

    sam.step(closure)
    assert torch.equal(network.backbone[0].weight, before)


@pytest.mark.fidelity("2-7")
def test_sgd_has_nesterovs_momentum() -> None:
    bowl = Bowl()
    sgd = torch.optim.SGD([bowl.w], lr=0.1, momentum=0.9, nesterov=True)
    named = optimiser_of(Two(), optimiser={"name": "sgd"})
    assert isinstance(named, torch.optim.SGD) and not isinstance(named, SharpnessAware)
    assert [(group["nesterov"], group["momentum"]) for group in named.param_groups] == [(True, 0.9)] * 2
    gradient = bowl.curvature * torch.tensor([1.0, -2.0])
    sgd.step(closure_of(bowl, sgd))
    assert torch.allclose(
        bowl.w, torch.tensor([1.0, -2.0]) - 0.1 * 1.9 * gradient
    )  # gradient + 0.9 x momentum, which is the gradient


@pytest.mark.fidelity("4-7")
def test_a_backbone_with_a_rate_of_its_own_is_in_groups_of_its_own() -> None:
    network = Two()
    groups = optimiser_of(network, backbone_rate_share=0.1).param_groups
    assert [group["lr"] for group in groups] == pytest.approx([0.0002, 0.0002, 0.002, 0.002])
    assert [group["weight_decay"] for group in groups] == [0.03, 0.0, 0.03, 0.0]
    assert [[tuple(p.shape) for p in group["params"]] for group in groups] == [
        [(3, 4)],
        [(3,)] * 3,
        [(1, 3)],
        [(1,)],
    ]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"optimiser": {"name": "adam"}}, "optimiser.name is 'adam'; it must be one of adamw, sgd, sam"),
        (
            {"schedule": {"name": "cosine"}},
            "schedule.name is 'cosine'; it must be one of constant-then-linear, cosine-restarts,",
        ),
        ({"optimiser": {"name": "sam"}, "accumulate": 2}, "needs all pairs of a step at once"),
        ({"optimiser": {"name": "sgd"}, "momentum": 0}, "give one over 0"),
        ({"batch_pairs": 8, "accumulate": 3}, "8 batch_pairs do not fall into 3 equal parts"),
        ({"backbone_rate_share": 1.5}, "backbone_rate_share is 1.5"),
        ({"learning_rate": -1}, "learning_rate is -1"),
        ({"restart_factor": 0}, "restart_factor is 0"),
        ({"clip_norm": 0}, "clip_norm is 0"),
    ],
)
def test_keys_that_are_impossible_or_do_not_go_together_are_refused(
    changes: dict[str, object], words: str
) -> None:
    with pytest.raises(SettingsError, match=words):
        parse_recipe(tiny(**changes), "r")


@pytest.mark.fidelity("0-6", "2-7")
@pytest.mark.slow
@pytest.mark.parametrize(
    "changes",
    [
        {"optimiser": {"name": "sam"}},
        {"optimiser": {"name": "sgd"}, "schedule": {"name": "plateau"}, "plateau_epochs": 0},
    ],
)
def test_a_resumed_run_ends_like_an_unbroken_one_with_every_optimiser(
    tmp_path: Path, changes: dict[str, Any]
) -> None:
    data, recipe = (
        make_data(tmp_path / "data"),
        write_recipe(tmp_path, sizes={"0": 32}, epochs=3, learning_rate=0.01, **changes),
    )
    whole = train(recipe, data, tmp_path / "whole", workers=0)
    broken = train(recipe, data, tmp_path / "broken", workers=0, epochs=2)
    train(recipe, data, broken, resume=True, workers=0)
    first, second = weights_of(whole / "last.ckpt"), weights_of(broken / "last.ckpt")
    assert all(torch.equal(first[key], second[key]) for key in first)
    assert (
        json.loads((whole / "recipe.json").read_text())["optimiser"]["name"] == changes["optimiser"]["name"]
    )


def test_parts_of_a_step_give_the_same_gradient_as_the_whole_step(tmp_path: Path) -> None:
    data = make_data(tmp_path / "data")
    common = {
        "sizes": {"0": 32},
        "epochs": 1,
        "epoch_steps": 1,
        "batch_pairs": 4,
        "frozen_norms": True,
        "warmup_steps": 0,
    }
    step = {"optimiser": {"name": "sgd"}, "learning_rate": 1.0, "weight_decay": 0.0, "clip_norm": 1e6}
    moved = []
    for parts in (1, 2):
        recipe = write_recipe(tmp_path, **common, **step, accumulate=parts)
        run = train(recipe, data, tmp_path / f"run-{parts}", workers=0)
        stored = torch.load(run / "last.ckpt", weights_only=False)
        assert stored["global_step"] == 1
        moved.append(stored["optimizer_states"][0]["state"])
    assert max(state["momentum_buffer"].abs().max().item() for state in moved[0].values()) > 1e-3
    for number, state in moved[0].items():
        assert torch.allclose(state["momentum_buffer"], moved[1][number]["momentum_buffer"], atol=1e-5)
