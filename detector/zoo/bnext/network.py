"""A face to a logit by BNext T, S, M or L, with the adapter that joins RGB, Fourier and LBP planes into its
three inputs.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import cast

import torch
from torch import nn

from detector.structures import InputSpec
from detector.zoo.backbone import one_logit
from detector.zoo.bnext.blocks import (
    ANNEALED_BY,
    ANNEALING,
    BINARY_BELOW,
    Annealed,
    BinaryBlock,
    BinaryConv,
    annealing_factor,
)
from detector.zoo.bnext.packing import unpack_in_place
from detector.zoo.bnext.planes import Planes
from detector.zoo.specs import DetectorSpec

CHANNELS: dict[str, tuple[int, ...]] = {
    "t": (32, 64, *[128] * 2, *[256] * 2, *[512] * 6, *[1024] * 2),
    "s": (48, 96, *[192] * 2, *[384] * 2, *[768] * 6, *[1536] * 2),
    "m": (48, 96, *[192] * 4, *[384] * 4, *[768] * 8, *[1536] * 4),
    "l": (64, 128, *[256] * 4, *[512] * 4, *[1024] * 16, *[2048] * 4),
}
"""Output channels by the size's first letter: the stem's, then each block's."""

SHRINKING = 32
"""How many times smaller than the input the last map is; a side that is no multiple would not fit its
residuals.
"""


def build_bnext(spec: DetectorSpec) -> BNextNetwork:
    """The untrained network of `spec`; the last letter of its backbone ("bnext-t") is the size."""
    return BNextNetwork(CHANNELS[spec.backbone[-1]], spec.input)


class Stem(nn.Module):
    """The only full-precision convolution of the backbone: (B, 3, S, S) to (B, C, S/2, S/2)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, channels, 3, stride=2, padding=1, bias=False)
        self.bn = nn.BatchNorm2d(channels)
        # published checkpoints hold it, and it counts among the parameters; the forward pass never used it
        self.prelu = nn.PReLU(channels).requires_grad_(False)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return cast(torch.Tensor, self.bn(self.conv(images)))


class BNext(nn.Module):
    """(B, 3, S, S) normalised planes to (B, `num_features`), S a multiple of 32;
    `channels` as in `CHANNELS`.
    """

    def __init__(self, channels: Sequence[int]) -> None:
        super().__init__()
        self.num_features = channels[-1]
        self.stem = Stem(channels[0])
        self.blocks = nn.Sequential(
            *(
                BinaryBlock(
                    before,
                    doubled=after != before,
                    stride=2 if after != before and number > 1 else 1,
                    attention=number % 2 == 0,
                )
                for number, (before, after) in enumerate(pairwise(channels), start=1)
            )
        )
        self.prelu = nn.PReLU(channels[-1])
        self.pool = nn.AdaptiveAvgPool2d(1)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return cast(torch.Tensor, self.pool(self.prelu(self.blocks(self.stem(images))))).flatten(1)


class BNextNetwork(nn.Module):
    """In: (B, 3, S, S) float32 RGB in 0..1, S a multiple of 32. Out: (B,) float32 logits, positive: fake
    (published: real).

    Planes, adapter, then `spec`'s normalisation, then BNext. A trainer calls `anneal_within` after every
    round; until the temperature is under 1e-7 the weights are not binary. A packed file (`packing`) loads
    like any other, strictly. It computes in float either way, so that the gain in speed of binary weights is
    theoretical here; the gain in size is real.

    A sign has no tolerance: where a feature lies within rounding of 0, another engine, batch or processor may
    take the other sign, and the flip spreads. With random binary weights and T at 224 px three of four
    pictures differed by more than 1e-3 between torch and onnxruntime, and one of two between float32 and
    float64 of torch, where one flip in the first unit had become thousands.
    """

    mean: torch.Tensor
    std: torch.Tensor

    def __init__(self, channels: Sequence[int], spec: InputSpec, gradient: bool = False) -> None:
        super().__init__()
        self.planes = Planes(spec.size, gradient)
        self.adapter = nn.Conv2d(self.planes.count, 3, 3, padding=1)
        self.backbone = BNext(channels)
        self.head = one_logit(self.backbone.num_features)
        self.register_buffer("mean", torch.tensor(spec.mean).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(spec.std).view(1, 3, 1, 1), persistent=False)
        self.register_load_state_dict_pre_hook(unpack_in_place)  # type: ignore[no-untyped-call] # torch has no types for it

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        height, width = images.shape[-2:]
        if height % SHRINKING or width % SHRINKING:
            raise ValueError(
                f"input of {height} x {width} px does not halve evenly: give a multiple of {SHRINKING}"
            )
        adapted = self.adapter(self.planes(images))
        features = self.backbone((adapted - self.mean) / self.std)
        return cast(torch.Tensor, self.head(features)).squeeze(1)

    @property
    def cam_layer(self) -> nn.Module:
        """The last spatial map, (B, C, S/32, S/32), which is averaged and meets the head."""
        return self.backbone.prelu

    @property
    def temperature(self) -> float:
        """The highest temperature of the binary weights: 1 before training, 0 when they
        have become binary.
        """
        return max(module.temperature.item() for module in self.modules() if isinstance(module, BinaryConv))

    @property
    def is_binary(self) -> bool:
        """Whether every binary convolution uses signs alone."""
        return self.temperature < BINARY_BELOW

    def anneal(self, factor: float = ANNEALING) -> None:
        """Cool all weights down by `factor`: to be called once after every epoch.

        0.9 makes them binary after 153 epochs; `binary.annealing_factor(epochs)` gives the factor for fewer.
        """
        for module in self.modules():
            if isinstance(module, Annealed):
                module.anneal(factor)

    def anneal_within(self, epochs: int) -> None:
        """Cool down by what a run of `epochs` needs: to be called after each, it makes the weights binary
        `ANNEALED_BY` of the way.
        """
        self.anneal(annealing_factor(math.ceil(ANNEALED_BY * epochs)))

    def anneal_like(self, other: BNextNetwork) -> None:
        """Take the temperatures of `other`.

        For what averages weights: an average of temperatures lags behind, and is not binary when the network
        is.
        """
        for name, module in self.named_modules():
            if isinstance(module, Annealed):
                twin = other.get_submodule(name)
                assert isinstance(twin, Annealed)
                module.temperature.copy_(twin.temperature)

    def harden(self) -> None:
        """Make all weights binary at once."""
        self.anneal(0.0)
