"""Synthesised fakes: each kind differs from its own real picture where it should, and only there."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from detector.blending.autoencoders import PLANS, Autoencoder, Forgers
from detector.data.tables import Picture, read_index
from detector.errors import SettingsError
from detector.train.pairs import Pair, Stock
from detector.train.recipe import parse_recipe
from tests.train.makers import make_data, tiny

FORGERS = Forgers([Autoencoder(PLANS[0]).eval()])


@pytest.fixture(name="pictures", scope="module")
def pictures_of_a_tiny_set(tmp_path_factory: pytest.TempPathFactory) -> list[Picture]:
    return read_index(make_data(tmp_path_factory.mktemp("data")), "train")


def pairs(pictures: list[Picture], count: int = 12, **keys: Any) -> list[Pair]:
    stock = Stock(pictures, parse_recipe(tiny(**keys), "r"), FORGERS)
    return [stock.synthesised(np.random.default_rng(seed)) for seed in range(count)]


def changed_share(pair: Pair) -> float:
    return float((np.abs(pair.real.astype(int) - pair.fake) > 2).any(axis=2).mean())


KINDS: dict[str, dict[str, Any]] = {
    "retouched": {"retouch_share": 1.0},
    "reconstructed": {"reconstruct_share": 1.0, "forgers": "a.safetensors"},
    "swapped": {"donor_share": 1.0},
    "swapped without a seam": {"donor_share": 1.0, "seamless_share": 1.0},
    "blended with a reconstruction": {
        "reconstruct_sources": 1.0,
        "forgers": "a.safetensors",
        "degradation": {"regenerate": 1.0},
    },
}


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_gives_two_pictures_of_one_size_that_differ(pictures: list[Picture], kind: str) -> None:
    for pair in pairs(pictures, **KINDS[kind]):
        assert pair.real.shape == pair.fake.shape
        assert np.array_equal(pair.real_box, pair.fake_box)
        assert (pair.real != pair.fake).any()


def test_some_reconstructions_are_whole_and_some_inside_a_mask(pictures: list[Picture]) -> None:
    shares = [
        changed_share(pair) for pair in pairs(pictures, 24, reconstruct_share=1.0, forgers="a.safetensors")
    ]
    assert max(shares) > 0.9 and min(shares) < 0.6


def test_a_retouched_picture_keeps_most_of_its_pixels(pictures: list[Picture]) -> None:
    assert np.median([changed_share(pair) for pair in pairs(pictures, 24, retouch_share=1.0)]) < 0.5


def test_shares_are_kept(pictures: list[Picture]) -> None:
    """Half reconstructed whole or inside a mask by an untrained decoder, which changes much; half retouched,
    which changes little.
    """
    mixed = pairs(pictures, 60, retouch_share=0.5, reconstruct_share=0.5, forgers="a.safetensors")
    strong = np.mean(
        [
            np.abs(pair.real.astype(int) - pair.fake).max() > 60 and changed_share(pair) > 0.25
            for pair in mixed
        ]
    )
    assert 0.25 < strong < 0.75


def test_autoencoders_must_be_named_where_they_are_needed() -> None:
    with pytest.raises(SettingsError, match="`forgers`"):
        parse_recipe(tiny(reconstruct_share=0.2), "r")
