"""The numbers that are minimised, by hand."""

from __future__ import annotations

import math

import pytest
import torch

from detector.train.losses import balanced_halves, distillation_loss, smoothed_cross_entropy


def cross_entropy(logit: float, target: float) -> float:
    p = 1 / (1 + math.exp(-logit))
    return -target * math.log(p) - (1 - target) * math.log(1 - p)


def test_smoothing_moves_the_targets_towards_each_other() -> None:
    loss = smoothed_cross_entropy(torch.tensor([2.0, -1.0]), torch.tensor([1.0, 0.0]), smoothing=0.1)
    assert loss.item() == pytest.approx((cross_entropy(2.0, 0.9) + cross_entropy(-1.0, 0.1)) / 2)


@pytest.mark.fidelity("2-5", "3-15")
@pytest.mark.parametrize(
    "losses, labels, expected",
    [
        ([1.0, 1.0, 4.0, 3.0], [1, 1, 1, 0], (2.0 + 3.0) / 2),
        ([1.0, 2.0], [1, 0], 1.5),
        ([1.0, 3.0], [1, 1], 1.0),  # no reals: their half adds nothing
        ([1.0, 3.0], [0, 0], 1.0),
    ],
)
def test_fakes_and_reals_count_half_each(losses: list[float], labels: list[int], expected: float) -> None:
    assert balanced_halves(torch.tensor(losses), torch.tensor(labels).float()).item() == pytest.approx(
        expected
    )


@pytest.mark.fidelity("2-5", "2-8")
def test_distillation_loss_by_hand() -> None:
    of_class, of_distillation, teacher = [1.0, 0.5, -2.0], [0.3, -0.7, 1.1], [4.0, -1.0, 0.0]
    labels = [1.0, 1.0, 0.0]
    each = [
        0.5 * cross_entropy(c, 0.99 if y else 0.01) + 0.5 * cross_entropy(d, 1 / (1 + math.exp(-t)))
        for c, d, t, y in zip(of_class, of_distillation, teacher, labels, strict=True)
    ]
    loss = distillation_loss(*map(torch.tensor, (of_class, of_distillation, labels, teacher)), smoothing=0.01)
    assert loss.item() == pytest.approx(((each[0] + each[1]) / 2 + each[2]) / 2)


def test_the_share_of_the_teacher_is_a_setting() -> None:
    logits, labels, teacher = torch.tensor([1.0]), torch.tensor([1.0]), torch.tensor([-1.0])
    only_labels = distillation_loss(logits, -logits, labels, teacher, teacher_share=0.0)
    only_teacher = distillation_loss(-logits, logits, labels, teacher, teacher_share=1.0)
    assert only_labels.item() == pytest.approx(cross_entropy(1.0, 1.0) / 2)
    assert only_teacher.item() == pytest.approx(cross_entropy(1.0, 1 / (1 + math.e)) / 2)


def test_each_logit_learns_from_its_own_teacher() -> None:
    of_class, of_distillation, teacher = (torch.zeros(2, requires_grad=True) for _ in range(3))
    loss = distillation_loss(of_class, of_distillation, torch.tensor([1.0, 0.0]), teacher)
    loss.backward()
    assert of_class.grad is not None and of_distillation.grad is not None
    assert of_class.grad[0] < 0 < of_class.grad[1]
    assert not of_distillation.grad.any()  # it already says what the teacher says
    assert teacher.grad is None


@pytest.mark.fidelity("4-5")
def test_focal_loss_without_gamma_is_cross_entropy() -> None:
    logits, labels = torch.tensor([2.0, -1.0, 0.3]), torch.tensor([1.0, 1.0, 0.0])
    assert torch.equal(
        smoothed_cross_entropy(logits, labels, 0.0, gamma=0.0), smoothed_cross_entropy(logits, labels, 0.0)
    )


@pytest.mark.fidelity("4-5")
@pytest.mark.parametrize(("logit", "label"), [(2.0, 1.0), (2.0, 0.0), (-0.5, 1.0)])
def test_focal_loss_weighs_by_the_probability_of_the_own_label(logit: float, label: float) -> None:
    p = 1 / (1 + math.exp(-logit if label else logit))
    loss = smoothed_cross_entropy(torch.tensor([logit]), torch.tensor([label]), 0.0, gamma=2.0)
    assert loss.item() == pytest.approx((1 - p) ** 2 * cross_entropy(logit, label), rel=1e-5)


@pytest.mark.fidelity("3-15")
def test_a_genuine_picture_may_count_more_than_a_fake() -> None:
    logits, labels = torch.tensor([2.0, 2.0]), torch.tensor([1.0, 0.0])
    loss = smoothed_cross_entropy(logits, labels, 0.0, real_weight=3.0)
    assert loss.item() == pytest.approx((cross_entropy(2.0, 1.0) + 3 * cross_entropy(2.0, 0.0)) / 4)
    assert balanced_halves(torch.tensor([1.0, 5.0]), labels, real_weight=3.0).item() == pytest.approx(4.0)
