"""The bytes of a file of each network, counted without one."""

from __future__ import annotations

import json

import pytest
from torch import nn

from detector.weights import find_weights, read_manifest
from detector.zoo.build import Sizes, cost, file_sizes
from detector.zoo.specs import SPECS, with_head
from tests.zoo.networks import outline
from tests.zoo.test_specs import COUNTED

FLOAT32_MIB = {
    # of the parameters alone
    "sbi-efficientnet-b4": 66.95,
    "sbi-efficientnetv2-s": 76.98,
    "sbi-efficientnetv2-m": 201.64,
    "sbi-mobilevitv2-200": 66.47,
    "multibranch-b4-published": 134,
}
BNEXT_MB = {
    # float32 of the parameters; one bit a binary weight and float16 for the rest of them
    "bnext-t": (119.4, 6.70),
    "bnext-s": (268.2, 14.93),
    "bnext-m": (531.9, 29.24),
    "bnext-l": (1298, 70.92),
}


def buffer_bytes(name: str) -> int:
    held = outline(name).state_dict()
    learned = {key for key, _ in outline(name).named_parameters()}
    return sum(value.numel() * value.element_size() for key, value in held.items() if key not in learned)


@pytest.mark.fidelity("0-19")
def test_a_small_network_by_hand() -> None:
    network = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2))
    # 6 weights, 2 biases; 2 scales, 2 shifts, 2 means, 2 variances; a counter of 8 bytes
    assert file_sizes(network) == Sizes(
        fp32=16 * 4 + 8, fp16=16 * 2 + 8, int8=6 + 2 * 4 + 10 * 2 + 8, packed=None
    )


def test_a_network_without_a_tensor_takes_nothing() -> None:
    assert file_sizes(nn.Identity()) == Sizes(0, 0, 0, None)


@pytest.mark.parametrize("name", FLOAT32_MIB)
def test_parameters_alone_are_the_published_mib(name: str) -> None:
    counted = cost(SPECS[name])
    assert 4 * counted.params / 2**20 == pytest.approx(FLOAT32_MIB[name], abs=0.05)
    assert counted.sizes.fp32 == 4 * counted.params + buffer_bytes(name)


@pytest.mark.parametrize("name", BNEXT_MB)
def test_a_binary_network_takes_the_published_bytes(name: str) -> None:
    sizes, statistics = cost(SPECS[name]).sizes, buffer_bytes(name)
    whole, packed = BNEXT_MB[name]
    assert (sizes.fp32 - statistics) / 1e6 == pytest.approx(whole, rel=1e-3)
    assert sizes.packed is not None
    assert (sizes.packed - statistics) / 1e6 == pytest.approx(packed, rel=1e-3)


@pytest.mark.parametrize("name", SPECS)
def test_fewer_bits_make_a_smaller_file_and_buffers_are_a_hundredth_of_it(name: str) -> None:
    counted = cost(SPECS[name])
    sizes = counted.sizes
    assert sizes.fp32 > sizes.fp16 > sizes.int8 > (sizes.packed or 0)
    assert 1 < sizes.fp32 / (4 * counted.params) < 1.02
    assert sizes.fp16 / sizes.fp32 == pytest.approx(1 / 2, rel=0.001)
    assert 0.25 < sizes.int8 / sizes.fp32 < 0.28
    assert (sizes.packed is not None) == (SPECS[name].family == "bnext")


def test_every_published_network_was_compared() -> None:
    # B7 with a transformer and the dense head have no published MiB: their parameters, four bytes each, are
    # compared elsewhere
    assert FLOAT32_MIB.keys() | BNEXT_MB.keys() | {"deit-distill-large", "inspector-b0"} == COUNTED.keys()


@pytest.mark.fidelity("0-19")
def test_the_files_that_ship_are_as_large_as_counted() -> None:
    folder = find_weights()
    entries = [entry for entry in read_manifest(folder).items() if entry[1].precision == "fp16"]
    assert entries
    for name, entry in entries:
        with (folder / entry.file).open("rb") as file:
            header_bytes = int.from_bytes(file.read(8), "little")
            json.loads(file.read(header_bytes))
        assert entry.bytes - 8 - header_bytes == cost(with_head(SPECS[name], entry.head)).sizes.fp16
