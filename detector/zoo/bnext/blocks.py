"""The binary layers of BNext and the blocks made of them."""

from __future__ import annotations

from typing import cast

import torch
from torch import nn
from torch.nn import functional

LATENT_LIMIT = 1.5
"""Latent weights are kept within ± this, and gradient passes a sign where its input is within ± this."""

BINARY_BELOW = 1e-7
"""Temperature under which a weight is its sign. Annealed by 0.9 from 1 it is passed after 153 steps."""

ANNEALING = 0.9
"""What an epoch of the published training multiplies the temperature by."""

ANNEALED_BY = 0.3
"""Share of the epochs after which weights are binary, so that they learn as signs in the rest: 153 of the
published 512 epochs.
"""

LATENT_START = 0.001
"""Standard deviation of latent weights before training."""


def straight_through(value: torch.Tensor, source: torch.Tensor) -> torch.Tensor:
    """`value` to the last bit, with the gradient of `source` (same shape); both finite."""
    return value.detach() + (source - source.detach())


def weight_at(latent: torch.Tensor, temperature: torch.Tensor) -> torch.Tensor:
    """What a convolution multiplies by: clamp(latent / T, -1, 1), the sign of `latent` once T (one value) is
    under `BINARY_BELOW`.

    Below it T is taken as the smallest normal number, so that one division serves both: no branch on a
    tensor, which neither an exporter nor the meta device could follow. The sign of 0 is 0.
    """
    divisor = torch.where(temperature < BINARY_BELOW, torch.finfo(torch.float32).tiny, temperature)
    return (latent / divisor).clamp_(-1, 1)


def annealing_factor(epochs: int) -> float:
    """The factor that brings the temperature from 1 to under `BINARY_BELOW` within `epochs` steps of
    annealing.

    The published 0.9 needs 153 epochs; a shorter run anneals faster, or it would end with weights that are
    not binary.
    """
    if epochs < 1:
        raise ValueError(f"{epochs} epochs are too few to anneal in: give at least 1")
    return float((0.99 * BINARY_BELOW) ** (1 / epochs))


class Annealed(nn.Module):
    """Holds the temperature T: a stored buffer of one value that starts at 1."""

    temperature: torch.Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("temperature", torch.ones(1))

    @torch.no_grad()
    def anneal(self, factor: float) -> None:
        """Multiply T by `factor`. Under `BINARY_BELOW` it becomes 0, which means the same and survives a
        half-precision file.
        """
        self.temperature.mul_(factor)
        self.temperature.masked_fill_(self.temperature < BINARY_BELOW, 0.0)


class Sign(Annealed):
    """Activations to -1, 0 (of 0 alone) and 1; gradient as of a clamp to ±`LATENT_LIMIT`.

    The published sign(clamp(x / T, -1, 1)) is sign(x) at every temperature; T is held because it belongs to
    the stored state.
    """

    def forward(self, activations: torch.Tensor) -> torch.Tensor:
        signs = torch.sign(activations)
        if torch.compiler.is_exporting() or not torch.is_grad_enabled():
            return signs
        return straight_through(signs, activations.clamp(-LATENT_LIMIT, LATENT_LIMIT))


class BinaryConv(Annealed):
    """A dense convolution, channels to as many channels, padded to keep the size, no bias, no scale: batch
    normalisation follows.

    It runs as a float convolution: the 1 bit a weight saves room in a packed file, and the gain in speed
    stays theoretical.
    """

    def __init__(self, channels: int, kernel: int, stride: int = 1) -> None:
        super().__init__()
        self.stride, self.padding = stride, kernel // 2
        self.weight = nn.Parameter(torch.empty(channels, channels, kernel, kernel).normal_(std=LATENT_START))

    def forward(self, signs: torch.Tensor) -> torch.Tensor:
        return functional.conv2d(signs, self.used_weight(), stride=self.stride, padding=self.padding)

    def used_weight(self) -> torch.Tensor:
        """The weights at this temperature, (C, C, k, k); in training the latent ones are clamped first, and
        the gradient goes to them.
        """
        if not self.training:
            return weight_at(self.weight, self.temperature)
        self.weight.data.clamp_(-LATENT_LIMIT, LATENT_LIMIT)
        return straight_through(weight_at(self.weight, self.temperature), self.weight)


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
