"""Recipes: read, checked, and what they say of a run."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path

import pytest

from detector.errors import SettingsError
from detector.train.optimisation import Optimisation
from detector.train.recipe import Recipe, parse_recipe, read_recipe
from tests.conftest import ROOT
from tests.train.makers import TINY

RECIPES = ROOT / "detector" / "train" / "recipes"


@pytest.mark.fidelity("0-8")
def test_an_unknown_key_is_named() -> None:
    with pytest.raises(SettingsError, match="unknown key 'learningrate'"):
        parse_recipe({**TINY, "learningrate": 1}, "r.json")


@pytest.mark.fidelity("0-8")
def test_a_missing_key_is_named() -> None:
    with pytest.raises(SettingsError, match="key 'fake_mix' is missing"):
        parse_recipe({key: value for key, value in TINY.items() if key != "fake_mix"}, "r.json")


@pytest.mark.fidelity("0-8")
@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("self_blend_share", 1.5),
        ("rounds", 0),
        ("sizes", {"0.5": 64}),
        ("batch_pairs", -1),
        ("precision", "8-bit"),
    ],
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


@pytest.mark.fidelity("2-6", "2-9")
def test_shipped_recipes_are_valid_and_name_their_detector() -> None:
    recipes = sorted(RECIPES.glob("*.json"))
    assert len(recipes) >= 2
    for path in recipes:
        assert read_recipe(path).detector in path.stem
        assert json.loads(path.read_text())["why"]


def test_every_key_is_documented() -> None:
    words = (Recipe.__doc__ or "") + (Optimisation.__doc__ or "")
    documented = set(re.findall(r"^    ([a-z_]+(?:, [a-z_]+)*) +\S", words, re.MULTILINE))
    names = {name for line in documented for name in line.split(", ")} | set(
        re.findall(r"`([a-z_]+)`", words)
    )
    assert {field.name for field in dataclasses.fields(Recipe)} - names == set()


def test_a_focal_loss_does_not_go_with_a_teacher() -> None:
    with pytest.raises(SettingsError, match="focal_gamma does not go together with a teacher"):
        parse_recipe({**TINY, "teacher": "unblend-lite2", "focal_gamma": 2.0}, "r.json")


@pytest.mark.fidelity("3-7")
@pytest.mark.parametrize(
    ("subset", "pictures"), [("mini", 1068), ("middle", 5517), ("big", 10905), ("full", 0), (77, 77)]
)
def test_a_subset_may_be_named(subset: object, pictures: int) -> None:
    assert parse_recipe({**TINY, "most_pictures": subset}, "r.json").most_pictures == pictures


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("most_pictures", "huge"),
        ("baseline", "rnn"),
        ("real_weight", 0),
        ("label_smoothing", 0.5),
        ("source_balance", 1.5),
        ("schedule", "step"),
    ],
)
def test_an_impossible_choice_is_refused(key: str, value: object) -> None:
    with pytest.raises(SettingsError, match=key):
        parse_recipe({**TINY, key: value}, "r.json")


def test_what_a_run_copies_of_its_recipe_is_a_recipe() -> None:
    recipe = parse_recipe({**TINY, "optimiser": "sam"}, "r")
    assert parse_recipe(json.loads(json.dumps(dataclasses.asdict(recipe))), "copy") == recipe


@pytest.mark.parametrize(
    "name",
    [
        "sbi-efficientnet-b4",
        "unblend-lite2",
        "deit-distill-tiny",
        "inspector-b0",
        "multibranch-b4",
        "bnext-t",
    ],
)
def test_what_is_trained_has_a_recipe_and_a_quick_one(name: str) -> None:
    whole, quick = (read_recipe(RECIPES / f"{name}{kind}.json") for kind in ("", "-quick"))
    assert quick.detector == whole.detector == name
    assert quick.final_size <= whole.final_size
    assert quick.steps * quick.batch_pairs * 2 <= 40_000


@pytest.mark.fidelity("0-6", "2-7", "3-4", "4-7", "4-8")
@pytest.mark.parametrize(
    ("name", "keys"),
    [
        (
            "sbi-efficientnet-b4-published",
            {
                "optimiser": "sam",
                "sam_radius": 0.05,
                "learning_rate": 0.001,
                "decay_from": 0.75,
                "batch_pairs": 16,
            },
        ),
        (
            "deit-distill-tiny-published",
            {
                "optimiser": "sgd",
                "schedule": "polynomial",
                "decay_steps": 100_500,
                "decay_power": 0.9,
                "batch_pairs": 6,
            },
        ),
        (
            "inspector-b0",
            {
                "schedule": "plateau",
                "plateau_rounds": 3,
                "plateau_factor": 0.5,
                "lowest_rate": 1e-7,
                "patience": 10,
            },
        ),
        (
            "multibranch-b4",
            {
                "backbone_rate_share": 0.1,
                "schedule": "cosine-restarts",
                "restart_rounds": 10,
                "focal_gamma": 2.0,
            },
        ),
    ],
)
def test_published_settings_stand_in_their_recipes(name: str, keys: dict[str, object]) -> None:
    recipe = read_recipe(RECIPES / f"{name}.json")
    assert {key: getattr(recipe, key) for key in keys} == keys
