"""Two pictures of the same thing to two that are equally sharp: the amplitudes of one in the rings of the
other's spectrum.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from detector.structures import Floats, Image

RINGS = 48
GAIN_LIMIT = 4.0
"""Most by which a ring is raised or lowered: where a picture has nothing, noise would be raised instead."""


def match_spectrum(image: Image, like: Image, share: float = 1.0) -> Image:
    """`image` with the mean amplitude that `like` has at each radius of the spectrum; both (H, W, 3) uint8 of
    one size.

    `share` 0..1 is how far it goes (geometrically). A decoder's blur, which any upscaler leaves as well, is
    then gone, and what it has put where stays: phases are kept. The alignment in frequency of
    arXiv:2505.14359 (section 3), done here on rings in place of a learned step.
    """
    if image.shape != like.shape:
        raise ValueError(f"the pictures are {image.shape} and {like.shape}; they must be of one size")
    height, width = image.shape[:2]
    rings = _rings(height, width)
    turned = np.fft.rfft2(image.astype(np.float32), axes=(0, 1))
    wanted = _amplitudes(np.fft.rfft2(like.astype(np.float32), axes=(0, 1)), rings)
    found = _amplitudes(turned, rings)
    gain = np.clip((wanted + 1e-3) / (found + 1e-3), 1 / GAIN_LIMIT, GAIN_LIMIT) ** share
    gain[0] = 1  # the mean and what lies next to it: colour and light are not sharpness
    matched = np.fft.irfft2(turned * gain[rings][:, :, None], s=(height, width), axes=(0, 1))
    return np.clip(np.rint(matched), 0, 255).astype(np.uint8)


@lru_cache(maxsize=64)
def _rings(height: int, width: int) -> NDArray[np.int64]:
    down, across = np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None]
    radius = np.sqrt(down**2 + across**2) / np.sqrt(0.5)
    return np.asarray(np.minimum(radius * RINGS, RINGS - 1), dtype=np.int64)


def _amplitudes(turned: NDArray[np.complexfloating], rings: NDArray[np.int64]) -> Floats:
    """Mean amplitude (RINGS,) over channels and over the coefficients of each ring."""
    amplitude = np.abs(turned).mean(axis=2)
    sums = np.bincount(rings.ravel(), amplitude.ravel(), RINGS)
    return np.asarray(sums / np.maximum(np.bincount(rings.ravel(), minlength=RINGS), 1), dtype=np.float32)
