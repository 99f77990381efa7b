"""Networks whose answer is known by hand, and crops and detectors of them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from torch import nn

from detector.structures import Calibration, Crop, DetectorInfo, Face, InputSpec, Quality, Thresholds

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
        name="red",
        short="Red",
        title="A network for red",
        weights_sha256="0" * 64,
        engine="pytorch",
        input=SPEC,
        calibration=Calibration(a, b, "by hand"),
        thresholds=Thresholds(0.5),
    )
    return SimpleNamespace(
        info=info, engine=SimpleNamespace(network=network, logits=lambda batch: _run(network, batch))
    )


def _run(network: nn.Module | None, batch: np.ndarray) -> np.ndarray:
    assert network is not None
    with torch.inference_mode():
        return network(torch.from_numpy(batch)).numpy()


def grey_with(colour: tuple[int, int, int], rows: slice) -> np.ndarray:
    image = np.full((64, 64, 3), 128, dtype=np.uint8)
    image[rows] = colour
    return image


def noise(seed: int, size: int = 64) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(seed).random((1, 3, size, size), dtype=np.float32))


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
