"""How often a source is drawn."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from detector.data.tables import Picture
from detector.train.dataset import with_source_weights
from detector.train.recipe import parse_recipe
from tests.train.makers import tiny

PICTURES = [
    Picture(Path("p"), label, source, "g", np.zeros(4, np.float32), None)
    for source, label, count in (("a", 0, 16), ("b", 0, 4), ("a", 1, 9), ("b", 1, 1))
    for _ in range(count)
]
MIXED = {"real_mix": {"a": 1.0, "b": 2.0}, "partner_mix": {"b": 1.0}, "fake_mix": {"a": 1.0, "b": 1.0}}


def test_by_default_the_weights_count_alone() -> None:
    recipe = parse_recipe(tiny(**MIXED), "r")
    assert with_source_weights(recipe, PICTURES) is recipe


@pytest.mark.parametrize(
    ("balance", "real", "fake"),
    [(0.0, {"a": 16, "b": 8}, {"a": 9, "b": 1}), (0.5, {"a": 4, "b": 4}, {"a": 3, "b": 1})],
)
def test_without_balance_the_pictures_count(
    balance: float, real: dict[str, float], fake: dict[str, float]
) -> None:
    drawn = with_source_weights(parse_recipe(tiny(**MIXED, source_balance=balance), "r"), PICTURES)
    assert drawn.data.real_mix == pytest.approx(real)
    assert drawn.data.fake_mix == pytest.approx(fake)


def test_a_source_without_pictures_stays_in_the_mix_to_be_complained_about() -> None:
    drawn = with_source_weights(
        parse_recipe(tiny(**{**MIXED, "fake_mix": {"c": 1.0}}, source_balance=0.0), "r"), PICTURES
    )
    assert drawn.data.fake_mix == {"c": 1.0}
