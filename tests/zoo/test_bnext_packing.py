"""Packing: one bit a binary weight, exact, loaded like any other file."""

from __future__ import annotations

import copy
import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from detector.errors import WeightsError
from detector.structures import InputSpec
from detector.weights import load_into
from detector.zoo.bnext.network import CHANNELS, BNextNetwork
from detector.zoo.bnext.packing import binary_keys, pack, packed_bytes, save_packed, unpack
from detector.zoo.specs import IMAGENET_MEAN, IMAGENET_STD
from tests.makers import make_entry

INPUT = InputSpec(size=64, margin=0.5, mean=IMAGENET_MEAN, std=IMAGENET_STD)
SMALL = (8, 16, 32, 32, 64, 64)
PUBLISHED_MB = {"t": (6.70, 9.87), "s": (14.93, 21.90), "m": (29.24, 42.69), "l": (70.92, 103.3)}
"""1e6 bytes with the rest in 16 and in 32 bits, without the statistics of batch normalisation."""


def untrained(channels: tuple[int, ...] = SMALL, seed: int = 0) -> BNextNetwork:
    torch.manual_seed(seed)
    return BNextNetwork(channels, INPUT)


def settled(channels: tuple[int, ...] = SMALL, passes: int = 5) -> BNextNetwork:
    """A binary network with statistics of real passes."""
    network = untrained(channels)
    network.harden()
    with torch.no_grad():
        for _ in range(passes):
            network.train()(torch.rand(4, 3, 64, 64))
    return network.eval()


def logits(network: BNextNetwork) -> torch.Tensor:
    faces = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(7))
    with torch.no_grad():
        return network.eval()(faces)


def test_a_packed_file_of_t_is_a_seventeenth_and_gives_the_same_logits_to_the_last_bit(
    tmp_path: Path,
) -> None:
    network, loaded = settled(CHANNELS["t"], passes=2), untrained(CHANNELS["t"], seed=1)
    expected = logits(network)
    file = tmp_path / "t.safetensors"
    save_packed(network, file, precision="fp32")
    assert file.stat().st_size == pytest.approx(9.87e6, rel=0.03)
    loaded.load_state_dict(load_file(file), strict=True)
    assert torch.equal(logits(loaded), expected)

    save_packed(network, file)
    assert file.stat().st_size == pytest.approx(6.70e6, rel=0.04)
    loaded.load_state_dict(load_file(file), strict=True)
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if name not in binary_keys(network.state_dict()):
                parameter.copy_(parameter.half())
    assert torch.equal(logits(loaded), logits(network))


@pytest.mark.fidelity("1-2")
def test_unpacking_gives_the_signs_and_the_rest_as_they_were() -> None:
    state = settled().state_dict()
    back, binary = unpack(pack(state, "fp32")), binary_keys(state)
    assert back.keys() == state.keys()
    assert len(binary) == 13
    for key, value in state.items():
        assert torch.equal(back[key], value.sign() if key in binary else value), key


def test_bits_are_an_eighth_of_a_byte_a_weight() -> None:
    state = settled().state_dict()
    packed = pack(state)
    for key in binary_keys(state):
        bits = packed[f"{key}.bits"]
        assert bits.dtype == torch.uint8
        assert bits.numel() * 8 == state[key].numel()
        assert f"{key}.zeros" not in packed


def test_the_bit_of_a_positive_weight_is_one() -> None:
    network = untrained()
    network.harden()
    key = "backbone.blocks.0.pointwise.0.conv.weight"
    state = network.state_dict()
    state[key].copy_(torch.tensor([1.0, -1, -1, -1, -1, -1, 1, 1]).view(1, 8, 1, 1).expand(8, 8, 1, 1))
    assert pack(state)[f"{key}.bits"].flatten().tolist() == [0b10000011] * 8


def test_weights_of_zero_stay_zero() -> None:
    network, loaded = settled(), untrained(seed=1)
    key = "backbone.blocks.2.spatial.conv.weight"
    with torch.no_grad():
        network.get_parameter(key).view(-1)[[0, 17, 9000]] = 0
    packed = pack(network.state_dict(), "fp32")
    assert packed[f"{key}.zeros"].tolist() == [0, 17, 9000]
    assert torch.equal(unpack(packed)[key], network.get_parameter(key).sign())
    loaded.load_state_dict(packed)
    assert torch.equal(logits(loaded), logits(network))


def test_a_tiny_latent_weight_keeps_its_sign() -> None:
    network = settled()
    key = "backbone.blocks.0.spatial.conv.weight"
    with torch.no_grad():
        network.get_parameter(key).view(-1)[:2] = torch.tensor(
            [1e-12, -1e-12]
        )  # a half-precision file would make them 0
    assert unpack(pack(network.state_dict()))[key].view(-1)[:2].tolist() == [1.0, -1.0]


def test_packing_twice_changes_nothing() -> None:
    once = pack(settled().state_dict())
    again = pack(unpack(once))
    assert again.keys() == once.keys()
    assert all(torch.equal(again[key], value) for key, value in once.items())


def test_weights_that_are_not_binary_yet_are_refused() -> None:
    with pytest.raises(WeightsError, match=r"backbone\.blocks\..*weight is not binary yet"):
        pack(untrained().state_dict())


def test_what_sixteen_bits_cannot_hold_stays_whole() -> None:
    network = settled()
    network.backbone.blocks[0].spatial.bn1.running_var.fill_(1e7)
    network.head.bias.data.fill_(1e6)
    back = unpack(pack(network.state_dict()))
    assert (back["backbone.blocks.0.spatial.bn1.running_var"] == 1e7).all()
    assert back["head.bias"].item() == 1e6
    assert back["head.weight"].dtype == torch.float16


def test_a_packed_file_loads_through_the_door_of_all_weights(tmp_path: Path) -> None:
    network, loaded = settled(), untrained(seed=1)
    file = tmp_path / "small.safetensors"
    save_packed(network, file, precision="fp32")
    entry = replace(make_entry(), file=file.name, sha256=hashlib.sha256(file.read_bytes()).hexdigest())
    load_into(loaded, entry, tmp_path)
    assert torch.equal(logits(loaded), logits(network))


def test_a_copy_of_a_network_loads_a_packed_file_too() -> None:
    network = settled()
    expected, loaded = logits(network), copy.deepcopy(untrained(seed=1))
    loaded.load_state_dict(pack(network.state_dict(), "fp32"))
    assert torch.equal(logits(loaded), expected)


def test_a_packed_file_that_lacks_a_weight_is_refused(tmp_path: Path) -> None:
    packed = pack(settled().state_dict())
    del packed["backbone.blocks.0.spatial.conv.weight.bits"]
    save_file(packed, tmp_path / "short.safetensors")
    with pytest.raises(RuntimeError, match=r"Missing key.*backbone\.blocks\.0\.spatial\.conv\.weight"):
        untrained().load_state_dict(load_file(tmp_path / "short.safetensors"))


def test_an_unpacked_file_loads_as_before() -> None:
    network, loaded = settled(), untrained(seed=1)
    loaded.load_state_dict(network.state_dict())
    assert torch.equal(logits(loaded), logits(network))


@pytest.mark.parametrize("size", PUBLISHED_MB)
def test_every_size_packs_to_the_published_bytes(size: str) -> None:
    with torch.device("meta"):
        network = BNextNetwork(CHANNELS[size], INPUT)
    parameters = dict(network.named_parameters())
    statistics = sum(
        value.numel() * value.element_size()
        for key, value in network.state_dict().items()
        if key not in parameters
    )
    half, whole = PUBLISHED_MB[size]
    assert (packed_bytes(network) - statistics) / 1e6 == pytest.approx(half, rel=1e-3)
    assert (packed_bytes(network, "fp32") - statistics) / 1e6 == pytest.approx(whole, rel=1e-3)


def test_counted_bytes_are_those_of_the_packed_tensors() -> None:
    network = settled()
    packed = pack(network.state_dict())
    assert packed_bytes(network) == sum(value.numel() * value.element_size() for value in packed.values())
