"""Another person's face laid on a picture, feature on feature, in its colours: what a swap between two people
blends in.
"""

from __future__ import annotations

import cv2
import numpy as np

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
