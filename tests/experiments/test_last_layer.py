"""The last layer fitted anew: it learns what is there, and without negative weights only that."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from detector.zoo.build import build_network
from detector.zoo.specs import SPECS
from tools.last_layer import features_of, fit_layer


def made(rng: np.random.Generator, rows: int = 400) -> tuple[np.ndarray, np.ndarray]:
    """Three features: the first is higher in fakes, the second in genuine pictures, the third in neither."""
    labels = rng.integers(0, 2, rows)
    features = rng.normal(size=(rows, 3))
    features[:, 0] += labels
    features[:, 1] -= labels
    return features, labels


def test_a_free_layer_uses_what_votes_for_genuine_and_a_bounded_one_cannot() -> None:
    features, labels = made(np.random.default_rng(0))
    free, _ = fit_layer(features, labels, 1e-3, None)
    bounded, _ = fit_layer(features, labels, 1e-3, 0.0)
    assert free[0] > 0.5 and free[1] < -0.5 and abs(free[2]) < 0.3
    assert bounded[0] > 0.5 and bounded[1] == 0 and bounded.min() >= 0


def test_a_heavier_penalty_keeps_the_weights_smaller() -> None:
    features, labels = made(np.random.default_rng(1))
    light, heavy = (fit_layer(features, labels, penalty, None)[0] for penalty in (1e-4, 1.0))
    assert np.abs(heavy).max() < 0.5 * np.abs(light).max()


@pytest.mark.parametrize("name", ["unblend-lite2", "multibranch-b4"])
def test_features_are_what_the_last_layer_turns_into_the_logit(name: str) -> None:
    torch.manual_seed(0)
    network = build_network(SPECS[name]).eval()
    images = torch.randint(0, 256, (2, 3, 64, 64), dtype=torch.uint8)
    features = features_of(network, images)
    with torch.no_grad():
        logits = network(images.float() / 255).double().numpy()
    weight, bias = network.head.weight[0].detach().double().numpy(), float(network.head.bias)
    np.testing.assert_allclose(features @ weight + bias, logits, atol=1e-5)
