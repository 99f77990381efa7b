"""Landmarks to masks: shapes, deformation, soft edges."""

import cv2
import numpy as np
import pytest

from detector.blending.masks import (
    PART_SHAPES,
    RANDOM_SHAPES,
    SCALE_RANGE,
    SHAPES,
    TRANSLATE_X,
    TRANSLATE_Y,
    deform_elastically,
    draw_affine,
    draw_kernel,
    draw_mask,
    lift_brows,
    move_mask,
    move_source,
    soft_mask,
)
from tests.blending.faces import points68, points81, textured


def hull_of(points):
    mask = np.zeros((256, 256), np.uint8)
    cv2.fillConvexPoly(mask, cv2.convexHull(points.astype(np.int32)), 1)
    return mask


@pytest.mark.fidelity("0-4")
@pytest.mark.parametrize("points", [points68(), points81()], ids=["68", "81"])
@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_is_a_filled_part_of_the_hull_of_its_points(shape, points):
    mask = draw_mask(shape, points, 256, 256)
    allowed = hull_of(lift_brows(points) if shape == "extended" else points)
    assert mask.shape == (256, 256) and mask.dtype == np.float32
    assert mask.min() == 0 and mask.max() == 1
    # an anti-aliased edge may colour the pixels next to the hull
    allowed = cv2.dilate(allowed, np.ones((3, 3), np.uint8)) if shape == "facehull" else allowed
    assert not mask[allowed == 0].any()
    assert mask.sum() > (0.04 if shape in PART_SHAPES else 0.4) * allowed.sum()


@pytest.mark.fidelity("0-4")
@pytest.mark.parametrize("shape", ["components", "extended", "facehull", "hull", "dfl_full"])
def test_the_chin_belongs_to_every_shape(shape):
    x, y = points68()[8].astype(int)
    assert draw_mask(shape, points68(), 256, 256)[y, x] > 0


@pytest.mark.parametrize(
    ("shape", "inside", "outside"),
    [("eyes", (36, 45), (30, 57)), ("nose", (30, 33), (36, 57)), ("mouth", (51, 57), (36, 27))],
)
def test_a_part_covers_its_own_points_and_not_the_others(shape, inside, outside):
    mask, points = draw_mask(shape, points68(), 256, 256), points68().astype(int)
    assert all(mask[points[index][1], points[index][0]] == 1 for index in inside)
    assert all(mask[points[index][1], points[index][0]] == 0 for index in outside)


@pytest.mark.parametrize("shape", ["dfl_full", "components", "extended"])
def test_the_forehead_points_change_nothing_but_the_hulls(shape):
    assert np.array_equal(draw_mask(shape, points68(), 256, 256), draw_mask(shape, points81(), 256, 256))


@pytest.mark.parametrize("shape", ["facehull", "hull"])
def test_the_hulls_grow_with_the_forehead(shape):
    assert draw_mask(shape, points81(), 256, 256).sum() > 1.1 * draw_mask(shape, points68(), 256, 256).sum()


def test_only_facehull_has_a_smooth_edge():
    smooth = {shape for shape in SHAPES if len(np.unique(draw_mask(shape, points68(), 256, 256))) > 2}
    assert smooth == {"facehull"}


def test_no_two_shapes_of_a_turned_face_are_the_same():
    # of a frontal face dfl_full and components have one outline
    turned = points81()
    turned[:9, 0] += np.linspace(45, 0, 9)
    assert len({draw_mask(shape, turned, 256, 256).tobytes() for shape in SHAPES}) == len(SHAPES)


def test_extended_reaches_above_components():
    def top(shape):
        return np.flatnonzero(draw_mask(shape, points68(), 256, 256).any(axis=1))[0]

    assert top("extended") < top("components")


def test_a_lifted_brow_lies_half_its_distance_from_the_eye_farther_away():
    points = points68()
    lifted = lift_brows(points)
    assert lifted[18] == pytest.approx(points[18] + (points[18] - points[36]) / 2)
    quarter = points[36] + (points[0] - points[36]) / 4
    assert lifted[17] == pytest.approx(points[17] + (points[17] - quarter) / 2)
    assert lifted[26][1] == pytest.approx(lifted[17][1], abs=0.01)
    assert np.array_equal(np.delete(lifted, range(17, 27), axis=0), np.delete(points, range(17, 27), axis=0))


def test_points_outside_the_picture_are_cut_off():
    mask = draw_mask("facehull", points68(centre_x=5), 256, 256)
    assert mask.max() == 1 and mask[:, 0].any()


def test_the_affine_moves_and_scales_within_its_limits():
    rng = np.random.default_rng(0)
    affines = np.array([draw_affine(200, 100, rng) for _ in range(500)])
    centre = np.array([49.5, 99.5, 1.0])
    shifts = affines @ centre - centre[:2]
    assert np.abs(shifts[:, 0]).max() <= TRANSLATE_X * 100 and np.abs(shifts[:, 1]).max() <= TRANSLATE_Y * 200
    assert np.abs(shifts[:, 0]).max() > 0.9 * TRANSLATE_X * 100
    assert (
        affines[:, [0, 1], [0, 1]].min() >= SCALE_RANGE[0]
        and affines[:, [0, 1], [0, 1]].max() <= SCALE_RANGE[1]
    )
    assert not affines[:, [0, 1], [1, 0]].any()


def test_a_shift_moves_mask_and_source_alike():
    shift = np.array([[1.0, 0, 3], [0, 1, -2]])
    mask = draw_mask("hull", points68(), 256, 256)
    assert np.array_equal(move_mask(mask, shift)[:-2, 3:], mask[2:, :-3])
    source = textured()
    assert np.array_equal(move_source(source, shift)[:-2, 3:], source[2:, :-3])


def test_a_cut_out_source_moves_as_the_whole_would():
    rng = np.random.default_rng(1)
    affine = draw_affine(256, 256, rng)
    source = cv2.GaussianBlur(textured(), (0, 0), 3)
    whole = move_source(source, affine)[40:200, 30:220]
    part = move_source(np.ascontiguousarray(source[40:200, 30:220]), affine, offset=(30, 40))
    assert np.abs(whole[12:-12, 12:-12].astype(int) - part[12:-12, 12:-12]).max() <= 1


def test_the_edge_of_a_moved_source_is_never_black():
    bright = np.full((64, 64, 3), 200, np.uint8)
    assert move_source(bright, np.array([[0.95, 0, 5.0], [0, 0.95, 4.0]])).min() == 200


def test_elastic_deformation_wobbles_the_outline_by_about_a_pixel():
    slope = np.tile(np.arange(256, dtype=np.float32), (256, 1))
    moved = [deform_elastically(slope, np.random.default_rng(seed)) - slope for seed in range(5)]
    assert 0.9 < np.std([field[20:-20, 20:-20] for field in moved]) < 1.5


@pytest.mark.fidelity("0-3")
def test_kernels_are_odd_from_5_to_25():
    rng = np.random.default_rng(0)
    assert {draw_kernel(rng) for _ in range(500)} == set(range(5, 26, 2))


def test_a_soft_mask_is_float_from_0_to_1():
    soft = soft_mask(draw_mask("facehull", points81(), 256, 256), np.random.default_rng(0))
    assert soft.dtype == np.float32 and soft.shape == (256, 256)
    assert soft.min() == 0 and soft.max() == 1
    assert len(np.unique(soft)) > 256, "more levels than 8 bit has"


def test_a_soft_mask_is_eroded():
    mask = draw_mask("hull", points68(), 256, 256)
    shares = [soft_mask(mask, np.random.default_rng(seed)).sum() / mask.sum() for seed in range(20)]
    assert max(shares) < 0.97 and 0.6 < np.mean(shares) < 0.9


def test_a_soft_mask_keeps_the_size_of_an_oblong_window():
    mask = np.zeros((120, 310), np.float32)
    mask[30:90, 60:250] = 1
    assert soft_mask(mask, np.random.default_rng(0)).shape == (120, 310)


def test_an_empty_mask_stays_empty():
    assert not soft_mask(np.zeros((50, 60), np.float32), np.random.default_rng(0)).any()


def test_the_plain_hull_is_never_drawn_at_random():
    assert set(SHAPES) - set(RANDOM_SHAPES) == {"hull", *PART_SHAPES}
