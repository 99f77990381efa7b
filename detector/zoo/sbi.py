"""A timm backbone with one logit: the networks of SBI (arXiv:2204.08376, section 4.1) and Unblend's own
Lite2.
"""

from __future__ import annotations

from typing import Any, cast

import timm
import torch
from torch import nn

from detector.structures import InputSpec
from detector.zoo.heads import one_logit


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
