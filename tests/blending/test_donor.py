"""A donor's face laid on a picture: in its place, in its colours."""

import cv2
import numpy as np

from detector.blending.donor import alignment, lay_over, match_colours
from tests.blending.faces import points68, textured

TURNED = np.array([[0.9, -0.2, 40], [0.2, 0.9, -10]], np.float32)


def moved(points, affine):
    return points @ affine[:, :2].T + affine[:, 2]


def test_the_alignment_finds_the_map_that_moved_the_points():
    affine, misfit = alignment(points68(), moved(points68(), TURNED))
    assert np.allclose(affine, TURNED, atol=1e-2)
    assert misfit < 1e-4


def test_a_turned_head_fits_worse_than_one_of_another_size():
    squeezed = points68().copy()
    squeezed[:, 0] += 0.004 * (squeezed[:, 0] - squeezed[30, 0]) ** 2
    assert alignment(points68(), squeezed)[1] > 0.01 > alignment(points68(), points68() * 1.7)[1]


def test_the_donor_lands_with_its_features_on_the_points():
    donor = np.zeros((256, 256, 3), np.uint8)
    x, y = points68()[30]
    cv2.circle(donor, (round(float(x)), round(float(y))), 5, (255, 255, 255), -1)
    laid = lay_over(donor, TURNED, textured(300, 280))
    assert laid.shape == (300, 280, 3)
    rows, columns = np.nonzero(laid[:, :, 0] > 128)
    assert np.allclose([columns.mean(), rows.mean()], moved(points68()[30:31], TURNED)[0], atol=1.0)


def test_what_the_donor_does_not_reach_is_no_black_hole():
    shifted = np.array([[1, 0, 90], [0, 1, 0]], np.float32)
    assert lay_over(textured(), shifted, textured()).min() > 30


def test_colours_inside_the_face_become_the_targets():
    target = textured()
    source = np.clip(target.astype(int) * 0.6 + np.array([60, 0, 20]), 0, 255).astype(np.uint8)
    matched = match_colours(source, target, points68())
    inside = np.zeros(target.shape[:2], np.uint8)
    cv2.fillConvexPoly(inside, cv2.convexHull(points68().astype(np.int32)), 1)
    before = np.abs(source[inside > 0].mean(axis=0) - target[inside > 0].mean(axis=0)).max()
    after = np.abs(matched[inside > 0].mean(axis=0) - target[inside > 0].mean(axis=0)).max()
    assert before > 15
    assert after < 4


def test_landmarks_outside_the_picture_leave_the_source_as_it_is():
    assert match_colours(textured(), textured()[:, ::-1], points68() + 1000) is not None
    assert np.array_equal(match_colours(textured(), textured()[:, ::-1], points68() + 1000), textured())
