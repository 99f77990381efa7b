"""A student that learns from a teacher: which of its logits learns what, and that starting weights go where
they belong.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from detector.errors import SettingsError
from detector.manifest import TrainedInput
from detector.publish.weights import write_weights
from detector.train.init_weights import fill, starting_network
from detector.train.losses import distillation_loss
from detector.train.module import DetectorModule
from detector.train.recipe import parse_recipe, read_recipe
from detector.train.run import train
from detector.train.teacher import Teacher
from detector.zoo.build import build_network
from detector.zoo.specs import SPECS
from tests.train.makers import make_data, tiny
from tests.train.test_run import weights_of, write_recipe

TRANSFORMER = {"detector": "deit-distill-tiny", "sizes": {"0": 64}, "epochs": 1, "teacher": "unblend-lite2"}


class Says(nn.Module):
    """Always this logit."""

    def __init__(self, logit: float) -> None:
        super().__init__()
        self.logit = nn.Parameter(torch.tensor(logit))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.logit.expand(len(images))


class TwoTokens(Says):
    """The class token says 1, the distillation token -1."""

    def both_logits(self, images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return self.logit.expand(len(images)), -self.logit.expand(len(images))


def loss_of(network: nn.Module, teacher: Teacher | None) -> float:
    recipe = parse_recipe(tiny(teacher="unblend-lite2", label_smoothing=0.1), "r")
    module = DetectorModule(network, recipe, [], [], 0, teacher)
    return float(module._loss(torch.zeros(4, 3, 8, 8), torch.tensor([0.0, 1.0, 0.0, 1.0])))


@pytest.mark.fidelity("2-5")
def test_the_class_token_learns_the_label_and_the_distillation_token_the_teacher() -> None:
    ones, labels = torch.ones(4), torch.tensor([0.0, 1.0, 0.0, 1.0])
    expected = distillation_loss(ones, -ones, labels, 3 * ones, smoothing=0.1)
    assert loss_of(TwoTokens(1.0), Teacher(Says(3.0))) == pytest.approx(float(expected))


def test_a_network_with_one_logit_learns_both_from_it() -> None:
    ones, labels = torch.ones(4), torch.tensor([0.0, 1.0, 0.0, 1.0])
    expected = distillation_loss(ones, ones, labels, 3 * ones, smoothing=0.1)
    assert loss_of(Says(1.0), Teacher(Says(3.0))) == pytest.approx(float(expected))


def test_without_a_teacher_the_labels_alone_are_learned() -> None:
    assert loss_of(Says(0.0), None) == pytest.approx(0.6931, abs=1e-4)


@pytest.mark.fidelity("2-4")
def test_a_run_with_a_teacher_saves_the_student_alone(tmp_path: Path) -> None:
    recipe = write_recipe(tmp_path, **TRANSFORMER)
    run = train(recipe, make_data(tmp_path / "data"), tmp_path / "run", workers=0)
    saved = {key.removeprefix("network.") for key in weights_of(run / "last.ckpt")}
    assert saved == set(build_network(SPECS["deit-distill-tiny"]).state_dict())


def test_a_share_of_the_teacher_over_one_is_refused() -> None:
    with pytest.raises(SettingsError, match="teacher_share is 2"):
        parse_recipe(tiny(teacher_share=2), "r")


def test_published_weights_of_the_same_detector_fill_the_whole_network(tmp_path: Path) -> None:
    published = build_network(SPECS["unblend-lite2"])
    save_file(
        {key: value.contiguous() for key, value in published.state_dict().items()}, tmp_path / "w.safetensors"
    )
    network = starting_network(parse_recipe(tiny(start="w.safetensors"), "r"), tmp_path)
    assert torch.equal(network.head.weight, published.head.weight)
    assert torch.equal(network.backbone.conv_stem.weight, published.backbone.conv_stem.weight)


def test_published_weights_of_another_detector_fill_the_backbone_alone() -> None:
    spec = SPECS["unblend-lite2"]
    published, student = (
        build_network(spec),
        build_network(replace(SPECS["deit-distill-tiny"], backbone=spec.backbone)),
    )
    head = student.head.weight.clone()
    fill(student, published.state_dict())
    assert torch.equal(student.backbone.conv_stem.weight, published.backbone.conv_stem.weight)
    assert torch.equal(student.head.weight, head)


def test_weights_of_another_backbone_are_refused() -> None:
    with pytest.raises(RuntimeError):
        fill(build_network(SPECS["unblend-lite2"]), build_network(SPECS["inspector-b0"]).state_dict())


@pytest.mark.fidelity("2-9")
@pytest.mark.parametrize(
    ("part", "alone"),
    [("cnn", "backbone.conv_stem.weight"), ("transformer", "backbone.patch_embed.proj.weight")],
)
def test_half_of_a_distilled_transformer_is_trained_alone(tmp_path: Path, part: str, alone: str) -> None:
    recipe = write_recipe(
        tmp_path, detector="deit-distill-tiny", sizes={"0": 64}, epochs=1, epoch_steps=1, baseline=part
    )
    run = train(recipe, make_data(tmp_path / "data"), tmp_path / "run", workers=0)
    saved = {key.removeprefix("network.") for key in weights_of(run / "last.ckpt")}
    assert alone in saved
    assert not saved & {"distillation_token", "transformer.cls_token"}
    with pytest.raises(SettingsError, match=f"trained as its {part} alone"):
        write_weights(
            run / "last.ckpt", read_recipe(run / "recipe.json"), tmp_path / "weights", TrainedInput(64, 0.05)
        )


@pytest.mark.fidelity("2-9")
def test_half_of_another_detector_is_refused() -> None:
    with pytest.raises(SettingsError, match="unblend-lite2 has no cnn to train alone"):
        starting_network(parse_recipe(tiny(baseline="cnn"), "r"), None)
