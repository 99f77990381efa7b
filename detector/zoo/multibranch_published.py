"""Four branches as the published code of Deepfake_CNN has them: every one of them takes colours, and all but
the backbone are plain convolutions.
"""

from __future__ import annotations

from itertools import pairwise
from typing import cast

import timm
import torch
from torch import nn

from detector.zoo.specs import DetectorSpec

DROPOUT = 0.4
MAP_DROPOUT = 0.1
"""Share of whole maps that the multi-scale branch drops in training."""

SCALES = (64, 128, 256, 512)
FEATURES = 1792 + sum(SCALES) + 256 + 128


class PublishedMultibranchNetwork(nn.Module):
    """In: (B, 3, S, S) float32 RGB in 0..1. Out: (B,) float32 logits, positive: fake. Normalisation is
    inside.

    "Multi-scale" never changes its scale, "frequency" transforms nothing and "edges" looks for none: that is
    what is published, and what costs 84 GMAC. `detector.zoo.multibranch` has branches that do what they say.
    """

    mean: torch.Tensor
    std: torch.Tensor

    def __init__(self, spec: DetectorSpec) -> None:
        super().__init__()
        self.backbone = timm.create_model(spec.backbone, pretrained=False, num_classes=0, drop_path_rate=0.2)
        self.scales = nn.ModuleList(
            nn.Sequential(*_convolution(before, width), nn.Dropout2d(MAP_DROPOUT))
            for before, width in pairwise((3, *SCALES))
        )
        self.frequency = nn.Sequential(
            *_convolution(3, 64),
            *_convolution(64, 128),
            nn.AdaptiveAvgPool2d(8),
            nn.Flatten(),
            *_dense(8192, 256),
        )
        self.edges = nn.Sequential(
            *_convolution(3, 32),
            *_convolution(32, 64),
            nn.AdaptiveAvgPool2d(4),
            nn.Flatten(),
            nn.Linear(1024, 128),
            nn.ReLU(),
            nn.Dropout(DROPOUT),
        )
        self.attention = nn.Sequential(
            nn.Linear(FEATURES, FEATURES // 2),
            nn.ReLU(),
            nn.Dropout(DROPOUT),
            nn.Linear(FEATURES // 2, FEATURES),
            nn.Sigmoid(),
        )
        self.dense = nn.Sequential(*_dense(FEATURES, 1024), *_dense(1024, 512), *_dense(512, 256))
        self.head = _two_logits(256)
        self.register_buffer("mean", torch.tensor(spec.input.mean).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(spec.input.std).view(1, 3, 1, 1), persistent=False)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        features = self.features(images)
        real, fake = self.head(self.dense(features * self.attention(features))).unbind(1)
        return cast(torch.Tensor, fake - real)

    def features(self, images: torch.Tensor) -> torch.Tensor:
        """What the branches find, (B, 3136): backbone 1792, scales 960, frequency 256, edges 128."""
        normalised = (images - self.mean) / self.std
        features, held = [self.backbone(normalised)], normalised
        for scale in self.scales:
            held = scale(held)
            features.append(held.mean(dim=(2, 3)))
        return torch.cat([*features, self.frequency(normalised), self.edges(normalised)], dim=1)

    def gate(self, images: torch.Tensor) -> torch.Tensor:
        """How much of each feature is let through, (B, 3136) in 0..1."""
        return cast(torch.Tensor, self.attention(self.features(images)))

    @property
    def cam_layer(self) -> nn.Module:
        """The backbone's last map, where Grad-CAM looks."""
        return cast(nn.Module, self.backbone.bn2)


def _convolution(before: int, after: int) -> tuple[nn.Module, ...]:
    return nn.Conv2d(before, after, 3, padding=1), nn.BatchNorm2d(after), nn.ReLU()


def _dense(before: int, after: int) -> tuple[nn.Module, ...]:
    return nn.Linear(before, after), nn.BatchNorm1d(after), nn.ReLU(), nn.Dropout(DROPOUT)


def _two_logits(features: int) -> nn.Linear:
    """Real and fake, which start as `heads.one_logit` does: their difference has a standard deviation of 0.01
    a weight, and bias 0.
    """
    head = nn.Linear(features, 2)
    nn.init.normal_(head.weight, std=0.01 / 2**0.5)
    nn.init.zeros_(head.bias)
    return head
