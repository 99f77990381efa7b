"""The pictures and clips that come with the program, as things to try without a network."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from detector import media
from detector.structures import Image
from detector.ui import pictures, texts
from detector.weights import find_assets

THUMB_PX = 220


@dataclass(frozen=True)
class Example:
    """A file, and what to call it."""

    path: Path
    caption: str


@functools.cache
def files(kind: Literal["photo", "video"]) -> tuple[Example, ...]:
    """The examples of one kind, in the order they are shown in."""
    captions = texts.PHOTO_EXAMPLES if kind == "photo" else texts.VIDEO_EXAMPLES
    folder = find_assets()
    return tuple(Example(folder / name, caption) for name, caption in captions.items())


@functools.cache
def tiles(kind: Literal["photo", "video"]) -> str:
    """The examples as buttons."""
    shown = [(example.caption, _square(example.path)) for example in files(kind)]
    return pictures.examples(shown)


def _square(path: Path) -> Image:
    frame = next(iter(media.open(path, frames=1).frames))
    return pictures.shrunk(frame.image, THUMB_PX)
