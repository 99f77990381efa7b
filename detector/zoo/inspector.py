"""EfficientNet-B0 with a dense head: the network of DeepFake Inspector, normalised once."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from torch import nn

from detector.zoo.heads import one_logit
from detector.zoo.sbi import BackboneNetwork
from detector.zoo.specs import DetectorSpec

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
