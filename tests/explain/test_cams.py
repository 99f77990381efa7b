"""Grad-CAM of detectors with one logit."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from detector.errors import EngineError
from detector.explain.cams import FULL_LOG_ODDS, heatmap, logit_shares
from detector.structures import Calibration, Crop, DetectorInfo, Face, InputSpec, Quality, Thresholds
from detector.zoo.build import build_network
from detector.zoo.specs import SPECS

SPEC = InputSpec(size=64, margin=0.2, mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5))


class RedMeansFake(nn.Module):
    """A network whose answer is known by hand: the logit is 10 x the mean red minus 10 x the mean green,
    minus 1.
    """

    def __init__(self) -> None:
        super().__init__()
        self.cam_layer = nn.AvgPool2d(8)
        self.head = nn.Linear(3, 1)
        with torch.no_grad():
            self.head.weight.copy_(torch.tensor([[10.0, -10.0, 0.0]]))
            self.head.bias.fill_(-1.0)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.head(self.cam_layer(images).mean((2, 3))).squeeze(1)


def crop_of(image: np.ndarray) -> Crop:
    quality = Quality(size_px=100, sharpness=1, exposure=0.5, yaw_deg=0)
    face = Face(np.zeros(4, np.float32), 1.0, np.zeros((5, 2), np.float32), image, (0, 0), quality)
    return Crop(image=image, face=face, to_frame=np.eye(2, 3))


def detector_of(network: nn.Module | None, a: float = 1.0, b: float = 0.0) -> Any:
    info = DetectorInfo(
        "red", "Red", "0" * 64, "pytorch", SPEC, Calibration(a, b, "by hand"), Thresholds(0.5, 0.2, 0.8)
    )
    return SimpleNamespace(info=info, engine=SimpleNamespace(network=network))


def grey_with(colour: tuple[int, int, int], rows: slice) -> np.ndarray:
    image = np.full((64, 64, 3), 128, dtype=np.uint8)
    image[rows] = colour
    return image


def noise(seed: int, size: int = 64) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(seed).random((1, 3, size, size), dtype=np.float32))


@pytest.fixture(scope="module")
def lite() -> nn.Module:
    torch.manual_seed(0)
    network = build_network(SPECS["unblend-lite2"]).eval()
    with torch.no_grad():
        network.head.weight.mul_(20)  # far enough from 0 that shares are not rounding noise
    return network


def test_shares_and_bias_add_up_to_the_logit(lite: nn.Module) -> None:
    images = noise(1, 96)
    shares, logit = logit_shares(lite, images)
    with torch.inference_mode():
        assert logit == pytest.approx(float(lite(images)[0]), abs=1e-4)
    assert shares.shape == (3, 3)
    assert shares.sum() + lite.head.bias.item() == pytest.approx(logit, abs=1e-4)


class Curved(nn.Module):
    """A small network that is not linear behind its last map; its numbers are drawn the same everywhere."""

    def __init__(self) -> None:
        super().__init__()
        self.cam_layer = nn.Conv2d(3, 4, 8, stride=8)
        self.hidden, self.head = nn.Linear(4, 6), nn.Linear(6, 1)
        rng = np.random.default_rng(0)
        with torch.no_grad():
            for parameter in self.parameters():
                drawn = rng.normal(0, 0.5, tuple(parameter.shape)).astype(np.float32)
                parameter.copy_(torch.from_numpy(drawn))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        pooled = torch.tanh(self.cam_layer(images)).mean((2, 3))
        return self.head(torch.tanh(self.hidden(pooled))).squeeze(1)


LIBRARY = [
    [-0.00183884, -0.01409836, -0.00078980, 0.00147603],
    [0.00319758, 0.00820081, -0.01546430, 0.00054521],
    [-0.00412801, 0.00022731, 0.00900686, -0.00696959],
    [0.00143671, 0.00606824, -0.00155741, -0.00376475],
]
"""What the package grad-cam 1.5.7 gives for `Curved`, before its scaling."""


def test_shares_are_those_of_the_library() -> None:
    shares, logit = logit_shares(Curved(), noise(5, 32))
    np.testing.assert_allclose(shares, LIBRARY, rtol=0, atol=1e-6)
    assert logit == pytest.approx(-0.5473119, abs=1e-6)


def test_what_pushes_towards_fake_glows_where_it_is() -> None:
    heat = heatmap(crop_of(grey_with((255, 0, 0), slice(0, 32))), detector_of(RedMeansFake()))
    assert heat.values.shape == (64, 64) and heat.values.dtype == np.float32
    assert heat.values[:24].min() == 1
    assert heat.values[40:].max() == 0
    assert heat.method == "gradcam"
    assert heat.logit == pytest.approx(4.0, abs=1e-4)


def test_what_pushes_towards_real_stays_dark() -> None:
    heat = heatmap(crop_of(grey_with((0, 255, 0), slice(0, 32))), detector_of(RedMeansFake()))
    assert heat.values.max() == 0


def test_a_weak_fake_glows_weakly_and_is_not_stretched() -> None:
    # everywhere 10 x (141 - 115) / 255 - 1 = 0.0196 of logit
    heat = heatmap(crop_of(grey_with((141, 115, 128), slice(None))), detector_of(RedMeansFake()))
    np.testing.assert_allclose(heat.values, (260 / 255 - 1) / FULL_LOG_ODDS, atol=1e-5)


def test_the_scale_is_log_odds_after_calibration() -> None:
    image = grey_with((179, 77, 128), slice(None))  # logit 10 x 102 / 255 - 1 = 3
    heat = heatmap(crop_of(image), detector_of(RedMeansFake(), a=0.5, b=0.3))
    np.testing.assert_allclose(heat.values, (0.5 * 3 + 0.3) / FULL_LOG_ODDS, atol=1e-5)


def test_two_threads_at_once_give_the_maps_of_one_after_another(lite: nn.Module) -> None:
    batches = [noise(seed, 96) for seed in range(8)]
    alone = [logit_shares(lite, images) for images in batches]
    with ThreadPoolExecutor(2) as pool:
        together = list(pool.map(lambda images: logit_shares(lite, images), batches))
    for (first, first_logit), (second, second_logit) in zip(alone, together, strict=True):
        np.testing.assert_allclose(first, second, atol=1e-6)
        assert first_logit == pytest.approx(second_logit, abs=1e-5)


def test_nothing_is_left_on_the_network(lite: nn.Module) -> None:
    asked = [parameter.requires_grad for parameter in lite.parameters()]
    before = {name: tensor.clone() for name, tensor in lite.state_dict().items()}
    logit_shares(lite, noise(3, 96))
    assert not any(module._forward_hooks or module._backward_hooks for module in lite.modules())
    assert all(parameter.grad is None for parameter in lite.parameters())
    assert [parameter.requires_grad for parameter in lite.parameters()] == asked
    assert all(torch.equal(before[name], tensor) for name, tensor in lite.state_dict().items())


def test_it_works_inside_inference_mode() -> None:
    with torch.inference_mode():
        heat = heatmap(crop_of(grey_with((255, 0, 0), slice(0, 32))), detector_of(RedMeansFake()))
    assert heat.values.max() == 1


def test_a_network_in_training_mode_stays_there(lite: nn.Module) -> None:
    network = RedMeansFake().train()
    logit_shares(network, noise(4))
    assert network.training and network.head.training


def test_an_engine_without_a_network_is_named_with_the_remedy() -> None:
    with pytest.raises(EngineError, match="use engine pytorch"):
        heatmap(crop_of(grey_with((0, 0, 0), slice(None))), detector_of(None))


def test_an_unknown_method_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown method"):
        heatmap(crop_of(grey_with((0, 0, 0), slice(None))), detector_of(RedMeansFake()), method="guess")
