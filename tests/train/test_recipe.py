"""Recipes: read, checked, and what they say of a run."""

from __future__ import annotations

import json
import re
from operator import attrgetter
from pathlib import Path
from typing import Any

import pytest

from detector.errors import SettingsError
from detector.train.optimisation import Section
from detector.train.recipe import Recipe, changed, parse_recipe, read_recipe, write_recipe
from tests.conftest import ROOT
from tests.train.makers import TINY, tiny

RECIPES = ROOT / "detector" / "train" / "recipes"


@pytest.mark.fidelity("0-8")
def test_an_unknown_key_is_named() -> None:
    with pytest.raises(SettingsError, match="unknown key 'learningrate'"):
        parse_recipe(tiny(learningrate=1), "r.json")


@pytest.mark.fidelity("0-8")
def test_a_missing_key_is_named() -> None:
    with pytest.raises(SettingsError, match="key 'data.fake_mix' is missing"):
        parse_recipe({**TINY, "data": {"real_mix": {"a": 1}, "partner_mix": {}}}, "r.json")


@pytest.mark.fidelity("0-8")
@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("part_share", 1.5),
        ("epochs", 0),
        ("sizes", {"0.5": 64}),
        ("batch_pairs", -1),
        ("precision", "8-bit"),
    ],
)
def test_an_impossible_value_is_refused(key: str, value: object) -> None:
    with pytest.raises(SettingsError, match=key):
        parse_recipe(tiny(**{key: value}), "r.json")


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


@pytest.mark.parametrize("section", [Recipe, *Section.__subclasses__()], ids=lambda section: section.__name__)
def test_every_key_is_documented(section: type[Section]) -> None:
    words = section.__doc__ or ""
    documented = set(re.findall(r"^    ([a-z_]+(?:, [a-z_]+)*) +\S", words, re.MULTILINE))
    names = {name for line in documented for name in line.split(", ")} | set(
        re.findall(r"`([a-z_]+)`", words)
    )
    sections = {"data", "synthesis", "degradation", "loss", "optimiser", "schedule"}
    assert set(section.__struct_fields__) - sections - names == set()


def test_a_focal_loss_does_not_go_with_a_teacher() -> None:
    with pytest.raises(SettingsError, match="focal_gamma does not go together with a teacher"):
        parse_recipe(tiny(teacher="unblend-lite2", focal_gamma=2.0), "r.json")


@pytest.mark.fidelity("3-7")
@pytest.mark.parametrize(
    ("subset", "pictures"), [("mini", 1068), ("middle", 5517), ("big", 10905), ("full", 0), (77, 77)]
)
def test_a_subset_may_be_named(subset: object, pictures: int) -> None:
    assert parse_recipe(tiny(most_pictures=subset), "r.json").data.picture_limit == pictures


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("most_pictures", "huge"),
        ("baseline", "rnn"),
        ("real_weight", 0),
        ("label_smoothing", 0.5),
        ("source_balance", 1.5),
        ("schedule", {"name": "step"}),
    ],
)
def test_an_impossible_choice_is_refused(key: str, value: object) -> None:
    with pytest.raises(SettingsError, match=key):
        parse_recipe(tiny(**{key: value}), "r.json")


def test_what_a_run_copies_of_its_recipe_is_a_recipe(tmp_path: Path) -> None:
    recipe = parse_recipe(tiny(optimiser={"name": "sam"}, most_pictures="mini", stages={"0": "head"}), "r")
    write_recipe(recipe, tmp_path / "copy.json")
    assert read_recipe(tmp_path / "copy.json") == recipe


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (
            {"degradation": {"jpg_quality": [30, 90]}},
            "unknown key 'degradation.jpg_quality'; did you mean 'jpeg_quality'?",
        ),
        ({"real_mix": {"a": -1.0}}, "data.real_mix.a is -1.0; it must be a number, 0 or more"),
        (
            {"fake_mix": {"a": 0}},
            "data: fake_mix weighs every source with 0; give one of them a weight",
        ),
        ({"epochs": 2.5}, "schedule.epochs is 2.5; it must be a whole number, 1 or more"),
        ({"leave_out": "dfdc"}, "data.leave_out is 'dfdc'; it must be a list, each a text"),
        (
            {"learning_rate": "fast"},
            "optimiser.learning_rate is 'fast'; it must be a number, 0 or more",
        ),
        (
            {"jpeg_times": [0.5, 0.5, 0.5]},
            "degradation: jpeg_times is [0.5, 0.5, 0.5]; its three shares must",
        ),
        ({"jpeg_quality": [90, 30]}, "degradation: jpeg_quality is 90 to 30; the first must be under"),
        ({"shrink_share": [0.9, 0.2]}, "degradation: shrink_share is 0.9 to 0.2; the first must not be over"),
        (
            {"stages": {"0": "last few"}},
            'schedule.stages.0 is \'last few\'; it must be "head", "last N"',
        ),
        ({"sizes": {"half": 64}}, "sizes has the key 'half'; it must be a number from 0 to 1"),
        ({"data": []}, "data is []; it must be a section with real_mix, fake_mix"),
    ],
)
def test_nonsense_is_refused_in_one_line(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(SettingsError) as caught:
        parse_recipe(tiny(**changes), "r.json")
    assert str(caught.value).startswith(f"r.json: {told}")
    assert "\n" not in str(caught.value)


FLAT = json.loads((ROOT / "tests" / "train" / "flat_recipes.json").read_text())
"""The recipes that shipped before they had sections, as runs of then copied them; without their `why`."""


@pytest.mark.parametrize("name", FLAT)
def test_the_flat_form_of_old_gives_an_equal_recipe(name: str) -> None:
    now = read_recipe(RECIPES / name)
    assert parse_recipe({**FLAT[name], "why": now.why}, name) == now


def test_what_a_run_copied_of_a_flat_recipe_is_read_with_all_its_keys(tmp_path: Path) -> None:
    whole = {
        "baseline": "",
        "augment": "",
        "degrade": {},
        "stages": {"0": "all"},
        "leave_out": [],
        "head": [],
    }
    flat = {**FLAT["unblend-lite2-quick.json"], "why": "w", **whole, "kept_rounds": 1, "restart_rounds": 4}
    recipe = parse_recipe(flat, "r")
    assert (recipe.schedule.kept_epochs, recipe.schedule.restart_epochs) == (1, 4)
    assert recipe.baseline is None and recipe.degradation.augment is None


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("rounds", 2.5, "schedule.epochs is 2.5"),
        ("degrade", {"blurr": 0.1}, "unknown key 'degradation.blurr'; did you mean 'blur'?"),
        ("degrade", 3, "degradation is 3; it must be a section"),
        ("learningrate", 1, "unknown key 'learningrate'"),
    ],
)
def test_the_flat_form_accepts_no_nonsense_either(key: str, value: object, told: str) -> None:
    flat = {**FLAT["unblend-lite2-quick.json"], "why": "w", key: value}
    with pytest.raises(SettingsError, match=re.escape(told)):
        parse_recipe(flat, "r.json")


def test_a_flat_key_among_sections_is_refused() -> None:
    with pytest.raises(SettingsError, match="unknown key 'rounds'"):
        parse_recipe({**TINY, "rounds": 3}, "r.json")


def test_changing_a_key_checks_it_with_the_others_of_its_section() -> None:
    with pytest.raises(ValueError, match="give one over 0"):
        changed(parse_recipe(TINY, "r"), optimiser={"name": "sgd", "momentum": 0.0})


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
    assert quick.schedule.steps * quick.optimiser.batch_pairs * 2 <= 40_000


@pytest.mark.fidelity("0-6", "2-7", "3-4", "4-7", "4-8")
@pytest.mark.parametrize(
    ("name", "keys"),
    [
        (
            "sbi-efficientnet-b4-published",
            {
                "optimiser.name": "sam",
                "optimiser.sam_radius": 0.05,
                "optimiser.learning_rate": 0.001,
                "schedule.decay_from": 0.75,
                "optimiser.batch_pairs": 16,
            },
        ),
        (
            "deit-distill-tiny-published",
            {
                "optimiser.name": "sgd",
                "schedule.name": "polynomial",
                "schedule.decay_steps": 100_500,
                "schedule.decay_power": 0.9,
                "optimiser.batch_pairs": 6,
            },
        ),
        (
            "inspector-b0",
            {
                "schedule.name": "plateau",
                "schedule.plateau_epochs": 3,
                "schedule.plateau_factor": 0.5,
                "schedule.lowest_rate": 1e-7,
                "schedule.patience": 10,
            },
        ),
        (
            "multibranch-b4",
            {
                "optimiser.backbone_rate_share": 0.1,
                "schedule.name": "cosine-restarts",
                "schedule.restart_epochs": 10,
                "loss.focal_gamma": 2.0,
            },
        ),
    ],
)
def test_published_settings_stand_in_their_recipes(name: str, keys: dict[str, object]) -> None:
    recipe = read_recipe(RECIPES / f"{name}.json")
    assert {key: attrgetter(key)(recipe) for key in keys} == keys


def test_shares_of_finished_pictures_are_read_from_the_flat_form() -> None:
    flat = json.loads((Path(__file__).parent / "flat_recipes.json").read_text(encoding="utf-8"))
    name, recipe = next(iter(flat.items()))
    flat_form = {**recipe, "why": "a test", "finish_share": 0.3, "fade_share": 0.1}
    synthesis = parse_recipe(flat_form, name).synthesis
    assert (synthesis.finish_share, synthesis.fade_share) == (0.3, 0.1)
