"""Shortcuts: those that are planted are found, and pairs that are alike have none."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import cv2
import numpy as np
import pytest
import torch

from detector.data.tables import read_index
from detector.experiments.shortcuts import (
    AGAINST_SURROUNDINGS,
    Shortcut,
    kinds_of,
    measure_shortcut,
    statistics_of,
)
from detector.perturb import blur, brighten, jpeg
from detector.structures import Image
from detector.train.dataset import Pairs
from detector.train.recipe import parse_recipe
from tests.train.makers import TINY, make_data, tiny

SIDE = 64
MARGIN = 0.25
FACE = slice(11, 53)
"""A margin of 0.25 on every side of 64 pixels, rounded."""

Change = Callable[[Image, np.random.Generator], Image]


def same(image: Image, rng: np.random.Generator) -> Image:
    return image


def scene(rng: np.random.Generator) -> Image:
    """A soft random picture with grain, as different from the next as photographs are."""
    coarse = rng.integers(30, 220, (6, 6, 3)).astype(np.float32)
    soft = cv2.resize(coarse, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
    return np.clip(soft + rng.normal(0, rng.uniform(2, 8), soft.shape), 0, 255).astype(np.uint8)


def made(
    change: Change, before: Change = same, count: int = 120
) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Pairs of two unlike pictures, `before` done to both and `change` to the fake, then encoded at qualities
    of their own.
    """
    rng = np.random.default_rng(3)
    for _ in range(count):
        real, fake = before(scene(rng), rng), change(before(scene(rng), rng), rng)
        crops = [jpeg(image, int(rng.integers(80, 96))) for image in (real, fake)]
        yield torch.from_numpy(np.stack(crops).transpose(0, 3, 1, 2).copy()), torch.tensor([0.0, 1.0])


def softened_face(image: Image, rng: np.random.Generator) -> Image:
    """Blurred in the middle alone."""
    changed = image.copy()
    changed[FACE, FACE] = blur(image, 0.8)[FACE, FACE]
    return changed


def at_any_sharpness(image: Image, rng: np.random.Generator) -> Image:
    """Blurred as a whole, so that sharpness by itself says little."""
    return blur(image, float(rng.uniform(0.3, 1.5)))


def measured(change: Change, before: Change = same) -> Shortcut:
    return measure_shortcut(made(change, before), MARGIN, trees=40, draws=200)


def test_pairs_that_are_alike_have_no_shortcut():
    shortcut = measured(same)
    assert shortcut.pairs == 120
    assert shortcut.auc.low < 0.5 < 0.6 > shortcut.auc.value
    assert shortcut.auc_of_whole.value < 0.6


@pytest.mark.parametrize(
    ("change", "among"),
    [
        (
            lambda image, rng: jpeg(image, 30),
            {"change by JPEG 50", "JPEG grid", "noise", "detail of colour", "change by JPEG 75"},
        ),
        (
            lambda image, rng: blur(image, 0.6),
            {"detail 4 of 4", "noise", "sharpness of the crop", "sharpness of the face"},
        ),
        (
            lambda image, rng: brighten(image, 0.4),
            {"brightness", "mean red", "mean green", "mean blue", "share of white", "contrast"},
        ),
    ],
    ids=["quality", "blur", "brightness"],
)
def test_fakes_that_were_treated_otherwise_are_told_by_what_was_done(change, among):
    shortcut = measured(change)
    assert shortcut.auc.low > 0.6
    assert next(iter(shortcut.importances)) in among
    assert sum(shortcut.importances.values()) == pytest.approx(1)


def test_a_face_softer_than_its_surroundings_is_told_by_their_ratio_and_less_without_it():
    shortcut = measured(softened_face, at_any_sharpness)
    assert next(iter(shortcut.importances)) in AGAINST_SURROUNDINGS
    assert shortcut.auc.value > shortcut.auc_of_whole.value + 0.02


@pytest.mark.parametrize(("change", "low", "high"), [(0.4, 0.6, 1.0), (-0.4, 0.0, 0.4)])
def test_the_direction_of_a_single_statistic_is_told(change, low, high):
    assert low <= measured(lambda image, rng: brighten(image, change)).single["brightness"] <= high


def test_a_second_call_gives_the_same():
    first, again = (measure_shortcut(made(same, count=20), MARGIN, trees=20, draws=50) for _ in range(2))
    assert first == again


def test_fewer_pairs_than_folds_are_refused():
    with pytest.raises(ValueError, match="4 pairs are fewer than 5 folds"):
        measure_shortcut(made(same, count=4), MARGIN)


@pytest.mark.parametrize("margin", [0.0, 0.25, 0.5])
def test_a_plain_crop_has_statistics_without_a_fault(margin):
    statistics = statistics_of(np.full((SIDE, SIDE, 3), 90, np.uint8), margin)
    assert all(np.isfinite(value) for value in statistics.values())
    assert (
        statistics["mean red"],
        statistics["brightness"],
        statistics["contrast"],
        statistics["JPEG grid"],
    ) == (
        90.0,
        90.0,
        0.0,
        0.0,
    )


def test_a_jpeg_shows_its_grid_and_changes_least_at_its_own_quality():
    image = scene(np.random.default_rng(8))
    encoded = jpeg(image, 50)
    before, after = statistics_of(image, MARGIN), statistics_of(encoded, MARGIN)
    assert after["JPEG grid"] > before["JPEG grid"] + 0.2
    assert after["change by JPEG 50"] < after["change by JPEG 75"] - 0.5
    assert before["change by JPEG 50"] > before["change by JPEG 90"]


def test_kinds_of_fakes_are_those_that_a_recipe_has():
    recipe = parse_recipe(tiny(donor_share=0.5, fake_mix={"a": 1.0, "b": 2.0}), "made")
    kinds = kinds_of(recipe)
    assert list(kinds) == [
        "the mix",
        "synthesised",
        "self-blends",
        "swaps",
        "data set",
        "data set: a",
        "data set: b",
    ]
    assert kinds["the mix"] == recipe
    assert (kinds["swaps"].synthesis.share, kinds["swaps"].synthesis.donor_share) == (1.0, 1.0)
    assert (kinds["data set: b"].synthesis.share, kinds["data set: b"].data.fake_mix) == (0.0, {"b": 1.0})


def test_blends_are_a_kind_of_their_own_beside_others_synthesised():
    kinds = kinds_of(parse_recipe(tiny(retouch_share=0.3), "made"))
    assert list(kinds) == ["the mix", "synthesised", "blends", "retouched", "data set"]
    assert (kinds["blends"].synthesis.retouch_share, kinds["retouched"].synthesis.retouch_share) == (0.0, 1.0)


def test_a_recipe_of_blends_alone_has_no_fakes_of_the_data_set():
    assert "data set" not in kinds_of(parse_recipe(tiny(synthesis={"share": 1.0}), "made"))


def test_the_pairs_of_a_run_are_measured(tmp_path):
    recipe = parse_recipe(TINY, "made")
    pairs = Pairs(read_index(make_data(tmp_path), "train"), kinds_of(recipe)["data set"], 0, 30, 64)
    shortcut = measure_shortcut(
        (pairs[number] for number in range(len(pairs))), recipe.margin, trees=20, draws=100
    )
    assert shortcut.auc.value > 0.9  # the drawn fakes carry a checkerboard, which everybody sees
