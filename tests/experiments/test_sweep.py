"""One recipe trained several times: which runs there are, where they lie, and that sources left out are not
looked at.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from detector.cli import main
from detector.data.tables import Picture
from detector.errors import SettingsError
from detector.experiments.sweep import Variant, parse_left_out, parse_seeds, train_variants
from detector.train.dataset import kept_of, without_left_out
from detector.train.recipe import Recipe, changed, parse_recipe
from tests.train.makers import tiny


def picture(source: str, label: int) -> Picture:
    return Picture(Path("none.png"), label, source, f"{source}:0", np.zeros(4, np.float32), None)


PICTURES = [picture("a", 0), picture("a", 1), picture("b", 0), picture("c", 1), picture("d", 0)]


def recipe_of(**changes: object) -> Recipe:
    mixes = {
        "real_mix": {"a": 0.6, "b": 0.3, "d": 0.1},
        "partner_mix": {"b": 1.0},
        "fake_mix": {"a": 0.5, "c": 0.5},
    }
    return parse_recipe(tiny(**mixes, **changes), "r")


@pytest.mark.parametrize("words", ["", "1,,2", "1,one", "1,2,1", "-1", "1.5"])
def test_what_is_no_list_of_seeds_is_refused(words: str) -> None:
    with pytest.raises(SettingsError, match="--seeds is"):
        parse_seeds(words)


def test_seeds_may_have_blanks_between_them() -> None:
    assert [variant.random_seed for variant in parse_seeds("3, 1,20")] == [3, 1, 20]


def test_sources_to_leave_out_are_named_or_each_that_has_fakes() -> None:
    assert [variant.leave_out for variant in parse_left_out("d, a", PICTURES)] == ["d", "a"]
    assert [variant.leave_out for variant in parse_left_out("each", PICTURES)] == ["a", "c"]
    with pytest.raises(
        SettingsError,
        match=r"--leave-out is 'a,e'; it must name sources of the index, joined by commas \(a, b, c, d\)",
    ):
        parse_left_out("a,e", PICTURES)


def test_every_variant_has_a_folder_of_its_own_but_for_the_only_run(tmp_path: Path) -> None:
    assert Variant(random_seed=7).folder(tmp_path) == tmp_path / "seed-7"
    assert Variant(leave_out="dfdc").folder(tmp_path) == tmp_path / "without-dfdc"
    assert Variant().folder(tmp_path) == tmp_path


@pytest.mark.fidelity("2-14")
def test_what_was_begun_goes_on_and_the_others_begin(tmp_path: Path) -> None:
    (tmp_path / "seed-1").mkdir()
    (tmp_path / "seed-1" / "last.ckpt").touch()
    called: list[tuple[int | None, str, bool]] = []

    def train_one(variant: Variant, out: Path, resume: bool) -> None:
        called.append((variant.random_seed, out.name, resume))

    train_variants(tmp_path, parse_seeds("1,2"), train_one, resume=True)
    assert called == [(1, "seed-1", True), (2, "seed-2", False)]
    with pytest.raises(SettingsError, match="seed-1 already holds a run; give --resume"):
        train_variants(tmp_path, parse_seeds("2,1"), train_one)


def test_a_source_left_out_is_in_no_mix_and_no_picture_of_it_is_kept() -> None:
    recipe = without_left_out(recipe_of(leave_out=["a"]))
    assert [picture.source for picture in kept_of(recipe, PICTURES)] == ["b", "c", "d"]
    assert (recipe.data.real_mix, recipe.data.partner_mix, recipe.data.fake_mix) == (
        {"b": 0.3, "d": 0.1},
        {"b": 1.0},
        {"c": 0.5},
    )
    assert recipe.synthesis.share == recipe_of().synthesis.share


@pytest.mark.parametrize("left_out", [["a", "c"], ["b"]])
def test_without_fakes_of_the_data_set_or_partners_for_them_all_fakes_are_synthesised(
    left_out: list[str],
) -> None:
    recipe = without_left_out(recipe_of(leave_out=left_out, donor_share=0.3, dataset_donors=0.5))
    made = recipe.synthesis
    assert (made.share, made.dataset_donors, made.donor_share) == (1.0, 0.0, 0.3)


def test_donors_that_are_left_still_lend_their_faces() -> None:
    lending = recipe_of(leave_out=["a", "c"], dataset_donors=0.5, donor_mix={"c": 1.0, "d": 1.0})
    recipe = without_left_out(lending)
    assert (recipe.synthesis.dataset_donors, recipe.generated_mix) == (0.5, {"d": 1.0})


def test_a_recipe_that_leaves_nothing_out_stays_as_it_is() -> None:
    alone = changed(recipe_of(), data={"partner_mix": {}})  # its fakes have originals
    assert without_left_out(alone) == alone and kept_of(alone, PICTURES) == PICTURES


def test_a_recipe_cannot_be_left_without_genuine_pictures() -> None:
    with pytest.raises(
        SettingsError, match=r"leave_out takes every source of real_mix \(a, b, d\); leave one in"
    ):
        without_left_out(recipe_of(leave_out=["a", "b", "d"]))


def test_seeds_and_sources_are_not_varied_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["train", "r.json", "--data", "d", "--out", "o", "--seeds", "1", "--leave-out", "a"]
    assert main(words) == 2
    assert "--seeds and --leave-out do not go together" in capsys.readouterr().err
