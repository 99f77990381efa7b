"""Where in a face a map is strong: its regions by the five landmarks, and what the map says of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from detector.explain.maps import LEAST_LOG_ODDS, Heatmap, Method
from detector.structures import Crop, Direction, Floats

Mask = NDArray[np.bool_]


class Region(StrEnum):
    """A part of a face; left and right are the picture's. The first that holds a pixel has it."""

    LEFT_EYE = "left eye"
    RIGHT_EYE = "right eye"
    MOUTH = "mouth"
    NOSE = "nose"
    FOREHEAD = "forehead"
    CHIN = "chin"
    LEFT_CHEEK = "left cheek"
    RIGHT_CHEEK = "right cheek"
    SURROUNDINGS = "surroundings"


# Lengths are in units of the larger of: the eyes' distance, and from between the eyes to between the mouth's
# corners (a turned head shortens the first only). An average face's box (faces.finder.AVERAGE_FACE, 1.25
# times as high as wide) ends 1.1 to both sides of the eyes' middle, 1.05 above and 1.65 below it.
FACE_CENTRE_Y, FACE_RADII = 0.30, (1.10, 1.35)
EYE_RADII = (0.42, 0.30)
NOSE_RADII, NOSE_RISE = (0.30, 0.42), 0.18
MOUTH_RADIUS_Y, MOUTH_BESIDE = 0.26, 0.12
BROWS_Y, CHIN_Y = -0.30, 1.26

MOST_NAMED = 2
"""Regions that are named of each direction."""

NEAR_THE_STRONGEST = 0.5
"""A second region is named where its push is at least this share of the strongest's."""

LEAST_ATTENTION = 0.1
"""Mean attention from which a region is said to have been looked at: 1.3 times an even share."""


@dataclass(frozen=True)
class RegionPush:
    """What a map says of one region: `mean` of its values (log-odds, or attention) and the `share`, 0..1, of
    all that the map has in the direction of that mean.
    """

    region: Region
    mean: float
    share: float


@dataclass(frozen=True)
class Reading:
    """What a map says in regions, the strongest first whatever its direction. `pushes` has every region that
    shows in the crop.
    """

    method: Method
    pushes: tuple[RegionPush, ...]

    def strongest(self, direction: Direction) -> tuple[Region, ...]:
        """The regions, at most `MOST_NAMED`, that push towards `direction`, or, by attention (NONE), that
        were looked at; none where none does so much.
        """
        sign = -1 if direction is Direction.REAL else 1
        least = LEAST_LOG_ODDS if self.method.is_signed else LEAST_ATTENTION
        strong = [push for push in self.pushes if sign * push.mean >= least]
        near = [push for push in strong if abs(push.mean) >= NEAR_THE_STRONGEST * abs(strong[0].mean)]
        return tuple(push.region for push in near[:MOST_NAMED])

    @property
    def is_empty(self) -> bool:
        """Whether nothing in the face pushed it, or was looked at, much."""
        return not any(self.strongest(direction) for direction in Direction)


def read(heatmap: Heatmap, crop: Crop) -> Reading:
    """What `heatmap` says of the regions of the face in `crop`, which it was made of."""
    values = heatmap.values
    totals = {1: float(values.clip(min=0).sum()), -1: float(-values.clip(max=0).sum())}
    pushes = []
    for region, mask in region_masks(crop).items():
        mean = float(values[mask].mean())
        sign = 1 if mean >= 0 else -1
        inside = float((sign * values[mask]).clip(min=0).sum())
        pushes.append(RegionPush(region, mean, inside / totals[sign] if totals[sign] > 0 else 0.0))
    return Reading(heatmap.method, tuple(sorted(pushes, key=lambda push: -abs(push.mean))))


def region_masks(crop: Crop) -> Mapping[Region, Mask]:
    """The pixels (S, S) of each region that shows in the crop; every pixel belongs to one. A face whose
    landmarks lie on one point is all surroundings.
    """
    side = crop.image.shape[0]
    points = _in_crop(crop.face.landmarks, crop.to_frame)
    left, right, nose, mouth_left, mouth_right = points
    eyes, mouth = (left + right) / 2, (mouth_left + mouth_right) / 2
    unit = max(float(np.linalg.norm(right - left)), float(np.linalg.norm(mouth - eyes)))
    if not unit > 1:
        return {Region.SURROUNDINGS: np.ones((side, side), np.bool_)}
    down = (mouth - eyes) / max(float(np.linalg.norm(mouth - eyes)), 1e-6)
    axes = np.stack([[down[1], -down[0]], down])  # to the right of the face in the picture, and down it
    rows, columns = np.indices((side, side)).astype(np.float64)
    x, y = np.tensordot(axes, np.stack([columns - eyes[0], rows - eyes[1]]), axes=1) / unit
    place = {
        name: axes @ (point - eyes) / unit
        for name, point in zip("lrnm", (left, right, nose, mouth), strict=True)
    }
    wide = float(np.linalg.norm(mouth_right - mouth_left)) / unit / 2 + MOUTH_BESIDE

    def ellipse(centre: Floats, radii: tuple[float, float]) -> Mask:
        return np.asarray(((x - centre[0]) / radii[0]) ** 2 + ((y - centre[1]) / radii[1]) ** 2 <= 1)

    # a turned head's middle lies away from its nose
    middle = (place["l"] + place["r"])[0] / 2
    face = ellipse(np.array([middle, FACE_CENTRE_Y]), FACE_RADII)
    wanted = {
        Region.LEFT_EYE: ellipse(place["l"], EYE_RADII),
        Region.RIGHT_EYE: ellipse(place["r"], EYE_RADII),
        Region.MOUTH: ellipse(place["m"], (wide, MOUTH_RADIUS_Y)),
        Region.NOSE: ellipse(place["n"] - [0, NOSE_RISE], NOSE_RADII),
        Region.FOREHEAD: face & (y < BROWS_Y),
        Region.CHIN: face & (y > CHIN_Y),
        Region.LEFT_CHEEK: face & (x < place["n"][0]),
        Region.RIGHT_CHEEK: face,
        Region.SURROUNDINGS: np.ones((side, side), np.bool_),
    }
    free = np.ones((side, side), np.bool_)
    masks = {}
    for region, mask in wanted.items():
        if (own := mask & free).any():
            masks[region] = own
        free &= ~mask
    return masks


def _in_crop(points: Floats, to_frame: NDArray[np.float64]) -> NDArray[np.float64]:
    """`points` (N, 2) in frame pixels as those of the crop."""
    return np.asarray((points - to_frame[:, 2]) @ np.linalg.inv(to_frame[:, :2]).T)
