"""Four branches that do what they say: B4, scales from its own stages, a Fourier transform and an edge
filter, gated and summed.
"""

from __future__ import annotations

import contextlib
import math
from typing import Any, cast

import timm
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.checkpoint import checkpoint

from detector.zoo.backbone import one_logit
from detector.zoo.specs import DetectorSpec

BRANCHES = {"backbone": 1792, "scales": 960, "frequencies": 256, "edges": 128}
"""Features of each branch, in the order in which they are joined."""

SCALES = {1: 64, 2: 128, 4: 256, 6: 512}
"""Features taken from each of B4's stages that ends a scale: 1/4, 1/8, 1/16 and 1/32 of the input's side."""

FEATURES = sum(BRANCHES.values())
GATE_WIDTH = FEATURES // 16
DROPOUT = 0.4

WINDOW_PX = 16
"""Side of the windows whose spectrum is taken: long enough for the periods of 2 to 8 pixels that upsampling
and JPEG leave behind.
"""

POWER_FLOOR = 1e-6
"""Power under which nothing is told apart: that of rounding to 8 bits, (1 / 255)² / 12, is 1.3e-6."""

LUMA = (0.299, 0.587, 0.114)
"""Weights of R, G and B in grey (ITU-R BT.601)."""


class MultibranchNetwork(nn.Module):
    """In: (B, 3, S, S) float32 RGB in 0..1, S >= 32. Out: (B,) float32 logits, positive: fake. Normalisation
    is inside.

    The last layer is linear, so that the logit is its bias and what each branch adds (`contributions`),
    exactly.
    """

    mean: torch.Tensor
    std: torch.Tensor

    def __init__(self, spec: DetectorSpec) -> None:
        super().__init__()
        self.backbone: Any = timm.create_model(spec.backbone, pretrained=False, num_classes=0)
        channels = {f["module"]: f["num_chs"] for f in cast(Any, self.backbone).feature_info}
        self.scales = nn.ModuleList(
            _convolution(channels[f"blocks.{stage}"], width, side=1) for stage, width in SCALES.items()
        )
        self.frequencies = FourierBranch(BRANCHES["frequencies"])
        self.edges = EdgeBranch(BRANCHES["edges"])
        self.attention = nn.Sequential(
            nn.Linear(FEATURES, GATE_WIDTH), nn.ReLU(), nn.Linear(GATE_WIDTH, FEATURES), nn.Sigmoid()
        )
        self.dropout = nn.Dropout(DROPOUT)
        self.head = one_logit(FEATURES)
        self.register_buffer("mean", torch.tensor(spec.input.mean).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(spec.input.std).view(1, 3, 1, 1), persistent=False)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        features = self.features(images)
        return cast(torch.Tensor, self.head(self.dropout(features * self.attention(features)))).squeeze(1)

    def features(self, images: torch.Tensor) -> torch.Tensor:
        """What the branches find, (B, 3136), in the order of `BRANCHES`."""
        net = self.backbone
        held = net.bn1(net.conv_stem((images - self.mean) / self.std))
        maps = []
        for number, stage in enumerate(net.blocks):
            held = (
                checkpoint(stage, held, use_reentrant=False)
                if self.training and net.grad_checkpointing
                else stage(held)
            )
            if number in SCALES:
                maps.append(held)
        whole = net.global_pool(net.bn2(net.conv_head(held)))
        scales = [scale(taken).mean(dim=(2, 3)) for scale, taken in zip(self.scales, maps, strict=True)]
        return torch.cat([whole, *scales, self.frequencies(images), self.edges(images)], dim=1)

    def gate(self, images: torch.Tensor) -> torch.Tensor:
        """How much of each feature is let through, (B, 3136) in 0..1, in the order of `BRANCHES`."""
        return cast(torch.Tensor, self.attention(self.features(images)))

    def contributions(self, images: torch.Tensor) -> torch.Tensor:
        """What each branch adds to the logit, (B, 4) in the order of `BRANCHES`, positive: fake.

        Their sum and the head's bias are the logit. Meant for eval mode: training drops features at random.
        """
        features = self.features(images)
        terms = features * self.attention(features) * self.head.weight
        return torch.stack([part.sum(dim=1) for part in terms.split(list(BRANCHES.values()), dim=1)], dim=1)

    @property
    def cam_layer(self) -> nn.Module:
        """The backbone's last map, where Grad-CAM looks."""
        return cast(nn.Module, self.backbone.bn2)


class FourierBranch(nn.Module):
    """What the spectra of small windows say: (B, 3, S, S) RGB in 0..1 to (B, `features`)."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.spectrum = WindowSpectrum()
        self.layers = nn.Sequential(
            nn.BatchNorm2d(self.spectrum.count),
            _convolution(self.spectrum.count, 128, side=1),
            _convolution(128, features, side=3, stride=2),
        )

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return cast(torch.Tensor, self.layers(self.spectrum(images))).mean(dim=(2, 3))


class WindowSpectrum(nn.Module):
    """The Fourier transform of grey in windows of 16 pixels that overlap by half: (B, 3, S, S) in 0..1 to (B,
    144, N, N), N = S / 8 - 1.

    A plane is the log power of one frequency: vertical 0, 1, ..., 7, -8, ..., -1 times horizontal 0 to 8, in
    cycles a window (those left out mirror these). The windows are Hann's, scaled so that white noise has its
    own variance as power. The transform is a convolution with fixed waves, which every engine has; it depends
    on no input size, and what it finds in one place can be set against the next.
    """

    waves: torch.Tensor

    def __init__(self) -> None:
        super().__init__()
        cosines, sines = _waves(WINDOW_PX)
        self.count = len(cosines)
        self.register_buffer("waves", torch.cat([cosines, sines])[:, None], persistent=False)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        with _in_full(images):
            cosine, sine = F.conv2d(grey(images.float()), self.waves, stride=WINDOW_PX // 2).chunk(2, dim=1)
            return torch.log(cosine.square() + sine.square() + POWER_FLOOR)


class EdgeBranch(nn.Module):
    """What the edges say: (B, 3, S, S) RGB in 0..1 to (B, `features`)."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.sobel = Sobel()
        self.layers = nn.Sequential(
            nn.BatchNorm2d(3),
            _convolution(3, 32, stride=2),
            _convolution(32, 64, stride=2),
            _convolution(64, features, stride=2),
        )

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return cast(torch.Tensor, self.layers(self.sobel(images))).mean(dim=(2, 3))


class Sobel(nn.Module):
    """The slopes of grey: (B, 3, S, S) RGB in 0..1 to (B, 3, S, S), growth to the right and downwards in
    -1..1 a step, and their length.

    A step from black to white gives 1 in the two columns (or rows) that meet there. The border repeats the
    outermost pixels.
    """

    filters: torch.Tensor

    def __init__(self) -> None:
        super().__init__()
        across = torch.outer(torch.tensor([1.0, 2.0, 1.0]), torch.tensor([-1.0, 0.0, 1.0])) / 4
        self.register_buffer("filters", torch.stack([across, across.T])[:, None], persistent=False)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        slopes = F.conv2d(F.pad(grey(images), (1, 1, 1, 1), mode="replicate"), self.filters)
        length = torch.sqrt(slopes.square().sum(dim=1, keepdim=True) + POWER_FLOOR)
        return torch.cat([slopes, length], dim=1)


def grey(images: torch.Tensor) -> torch.Tensor:
    """(B, 3, S, S) RGB to (B, 1, S, S), in the same range."""
    red, green, blue = images.split(1, dim=1)  # type: ignore[no-untyped-call] # torch has no types for it
    return cast(torch.Tensor, LUMA[0] * red + LUMA[1] * green + LUMA[2] * blue)


def _waves(side: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Real and imaginary part of the transform of a window, each (side * (side // 2 + 1), side, side)
    float32.
    """
    place = torch.arange(side, dtype=torch.float64)
    hann = torch.sin(math.pi * (place + 0.5) / side) ** 2
    window = torch.outer(hann, hann) / hann.square().sum()
    turns = torch.outer(place, place) / side
    phase = -2 * math.pi * (turns[:, None, :, None] + turns[None, : side // 2 + 1, None, :]).flatten(0, 1)
    return (window * torch.cos(phase)).float(), (window * torch.sin(phase)).float()


def _in_full(images: torch.Tensor) -> contextlib.AbstractContextManager[object]:
    """No mixed precision: 8 bits of mantissa cannot hold weak frequencies beside the mean.

    Nothing at all where none is on, so that exporters meet none.
    """
    kind = images.device.type
    mixed = torch.amp.is_autocast_available(kind) and torch.is_autocast_enabled(kind)
    return torch.autocast(kind, enabled=False) if mixed else contextlib.nullcontext()


def _convolution(before: int, after: int, side: int = 3, stride: int = 1) -> nn.Sequential:
    layer = nn.Conv2d(before, after, side, stride=stride, padding=side // 2, bias=False)
    return nn.Sequential(layer, nn.BatchNorm2d(after), nn.ReLU())
