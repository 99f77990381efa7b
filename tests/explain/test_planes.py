"""What there is to see of a crop: pictures whose planes are known by hand, and that the networks are given
what is said.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import nn

from detector.explain.planes import given, plane_pictures
from detector.structures import Image
from detector.zoo.bnext.planes import Planes
from detector.zoo.build import build_network
from detector.zoo.multibranch import Sobel, WindowSpectrum
from detector.zoo.specs import SPECS

SIDE = 64
REACH = 6
"""Pixels that the texture looks away: nearer to the rim it meets the dark outside."""


def grey(levels: np.ndarray) -> Image:
    """(S, S) levels as an RGB crop."""
    return np.repeat(levels.astype(np.uint8)[..., None], 3, axis=2)


def even(level: int) -> Image:
    return grey(np.full((SIDE, SIDE), level))


def checkerboard() -> Image:
    """White where row and column add up to an even number, black elsewhere."""
    row, column = np.indices((SIDE, SIDE))
    return grey(np.where((row + column) % 2, 0, 255))


def step(low: int, high: int) -> Image:
    """`low` in the left half, `high` in the right."""
    return grey(np.where(np.arange(SIDE) < SIDE // 2, low, high)[None].repeat(SIDE, axis=0))


def inside(plane: Image) -> Image:
    return plane[REACH:-REACH, REACH:-REACH]


def shown_frequency(length: float) -> int:
    """The grey level of a frequency whose Fourier transform has this length."""
    black, white = math.log(SIDE / math.sqrt(12)), math.log(255 * SIDE**2)
    return round(255 * (math.log(length) - black) / (white - black))


def test_the_colours_are_the_crop() -> None:
    crop = np.random.default_rng(0).integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)
    assert np.array_equal(plane_pictures(crop).colours, crop)


@pytest.mark.parametrize("side", [32, 224, 225])
def test_shapes_and_types(side: int) -> None:
    crop = np.random.default_rng(0).integers(0, 256, (side, side, 3), dtype=np.uint8)
    planes = plane_pictures(crop)
    for plane in (planes.frequencies, planes.texture, planes.edges):
        assert (plane.shape, plane.dtype) == ((side, side), np.uint8)


@pytest.mark.parametrize(
    "wrong", [np.zeros((8, 9, 3), np.uint8), np.zeros((8, 8), np.uint8), np.zeros((8, 8, 3), np.float32)]
)
def test_what_is_no_crop_is_refused(wrong: np.ndarray) -> None:
    with pytest.raises(ValueError, match="a crop is"):
        plane_pictures(wrong)


def test_an_even_picture_has_no_edge_one_frequency_and_all_neighbours_as_bright() -> None:
    planes = plane_pictures(even(100))
    assert not planes.edges.max() > 1  # the floor under the root is a thousandth of a step
    assert set(inside(planes.texture).ravel()) == {255}
    middle = SIDE // 2
    assert planes.frequencies[middle, middle] == shown_frequency(100 * SIDE**2)
    assert np.count_nonzero(planes.frequencies) == 1


def test_white_is_the_most_a_frequency_can_have() -> None:
    assert plane_pictures(even(255)).frequencies.max() == 255


def test_a_checkerboard_has_the_middle_and_the_finest_frequency_alike() -> None:
    plane = plane_pictures(checkerboard()).frequencies
    middle, half = SIDE // 2, shown_frequency(255 * SIDE**2 / 2)
    assert (plane[middle, middle], plane[0, 0]) == (half, half)
    assert np.count_nonzero(plane) == 2


def test_a_checkerboards_texture_is_all_for_black_and_one_of_three_for_white() -> None:
    crop = checkerboard()
    texture, white = inside(plane_pictures(crop).texture), inside(crop)[..., 0] == 255
    assert set(texture[white]) == {
        85
    }  # the neighbour beside it is white too; the others lie between white and black
    assert set(texture[~white]) == {255}


def test_a_step_is_an_edge_in_the_two_columns_that_meet() -> None:
    edges = plane_pictures(step(100, 151)).edges  # 51 levels are a slope of 0.2, half of what is white
    assert set(edges[:, SIDE // 2 - 1 : SIDE // 2 + 1].ravel()) <= {127, 128}
    assert edges[:, : SIDE // 2 - 1].max() <= 1 and edges[:, SIDE // 2 + 1 :].max() <= 1


def test_ranges_are_not_stretched_to_a_pictures_own_extremes() -> None:
    faint, strong = plane_pictures(step(100, 105)).edges, plane_pictures(step(0, 255)).edges
    assert 10 < faint.max() < 15
    assert strong.max() == 255


@pytest.mark.fidelity("1-4")
@pytest.mark.parametrize(
    "name",
    [
        "unblend-lite2",
        "bnext-t",
        "deit-distill-tiny",
        "inspector-b0",
        "multibranch-b4",
        "multibranch-b4-published",
    ],
)
def test_a_network_is_given_what_is_said_and_nothing_else(name: str) -> None:
    with torch.device("meta"):
        parts = {type(part) for part in build_network(SPECS[name]).modules()}
    known: dict[str, type[nn.Module]] = {
        "frequencies": Planes,
        "texture": Planes,
        "edges": Sobel,
        "windows": WindowSpectrum,
    }
    assert set(given(SPECS[name])) == {"colours"} | {plane for plane, part in known.items() if part in parts}
