"""How often a file is opened."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from detector import media
from detector.errors import MediaError

_counting: list[tuple[Path, list[str]]] = []


def _hear(event: str, details: tuple[object, ...]) -> None:
    """Python tells of every file it opens; FFmpeg is only ever given one that Python has opened."""
    if event == "open":
        for path, heard in _counting:
            if str(details[0]) == str(path):
                heard.append(event)


sys.addaudithook(_hear)


@contextmanager
def openings(path: Path) -> Iterator[list[str]]:
    """Grows by one with each opening of the file."""
    heard: list[str] = []
    _counting.append((path, heard))
    yield heard
    _counting.pop()


@pytest.mark.parametrize("name", ["portrait_hopper.jpg", "golden.png", "clip_real.mp4"])
def test_a_file_is_opened_once_for_its_facts_and_once_for_its_pictures(assets: Path, name: str) -> None:
    with openings(assets / name) as heard:
        opened = media.open(assets / name, frames=4)
        assert len(heard) == 1
        assert len(list(opened.frames)) == opened.frames.planned
        assert len(heard) == 2


def test_what_is_no_picture_is_opened_once(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_text("not a picture")
    with openings(path) as heard, pytest.raises(MediaError):
        media.open(path)
    assert len(heard) == 1
