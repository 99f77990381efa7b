"""A feature map to a feature map by binary convolutions: BNext's unit and block."""

from __future__ import annotations

from typing import cast

import torch
from torch import nn

from detector.zoo.bnext.binary import BinaryConv, Sign

SQUEEZE = 8
"""Channels a squeeze gate keeps one of."""

SHARE_START = 0.5
"""Share of the unit's input in what its gate looks at, before training."""


class SqueezeGate(nn.Sequential):
    """(B, C, H, W) to one factor a channel, (B, C, 1, 1) in 0..1."""

    def __init__(self, channels: int) -> None:
        narrow = channels // SQUEEZE
        super().__init__(
            nn.AdaptiveAvgPool2d(1),
            nn.Conv2d(channels, narrow, 1),
            nn.ReLU(inplace=True),
            nn.Conv2d(narrow, channels, 1),
            nn.Sigmoid(),
        )


class BinaryUnit(nn.Module):
    """One binary convolution of C channels to C, gated, beside a real-valued residual: (B, C, H, W) to (B, C,
    H, W), halved at stride 2.

    The gate sees input and output mixed, and so hands on what the sign took away ("information recoupling").
    With `attention` the output is multiplied element by element with the residual, which then passes a PReLU
    first.
    """

    def __init__(self, channels: int, kernel: int, stride: int = 1, attention: bool = False) -> None:
        super().__init__()
        self.attention = attention
        self.pool = nn.AvgPool2d(2) if stride == 2 else nn.Identity()
        self.shift = nn.Parameter(torch.zeros(1, channels, 1, 1))
        self.sign = Sign()
        self.conv = BinaryConv(channels, kernel, stride)
        self.bn1 = nn.BatchNorm2d(channels)
        # every published unit holds the first PReLU, but only those with attention use it
        self.prelu1 = nn.PReLU(channels).requires_grad_(attention)
        self.prelu2 = nn.PReLU(channels)
        self.gate = SqueezeGate(channels)
        self.input_share = nn.Parameter(torch.full((1, channels, 1, 1), SHARE_START))
        self.bn2 = nn.BatchNorm2d(channels)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        residual = self.pool(self.prelu1(features) if self.attention else features)
        binary = self.prelu2(self.bn1(self.conv(self.sign(features + self.shift))))
        if self.training:
            self.input_share.data.clamp_(0, 1)
        mixed = self.input_share * self.pool(features) + (1 - self.input_share) * binary
        gated = self.gate(mixed) * binary
        if self.attention:
            gated = gated * residual
        return cast(torch.Tensor, self.bn2(gated) + residual)


class BinaryBlock(nn.Module):
    """A 3x3 unit, then 1x1: one unit, or, where the channels double, two beside each other whose outputs are
    joined.
    """

    def __init__(self, channels: int, doubled: bool, stride: int, attention: bool) -> None:
        super().__init__()
        self.spatial = BinaryUnit(channels, kernel=3, stride=stride, attention=attention)
        self.pointwise = nn.ModuleList(BinaryUnit(channels, kernel=1) for _ in range(2 if doubled else 1))

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        spatial = self.spatial(features)
        return torch.cat([unit(spatial) for unit in self.pointwise], dim=1)
