"""The quality of a JPEG from its pixels alone, against the quality it was written with."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from skimage import data

from detector.faces.compression import MOST_PX, jpeg_quality
from detector.perturb import h264, jpeg
from detector.structures import Image


@pytest.fixture(scope="module")
def astronaut() -> Image:
    """A picture that shows no JPEG of its own: scaled since its last."""
    return np.asarray(
        cv2.resize(data.astronaut(), None, fx=0.71, fy=0.71, interpolation=cv2.INTER_AREA), dtype=np.uint8
    )


@pytest.mark.parametrize("quality", [15, 30, 50, 75, 85])
def test_the_quality_is_read_from_the_pixels(astronaut: Image, quality: int) -> None:
    assert jpeg_quality(jpeg(astronaut, quality)) == pytest.approx(quality, abs=1)


@pytest.mark.parametrize(("down", "across"), [(0, 1), (3, 5), (7, 2)])
def test_a_cut_moves_the_grid_and_changes_nothing(astronaut: Image, down: int, across: int) -> None:
    assert jpeg_quality(jpeg(astronaut, 60)[down:, across:]) == pytest.approx(60, abs=1)


def test_a_finer_encoding_afterwards_leaves_the_coarser_one_visible(astronaut: Image) -> None:
    assert jpeg_quality(jpeg(jpeg(astronaut, 40), 96)) == pytest.approx(40, abs=1)


def test_pixels_never_encoded_scaled_since_or_of_a_video_show_nothing(astronaut: Image) -> None:
    encoded = jpeg(astronaut, 50)
    assert jpeg_quality(astronaut) is None
    assert (
        jpeg_quality(
            np.asarray(
                cv2.resize(encoded, None, fx=0.8, fy=0.8, interpolation=cv2.INTER_AREA), dtype=np.uint8
            )
        )
        is None
    )
    assert (
        jpeg_quality(
            np.asarray(
                cv2.resize(encoded, None, fx=1.3, fy=1.3, interpolation=cv2.INTER_CUBIC), dtype=np.uint8
            )
        )
        is None
    )
    assert jpeg_quality(h264(astronaut, 40)) is None


@pytest.mark.parametrize("shape", [(1, 1, 3), (23, 200, 3), (64, 64, 3)])
def test_a_tiny_or_a_plain_picture_shows_nothing(shape: tuple[int, ...]) -> None:
    assert jpeg_quality(np.full(shape, 120, dtype=np.uint8)) is None


def test_noise_is_no_encoding() -> None:
    assert jpeg_quality(np.random.default_rng(0).integers(0, 256, (200, 200, 3), dtype=np.uint8)) is None


def test_of_a_large_picture_the_middle_is_looked_at(astronaut: Image) -> None:
    large = np.zeros((3 * MOST_PX, 3 * MOST_PX, 3), dtype=np.uint8)
    height, width = astronaut.shape[:2]
    top = (3 * MOST_PX - height) // 2
    large[top : top + height, top : top + width] = jpeg(astronaut, 50)
    assert jpeg_quality(large) == pytest.approx(50, abs=1)
