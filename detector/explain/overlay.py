"""A map as colours over its crop: transparent layers with contours, the strip of colours, a sheet of maps."""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from detector.explain.maps import FULL_LOG_ODDS, Heatmap, Method
from detector.structures import Crop, Floats, Image

Layer = NDArray[np.uint8]
"""(S, S, 4) uint8 RGBA, straight alpha: laid over the face by whatever shows it, at any opacity."""

Colour = tuple[int, int, int]

ORANGE: Colour = (235, 97, 0)
BLUE: Colour = (0, 90, 181)
"""Towards fake and towards genuine: every kind of colour vision tells them apart, and neither says good or
bad."""

VIOLET: Colour = (118, 42, 170)
"""Attended: not a direction."""

YELLOW: Colour = (255, 214, 10)
"""Where it was altered."""

MOST_OPAQUE = 0.8
"""Alpha in full colour: the face still shows through."""

DARKER = 0.55
"""Brightness of a contour, as a share of its colour's."""

LOG_ODDS_CONTOURS = (math.log(2), math.log(10))
"""Contours of a signed map: two to one and ten to one."""

ATTENTION_CONTOURS = (1 / 3, 2 / 3)
MASK_CONTOURS = (0.1, 0.5)
MASK_ALPHA = 0.3

SMOOTHED = 1 / 50
"""Standard deviation of the blur of an enlarged layer, as a share of its side: a seventh of a cell."""

PAPER = 128
"""Grey that stands for the picture in the legend."""


def layer(heatmap: Heatmap, side: int | None = None, contours: bool = True) -> Layer:
    """The map alone, (side, side, 4) uint8 RGBA; clear where it is 0. `side` None: that of the map, its very
    values; else enlarged and smoothed.
    """
    values = _enlarged(heatmap.values, side)
    if not heatmap.method.is_signed:
        return _with_contours(
            _tinted(values, VIOLET), [(values, VIOLET, ATTENTION_CONTOURS)] if contours else []
        )
    strength = values / FULL_LOG_ODDS
    towards_fake, towards_real = _tinted(strength, ORANGE), _tinted(-strength, BLUE)
    coloured = np.where((values > 0)[..., None], towards_fake, towards_real)
    lines = [(values, ORANGE, LOG_ODDS_CONTOURS), (-values, BLUE, LOG_ODDS_CONTOURS)]
    return _with_contours(coloured, lines if contours else [])


def mask_layer(mask: Floats, side: int | None = None) -> Layer:
    """Where a picture was altered, from `mask` (S, S) 0..1 over the crop: (side, side, 4) uint8 RGBA."""
    values = _enlarged(mask, side)
    return _with_contours(
        _tinted(values * (MASK_ALPHA / MOST_OPAQUE), YELLOW), [(values, YELLOW, MASK_CONTOURS)]
    )


def mask_in_crop(mask: Floats, crop: Crop) -> Floats:
    """`mask` (H, W) float32 0..1 over the whole frame, as it lies in the crop: (S, S)."""
    side = crop.image.shape[0]
    cut = cv2.warpAffine(
        mask.astype(np.float32), crop.to_frame, (side, side), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    )
    return np.asarray(cut, dtype=np.float32)


def png(layer: Layer) -> bytes:
    """A layer as a file that keeps its alpha."""
    _, encoded = cv2.imencode(".png", cv2.cvtColor(layer, cv2.COLOR_RGBA2BGRA))
    return encoded.tobytes()


def overlay(crop: Crop, heatmap: Heatmap, opacity: float = 1.0) -> Image:
    """The crop with the map over it, (S, S, 3) uint8 RGB; `opacity` 0 and places where the map is 0 leave the
    crop's own pixels untouched.
    """
    if crop.image.shape[:2] != heatmap.values.shape:
        raise ValueError(f"heat map of {heatmap.values.shape} for a crop of {crop.image.shape[:2]}")
    return _laid_over(crop.image, layer(heatmap), opacity)


def legend(width: int, height: int, method: Method = Method.GRADCAM) -> Image:
    """The colours as they look on a grey picture, (height, width, 3) uint8 RGB: from genuine (left) to fake
    (right); of attention from none to full.
    """
    low, high = (-FULL_LOG_ODDS, FULL_LOG_ODDS) if method.is_signed else (0.0, 1.0)
    values = np.broadcast_to(np.linspace(low, high, width, dtype=np.float32), (height, width))
    strip = layer(Heatmap(values, method, 0.0), contours=False)
    return _laid_over(np.full((height, width, 3), PAPER, dtype=np.uint8), strip, 1.0)


def sheet(pictures: Sequence[Image], gap: int = 8) -> Image:
    """Pictures of one size side by side on white, `gap` pixels between them."""
    height = pictures[0].shape[0]
    space = np.full((height, gap, 3), 255, dtype=np.uint8)
    row = [piece for picture in pictures for piece in (picture, space)][:-1]
    return np.concatenate(row, axis=1)


def _laid_over(image: Image, layer: Layer, opacity: float) -> Image:
    alpha = layer[..., 3:] / 255 * opacity
    mixed = image * (1 - alpha) + layer[..., :3] * alpha
    return np.asarray(np.clip(np.rint(mixed), 0, 255), dtype=np.uint8)


def _enlarged(values: Floats, side: int | None) -> Floats:
    """Values of another side, without the corners that a map of few cells has."""
    if side is None:
        return values
    smooth = cv2.GaussianBlur(values, (0, 0), SMOOTHED * values.shape[0], borderType=cv2.BORDER_REPLICATE)
    return np.asarray(cv2.resize(smooth, (side, side), interpolation=cv2.INTER_CUBIC), dtype=np.float32)


def _tinted(strength: Floats, colour: Colour) -> Layer:
    """One colour, as opaque as `strength` 0..1 says; what lies outside is cut off."""
    alpha = np.rint(255 * MOST_OPAQUE * np.clip(strength, 0, 1))
    plain = np.empty((*strength.shape, 4), np.uint8)
    plain[..., :3], plain[..., 3] = colour, alpha
    return plain


def _with_contours(coloured: Layer, lines: Sequence[tuple[Floats, Colour, tuple[float, ...]]]) -> Layer:
    """`coloured` with a line in a darker colour where each map crosses each of its levels."""
    thickness = max(1, round(coloured.shape[0] / 250))
    for values, colour, levels in lines:
        ink = np.zeros(values.shape, np.uint8)
        for level in levels:
            over = (values >= level).astype(np.uint8)
            found, _ = cv2.findContours(over, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
            cv2.drawContours(ink, found, -1, 255, thickness, cv2.LINE_AA)
        rim = np.r_[0 : thickness + 1, -thickness - 1 : 0]
        ink[rim] = ink[:, rim] = 0  # the edge of the picture is no contour
        dark = np.array([round(DARKER * part) for part in colour])
        share = (ink / 255)[..., None]
        coloured = coloured.copy()
        mixed = coloured[..., :3] * (1 - share) + dark * share
        coloured[..., :3] = np.rint(mixed)
        coloured[..., 3] = np.maximum(coloured[..., 3], ink)
    return coloured
