"""Whole pictures retouched: what each step does to grain, light and colour, and that it follows from the
draw.
"""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from detector.blending.finish import Finish, draw_finish, draw_saturation, fade, finish
from detector.structures import Image

BOX = np.array([40, 40, 120, 140], np.float32)


def grainy() -> Image:
    """A flat picture of skin colour with grain of 6 levels, 160 by 180."""
    grain = np.random.default_rng(0).normal(0, 6, (180, 160, 3))
    return np.clip(np.array([200, 150, 130]) + grain, 0, 255).astype(np.uint8)


def lit_from_the_left() -> Image:
    ramp = np.linspace(220, 60, 160).astype(np.uint8)
    return np.repeat(np.repeat(ramp[None, :, None], 180, axis=0), 3, axis=2)


def test_no_finish_changes_nothing() -> None:
    assert np.array_equal(finish(grainy(), BOX, Finish()), grainy())


def test_smoothing_takes_the_grain_of_the_face_and_leaves_the_surroundings() -> None:
    image, smoothed = grainy(), finish(grainy(), BOX, Finish(smoothing=50))
    assert smoothed[80:110, 70:90].std(axis=(0, 1)).max() < 0.6 * image[80:110, 70:90].std(axis=(0, 1)).min()
    assert np.array_equal(smoothed[:10, :10], image[:10, :10])


@pytest.mark.parametrize(
    "done, less",
    [(Finish(denoising=40), True), (Finish(sharpening=1.0), False), (Finish(local_contrast=0.5), False)],
)
def test_grain_falls_or_rises(done: Finish, less: bool) -> None:
    before, after = (shown.std(axis=(0, 1)).mean() for shown in (grainy(), finish(grainy(), BOX, done)))
    assert after < 0.9 * before if less else after > 1.05 * before


def test_even_light_takes_half_of_a_slope() -> None:
    level = finish(lit_from_the_left(), BOX, Finish(evenness=0.5))[90, :, 0].astype(float)
    assert 60 < level[20] - level[-20] < 0.65 * (220 - 60)


def test_fading_takes_colour_and_leaves_lightness() -> None:
    image = grainy()
    grey = fade(image, 0.0)
    assert np.ptp(grey.astype(int), axis=2).max() == 0
    assert np.array_equal(fade(image, 1.0), image)
    assert (
        abs(cv2.cvtColor(grey, cv2.COLOR_RGB2GRAY).mean() - cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).mean())
        < 1
    )


def test_a_finish_follows_from_the_draw_and_does_something() -> None:
    once, again, other = (draw_finish(np.random.default_rng(seed)) for seed in (3, 3, 4))
    assert once == again != other
    for seed in range(50):
        done = draw_finish(np.random.default_rng(seed))
        asked = (done.smoothing, done.local_contrast, done.sharpening, done.denoising, done.evenness)
        assert 1 <= sum(value > 0 for value in asked) <= 3


def test_half_of_the_faded_pictures_are_grey() -> None:
    drawn = [draw_saturation(np.random.default_rng(seed)) for seed in range(400)]
    assert 0.4 < np.mean([value == 0 for value in drawn]) < 0.6
    assert max(drawn) < 0.7


def test_a_small_picture_is_no_trouble() -> None:
    tiny = grainy()[:9, :7]
    assert finish(tiny, np.array([0, 0, 7, 9.0]), Finish(20, 0.5, 1, 1, 20, 0.5)).shape == tiny.shape
