"""Local edits: they change the part and nothing else, and follow from the draw."""

from __future__ import annotations

import numpy as np
import pytest

from detector.blending.retouch import EDITS, Edit, clone, retouch, seamless, smooth, warp
from detector.faces.landmarks import MEAN_SHAPE
from tests.blending.faces import textured

SIDE = 220
POINTS = (MEAN_SHAPE * 45 + np.array([80, 60])).astype(np.float32)
CENTRE = np.array([80, 60], np.float32)


def face() -> np.ndarray:
    return textured(SIDE, SIDE)


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_changes_the_face_and_leaves_the_corners(edit: Edit) -> None:
    image = face()
    changed = retouch(image, POINTS, np.random.default_rng(1), edit)
    different = (changed != image).any(axis=2)
    assert changed.shape == image.shape and changed.dtype == np.uint8
    assert 0.001 < different.mean() < 0.6
    assert not different[:4].any() and not different[-4:].any()


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_follows_from_the_draw(edit: Edit) -> None:
    once, again, other = (retouch(face(), POINTS, np.random.default_rng(seed), edit) for seed in (3, 3, 4))
    assert np.array_equal(once, again) and not np.array_equal(once, other)


def test_the_picture_handed_in_is_not_changed() -> None:
    image = face()
    kept = image.copy()
    for seed in range(6):
        retouch(image, POINTS, np.random.default_rng(seed))
    assert np.array_equal(image, kept)


def test_a_warp_moves_within_its_radius_only() -> None:
    image = face()
    different = (warp(image, CENTRE, 20, np.random.default_rng(0)) != image).any(axis=2)
    rows, columns = np.nonzero(different)
    assert len(rows) > 200
    assert np.hypot(columns - 80, rows - 60).max() <= 20


def test_a_clone_brings_what_lies_beside() -> None:
    image = np.full((SIDE, SIDE, 3), 100, np.uint8)
    image[40:80, 60:100] = 200  # the disc and its rim lie in the bright square, what is copied may not
    copied = [clone(image, CENTRE, 24, np.random.default_rng(seed)) for seed in range(20)]
    assert any((picture[50:70, 70:90] < 150).any() for picture in copied)


def test_smoothing_takes_the_grain_inside_and_keeps_it_outside() -> None:
    grain = (
        np.clip(np.random.default_rng(0).normal(128, 10, (SIDE, SIDE, 1)), 0, 255)
        .astype(np.uint8)
        .repeat(3, axis=2)
    )
    smoothed = smooth(grain, CENTRE, 25, np.random.default_rng(2))
    assert smoothed[50:70, 70:90].std() < 0.7 * grain[50:70, 70:90].std()
    assert np.array_equal(smoothed[:5], grain[:5])


def test_a_seamless_swap_keeps_the_targets_colour_and_takes_the_sources_detail() -> None:
    target = np.full((SIDE, SIDE, 3), 150, np.uint8)
    source = face()
    mask = np.zeros((SIDE, SIDE), np.float32)
    mask[40:120, 40:120] = 1
    swapped = seamless(source, target, mask)
    assert swapped is not None
    assert np.array_equal(swapped[:30], target[:30])
    assert swapped[60:100, 60:100].std() > 5  # detail that the flat target does not have
    rim = swapped[40:44, 60:100].astype(float)
    assert abs(rim.mean() - 150) < abs(float(source[40:44, 60:100].mean()) - 150) + 15


@pytest.mark.parametrize("filled", [0, 3])
def test_a_mask_too_small_for_poisson_is_refused(filled: int) -> None:
    mask = np.zeros((SIDE, SIDE), np.float32)
    mask[80 : 80 + filled, 80 : 80 + filled] = 1
    assert seamless(face(), face(), mask) is None
