"""The crop rule at the edges of the picture and of the sizes."""

from __future__ import annotations

import numpy as np
import pytest

from detector.faces.crop import crop_face, cut_square, square_around
from detector.structures import Face, Image, InputSpec, Quality

GREY = InputSpec(size=32, margin=0.25, mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5))


def gradient(height: int = 120, width: int = 160) -> Image:
    """A picture whose red is x and whose green is y."""
    rows, columns = np.mgrid[0:height, 0:width]
    return np.stack([columns, rows, np.zeros_like(rows)], axis=2).astype(np.uint8)


def face_of(
    image: Image,
    box: tuple[float, ...],
    patch_box: tuple[int, int, int, int] | None = None,
    whole: bool = False,
) -> Face:
    """A face of `image` with the patch cut from it, all of it where None."""
    left, top, right, bottom = patch_box or (0, 0, image.shape[1], image.shape[0])
    return Face(
        box=np.array(box, dtype=np.float32),
        finder_score=1.0,
        landmarks=np.zeros((5, 2), np.float32),
        patch=image[top:bottom, left:right].copy(),
        patch_origin=(left, top),
        quality=Quality(100, 1, 0.5, 0),
        whole_picture=whole,
    )


@pytest.mark.fidelity("0-17")
def test_square_grows_by_the_longer_side_about_the_centre() -> None:
    np.testing.assert_allclose(square_around(np.array([10, 20, 30, 60], np.float32), 0.25), [-10, 10, 50, 70])


def test_square_of_the_right_size_is_copied_as_it_is() -> None:
    image = gradient()
    crop, to_image = cut_square(image, np.array([40.0, 30.0, 72.0, 62.0]), 32)
    np.testing.assert_array_equal(crop, image[30:62, 40:72])
    np.testing.assert_allclose(to_image, [[1, 0, 40], [0, 1, 30]])


def test_what_lies_outside_is_reflected_without_the_edge_twice() -> None:
    image = gradient()
    crop, _ = cut_square(image, np.array([-2.0, -3.0, 6.0, 5.0]), 8)
    assert crop[0, :, 0].tolist() == [2, 1, 0, 1, 2, 3, 4, 5]
    assert crop[:, 0, 1].tolist() == [3, 2, 1, 0, 1, 2, 3, 4]


def test_the_far_edges_are_reflected_too() -> None:
    crop, _ = cut_square(gradient(120, 160), np.array([156.0, 116.0, 164.0, 124.0]), 8)
    assert crop[0, :, 0].tolist() == [156, 157, 158, 159, 158, 157, 156, 155]
    assert crop[:, 0, 1].tolist() == [116, 117, 118, 119, 118, 117, 116, 115]


def test_a_square_much_larger_than_the_picture_is_folded_again_and_again() -> None:
    crop, _ = cut_square(gradient(2, 3), np.array([-4.0, -4.0, 6.0, 6.0]), 10)
    assert crop[0, :, 0].tolist() == [0, 1, 2, 1, 0, 1, 2, 1, 0, 1]
    assert crop[:, 0, 1].tolist() == [0, 1, 0, 1, 0, 1, 0, 1, 0, 1]


def test_one_pixel_fills_the_crop() -> None:
    crop, _ = cut_square(np.full((1, 1, 3), 7, np.uint8), np.array([-3.0, -3.0, 4.0, 4.0]), 5)
    assert crop.shape == (5, 5, 3) and np.all(crop == 7)


def test_a_square_beside_the_picture_is_refused() -> None:
    with pytest.raises(ValueError, match="outside"):
        cut_square(gradient(), np.array([200.0, 10.0, 220.0, 30.0]), 8)


def test_shrinking_averages_areas() -> None:
    checks = np.zeros((8, 8, 3), np.uint8)
    checks[::2, ::2] = 200
    crop, _ = cut_square(checks, np.array([0.0, 0.0, 8.0, 8.0]), 4)
    assert np.all(crop == 50)


def test_growing_keeps_a_ramp_a_ramp() -> None:
    crop, _ = cut_square(gradient(), np.array([40.0, 40.0, 56.0, 56.0]), 64)
    inner = crop[32, 8:56, 0].astype(int)
    assert np.all(np.diff(inner) >= 0) and abs(int(inner[24]) - 48) <= 1


@pytest.mark.parametrize("size", [8, 20, 50])
def test_to_frame_maps_corners_to_corners(size: int) -> None:
    crop = crop_face(
        face_of(gradient(), (50, 40, 66, 56), (30, 20, 110, 100)), InputSpec(size, 0.125, GREY.mean, GREY.std)
    )
    corners = np.array([[-0.5, -0.5, 1], [size - 0.5, size - 0.5, 1]])  # pixel centres are whole numbers
    np.testing.assert_allclose(corners @ crop.to_frame.T, [[47.5, 37.5], [67.5, 57.5]])


def test_to_frame_points_at_the_pixels_that_were_cut() -> None:
    crop = crop_face(face_of(gradient(), (50, 40, 70, 64)), GREY)
    x, y = crop.to_frame @ np.array([10, 21, 1])
    assert abs(x - int(crop.image[21, 10, 0])) <= 1 and abs(y - int(crop.image[21, 10, 1])) <= 1


@pytest.mark.fidelity("4-13")
@pytest.mark.parametrize(
    "box",
    [(60.3, 50.7, 91.2, 88.9), (-10.4, -7.2, 30.1, 41.6), (130.5, 90.5, 170.5, 130.5), (2.5, 90.2, 30, 125)],
)
@pytest.mark.parametrize("margin", [0.0, 0.125, 0.5])
def test_crop_from_the_patch_equals_crop_from_the_frame(box: tuple[float, ...], margin: float) -> None:
    image = np.random.default_rng(0).integers(0, 256, (120, 160, 3), dtype=np.uint8)
    x1, y1, x2, y2 = square_around(np.array(box, np.float32), 0.5)
    patch_box = (max(0, int(x1) - 1), max(0, int(y1) - 1), min(160, int(x2) + 2), min(120, int(y2) + 2))
    spec = InputSpec(48, margin, GREY.mean, GREY.std)
    patch, frame = crop_face(face_of(image, box, patch_box), spec), crop_face(face_of(image, box), spec)
    np.testing.assert_array_equal(patch.image, frame.image)
    np.testing.assert_allclose(patch.to_frame, frame.to_frame)


@pytest.mark.fidelity("1-7")
def test_a_whole_picture_is_padded_to_a_square_without_a_margin() -> None:
    crop = crop_face(
        face_of(gradient(10, 20), (0, 0, 20, 10), whole=True), InputSpec(20, 0.5, GREY.mean, GREY.std)
    )
    np.testing.assert_array_equal(crop.image[5:15], gradient(10, 20))
    assert crop.image[4, 0, 1] == 1
