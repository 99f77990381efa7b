"""Where a picture made here was altered: the masks that ship beside the examples, by the hash of the file."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image as PillowImage

from detector.files import sha256_of
from detector.structures import Floats
from detector.weights import find_assets

SUFFIX = "_mask.png"
"""What the name of a mask ends in, in place of the picture's `.jpg`."""


def known_mask(sha256: str, folder: Path | None = None) -> Floats | None:
    """Where the picture with this hash (`MediaInfo.sha256`) was altered, (H, W) float32 0..1 over its pixels;
    None of every picture that was not made here. `folder` is that of the examples, None: the shipped one.
    """
    path = _masks(folder or find_assets()).get(sha256)
    if path is None:
        return None
    with PillowImage.open(path) as picture:
        return np.asarray(picture.convert("L"), dtype=np.float32) / np.float32(255)


@functools.cache
def _masks(folder: Path) -> Mapping[str, Path]:
    """The masks in `folder` and below by the hash of their picture, read once."""
    pictures = (
        (mask, mask.with_name(mask.name.replace(SUFFIX, ".jpg"))) for mask in folder.rglob(f"*{SUFFIX}")
    )
    return {sha256_of(picture.read_bytes()): mask for mask, picture in pictures if picture.exists()}
