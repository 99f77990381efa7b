"""RGB in 0..1 to the planes that the binary detector is shown beside it: Fourier spectrum, local binary
patterns, gradient magnitude.
"""

from __future__ import annotations

import math
from typing import cast

import torch
from torch import nn
from torch.nn import functional

LEVELS = 255
"""All planes come from an 8-bit grey picture and are divided by this."""

GREY_WEIGHTS = (3735, 19235, 9798)
"""Of R, G, B, over 2^15. The published code gives RGB to a BGR function: red has the weight of blue (0.114),
blue that of red (0.299).
"""

LBP_RADIUS = 6
"""Pixels. The three neighbours lie at angles 0, 120 and 240 degrees: (row, column) (0, 6), (-5.19615, -3) and
(5.19615, -3).
"""

LBP_FAR, LBP_NEAR = 3923, 16077
"""Shares, over 20000, of the pixels 6 and 5 rows away in a neighbour 5.19615 rows away."""

SPECTRUM_FLOOR = 1e-9

SOBEL_SMOOTH = (1, 6, 15, 20, 15, 6, 1)
SOBEL_SLOPE = (-1, -4, -5, 0, 5, 4, 1)


def grey_levels(images: torch.Tensor) -> torch.Tensor:
    """The grey picture of (B, 3, H, W) RGB in 0..1: (B, 1, H, W) whole numbers in 0..255, to the last bit
    those of the 8-bit original.
    """
    red, green, blue = (images.float() * LEVELS).round().split(1, dim=1)  # type: ignore[no-untyped-call] # torch has no types for it
    weights = GREY_WEIGHTS
    # whole numbers under 2^24 all along, so exact in float32 on every engine
    levels = ((weights[0] * red + weights[1] * green + weights[2] * blue + 2**14) / 2**15).floor()
    return cast(torch.Tensor, levels)


def lbp_plane(grey: torch.Tensor) -> torch.Tensor:
    """How many of three neighbours at `LBP_RADIUS` are at least as bright as a pixel, over 255: (B, 1, H, W),
    0 to 3 / 255.

    `grey` is (B, 1, H, W) in 0..255; outside the picture it is 0. Uniform patterns of three neighbours are no
    more than this count. It is exact where whole numbers go in: neighbours between two rows are compared by
    whole-number weights, so that ties count as bright.
    """
    height, width = grey.shape[-2:]
    around = functional.pad(grey, (LBP_RADIUS,) * 4)

    def above_centre(down: int, right: int) -> torch.Tensor:
        top, left = LBP_RADIUS + down, LBP_RADIUS + right
        return around[..., top : top + height, left : left + width] - grey

    beside = above_centre(0, 6)
    upper = LBP_FAR * above_centre(-6, -3) + LBP_NEAR * above_centre(-5, -3)
    lower = LBP_FAR * above_centre(6, -3) + LBP_NEAR * above_centre(5, -3)
    count = (beside >= 0).float() + (upper >= 0).float() + (lower >= 0).float()
    return count / LEVELS


def gradient_plane(grey: torch.Tensor) -> torch.Tensor:
    """Length of the 7x7 Sobel gradient of (B, 1, H, W) grey levels, over 255: (B, 1, H, W), 0 to about 900;
    edges reflected.
    """
    smooth = torch.tensor(SOBEL_SMOOTH, dtype=grey.dtype, device=grey.device)
    slope = torch.tensor(SOBEL_SLOPE, dtype=grey.dtype, device=grey.device)
    kernels = torch.stack([torch.outer(smooth, slope), torch.outer(slope, smooth)])[:, None]
    across_and_down = functional.conv2d(functional.pad(grey, (3, 3, 3, 3), mode="reflect"), kernels)
    return across_and_down.square().sum(dim=1, keepdim=True).sqrt() / LEVELS


def fourier_matrices(length: int, device: torch.device | None = None) -> torch.Tensor:
    """Cosines and sines of the discrete Fourier transform, (2, length, length) float32; rows by frequency, 0
    in the middle.
    """
    place = torch.arange(length, device=device)
    angle = ((place - length // 2)[:, None] * place % length).double() * (2 * math.pi / length)
    return torch.stack([angle.cos(), angle.sin()]).float()


def fourier_plane(grey: torch.Tensor, rows: torch.Tensor, columns: torch.Tensor) -> torch.Tensor:
    """20 ln(|F| + 1e-9) / 255 of the Fourier transform F of (B, 1, H, W) grey levels, frequency 0 in the
    middle: (B, 1, H, W).

    `rows` and `columns` are `fourier_matrices` of H and W. The mean is taken out first and put back at
    frequency 0, or its rounding would drown the small values.
    """
    mean = grey.mean(dim=(2, 3), keepdim=True)
    (cos_y, sin_y), (cos_x, sin_x) = rows, columns.transpose(1, 2)
    by_cos, by_sin = cos_y @ (grey - mean), sin_y @ (grey - mean)
    real = by_cos @ cos_x - by_sin @ sin_x + mean * _frequency_zero(rows, columns)
    imaginary = by_cos @ sin_x + by_sin @ cos_x
    length = (real.square() + imaginary.square()).sqrt()
    return cast(torch.Tensor, (length + SPECTRUM_FLOOR).log() * (20 / LEVELS))


def _frequency_zero(rows: torch.Tensor, columns: torch.Tensor) -> torch.Tensor:
    """The transform of a picture of ones: H W at frequency 0, else 0; (H, W)."""
    height, width = rows.shape[-1], columns.shape[-1]
    down = (torch.arange(height, device=rows.device) == height // 2).float() * height
    across = (torch.arange(width, device=rows.device) == width // 2).float() * width
    return torch.outer(down, across)


class Planes(nn.Module):
    """(B, 3, H, W) float32 RGB in 0..1 to RGB, [gradient,] Fourier, LBP: (B, 5 or 6, H, W) float32, nothing
    to learn.

    Their ranges differ widely, as published: LBP reaches 0.012, the spectrum about 1.3, the gradient 900. The
    gradient, which the authors found to hurt, is left out by default. The matrices for `size` are held; those
    of other sizes are made on the way.
    """

    fourier: torch.Tensor

    def __init__(self, size: int, gradient: bool = False) -> None:
        super().__init__()
        self.gradient = gradient
        self.register_buffer("fourier", fourier_matrices(size), persistent=False)

    @property
    def count(self) -> int:
        return 6 if self.gradient else 5

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        device = images.device.type
        if torch.amp.is_autocast_available(device) and torch.is_autocast_enabled(device):
            # sums of 50,000 levels, and their small differences, are lost in 16 bits
            with torch.autocast(device, enabled=False):
                return self._planes(images.float())
        return self._planes(images)

    def _planes(self, images: torch.Tensor) -> torch.Tensor:
        grey = grey_levels(images)
        height, width = images.shape[-2:]
        spectrum = fourier_plane(grey, self._matrices(height), self._matrices(width))
        gradient = [gradient_plane(grey)] if self.gradient else []
        return torch.cat([images, *gradient, spectrum, lbp_plane(grey)], dim=1)

    def _matrices(self, length: int) -> torch.Tensor:
        if length == self.fourier.shape[-1]:
            return self.fourier
        return fourier_matrices(length, self.fourier.device)
