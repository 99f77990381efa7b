"""Builds a detector's network from its spec; counts its parameters, operations and bytes."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import torch
from torch import nn

from detector.zoo.sbi import BackboneNetwork
from detector.zoo.sizes import Sizes, file_sizes
from detector.zoo.specs import DetectorSpec


@dataclass(frozen=True)
class Cost:
    """Trainable parameters, multiply-adds of one face in units of 1e9 (half of torch's operation counter),
    and bytes of a file.
    """

    params: int
    gmacs: float
    sizes: Sizes


def build_network(spec: DetectorSpec) -> nn.Module:
    """The untrained network of `spec`: (B, 3, S, S) float32 RGB in 0..1 to (B,) logits, positive: fake."""
    # each family is imported where it is asked for: the page loads one or two of the six
    match spec.family:
        case "sbi" | "unblend":
            return BackboneNetwork(spec.backbone, spec.input)
        case "bnext":
            from detector.zoo.bnext import build_bnext

            return build_bnext(spec)
        case "deit":
            from detector.zoo.deit import build_deit

            return build_deit(spec)
        case "inspector":
            from detector.zoo.inspector import InspectorNetwork

            return InspectorNetwork(spec)
        case "multibranch" if spec.name == "multibranch-b4-published":
            from detector.zoo.multibranch_published import PublishedMultibranchNetwork

            return PublishedMultibranchNetwork(spec)
        case "multibranch":
            from detector.zoo.multibranch import MultibranchNetwork

            return MultibranchNetwork(spec)


@functools.cache
def cost(spec: DetectorSpec, size: int | None = None) -> Cost:
    """Parameters, bytes, and operations at `size` (the published input size where None), counted on the meta
    device, once a process.
    """
    from torch.utils.flop_counter import FlopCounterMode

    with torch.device("meta"):
        network = build_network(spec).eval()
        side = size or spec.input.size
        with FlopCounterMode(display=False) as counter, torch.no_grad():
            network(torch.empty(1, 3, side, side))
    params = sum(parameter.numel() for parameter in network.parameters())
    return Cost(params=params, gmacs=counter.get_total_flops() / 2e9, sizes=file_sizes(network))
