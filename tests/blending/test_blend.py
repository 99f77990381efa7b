"""One real picture to a pair of real and fake."""

import numpy as np
import pytest

from detector.blending.blend import (
    MIRRORED_81,
    RATIOS,
    BlendError,
    face_window,
    flip,
    flip_landmarks,
    self_blend,
    wide_crop,
)
from detector.blending.masks import RANDOM_SHAPES, SHAPES
from tests.blending.faces import points68, points81, textured


def blends(count=40, points=None):
    return [
        self_blend(textured(), points81() if points is None else points, np.random.default_rng(seed))
        for seed in range(count)
    ]


@pytest.mark.fidelity("0-3")
def test_real_and_fake_are_equal_where_the_mask_is_0():
    for blend in blends():
        outside = blend.mask == 0
        assert outside.any() and np.array_equal(blend.real[outside], blend.fake[outside])


def test_real_and_fake_differ_inside_the_mask():
    for blend in blends():
        inside = blend.mask > 0.9 * blend.ratio
        assert np.abs(blend.real.astype(int) - blend.fake)[inside].mean() > 0.5


def test_both_pictures_keep_the_size_of_the_image():
    blend = self_blend(textured(300, 260), points68(), np.random.default_rng(0))
    assert blend.real.shape == blend.fake.shape == (300, 260, 3) and blend.mask.shape == (300, 260)
    assert blend.real.dtype == blend.fake.dtype == np.uint8 and blend.mask.dtype == np.float32


def test_the_image_handed_in_is_left_alone():
    image = textured()
    self_blend(image, points81(), np.random.default_rng(0))
    assert np.array_equal(image, textured())


def test_the_real_sample_is_the_image_or_the_changed_target():
    untouched = sum(np.array_equal(blend.real, textured()) for blend in blends())
    assert 8 < untouched < 32


@pytest.mark.fidelity("0-3")
def test_the_ratio_is_the_maximum_of_the_mask_and_all_ratios_occur():
    fakes = blends()
    assert {blend.ratio for blend in fakes} == set(RATIOS)
    for blend in fakes:
        assert blend.mask.max() == pytest.approx(blend.ratio) and blend.mask.min() == 0


@pytest.mark.fidelity("0-4")
def test_all_four_shapes_occur_and_a_shape_can_be_asked_for():
    assert {blend.shape for blend in blends()} == set(RANDOM_SHAPES)
    for shape in SHAPES:
        assert self_blend(textured(), points81(), np.random.default_rng(0), shape).shape == shape


@pytest.mark.fidelity("0-3")
def test_the_same_seed_gives_the_same_pair():
    for first, again in zip(blends(8), blends(8), strict=True):
        assert np.array_equal(first.fake, again.fake) and np.array_equal(first.real, again.real)
        assert np.array_equal(first.mask, again.mask) and (first.shape, first.ratio) == (
            again.shape,
            again.ratio,
        )


def test_other_seeds_give_other_fakes():
    fakes = {blend.fake.tobytes() for blend in blends(20)}
    assert len(fakes) == 20


def test_the_forehead_is_part_of_most_facehulls_only():
    seeds = range(60)
    tops = [
        np.flatnonzero(
            self_blend(textured(), points81(), np.random.default_rng(s), "facehull").mask.any(axis=1)
        )[0]
        for s in seeds
    ]
    brows = points68()[17:27, 1].min()
    reaching = sum(top < brows - 15 for top in tops)
    assert 30 < reaching < 58


def test_a_face_without_forehead_points_can_be_blended():
    assert len(blends(4, points68())) == 4


def test_a_face_cut_off_by_the_picture_has_a_mask_that_reaches_the_edge():
    bright = np.full((256, 256, 3), 200, np.uint8)
    blend = self_blend(bright, points68(centre_x=20), np.random.default_rng(0), "facehull")
    assert blend.mask[:, 0].any()
    assert blend.fake.min() > 50, "no black rim"


@pytest.mark.parametrize(
    "points", [np.full((68, 2), 50, np.float32), points68(eyes_px=3), np.full((68, 2), np.nan, np.float32)]
)
def test_landmarks_that_span_no_face_are_refused(points):
    with pytest.raises(BlendError, match="landmarks span"):
        self_blend(textured(), points, np.random.default_rng(0))


def test_landmarks_outside_the_picture_are_refused():
    with pytest.raises(BlendError, match="outside the 256 x 256 picture"):
        self_blend(textured(), points68(centre_x=2000), np.random.default_rng(0))


def test_a_mask_outside_the_picture_is_refused():
    # the wide crop still touches the picture, the face does not
    with pytest.raises(BlendError, match="mask lies inside"):
        self_blend(textured(), points68(centre_x=-80), np.random.default_rng(0))


def test_a_black_picture_that_stays_black_is_refused():
    black = np.zeros((256, 256, 3), np.uint8)

    def refused(seed):
        try:
            self_blend(black, points68(), np.random.default_rng(seed))
        except BlendError as error:
            return "nothing to change" in str(error)
        return False

    assert any(refused(seed) for seed in range(10))


def test_other_numbers_of_landmarks_are_a_bug():
    with pytest.raises(ValueError, match=r"\(68, 2\) or \(81, 2\), not \(5, 2\)"):
        self_blend(textured(), np.zeros((5, 2), np.float32), np.random.default_rng(0))


def test_the_wide_crop_has_its_margins():
    points = np.tile(np.array([[100.0, 100.0]], np.float32), (68, 1))
    points[1] = (140, 150)
    window = face_window(points)
    assert (window.x1, window.y1, window.x2, window.y2) == (80, 50, 160, 170)


def test_the_wide_crop_is_cut_at_the_edge_and_the_forehead_has_no_part_in_it():
    window = wide_crop(textured(150, 256), points81())
    assert window.y1 == 0 or window.y1 == face_window(points68()).y1
    assert window.y2 == 150 and window == wide_crop(textured(150, 256), points68())


def test_flipping_swaps_left_and_right():
    points = points81()
    flipped = flip_landmarks(points, 256)
    for here, there in [
        (0, 16),
        (8, 8),
        (17, 26),
        (27, 27),
        (31, 35),
        (36, 45),
        (37, 44),
        (41, 46),
        (48, 54),
        (60, 64),
        (67, 65),
        (68, 80),
        (74, 74),
    ]:
        assert flipped[here] == pytest.approx([255 - points[there, 0], points[there, 1]])


def test_a_mirrored_symmetric_face_is_itself():
    assert np.allclose(flip_landmarks(points81(), 257), points81(), atol=0.01)


@pytest.mark.parametrize("points", [points68(centre_x=100), points81()], ids=["68", "81"])
def test_flipping_twice_changes_nothing(points):
    image, landmarks = flip(*flip(textured(60, 90), points))
    assert np.array_equal(image, textured(60, 90)) and np.allclose(landmarks, points, atol=1e-4)
    assert sorted(MIRRORED_81) == list(range(81))


def test_a_pixel_and_its_landmark_move_together():
    image = np.zeros((20, 30, 3), np.uint8)
    image[5, 7] = 255
    points = np.zeros((68, 2), np.float32)
    points[8] = (7, 5)
    flipped, landmarks = flip(image, points)
    x, y = landmarks[8].astype(int)
    assert flipped[y, x, 0] == 255
