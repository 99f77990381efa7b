"""The pictures and clips that come with the program, as things to try without a network."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from detector import media
from detector.structures import Floats
from detector.ui import pictures
from detector.weights import find_assets

THUMB_PX = 220

CAPTIONS = {
    "collins_selfblend.jpg": "A blended face",
    "portrait_collins.jpg": "The same, genuine",
    "group_selfblend.jpg": "A group, one blended",
    "clip_half_selfblend.mp4": "A clip, blended halfway",
    "clip_real.mp4": "A genuine clip",
    "no_face.jpg": "No face",
}
"""Files of the assets and what they are called, in the order they are shown in."""

MADE_FROM = {
    "collins_selfblend.jpg": "portrait_collins.jpg",
    "hopper_selfblend.jpg": "portrait_hopper.jpg",
    "group_selfblend.jpg": "group.jpg",
}
"""Blends of the assets, and the pictures they were made from."""

CHANGED = 12.0
"""Grey levels by which a pixel differs where it was altered: saving as JPEG alone changes fewer."""


@dataclass(frozen=True)
class Example:
    """A file, and what to call it."""

    path: Path
    caption: str

    @property
    def source(self) -> str:
        """Its thumb, as an address; of a clip the first frame."""
        frame = next(iter(media.open(self.path, frames=1).frames))
        return pictures.data_uri(pictures.shrunk(frame.image, THUMB_PX))


@functools.cache
def files() -> tuple[Example, ...]:
    """The examples."""
    folder = find_assets()
    return tuple(Example(folder / name, caption) for name, caption in CAPTIONS.items())


def altered(path: Path) -> Floats | None:
    """Where a blend of the assets was altered, (H, W) 0..1 over the picture; None of any other file."""
    folder = find_assets()
    if path.parent != folder or path.name not in MADE_FROM:
        return None
    blend, original = (
        next(iter(media.open(folder / name, frames=1).frames)).image
        for name in (path.name, MADE_FROM[path.name])
    )
    if blend.shape != original.shape:
        return None
    apart = np.abs(blend.astype(np.float32) - original.astype(np.float32)).max(axis=2)
    changed = cv2.GaussianBlur(apart, (0, 0), max(blend.shape[:2]) / 250) > CHANGED / 3
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (9, 9))
    closed = cv2.morphologyEx(changed.astype(np.uint8), cv2.MORPH_CLOSE, kernel, iterations=2)
    return np.asarray(closed, dtype=np.float32)
