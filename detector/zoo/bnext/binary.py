"""Real activations and latent weights to -1 and 1: sign, straight-through gradient, and the temperature that
makes weights binary.
"""

from __future__ import annotations

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
"""Share of the rounds after which weights are binary, so that they learn as signs in the rest: 153 of the
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
