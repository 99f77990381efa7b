"""EfficientNet-B0 with a dense head, in the paper's order and in the code's."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from detector.errors import SettingsError
from detector.manifest import TrainedInput
from detector.pipeline import load_detector
from detector.publish.weights import write_weights
from detector.train.recipe import parse_recipe
from detector.train.run import starting_network
from detector.weights import write_entry
from detector.zoo.backbone import CODE_HEAD, PAPER_HEAD, dense_head
from detector.zoo.build import cost
from detector.zoo.specs import SPECS, with_head
from tests.train.makers import tiny
from tests.zoo.networks import network, outline

SPEC = SPECS["inspector-b0"]


def test_the_papers_head_is_the_one_that_is_built() -> None:
    assert SPEC.head == PAPER_HEAD
    assert widths(outline("inspector-b0").head) == [512, 256, 1024, 1]


@pytest.mark.fidelity("3-1")
@pytest.mark.parametrize("head, params", [(PAPER_HEAD, 5_058_941), (CODE_HEAD, 5_975_677)])
def test_both_heads_have_the_published_number_of_parameters(head: tuple[int, ...], params: int) -> None:
    assert cost(replace(SPEC, head=head)).params == params


@pytest.mark.fidelity("3-1")
@pytest.mark.parametrize("head, shares", [(PAPER_HEAD, [0.4, 0.4, 0.5]), (CODE_HEAD, [0.5, 0.4, 0.4])])
def test_a_layer_keeps_its_dropout_in_either_order(head: tuple[int, ...], shares: list[float]) -> None:
    assert [layer.p for layer in dense_head(1280, head) if isinstance(layer, nn.Dropout)] == shares


def test_the_recipe_chooses_the_order() -> None:
    assert with_head(SPEC, [1024, 512, 256]).head == CODE_HEAD
    assert with_head(SPEC, []) is SPEC


@pytest.mark.parametrize(
    "name, fact",
    [("inspector-b0", "give an order of 512, 256, 1024"), ("bnext-t", "no dense layers to order")],
)
def test_a_head_that_does_not_exist_is_refused(name: str, fact: str) -> None:
    with pytest.raises(SettingsError, match=fact):
        with_head(SPECS[name], [512, 256])


@pytest.mark.fidelity("3-1")
def test_a_recipe_says_it_and_the_published_detector_has_it(tmp_path: Path) -> None:
    recipe = parse_recipe(tiny(detector="inspector-b0", head=[1024, 512, 256]), "r.json")
    state = {f"network.{key}": value for key, value in starting_network(recipe, None).state_dict().items()}
    torch.save({"state_dict": state, "global_step": 4}, tmp_path / "last.ckpt")
    entry = write_weights(tmp_path / "last.ckpt", recipe, tmp_path, TrainedInput(size=64, margin=0.3))
    write_entry(tmp_path, "inspector-b0", replace(entry, golden=(0.0,)), default="inspector-b0")
    detector = load_detector("inspector-b0", weights=tmp_path)
    assert detector.entry.head == CODE_HEAD
    assert detector.engine.logits(np.zeros((1, 3, 64, 64), dtype=np.float32)).shape == (1,)


@pytest.mark.fidelity("3-6")
def test_pixels_are_normalised_once() -> None:
    net = network("inspector-b0")
    given: list[torch.Tensor] = []
    hook = net.backbone.conv_stem.register_forward_pre_hook(lambda layer, images: given.append(images[0]))
    noise = torch.randn(2, 3, 64, 64).clamp(-1.5, 1.5)
    with torch.no_grad():
        net(noise * torch.tensor(SPEC.input.std).view(3, 1, 1) + torch.tensor(SPEC.input.mean).view(3, 1, 1))
    hook.remove()
    assert torch.allclose(given[0], noise, atol=1e-5)


def test_the_dense_layers_hand_the_signal_on() -> None:
    torch.manual_seed(0)
    head = dense_head(1280, PAPER_HEAD)[:-1].eval()
    assert head(torch.randn(64, 1280)).square().mean().item() == pytest.approx(1.0, rel=0.3)


def widths(head: nn.Module) -> list[int]:
    return [layer.out_features for layer in head if isinstance(layer, nn.Linear)]
