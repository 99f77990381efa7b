"""Matching spectra: sharpness is taken over, what is where is not."""

from __future__ import annotations

import numpy as np
import pytest

from detector.blending.donor import match_spectrum
from detector.perturb import blur
from tests.blending.faces import textured


def fineness(image: np.ndarray) -> float:
    """Mean absolute step between neighbours."""
    return float(np.abs(np.diff(image.astype(float), axis=1)).mean())


@pytest.mark.parametrize("size", [(96, 96), (97, 83)])
def test_a_blurred_picture_becomes_as_sharp_as_the_other(size: tuple[int, int]) -> None:
    sharp = textured(*size)
    soft = blur(sharp, 0.6)
    matched = match_spectrum(soft, sharp)
    assert fineness(soft) < 0.7 * fineness(sharp)
    assert fineness(matched) > 0.8 * fineness(sharp)
    assert matched.shape == sharp.shape and matched.dtype == np.uint8


def test_a_picture_matched_with_itself_stays() -> None:
    image = textured(64, 64)
    assert np.abs(match_spectrum(image, image).astype(int) - image).max() <= 1


def test_the_share_is_how_far_it_goes() -> None:
    sharp = textured(96, 96)
    soft = blur(sharp, 0.6)
    none, half, whole = (fineness(match_spectrum(soft, sharp, share)) for share in (0.0, 0.5, 1.0))
    assert none == pytest.approx(fineness(soft), rel=0.02)
    assert none < half < whole


def test_the_mean_colour_is_kept() -> None:
    dark, bright = textured(64, 64) // 3, textured(64, 64)
    assert np.abs(match_spectrum(dark, bright).mean(axis=(0, 1)) - dark.mean(axis=(0, 1))).max() < 4


def test_pictures_of_two_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match=r"\(8, 8, 3\) and \(8, 9, 3\)"):
        match_spectrum(np.zeros((8, 8, 3), np.uint8), np.zeros((8, 9, 3), np.uint8))
