"""The published transforms of the multi-branch network: what each does by hand, and how often by counting."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import cv2
import numpy as np
import pytest

from detector.data.tables import read_index
from detector.errors import SettingsError
from detector.train import multibranch_augment as album
from detector.train.dataset import Pairs
from detector.train.multibranch_augment import GROUPS, Group, augment
from detector.train.recipe import parse_recipe
from tests.train.makers import make_data, tiny

TRANSFORMS = [transform for group in GROUPS for _, transform in group.transforms]
EFFECTIVE = {
    "horizontal_flip": 0.357,
    "vertical_flip": 0.036,
    "random_rotate_90": 0.107,
    "random_brightness_contrast": 0.133,
    "hue_saturation_value": 0.133,
    "colour_jitter": 0.133,
    "gauss_noise": 0.1,
    "iso_noise": 0.1,
    "multiplicative_noise": 0.1,
    "motion_blur": 0.1,
    "median_blur": 0.1,
    "gaussian_blur": 0.1,
    "image_compression": 0.15,
    "downscale": 0.15,
    "coarse_dropout": 0.2,
    "shift_scale_rotate": 0.3,
    "grid_distortion": 0.2,
    "optical_distortion": 0.2,
}
"""How often the published code does each."""


def scene(side: int = 96) -> np.ndarray:
    """A picture with edges, colours and fine grain."""
    rng = np.random.default_rng(3)
    image = np.full((side, side, 3), (90, 120, 160), np.uint8)
    cv2.circle(image, (side // 3, side // 2), side // 5, (210, 150, 60), -1)
    return np.clip(image + rng.integers(0, 30, image.shape), 0, 255).astype(np.uint8)


def test_there_are_eighteen() -> None:
    assert len(TRANSFORMS) == len(set(TRANSFORMS)) == 18


@pytest.mark.parametrize("transform", TRANSFORMS, ids=lambda transform: transform.__name__)
def test_each_changes_a_picture_keeps_its_size_and_follows_its_generator(transform: album.Transform) -> None:
    image = scene()
    kept = image.copy()
    changed = [transform(image, np.random.default_rng(seed)) for seed in range(6)]
    assert all(picture.shape == image.shape and picture.dtype == np.uint8 for picture in changed)
    assert any((picture != image).any() for picture in changed)
    assert (transform(image, np.random.default_rng(4)) == changed[4]).all()
    assert (image == kept).all()  # what it was given stays


@pytest.mark.fidelity("4-10")
def test_each_is_done_as_often_as_the_published_code_does_it(monkeypatch: pytest.MonkeyPatch) -> None:
    counted: Counter[str] = Counter()

    def counting(transform: album.Transform) -> album.Transform:
        def count(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
            counted[transform.__name__] += 1
            return image

        return count

    groups = tuple(
        Group(group.chance, tuple((weight, counting(transform)) for weight, transform in group.transforms))
        for group in GROUPS
    )
    monkeypatch.setattr(album, "GROUPS", groups)
    rng, draws = np.random.default_rng(0), 20_000
    for _ in range(draws):
        augment(np.zeros((2, 2, 3), np.uint8), rng)
    assert {name: counted[name] / draws for name in EFFECTIVE} == pytest.approx(EFFECTIVE, abs=0.012)


def test_turns_and_mirrors_move_pixels_and_change_none() -> None:
    image = scene()
    rng = np.random.default_rng(0)
    assert (album.horizontal_flip(image, rng)[:, ::-1] == image).all()
    assert (album.vertical_flip(image, rng)[::-1] == image).all()
    turned = {album.random_rotate_90(image, np.random.default_rng(seed)).tobytes() for seed in range(30)}
    assert turned == {np.rot90(image, turns).tobytes() for turns in range(4)}


@pytest.mark.fidelity("4-10")
def test_ranges_are_the_published_ones() -> None:
    grey = np.full((64, 64, 3), 128, np.uint8)
    brightened = [
        int(album.random_brightness_contrast(grey, np.random.default_rng(seed))[0, 0, 0])
        for seed in range(300)
    ]
    assert min(brightened) >= 128 * 0.7 - 77
    assert 220 < max(brightened) <= 128 * 1.3 + 77
    assert (
        max(
            abs(int(album.multiplicative_noise(grey, np.random.default_rng(seed))[0, 0, 0]) - 128)
            for seed in range(100)
        )
        <= 13
    )
    grains = [
        (album.gauss_noise(grey, np.random.default_rng(seed)).astype(float) - 128).var() for seed in range(60)
    ]
    assert 9 < min(grains) < 16
    assert 44 < max(grains) < 53
    shares = [pierced(224, seed) for seed in range(200)]
    assert min(shares) >= 64 / 224**2
    assert max(shares) <= 8 * 32**2 / 224**2
    assert pierced(56, 1) == pytest.approx(
        pierced(224, 1), abs=0.05
    )  # holes keep their share of a smaller crop


def pierced(side: int, seed: int) -> float:
    """Share of a picture that its holes take."""
    return float(
        (album.coarse_dropout(np.full((side, side, 3), 9, np.uint8), np.random.default_rng(seed)) == 0)
        .all(axis=2)
        .mean()
    )


@pytest.mark.parametrize(
    "transform", [album.grid_distortion, album.optical_distortion, album.shift_scale_rotate]
)
def test_a_distortion_moves_no_pixel_far_and_makes_no_colour(transform: album.Transform) -> None:
    side = 96
    rows = np.repeat(np.linspace(0, 255, side).astype(np.uint8)[:, None], side, axis=1)
    ramps = np.stack(
        [rows, rows.T, np.full_like(rows, 50)], axis=2
    )  # a pixel's colour says where it came from
    for seed in range(20):
        moved = transform(ramps, np.random.default_rng(seed)).astype(float)
        assert (moved[:, :, 2] == 50).all()
        inner = np.abs(moved - ramps)[20:-20, 20:-20, :2]
        assert inner.max() < 255 * 0.4


@pytest.mark.fidelity("4-10")
def test_a_recipe_asks_for_them_by_name(tmp_path: Path) -> None:
    pictures = read_index(make_data(tmp_path / "data"), "train")
    plain, altered = (
        [Pairs(pictures, parse_recipe(tiny(augment=name), "r"), 0, 6, 64)[number][0] for number in range(6)]
        for name in (None, "multibranch")
    )
    assert [pair.shape for pair in altered] == [pair.shape for pair in plain]
    differing = sum(bool((crop != other).any()) for crop, other in zip(plain, altered, strict=True))
    assert differing >= 4
    with pytest.raises(SettingsError, match="augment is 'all'; it must be 'multibranch' or null"):
        parse_recipe(tiny(augment="all"), "r")
