"""A teacher stays as it is: frozen, in eval mode, and out of what its holder saves."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
import torch
from torch import nn

from detector.errors import WeightsError
from detector.train.teacher import Teacher, shipped_teacher


class Judge(nn.Module):
    """A network with batch norm: the mean brightness of a picture."""

    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(3)
        self.sides: list[int] = []

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        self.sides.append(images.shape[-1])
        return self.norm(images).mean(dim=(1, 2, 3))


class Holder(nn.Module):
    """What a trainer does: holds a student and a teacher."""

    def __init__(self, teacher: Teacher) -> None:
        super().__init__()
        self.student = nn.Linear(2, 1)
        self.teacher = teacher


@pytest.mark.fidelity("2-4")
def test_its_holder_neither_saves_nor_trains_it() -> None:
    holder = Holder(Teacher(Judge())).train()
    assert set(holder.state_dict()) == {"student.weight", "student.bias"}
    assert len(list(holder.parameters())) == 2


@pytest.mark.fidelity("2-4")
def test_its_holder_in_training_leaves_its_statistics_alone() -> None:
    judge = Judge()
    holder = Holder(Teacher(judge)).train()
    logits = holder.teacher(torch.rand(4, 3, 8, 8) + 5)
    assert not logits.requires_grad
    assert not judge.training
    assert judge.norm.num_batches_tracked == 0
    assert not judge.norm.running_mean.any()
    assert not any(parameter.requires_grad for parameter in judge.parameters())


def test_it_sees_pictures_at_the_size_it_was_trained_with() -> None:
    judge = Judge()
    picture = torch.full((1, 3, 16, 16), 0.5)
    assert Teacher(judge, size=24)(picture).item() == pytest.approx(0.5, abs=1e-4)
    Teacher(judge, size=16)(picture), Teacher(judge)(picture)
    assert judge.sides == [24, 16, 16]


def test_a_copy_of_its_holder_shares_it() -> None:
    holder = Holder(Teacher(Judge()))
    assert copy.deepcopy(holder).teacher is holder.teacher


def test_shipped_weights_teach() -> None:
    logits = shipped_teacher("unblend-lite2")(torch.rand(1, 3, 96, 96))
    assert logits.shape == (1,)
    assert torch.isfinite(logits).all()


def test_a_teacher_without_weights_is_named() -> None:
    with pytest.raises(
        WeightsError, match="sbi-efficientnetv2-m has no weights in .* trained are: .*unblend-lite2"
    ):
        shipped_teacher("sbi-efficientnetv2-m", Path(__file__).resolve().parents[2] / "weights")
