"""A donor's picture fitted to another: laid on feature by feature, in its colours, as sharp as it."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from detector.blending.masks import draw_mask
from detector.structures import Floats, Image


def alignment(donor_points: Floats, points: Floats) -> tuple[Floats, float]:
    """The affine map (2, 3) of the donor's landmarks (68, 2) onto `points` (68, 2) by least squares, and its
    misfit.

    The misfit is the mean distance left, as a share of the width of `points`: small where the two heads are
    turned alike. Face X-ray (arXiv:1912.13458, section 3.2) chooses donors so, by the distance of landmarks.
    """
    given = np.hstack([donor_points, np.ones((len(donor_points), 1), np.float32)])
    solved, *_ = np.linalg.lstsq(given, points, rcond=None)
    left = given @ solved - points
    width = float(np.ptp(points[:, 0]))
    return np.asarray(solved.T, np.float32), float(np.linalg.norm(left, axis=1).mean()) / max(width, 1.0)


def lay_over(donor: Image, affine: Floats, like: Image) -> Image:
    """`donor` (H, W, 3) uint8 moved by `affine` (2, 3) into a picture of the size of `like`; what it does not
    reach mirrors its edge.
    """
    height, width = like.shape[:2]
    laid = cv2.warpAffine(
        donor, affine, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101
    )
    return np.asarray(laid, dtype=np.uint8)


def match_colours(source: Image, target: Image, points: Floats) -> Image:
    """`source` with the mean and spread of each CIE L*a*b* channel that `target` has inside the hull of
    `points` (68, 2).

    Both (H, W, 3) uint8 RGB of one size with their faces in the same place. Reinhard et al., Color Transfer
    between Images (2001).
    """
    inside = draw_mask("hull", points, *target.shape[:2]).astype(np.uint8)
    if not inside.any():
        return source
    lab = cv2.cvtColor(source, cv2.COLOR_RGB2LAB).astype(np.float32)
    mean, spread = cv2.meanStdDev(lab, mask=inside)
    wanted_mean, wanted_spread = cv2.meanStdDev(
        cv2.cvtColor(target, cv2.COLOR_RGB2LAB).astype(np.float32), mask=inside
    )
    gain = np.clip(wanted_spread / np.maximum(spread, 1.0), 0.5, 2.0)
    moved = (lab - mean.reshape(1, 1, 3)) * gain.reshape(1, 1, 3) + wanted_mean.reshape(1, 1, 3)
    matched = cv2.cvtColor(np.clip(np.rint(moved), 0, 255).astype(np.uint8), cv2.COLOR_LAB2RGB)
    return np.asarray(matched, dtype=np.uint8)


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
    amplitudes = _amplitudes(turned, rings)
    gain = np.clip((wanted + 1e-3) / (amplitudes + 1e-3), 1 / GAIN_LIMIT, GAIN_LIMIT) ** share
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
