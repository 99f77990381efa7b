"""The pictures and clips that come with the program, as things to try without a network."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from markupsafe import Markup

from detector import media
from detector.ui import pictures
from detector.ui.html import render
from detector.weights import find_assets

THUMB_PX = 220

CAPTIONS = {
    "photo": {
        "portrait_collins.jpg": "A portrait",
        "collins_selfblend.jpg": "The same, blended",
        "group.jpg": "A group",
        "group_selfblend.jpg": "A group, blended",
        "portrait_obama.jpg": "An official portrait",
        "no_face.jpg": "No face",
    },
    "video": {
        "clip_real.mp4": "A real clip",
        "clip_half_selfblend.mp4": "Blended from the middle on",
    },
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
def files(kind: Literal["photo", "video"]) -> tuple[Example, ...]:
    """The examples of one kind."""
    folder = find_assets()
    return tuple(Example(folder / name, caption) for name, caption in CAPTIONS[kind].items())


@functools.cache
def tiles(kind: Literal["photo", "video"]) -> Markup:
    """The examples as buttons."""
    return render("examples", examples=files(kind))
