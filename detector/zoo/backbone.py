"""Networks that are a backbone of timm with a head: SBI's and Unblend's, and DeepFake Inspector's."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, cast

import timm
import torch
from torch import nn

from detector.structures import InputSpec
from detector.zoo.specs import DetectorSpec


class BackboneNetwork(nn.Module):
    """In: (B, 3, S, S) float32 RGB in 0..1. Out: (B,) float32 logits, positive: fake. Normalisation is
    inside.
    """

    mean: torch.Tensor
    std: torch.Tensor

    def __init__(self, backbone: str, spec: InputSpec) -> None:
        super().__init__()
        self.backbone: Any = timm.create_model(backbone, pretrained=False, num_classes=0)
        self.head: nn.Module = one_logit(cast(int, self.backbone.num_features))
        self.register_buffer("mean", torch.tensor(spec.mean).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(spec.std).view(1, 3, 1, 1), persistent=False)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        features = self.backbone((images - self.mean) / self.std)
        return cast(torch.Tensor, self.head(features)).squeeze(1)

    @property
    def cam_layer(self) -> nn.Module:
        """The last layer with a spatial map, where Grad-CAM looks."""
        for name in ("bn2", "final_conv"):
            layer = getattr(self.backbone, name, None)
            if isinstance(layer, nn.Module) and not isinstance(layer, nn.Identity):
                return layer
        return cast(nn.Module, self.backbone.stages[-1])


def one_logit(features: int) -> nn.Linear:
    """A linear layer to one logit that starts near zero.

    timm starts an EfficientNet's head uniformly in ±1 over the square root of its outputs, which for one
    output is ±1: training then begins at a loss of 2 to 3 and spoils the backbone. Standard deviation 0.01
    and bias 0 begin at 0.69.
    """
    head = nn.Linear(features, 1)
    nn.init.normal_(head.weight, std=0.01)
    nn.init.zeros_(head.bias)
    return head


PAPER_HEAD = (512, 256, 1024)
"""Widths of the dense layers as the system describes them, from the features to the logit."""

CODE_HEAD = (1024, 512, 256)
"""The same layers in the order of its code."""

DROPOUT = {512: 0.4, 256: 0.4, 1024: 0.5}
"""Share of a dense layer's outputs that training drops, by the layer's width: both orders give a layer the
same.
"""


class InspectorNetwork(BackboneNetwork):
    """In: (B, 3, S, S) float32 RGB in 0..1. Out: (B,) float32 logits, positive: fake.

    The system labels real with 1, so the sigmoid of its own output is the probability of *real*: the logit
    here is the negative of that one. It divides by 255 ahead of a network that rescales once more; here the
    starting weights' mean and std are applied, once.
    """

    def __init__(self, spec: DetectorSpec) -> None:
        super().__init__(spec.backbone, spec.input)
        self.head = dense_head(self.backbone.num_features, spec.head)


def dense_head(features: int, widths: Sequence[int]) -> nn.Sequential:
    """(B, features) to (B, 1): a dense layer, ReLU and dropout for each of `widths`, then one logit that
    starts near zero.
    """
    layers: list[nn.Module] = []
    for before, width in pairwise((features, *widths)):
        dense = nn.Linear(before, width)
        # He's start keeps the signal's size through ReLU; torch's own would lose two thirds of its variance a
        # layer
        nn.init.kaiming_normal_(dense.weight, nonlinearity="relu")
        nn.init.zeros_(dense.bias)
        layers += [dense, nn.ReLU(), nn.Dropout(DROPOUT[width])]
    return nn.Sequential(*layers, one_logit(widths[-1]))
