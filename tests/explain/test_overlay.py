"""The heat map over its crop."""

from __future__ import annotations

import numpy as np
import pytest

from detector.explain.cams import Heatmap
from detector.explain.overlay import legend, overlay
from detector.structures import Crop, Face, Quality


def crop_of(image: np.ndarray) -> Crop:
    quality = Quality(size_px=100, sharpness=1, exposure=0.5, yaw_deg=0)
    face = Face(np.zeros(4, np.float32), 1.0, np.zeros((5, 2), np.float32), image, (0, 0), quality)
    return Crop(image=image, face=face, to_frame=np.eye(2, 3))


def noise() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (16, 16, 3), dtype=np.uint8)


def heat(values: np.ndarray) -> Heatmap:
    return Heatmap(values=values.astype(np.float32), method="gradcam", logit=0.0)


def lightness(colours: np.ndarray) -> np.ndarray:
    """Relative luminance of (N, 3) RGB."""
    return np.asarray(colours.astype(float) @ [0.2126, 0.7152, 0.0722])


def test_zero_leaves_every_pixel_untouched() -> None:
    image = noise()
    np.testing.assert_array_equal(overlay(crop_of(image), heat(np.zeros((16, 16)))), image)


def test_only_the_warm_half_changes() -> None:
    image = noise()
    values = np.zeros((16, 16))
    values[:, 8:] = 1
    mixed = overlay(crop_of(image), heat(values))
    np.testing.assert_array_equal(mixed[:, :8], image[:, :8])
    assert (mixed[:, 8:] != image[:, 8:]).any(axis=2).all()


def test_the_face_still_shows_at_full_heat() -> None:
    black, white = (np.full((4, 4, 3), value, np.uint8) for value in (0, 255))
    full = heat(np.ones((4, 4)))
    difference = overlay(crop_of(white), full).astype(int) - overlay(crop_of(black), full)
    assert difference.min() >= 60


def test_the_crop_itself_is_not_written_to() -> None:
    image = noise()
    kept = image.copy()
    overlay(crop_of(image), heat(np.ones((16, 16))))
    np.testing.assert_array_equal(image, kept)


def test_colours_of_the_legend_grow_lighter_without_colour_vision() -> None:
    strip = legend(width=256, height=8)
    assert strip.shape == (8, 256, 3)
    upper = lightness(strip[0, 128:])
    assert (np.diff(upper) > -1.5).all() and upper[-1] > upper[0] + 60


def test_a_map_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match="heat map"):
        overlay(crop_of(noise()), heat(np.zeros((8, 8))))
