"""The state of a network to the bytes that a file of it takes, at four precisions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the charts know the value without torch
    import torch
    from torch import nn

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
