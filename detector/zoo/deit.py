"""CNN features and image patches to the logit of a distillation token: the DFDC system of arXiv:2104.01353,
large and tiny.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import timm
import torch
from timm.layers.pos_embed import resample_abs_pos_embed
from torch import nn
from torch.nn import functional

from detector.structures import InputSpec
from detector.zoo.backbone import BackboneNetwork, one_logit
from detector.zoo.specs import DetectorSpec

PATCH = 32
"""Side of a patch in pixels, and the stride of the CNN: so that both give the same number of tokens."""


@dataclass(frozen=True)
class Form:
    """A transformer of timm by name, and the stochastic depth of both parts: largest share of samples that
    skip a block in training.
    """

    transformer: str
    drop_path: float
    backbone_drop_path: float


FORMS = {
    "deit-distill-large": Form("vit_large_patch32_384", drop_path=0.2, backbone_drop_path=0.2),
    "deit-distill-tiny": Form("vit_tiny_patch16_224", drop_path=0.1, backbone_drop_path=0.0),
}


def build_deit(spec: DetectorSpec) -> nn.Module:
    """The untrained network of `spec`, whose name says which of the `FORMS` it has and whose `backbone` is
    timm's name of the CNN.
    """
    return DistilledTransformer(FORMS[spec.name], spec.backbone, spec.input)


def build_baseline(spec: DetectorSpec, part: str) -> nn.Module:
    """Half of `spec`, to compare the whole with: its CNN ("cnn") or its transformer on patches alone
    ("transformer"), with one logit.
    """
    return (
        BackboneNetwork(spec.backbone, spec.input)
        if part == "cnn"
        else PlainTransformer(FORMS[spec.name], spec.input)
    )


class PlainTransformer(BackboneNetwork):
    """In: (B, 3, S, S) float32 RGB in 0..1. Out: (B,) float32 logits of the class token, positive: fake. S is
    a multiple of 32.
    """

    def __init__(self, form: Form, spec: InputSpec) -> None:
        super().__init__(form.transformer, spec)
        self.backbone: Any = timm.create_model(
            form.transformer,
            pretrained=False,
            num_classes=0,
            patch_size=PATCH,
            img_size=spec.size,
            drop_path_rate=form.drop_path,
            dynamic_img_size=True,
        )


class DistilledTransformer(nn.Module):
    """In: (B, 3, S, S) float32 RGB in 0..1. Out: (B,) float32 logits of the distillation token, positive:
    fake. Normalisation is inside.

    Each of N = (S / 32)² cells is one token: the CNN's features and those of its 32 x 32 patch, joined and
    averaged down to the transformer's width. A sequence is the class token, the N cells row by row, the
    distillation token: N + 2. S is a multiple of 32; where it is not the S of `spec`, the position embedding
    is resampled.
    """

    mean: torch.Tensor
    std: torch.Tensor

    def __init__(self, form: Form, backbone: str, spec: InputSpec) -> None:
        super().__init__()
        self.backbone: Any = timm.create_model(
            backbone, pretrained=False, num_classes=0, drop_path_rate=form.backbone_drop_path
        )
        self.transformer: Any = timm.create_model(
            form.transformer,
            pretrained=False,
            num_classes=0,
            patch_size=PATCH,
            img_size=spec.size,
            drop_path_rate=form.drop_path,
        )
        width = cast(int, self.transformer.embed_dim)
        self.pool = FeaturePool(cast(int, self.backbone.num_features) + width, width)
        self.grid = Grid()
        self.distillation_token = nn.Parameter(torch.zeros(1, 1, width))
        self.head = one_logit(width)
        self.register_buffer("mean", torch.tensor(spec.mean).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(spec.std).view(1, 3, 1, 1), persistent=False)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.both_logits(images)[1]

    def both_logits(self, images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """The logits (B,) of the class token, which learns the label, and of the distillation token, which
        learns from a teacher.
        """
        tokens, columns = self._embed(images)
        *earlier, last = self.transformer.blocks
        for block in earlier:
            tokens = block(tokens)
        cells = self.grid(tokens[:, 1:-1], columns).flatten(2).transpose(1, 2)
        tokens = self.transformer.norm(last(torch.cat([tokens[:, :1], cells, tokens[:, -1:]], dim=1)))
        logits = cast(torch.Tensor, self.head(tokens[:, [0, -1]])).squeeze(2)
        return logits[:, 0], logits[:, 1]

    def attention(self, images: torch.Tensor) -> list[torch.Tensor]:
        """How much each token takes from each: for every block, first to last, (B, heads, N + 2, N + 2) in
        0..1, whose rows sum to 1.
        """
        tokens, _ = self._embed(images)
        weights = []
        for block in self.transformer.blocks:
            weights.append(attention_weights(block.attn, block.norm1(tokens)))
            tokens = block(tokens)
        return weights

    def attention_map(self, images: torch.Tensor) -> torch.Tensor:
        """How much the distillation token takes from each cell through all blocks: (B, S / 32, S / 32), not
        negative, sum under 1.
        """
        taken = rollout(self.attention(images))[:, -1, 1:-1]
        side = images.shape[-1] // PATCH
        return taken.reshape(len(taken), -1, side)

    def at_size(self, size: int) -> DistilledTransformer:
        """The network for inputs of `size` px alone, its positions resampled once: engines differ in how they
        would do it.
        """
        if size == self.transformer.patch_embed.img_size[0]:
            return self
        fixed = copy.deepcopy(self)
        fixed.transformer.set_input_size(img_size=size)
        return fixed

    @property
    def cam_layer(self) -> nn.Module:
        """The cells as the last block receives them, (B, width, S / 32, S / 32): the last map, and both CNN
        and patches are in it.
        """
        return self.grid

    def _embed(self, images: torch.Tensor) -> tuple[torch.Tensor, int]:
        """The sequence (B, N + 2, width) that the first block receives, and the number of columns of its
        cells.
        """
        height, width = images.shape[-2:]
        if height % PATCH or width % PATCH:
            raise ValueError(
                f"input of {height} x {width} px cannot be cut into patches of {PATCH}: give a multiple of"
                f" {PATCH}"
            )
        rows, columns = height // PATCH, width // PATCH
        normalised = (images - self.mean) / self.std
        patches = self.transformer.patch_embed.proj(normalised)
        joined = torch.cat([self.backbone.forward_features(normalised), patches], dim=1)
        cells = self.pool(joined.flatten(2).transpose(1, 2))
        positions = self.transformer.pos_embed
        if (rows, columns) != self.transformer.patch_embed.grid_size:
            positions = resample_abs_pos_embed(positions, new_size=[rows, columns], num_prefix_tokens=1)
        placed = (
            torch.cat([self.transformer.cls_token.expand(images.shape[0], -1, -1), cells], dim=1) + positions
        )
        return torch.cat([placed, self.distillation_token.expand(images.shape[0], -1, -1)], dim=1), columns


class FeaturePool(nn.Module):
    """Adaptive average pooling of the last axis, (..., `features`) to (..., `width`): output i averages the
    bin ⌊ri⌋ to ⌈r(i + 1)⌉, r = features / width. No parameters.

    The bins repeat with a period of features / gcd, so it is one small matrix product, which every engine
    has: exporters refuse adaptive pooling where r is not whole.
    """

    bins: torch.Tensor

    def __init__(self, features: int, width: int) -> None:
        super().__init__()
        self.periods = math.gcd(features, width)
        bins = torch.zeros(features // self.periods, width // self.periods)
        for i in range(bins.shape[1]):
            start, end = i * features // width, -(-(i + 1) * features // width)
            bins[start:end, i] = 1 / (end - start)
        self.register_buffer("bins", bins, persistent=False)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        periods = tokens.unflatten(-1, (self.periods, -1))  # type: ignore[no-untyped-call] # torch has no types for it
        return cast(torch.Tensor, periods @ self.bins).flatten(-2)


class Grid(nn.Module):
    """The cells' tokens (B, N, C), row by row, laid out as a map (B, C, rows, `columns`)."""

    def forward(self, cells: torch.Tensor, columns: int) -> torch.Tensor:
        laid_out = cells.transpose(1, 2).unflatten(2, (-1, columns))  # type: ignore[no-untyped-call] # torch has no types for it
        return cast(torch.Tensor, laid_out)


def attention_weights(attention: Any, tokens: torch.Tensor) -> torch.Tensor:
    """The weights (B, heads, T, T) that a timm attention gives to normalised tokens (B, T, C); its own kernel
    does not hand them out.
    """
    queries, keys, _ = (
        attention.qkv(tokens).unflatten(2, (3, attention.num_heads, -1)).permute(2, 0, 3, 1, 4).unbind(0)
    )
    return functional.softmax(queries @ keys.transpose(2, 3) * attention.scale, dim=-1)


def rollout(weights: Sequence[torch.Tensor]) -> torch.Tensor:
    """Attention rollout (arXiv:2005.00928): how much each token at the end is of each at the beginning, (B,
    T, T), rows sum to 1.

    `weights` is (B, heads, T, T) of each block. Heads count alike, and half of a token passes a block by.
    """
    itself = torch.eye(weights[0].shape[-1], device=weights[0].device)
    product = itself
    for block in weights:
        product = (block.mean(dim=1) + itself) / 2 @ product
    return product
