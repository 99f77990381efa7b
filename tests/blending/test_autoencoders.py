"""Small autoencoders: they learn, are stored whole, and give pictures back that differ a little."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from detector.blending.autoencoders import (
    PLANS,
    Autoencoder,
    Forgers,
    Plan,
    load_autoencoders,
    save_autoencoders,
    train_autoencoder,
)
from detector.data.tables import read_index
from detector.errors import WeightsError
from tests.train.makers import make_data


def images(side: int = 32) -> torch.Tensor:
    return torch.rand(2, 3, side, side, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.name)
def test_every_plan_gives_back_the_shape_through_its_bottleneck(plan: Plan) -> None:
    network = Autoencoder(plan)
    latents = network.encoder(images())
    assert latents.shape == (2, plan.latents, 32 // plan.stride, 32 // plan.stride)
    assert network(images()).shape == (2, 3, 32, 32)


def test_plans_differ_in_how_they_enlarge() -> None:
    assert len({plan.upsampling for plan in PLANS}) == len(PLANS) == 4


def test_an_unknown_upsampling_is_a_bug() -> None:
    with pytest.raises(ValueError, match="'sideways'"):
        Autoencoder(replace(PLANS[0], upsampling="sideways"))


@pytest.mark.slow
def test_training_lowers_the_loss(tmp_path: Path) -> None:
    losses: list[float] = []
    pictures = read_index(make_data(tmp_path), "train")
    train_autoencoder(PLANS[0], pictures, steps=51, tell=lambda step, loss: losses.append(loss))
    assert losses[-1] < 0.6 * losses[0]


def test_what_is_stored_comes_back(tmp_path: Path) -> None:
    networks = [Autoencoder(plan).eval() for plan in PLANS]
    save_autoencoders(tmp_path / "a.safetensors", networks)
    again = load_autoencoders(tmp_path / "a.safetensors")
    assert [network.plan for network in again] == list(PLANS)
    for network, other in zip(networks, again, strict=True):
        assert torch.equal(network(images()), other(images()))


@pytest.mark.parametrize("content", [None, b"", b"nothing of the kind"])
def test_a_file_that_holds_none_is_named_with_the_remedy(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "a.safetensors"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(WeightsError, match=r"a\.safetensors holds no autoencoders.*make_autoencoders"):
        load_autoencoders(path)


def test_a_picture_of_any_size_is_given_back_in_its_size_and_follows_from_the_draw() -> None:
    forgers = Forgers([Autoencoder(plan).eval() for plan in PLANS])
    image = np.random.default_rng(0).integers(0, 256, (37, 51, 3), dtype=np.uint8)
    once, again, other = (forgers.give_back(image, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert once.shape == image.shape and once.dtype == np.uint8
    assert np.array_equal(once, again) and not np.array_equal(once, other)
