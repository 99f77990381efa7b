"""The pictures and clips that come with the program, as things to try without a network."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path

from detector import media
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
