"""What a network says of itself: a transformer's attention, and what each of several branches adds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import torch
from torch import nn

from detector.explain.cams import sharing_copy
from detector.structures import Floats
from detector.zoo.multibranch import BRANCHES, SCALES, MultibranchNetwork

FULL_SHARE = 4.0
"""Times an even share of the attention that are shown as 1. The same for every picture."""


def attention_values(network: nn.Module, images: torch.Tensor) -> Floats:
    """Attention rollout (arXiv:2005.00928) of one face as values (S, S) float32 in 0..1; `images` is (1, 3,
    S, S) float32 RGB in 0..1, `network` has an `attention_map`.

    A cell that gets an even share or less is 0, one that gets `FULL_SHARE` times as much is 1. It says where
    the network looked, not towards which answer.
    """
    attention_map: Any = network.attention_map
    with torch.inference_mode():
        taken = attention_map(images)[0].float().cpu().numpy()
    over = (taken * taken.size - 1) / (FULL_SHARE - 1)
    side = images.shape[-1]
    smooth = cv2.resize(over.astype(np.float32), (side, side), interpolation=cv2.INTER_LINEAR)
    return np.asarray(np.clip(smooth, 0.0, 1.0), dtype=np.float32)


@dataclass(frozen=True, eq=False)
class BranchMaps:
    """What each branch adds to the logit, place by place: under each name of `BRANCHES` its maps (h, w)
    float32, one for each of its own resolutions, all of whose cells together with `bias` add up to `logit`.
    """

    maps: dict[str, tuple[Floats, ...]]
    bias: float
    logit: float

    @property
    def shares(self) -> dict[str, float]:
        """What each branch adds to the logit as a whole, positive: fake."""
        return {name: float(sum(cells.sum() for cells in maps)) for name, maps in self.maps.items()}


def branch_maps(network: MultibranchNetwork, images: torch.Tensor) -> BranchMaps:
    """The maps of a face, `images` (1, 3, S, S) float32 RGB in 0..1.

    Every feature is the mean of a map, and the logit is linear in the gated features: with the gates of this
    face each place adds its value times its channel's gate and weight. Nothing is approximated.
    """
    maps: list[torch.Tensor] = []

    def keep(_layer: nn.Module, _inputs: object, output: torch.Tensor) -> None:
        maps.append(output[0])

    probe: Any = sharing_copy(network)
    ordered = (probe.backbone.bn2, *probe.scales, probe.frequencies.layers, probe.edges.layers)
    for layer in ordered:
        layer.register_forward_hook(keep)
    with torch.inference_mode():
        features = probe.features(images.clone())
        weights = (probe.attention(features) * probe.head.weight)[0]
        logit = float((features[0] * weights).sum() + probe.head.bias)
        pieces = weights.split([len(channels) for channels in maps])
        cells = [
            np.asarray((piece[:, None, None] * kept).sum(dim=0).float().cpu() / kept[0].numel())
            for piece, kept in zip(pieces, maps, strict=True)
        ]
    first, last = cells[0], cells[len(SCALES) + 1 :]
    parts = ((first,), tuple(cells[1 : len(SCALES) + 1]), *((each,) for each in last))
    return BranchMaps(dict(zip(BRANCHES, parts, strict=True)), float(probe.head.bias), logit)
