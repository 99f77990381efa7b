"""Folders as people have them: locked ones, side files, FIFOs, and every format that is read."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PIL import Image as Pillow

from detector import media
from detector.batch import find_files
from detector.data.labelled import files_below
from detector.errors import MediaError, SettingsError
from detector.media.formats import FORMATS, PHOTOS
from detector.media.image import Pillow as Readers

REGRESSIONS = Path(__file__).parent.parent / "regressions"
NOBODY = 65_534


@contextmanager
def somebody() -> Iterator[None]:
    """For root no folder is locked: the same as another user."""
    if os.geteuid():
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that every user may enter."""
    made = Path(tempfile.mkdtemp())
    made.chmod(0o755)
    yield made
    for path in made.iterdir():
        path.chmod(0o755)
    shutil.rmtree(made)


def picture(path: Path) -> Path:
    path.parent.mkdir(exist_ok=True)
    Pillow.new("RGB", (16, 16), "grey").save(path)
    return path


def test_a_locked_folder_is_among_what_is_tried_and_says_so(folder: Path) -> None:
    picture(folder / "a.png")
    picture(folder / "locked" / "b.png")
    (folder / "locked").chmod(0)
    with somebody():
        assert find_files([folder]).paths == (folder / "a.png", folder / "locked")
        assert find_files([folder / "locked"]).paths == (folder / "locked",)
        assert find_files([folder / "locked" / "b.png"]).paths == (folder / "locked" / "b.png",)
        with pytest.raises(MediaError, match=r"locked is a folder that cannot be opened \(Permission denied"):
            media.open(folder / "locked")
        with pytest.raises(MediaError, match=r"b\.png cannot be opened \(Permission denied"):
            media.open(folder / "locked" / "b.png")
        with pytest.raises(SettingsError, match="locked cannot be opened"):
            list(files_below(folder))


def test_a_locked_file_says_so(folder: Path) -> None:
    picture(folder / "a.png").chmod(0)
    with somebody(), pytest.raises(MediaError, match=r"a\.png cannot be opened \(Permission denied"):
        media.open(folder / "a.png")


def test_fifos_sockets_and_devices_are_refused_before_they_are_opened(folder: Path) -> None:
    os.mkfifo(folder / "p.jpg")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(folder / "s.jpg"))
        assert [path.name for path in find_files([folder]).paths] == ["p.jpg", "s.jpg"]
        for name, kind in (("p.jpg", "named pipe"), ("s.jpg", "socket")):
            with pytest.raises(MediaError, match=f"{name} is a {kind}, not a file; it was not opened"):
                media.open(folder / name)
    with pytest.raises(MediaError, match="null is a device, not a file"):
        media.open("/dev/null")


@pytest.mark.parametrize("name", ["a\0b.jpg", "a" * 300 + ".jpg"])
def test_a_name_that_no_file_can_have_is_an_answer(folder: Path, name: str) -> None:
    assert find_files([folder / name]).paths == (folder / name,)
    with pytest.raises(MediaError, match="cannot be opened"):
        media.open(folder / name)


def test_side_files_of_macos_are_left_out_and_counted(tmp_path: Path) -> None:
    found = find_files([REGRESSIONS / "apple_double"])
    assert [path.name for path in found.paths] == ["a.jpg"] and found.skipped == 1
    named = find_files([REGRESSIONS / "apple_double" / "._a.jpg"])
    assert len(named.paths) == 1
    picture(tmp_path / "._b.png")
    assert len(find_files([tmp_path]).paths) == 1  # a picture, whatever it is called


def test_every_format_that_is_read_is_found_in_a_folder_under_every_name_it_has(tmp_path: Path) -> None:
    assert len({end for form in FORMATS for end in form.extensions}) == sum(
        len(form.extensions) for form in FORMATS
    )
    for end in (end for form in FORMATS for end in form.extensions):
        (tmp_path / f"a{end.upper()}").touch()
    assert len(find_files([tmp_path]).paths) == sum(len(form.extensions) for form in FORMATS)
    known = {end for end, name in Readers.registered_extensions().items() if name in PHOTOS}
    assert known - {".gif", ".mpo"} <= media.PHOTO_EXTENSIONS
