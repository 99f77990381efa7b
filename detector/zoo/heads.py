"""The last layer of the detectors with one logit."""

from __future__ import annotations

from torch import nn


def one_logit(features: int) -> nn.Linear:
    """A linear layer to one logit that starts near zero.

    timm starts an EfficientNet's head uniformly in ±1 over the square root of its outputs, which for one
    output is ±1: training then begins at a loss of 2 to 3 and spoils the backbone. Standard deviation 0.01
    and bias 0 begin at 0.69.
    """
    head = nn.Linear(features, 1)
    nn.init.normal_(head.weight, std=0.01)
    nn.init.zeros_(head.bias)
    return head
