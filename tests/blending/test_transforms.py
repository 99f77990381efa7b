"""Colours, sharpness and compression: small changes, the same for a pair."""

import numpy as np
import pytest

from detector.blending.transforms import (
    HSV_MODERATE,
    HSV_PUBLISHED,
    PAIR_LIGHT_LIMIT,
    apply_table,
    augment_pair,
    downscale,
    draw_hsv_shift,
    draw_light,
    draw_rgb_shift,
    sharpen,
    shift_hsv,
    transform,
)
from tests.blending.faces import textured

GREY = np.full((8, 8, 3), 128, np.uint8)


def test_an_rgb_shift_moves_each_channel_by_its_own_amount_up_to_20():
    rng = np.random.default_rng(0)
    shifts = np.array([apply_table(GREY, draw_rgb_shift(rng))[0, 0].astype(int) - 128 for _ in range(200)])
    assert np.abs(shifts).max() == 20 and (shifts[:, 0] != shifts[:, 1]).any()


def test_light_keeps_to_its_limits_and_to_0_and_255():
    tables = np.array(
        [draw_light(np.random.default_rng(seed), PAIR_LIGHT_LIMIT) for seed in range(200)]
    ).astype(float)
    assert tables[:, 0].max() <= 0.3 * 255 + 1
    assert tables[:, 255].min() >= 255 * 0.7 - 0.3 * 255 - 1
    assert tables.max() == 255 and tables.min() == 0


def test_hue_wraps_around():
    red = np.zeros((4, 4, 3), np.uint8)
    red[..., 0] = 200
    rng = np.random.default_rng(0)
    for _ in range(50):
        shifted = shift_hsv(red, draw_hsv_shift(rng, (0.02, 0.0, 0.0))).astype(int)
        assert shifted[0, 0, 0] == 200 and shifted[0, 0, 1:].max() <= 28


def test_the_published_hue_shift_does_almost_nothing():
    image = textured()
    change = [
        np.abs(
            shift_hsv(image, draw_hsv_shift(np.random.default_rng(s), HSV_PUBLISHED)).astype(int) - image
        ).mean()
        for s in range(20)
    ]
    stronger = [
        np.abs(
            shift_hsv(image, draw_hsv_shift(np.random.default_rng(s), HSV_MODERATE)).astype(int) - image
        ).mean()
        for s in range(20)
    ]
    assert max(change) < 2 < np.mean(stronger)


@pytest.mark.parametrize("factor", [2, 4])
def test_downscaling_keeps_the_size_and_a_flat_picture(factor):
    assert downscale(textured(101, 67), factor).shape == (101, 67, 3)
    assert np.array_equal(downscale(GREY, factor), GREY)
    assert downscale(textured(), factor).std() < textured().std()


def test_sharpening_raises_contrast_and_lightness_1_keeps_flat_areas():
    assert np.array_equal(sharpen(GREY, 0.3, 1.0), GREY)
    assert sharpen(textured(), 0.3, 1.0).std() > textured().std()


def test_sharpening_with_less_lightness_darkens():
    assert sharpen(GREY, 0.5, 0.5)[4, 4, 0] == 96


def test_a_transform_gives_a_new_picture_of_the_same_kind():
    image = textured(120, 90)
    before = image.copy()
    changed = transform(image, np.random.default_rng(0))
    assert changed.shape == image.shape and changed.dtype == np.uint8
    assert np.array_equal(image, before) and not np.array_equal(changed, image)


def test_a_transform_repeats_under_its_seed():
    first, again = (transform(textured(), np.random.default_rng(3)) for _ in range(2))
    assert np.array_equal(first, again)


def test_a_pair_of_equal_pictures_stays_equal():
    for seed in range(30):
        real, fake = augment_pair(textured(), textured(), np.random.default_rng(seed))
        assert np.array_equal(real, fake)


def test_a_pair_is_changed_often_and_not_always():
    image = textured(64, 64)
    unchanged = sum(
        np.array_equal(augment_pair(image, image, np.random.default_rng(seed))[0], image)
        for seed in range(200)
    )
    # 0.7 x 0.7 x 0.7 x 0.5 = 0.17
    assert 15 < unchanged < 60
