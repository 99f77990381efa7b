"""Builds the network of a spec, and counts its parameters, operations and bytes."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import nn

from detector.zoo.backbone import BackboneNetwork
from detector.zoo.specs import DetectorSpec

if TYPE_CHECKING:
    import torch
    from torch import nn


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
            from detector.zoo.backbone import InspectorNetwork

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


SCALE_BYTES = 4
"""Of the float32 by which the 8-bit weights of one output channel are multiplied."""


@dataclass(frozen=True)
class Sizes:
    """Bytes of all tensors of a `state_dict`, parameters and buffers alike; the header of the file, some 100
    bytes a tensor, comes on top.

    `fp32`: as the network is built. `fp16`: every number with a point in 2 bytes, counters as they are; what
    `publish` writes, but for binary networks. `int8`: a byte a number in tensors of two or more dimensions,
    and a float32 scale for each output channel (their first dimension); the rest as in fp16. `packed`: one
    bit a weight of a binary convolution, the rest as `bnext.packing` keeps it; what `publish` writes of
    binary networks, None for others. Parameters alone, as they are often counted, are `4 * Cost.params` bytes
    in float32: up to 1.2 % less.
    """

    fp32: int
    fp16: int
    int8: int
    packed: int | None = None


def file_sizes(network: nn.Module) -> Sizes:
    """The sizes of `network`, which may lie on the meta device."""
    state = network.state_dict()
    return Sizes(
        fp32=sum(value.numel() * value.element_size() for value in state.values()),
        fp16=sum(map(_in_fp16, state.values())),
        int8=sum(
            value.numel() + SCALE_BYTES * len(value) if _quantised(value) else _in_fp16(value)
            for value in state.values()
        ),
        packed=_packed(network, state),
    )


def _in_fp16(value: torch.Tensor) -> int:
    return value.numel() * (2 if value.is_floating_point() else value.element_size())


def _quantised(value: torch.Tensor) -> bool:
    return value.is_floating_point() and value.dim() >= 2


def _packed(network: nn.Module, state: Mapping[str, torch.Tensor]) -> int | None:
    from detector.zoo.bnext.packing import binary_keys, packed_bytes

    return packed_bytes(network) if binary_keys(state) else None
