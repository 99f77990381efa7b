"""What of a network learns, stage by stage, and that the rest is frozen."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from detector.errors import SettingsError
from detector.train.freezing import set_stage
from detector.train.init_weights import starting_network
from detector.train.recipe import parse_recipe
from detector.train.run import train
from tests.train.makers import make_data, tiny
from tests.train.test_run import weights_of, write_recipe


class Small(nn.Module):
    """Two convolutions with batch norm, a norm without parameters, and a head."""

    def __init__(self) -> None:
        super().__init__()
        self.backbone = nn.Sequential(
            nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4), nn.ReLU(), nn.Conv2d(4, 4, 1), nn.BatchNorm2d(4)
        )
        self.head = nn.Linear(4, 1)


def staged(stage: str, learning: set[str] | None = None) -> tuple[set[str], list[bool]]:
    """Which parameters learn, and which of the two norms keep learning statistics."""
    network = Small().train()
    set_stage(network, stage, learning or {name for name, _ in network.named_parameters()})
    norms = [module.training for module in network.backbone if isinstance(module, nn.BatchNorm2d)]
    return {
        name.rsplit(".", 1)[0] for name, parameter in network.named_parameters() if parameter.requires_grad
    }, norms


@pytest.mark.fidelity("3-3")
@pytest.mark.parametrize(
    ("stage", "learns", "norms"),
    [
        ("head", {"head"}, [False, False]),
        ("last 1", {"head", "backbone.4"}, [False, True]),
        ("last 2", {"head", "backbone.4", "backbone.3"}, [False, True]),
        ("last 3", {"head", "backbone.4", "backbone.3", "backbone.1"}, [True, True]),
        ("last 99", {"head", "backbone.4", "backbone.3", "backbone.1", "backbone.0"}, [True, True]),
        ("all", {"head", "backbone.4", "backbone.3", "backbone.1", "backbone.0"}, [True, True]),
    ],
)
def test_a_stage_lets_its_layers_learn_and_the_others_stand_still(
    stage: str, learns: set[str], norms: list[bool]
) -> None:
    assert staged(stage) == (learns, norms)


def test_what_never_learns_does_not_begin_to_in_the_last_stage() -> None:
    assert staged("all", {"head.weight"})[0] == {"head"}


@pytest.mark.fidelity("3-3")
def test_a_run_in_stages_moves_the_backbone_in_the_last_one_only(tmp_path: Path) -> None:
    data = make_data(tmp_path / "data")
    recipe = write_recipe(
        tmp_path, sizes={"0": 32}, stages={"0": "head", "0.5": "all"}, average_decay=0.0, learning_rate=0.01
    )
    start = starting_network(
        parse_recipe(tiny(sizes={"0": 32}), "r"), None
    ).state_dict()  # other random weights: for names only
    first = weights_of(train(recipe, data, tmp_path / "run", workers=0, epochs=1) / "last.ckpt")
    train(recipe, data, tmp_path / "run", resume=True, workers=0)
    second = weights_of(tmp_path / "run" / "last.ckpt")
    moved = {key for key in start if not torch.equal(first[f"network.{key}"], second[f"network.{key}"])}
    assert "backbone.conv_stem.weight" in moved
    steps = {int(first[key]) for key in first if key.endswith("num_batches_tracked")}
    assert steps == {0}  # in the first stage no statistics were gathered


@pytest.mark.parametrize("stages", [{"0": "some"}, {"0.5": "all"}, {"0": "last 0"}, {"0": "last"}])
def test_an_impossible_stage_is_refused(stages: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match="stages"):
        parse_recipe(tiny(stages=stages), "r")


@pytest.mark.fidelity("0-9", "3-4", "4-8")
def test_a_run_without_progress_stops_after_its_patience(tmp_path: Path) -> None:
    recipe = write_recipe(tmp_path, sizes={"0": 32}, epochs=9, epoch_steps=1, patience=1, learning_rate=0.0)
    run = train(recipe, make_data(tmp_path / "data"), tmp_path / "run", workers=0)
    assert torch.load(run / "last.ckpt", weights_only=False)["epoch"] < 4


@pytest.mark.fidelity("0-24", "4-21")
def test_checkpointing_gives_the_same_gradients_in_less_memory() -> None:
    def gradient(checkpointing: bool) -> torch.Tensor:
        torch.manual_seed(0)
        network = starting_network(parse_recipe(tiny(checkpointing=checkpointing), "r"), None).train()
        network(torch.linspace(0, 1, 2 * 3 * 32 * 32).view(2, 3, 32, 32)).sum().backward()
        assert network.backbone.grad_checkpointing is checkpointing
        return network.backbone.conv_stem.weight.grad

    assert torch.allclose(gradient(True), gradient(False), atol=1e-6)


@pytest.mark.fidelity("0-24")
def test_checkpointing_where_there_is_none_is_refused() -> None:
    with pytest.raises(SettingsError, match="bnext-t has no gradient checkpointing"):
        starting_network(parse_recipe(tiny(detector="bnext-t", checkpointing=True), "r"), None)
