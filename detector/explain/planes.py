"""A crop to pictures of what the networks of the zoo are given: its colours, its frequencies, its texture,
its edges.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch

from detector.structures import Floats, Image
from detector.zoo.bnext.planes import LEVELS, Planes
from detector.zoo.multibranch import Sobel
from detector.zoo.specs import DetectorSpec

Plane = Literal["colours", "frequencies", "texture", "edges", "windows"]
"""What a network can be given; `windows` are the spectra of small windows, which are 144 planes and no
picture.
"""

BRIGHTER_NEIGHBOURS = 3
"""The most that a pixel of the texture counts."""

STEEPEST = 0.4
"""Slope of grey shown as white (a step from black to white is 1). In the example portraits, at 224 and 380
px, the steepest pixel in a thousand has 0.24 to over 0.4 and cheeks have 0.03 to 0.06."""


@dataclass(frozen=True, eq=False)
class PlanePictures:
    """What there is to see of a crop of side S: `colours` (S, S, 3) uint8 RGB, the others (S, S) uint8 grey.

    Every range is fixed, so that two faces can be set side by side; what lies outside it is cut off.
    `frequencies`: log of the Fourier transform's length, frequency 0 in the middle; black is what rounding to
    8 bits leaves, S / sqrt(12) on average, white the most there can be, 255 S². `texture`: how many of three
    neighbours are at least as bright; 0, 85, 170 or 255. `edges`: length of grey's slope; black is even,
    white `STEEPEST` or more.
    """

    colours: Image
    frequencies: Image
    texture: Image
    edges: Image


def plane_pictures(crop: Image) -> PlanePictures:
    """The planes of a crop, (S, S, 3) uint8 RGB, by the very modules that the networks begin with."""
    side = crop.shape[0]
    if crop.shape != (side, side, 3) or crop.dtype != np.uint8:
        raise ValueError(f"a crop is (S, S, 3) uint8, not {crop.shape} {crop.dtype}")
    images = torch.from_numpy(crop.copy()).permute(2, 0, 1)[None].float() / LEVELS
    with torch.inference_mode():
        *_, spectrum, texture = Planes(side)(images)[0].numpy()
        *_, slope = Sobel()(images)[0].numpy()
    quietest, loudest = math.log(side / math.sqrt(12)), math.log(LEVELS * side**2)
    return PlanePictures(
        colours=crop,
        frequencies=_grey(spectrum * (LEVELS / 20), quietest, loudest),
        texture=_grey(texture * LEVELS, 0, BRIGHTER_NEIGHBOURS),
        edges=_grey(slope, 0, STEEPEST),
    )


def given(spec: DetectorSpec) -> tuple[Plane, ...]:
    """What the network of `spec` begins with, beside the colours that all are given."""
    match spec.family:
        case "bnext":
            return ("colours", "frequencies", "texture")
        case "multibranch" if spec.name != "multibranch-b4-published":
            return ("colours", "edges", "windows")
        case _:
            return ("colours",)


def _grey(plane: Floats, black: float, white: float) -> Image:
    """(S, S) float32 as grey levels: `black` or less 0, `white` or more 255."""
    return np.asarray(np.rint(255 * np.clip((plane - black) / (white - black), 0, 1)), dtype=np.uint8)
