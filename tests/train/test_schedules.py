"""The learning rate, step by step and epoch by epoch."""

from __future__ import annotations

import pytest
import torch

from detector.train.optim import half_cosine, learning_rate, plateau_share
from detector.train.recipe import parse_recipe
from tests.train.makers import tiny

TEN = {"epochs": 10, "epoch_steps": 100, "warmup_steps": 0, "learning_rate": 1.0}


def rates(steps: tuple[int, ...], **changes: object) -> list[float]:
    recipe = parse_recipe(tiny(**{**TEN, **changes}), "r")
    return [learning_rate(recipe, step) for step in steps]


@pytest.mark.fidelity("0-7")
def test_it_rises_stays_and_falls_to_nothing() -> None:
    factors = rates((0, 99, 300, 500, 750, 1000), warmup_steps=100, decay_from=0.5)
    assert factors == pytest.approx([0.01, 1.0, 1.0, 1.0, 0.5, 0.0])


@pytest.mark.fidelity("0-7")
def test_the_published_self_blending_schedule_at_its_epochs() -> None:
    factors = rates(
        (0, 75 * 360, 88 * 360, 100 * 360), epochs=100, epoch_steps=360, decay_from=0.75, learning_rate=0.001
    )
    assert factors == pytest.approx([0.001, 0.001, 0.001 * 12 / 25, 0.0])


@pytest.mark.fidelity("2-7")
def test_the_published_polynomial_at_its_steps() -> None:
    of_paper = {
        "epochs": 40,
        "epoch_steps": 2500,
        "schedule": {"name": "polynomial"},
        "decay_power": 0.9,
        "decay_steps": 100_500,
        "learning_rate": 0.01,
    }
    assert rates((0, 100_000), **of_paper) == pytest.approx([0.01, 0.01 * (500 / 100_500) ** 0.9])
    assert rates((100_000,), **of_paper)[0] == pytest.approx(8.5e-5, rel=0.01)


def test_a_polynomial_without_steps_of_its_own_ends_with_the_run() -> None:
    assert rates((500, 1000), schedule={"name": "polynomial"}, decay_power=1.0) == pytest.approx([0.5, 0.0])


@pytest.mark.fidelity("4-8")
def test_a_cosine_starts_again_from_the_peak_and_takes_longer() -> None:
    cosine = {
        "schedule": {"name": "cosine-restarts"},
        "restart_epochs": 2,
        "restart_factor": 2,
        "lowest_rate": 0.1,
    }
    assert rates((0, 100, 199, 200, 400, 600), **cosine) == pytest.approx(
        [1.0, 0.55, 0.1, 1.0, 0.55, 1.0], abs=1e-3
    )


@pytest.mark.fidelity("4-8")
def test_the_cosine_is_that_of_torch() -> None:
    weight = torch.nn.Parameter(torch.zeros(1))
    optimiser = torch.optim.SGD([weight], lr=1.0)
    schedule = torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(optimiser, T_0=10, T_mult=2, eta_min=0.0)
    for epochs in range(40):
        assert half_cosine(epochs, 10, 2) == pytest.approx(schedule.get_last_lr()[0], abs=1e-9)
        optimiser.step()
        schedule.step()


@pytest.mark.fidelity("0-7", "3-4")
@pytest.mark.parametrize(("patience", "factor"), [(0, 0.5), (1, 0.1), (3, 0.5)])
def test_a_plateau_is_what_torch_calls_one(patience: int, factor: float) -> None:
    generator = torch.Generator().manual_seed(patience)
    aucs = (0.6 + 0.1 * torch.rand(40, generator=generator)).tolist()
    optimiser = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    schedule = torch.optim.lr_scheduler.ReduceLROnPlateau(
        optimiser, mode="max", factor=factor, patience=patience
    )
    for epoch in range(len(aucs)):
        schedule.step(aucs[epoch])
        assert plateau_share(aucs[: epoch + 1], patience, factor) == pytest.approx(
            optimiser.param_groups[0]["lr"], abs=1e-7
        )


@pytest.mark.fidelity("0-7")
def test_a_plateau_lowers_the_rate_no_further_than_allowed() -> None:
    recipe = parse_recipe(tiny(**TEN, schedule={"name": "plateau"}, plateau_epochs=0, lowest_rate=0.25), "r")
    assert [learning_rate(recipe, 5, [0.7] * count) for count in (0, 1, 2, 3, 30)] == pytest.approx(
        [1.0, 1.0, 0.625, 0.4375, 0.25]
    )


@pytest.mark.fidelity("4-7")
def test_a_slower_backbone_follows_the_same_course_from_its_own_peak() -> None:
    recipe = parse_recipe(tiny(**TEN, decay_from=0.5, lowest_rate=0.01), "r")
    assert learning_rate(recipe, 750, peak=0.1) == pytest.approx(0.055)
    assert learning_rate(recipe, 1000, peak=0.001) == pytest.approx(
        0.001
    )  # never under a peak that is lower still
