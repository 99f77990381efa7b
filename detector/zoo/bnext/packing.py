"""The state of a binary network to a file of one bit a weight, and back, exactly."""

from __future__ import annotations

import os
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from safetensors.torch import save_file
from torch import nn

from detector.errors import WeightsError
from detector.zoo.bnext.blocks import weight_at

BITS = ".bits"
"""Ends the key of packed weights: (C, k, k, C / 8) uint8, a bit is 1 where the weight is, input channels
last, highest bit first.
"""

ZEROS = ".zeros"
"""Ends the key of the weights that are 0, which no bit can say: flat places in (C, C, k, k), int64; absent
where there are none.
"""

WHOLE = ("running_mean", "running_var", "temperature")
"""Kept in float32: sums of 9216 signs have variances beyond the largest number of 16 bits."""

Precision = Literal["fp16", "fp32"]


def pack(state: Mapping[str, torch.Tensor], precision: Precision = "fp16") -> dict[str, torch.Tensor]:
    """The `state_dict` of a binary network with each weight of its binary convolutions as one bit, and no
    scale: it has none.

    `precision` is that of the other learned parameters; statistics of batch normalisation stay in float32.
    With fp32 the unpacked network gives the same logits to the last bit, with fp16 those of the network whose
    other parameters are rounded. The latent weights are gone: what is unpacked is for judging, not for
    training on. WeightsError if a weight is neither -1, 0 nor 1 yet.
    """
    binary = binary_keys(state)
    packed: dict[str, torch.Tensor] = {}
    for key, value in state.items():
        if key in binary:
            signs = weight_at(value.detach().float().cpu(), state[_temperature_of(key)].float().cpu())
            packed.update(_packed_weight(key, signs))
        else:
            packed[key] = _rounded(key, value.detach().cpu(), precision)
    return packed


def unpack(packed: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The `state_dict` that `pack` was given, binary weights as -1, 0 and 1 in float32 and the rest as
    stored.
    """
    state = dict(packed)
    unpack_in_place(None, state)
    return state


def unpack_in_place(
    _network: nn.Module | None, state: MutableMapping[str, torch.Tensor], *_unused: Any
) -> None:
    """Put weights for bits in `state`; as a hook before `load_state_dict`, it lets a packed file load
    strictly like any other.
    """
    for bits_key in [key for key in state if key.endswith(BITS)]:
        key = bits_key.removesuffix(BITS)
        bits = state.pop(bits_key)
        zeros = state.pop(key + ZEROS, None)
        state[key] = _unpacked_weight(bits, zeros)


def save_packed(network: nn.Module, file: Path, precision: Precision = "fp16") -> None:
    """Write `network` to `file`, packed safetensors, readable by all."""
    save_file({key: value.contiguous() for key, value in pack(network.state_dict(), precision).items()}, file)
    os.chmod(file, 0o644)


def packed_bytes(network: nn.Module, precision: Precision = "fp16") -> int:
    """Bytes of the tensors in a packed file of `network`, which may lie on the meta device; without zeros and
    the file's own header.
    """
    state = network.state_dict()
    binary = binary_keys(state)
    total = 0
    for key, value in state.items():
        if key in binary:
            total += value.numel() // 8
        elif precision == "fp16" and _halved(key, value):
            total += value.numel() * 2
        else:
            total += value.numel() * value.element_size()
    return total


def binary_keys(state: Mapping[str, torch.Tensor]) -> frozenset[str]:
    """The keys of weights that lie beside a temperature."""
    return frozenset(key for key in state if key.endswith(".weight") and _temperature_of(key) in state)


def _temperature_of(key: str) -> str:
    return key.removesuffix("weight") + "temperature"


def _halved(key: str, value: torch.Tensor) -> bool:
    return value.is_floating_point() and key.rsplit(".", 1)[-1] not in WHOLE


def _rounded(key: str, value: torch.Tensor, precision: Precision) -> torch.Tensor:
    if precision == "fp32" or not _halved(key, value):
        return value
    halved = value.half()
    return halved if torch.isfinite(halved).all() else value


def _packed_weight(key: str, signs: torch.Tensor) -> dict[str, torch.Tensor]:
    zero = signs == 0
    if not (zero | (signs.abs() == 1)).all():
        raise WeightsError(
            f"{key} is not binary yet, so that no bit holds it: take a checkpoint from the end of the run, or"
            " harden it first"
        )
    ones = (signs > 0).permute(0, 2, 3, 1).numpy()
    packed = {key + BITS: torch.from_numpy(np.packbits(ones, axis=-1))}
    if zero.any():
        packed[key + ZEROS] = zero.flatten().nonzero().flatten()
    return packed


def _unpacked_weight(bits: torch.Tensor, zeros: torch.Tensor | None) -> torch.Tensor:
    ones = torch.from_numpy(np.unpackbits(bits.cpu().numpy(), axis=-1)).permute(0, 3, 1, 2)
    signs = (ones.float() * 2 - 1).contiguous()
    if zeros is not None:
        signs.view(-1)[zeros.cpu()] = 0
    return signs
