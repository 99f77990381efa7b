"""Class activation maps of detectors with one logit: Grad-CAM, Grad-CAM++, LayerCAM."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from torch import nn

from detector.explain.cams import feel, fine_layer, grad_cam, grad_cam_plus, layer_cam
from detector.zoo.build import build_network
from detector.zoo.specs import SPECS
from tests.explain.networks import Curved, RedMeansFake, noise


@pytest.fixture(scope="module")
def lite() -> nn.Module:
    torch.manual_seed(0)
    network = build_network(SPECS["unblend-lite2"]).eval()
    with torch.no_grad():
        network.head.weight.mul_(20)  # far enough from 0 that shares are not rounding noise
    return network


def test_shares_and_bias_add_up_to_the_logit(lite: nn.Module) -> None:
    images = noise(1, 96)
    shares, logit = grad_cam(lite, images)
    with torch.inference_mode():
        assert logit == pytest.approx(float(lite(images)[0]), abs=1e-4)
    assert shares.shape == (3, 3)
    assert shares.sum() + lite.head.bias.item() == pytest.approx(logit, abs=1e-4)


LIBRARY = [
    [-0.00183884, -0.01409836, -0.00078980, 0.00147603],
    [0.00319758, 0.00820081, -0.01546430, 0.00054521],
    [-0.00412801, 0.00022731, 0.00900686, -0.00696959],
    [0.00143671, 0.00606824, -0.00155741, -0.00376475],
]
"""What the package grad-cam 1.5.7 gives for `Curved`, before its scaling."""


def test_shares_are_those_of_the_library() -> None:
    shares, logit = grad_cam(Curved(), noise(5, 32))
    np.testing.assert_allclose(shares, LIBRARY, rtol=0, atol=1e-6)
    assert logit == pytest.approx(-0.5473119, abs=1e-6)


@pytest.mark.parametrize("sign", [1, -1])
def test_grad_cam_plus_weighs_as_equation_19_says(sign: int) -> None:
    network, images = Curved(), noise(5, 32)
    felt = feel(network, images, network.cam_layer)
    activation, gradient = felt.activation.double(), sign * felt.gradient.double()
    alpha = gradient**2 / (2 * gradient**2 + activation.sum((1, 2), keepdim=True) * gradient**3)
    weights = (alpha * gradient.relu()).sum((1, 2))
    other = -gradient
    alpha = other**2 / (2 * other**2 + activation.sum((1, 2), keepdim=True) * other**3)
    weights = weights - (alpha * other.relu()).sum((1, 2))
    expected = sign * torch.einsum("c,chw->hw", weights, activation) / 16
    shares, _ = grad_cam_plus(network, images)
    np.testing.assert_allclose(shares, expected.numpy(), rtol=1e-4, atol=1e-7)


def test_grad_cam_plus_has_half_of_grad_cam_where_channels_hardly_add() -> None:
    network = RedMeansFake()
    with torch.no_grad():
        network.head.weight.mul_(1e-3)  # alpha is 1 / (2 + what the channel adds)
    images = noise(6)
    np.testing.assert_allclose(
        grad_cam_plus(network, images)[0], grad_cam(network, images)[0] / 2, rtol=0.01, atol=1e-8
    )


def test_layer_cam_is_gradient_times_activation() -> None:
    network, images = Curved(), noise(5, 32)
    felt = feel(network, images, network.cam_layer)
    shares, logit = layer_cam(network, images)
    np.testing.assert_allclose(shares, (felt.gradient * felt.activation).sum(0).numpy(), atol=1e-7)
    assert logit == felt.logit


def test_layer_cam_looks_twice_as_finely(lite: nn.Module) -> None:
    assert layer_cam(lite, noise(1, 96))[0].shape == (6, 6)


def test_a_backbone_of_its_own_is_looked_at_where_grad_cam_looks() -> None:
    network = Curved()
    assert fine_layer(network) is network.cam_layer


@pytest.mark.parametrize(
    "name", ["deit-distill-tiny", "multibranch-b4", "sbi-mobilevitv2-200", "inspector-b0"]
)
def test_networks_of_the_zoo_name_a_map_of_16_px_a_cell(name: str) -> None:
    with torch.device("meta"):
        network = build_network(SPECS[name]).eval()
        sizes: list[tuple[int, ...]] = []
        fine_layer(network).register_forward_hook(lambda *call: sizes.append(tuple(call[2].shape[2:])))
        network(torch.empty(1, 3, 128, 128))
    assert sizes == [(8, 8)]


def test_two_threads_at_once_give_the_maps_of_one_after_another(lite: nn.Module) -> None:
    batches = [noise(seed, 96) for seed in range(8)]
    alone = [grad_cam(lite, images) for images in batches]
    with ThreadPoolExecutor(2) as pool:
        together = list(pool.map(lambda images: grad_cam(lite, images), batches))
    for (first, first_logit), (second, second_logit) in zip(alone, together, strict=True):
        np.testing.assert_allclose(first, second, atol=1e-6)
        assert first_logit == pytest.approx(second_logit, abs=1e-5)


def test_nothing_is_left_on_the_network(lite: nn.Module) -> None:
    asked = [parameter.requires_grad for parameter in lite.parameters()]
    before = {name: tensor.clone() for name, tensor in lite.state_dict().items()}
    grad_cam(lite, noise(3, 96))
    assert not any(module._forward_hooks or module._backward_hooks for module in lite.modules())
    assert all(parameter.grad is None for parameter in lite.parameters())
    assert [parameter.requires_grad for parameter in lite.parameters()] == asked
    assert all(torch.equal(before[name], tensor) for name, tensor in lite.state_dict().items())


def test_a_network_in_training_mode_stays_there(lite: nn.Module) -> None:
    network = RedMeansFake().train()
    grad_cam(network, noise(4))
    assert network.training and network.head.training
