"""Recipes: read, checked, and what they say of a run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from detector.errors import SettingsError
from detector.train.recipe import parse_recipe, read_recipe
from tests.conftest import ROOT
from tests.train.makers import TINY


def test_an_unknown_key_is_named() -> None:
    with pytest.raises(SettingsError, match="unknown key 'learningrate'"):
        parse_recipe({**TINY, "learningrate": 1}, "r.json")


def test_a_missing_key_is_named() -> None:
    with pytest.raises(SettingsError, match="key 'fake_mix' is missing"):
        parse_recipe({key: value for key, value in TINY.items() if key != "fake_mix"}, "r.json")


@pytest.mark.parametrize(
    ("key", "value"), [("self_blend_share", 1.5), ("rounds", 0), ("sizes", {"0.5": 64}), ("batch_pairs", 0), ("precision", "8-bit")]
)
def test_an_impossible_value_is_refused(key: str, value: object) -> None:
    with pytest.raises(SettingsError, match=key):
        parse_recipe({**TINY, key: value}, "r.json")


def test_a_file_that_is_no_json_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "r.json").write_text("no")
    with pytest.raises(SettingsError, match=r"r\.json is no recipe"):
        read_recipe(tmp_path / "r.json")


@pytest.mark.parametrize(("share", "size"), [(0.0, 32), (0.49, 32), (0.5, 64), (1.0, 64)])
def test_the_size_grows_at_its_share_of_the_run(share: float, size: int) -> None:
    assert parse_recipe(TINY, "r").size_at(share) == size


def test_shipped_recipes_are_valid_and_name_their_detector() -> None:
    recipes = sorted((ROOT / "detector" / "train" / "recipes").glob("*.json"))
    assert len(recipes) >= 2
    for path in recipes:
        assert read_recipe(path).detector in path.stem
        assert json.loads(path.read_text())["why"]
