"""Names of files as text: any name is written, read back and told on one line."""

from __future__ import annotations

import os

import pytest

from detector.errors import MediaError
from detector.names import escaped, one_line, unescaped

LATIN = os.fsdecode(b"caf\xe9.jpg")
"""A name from before UTF-8."""


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("a.jpg", "a.jpg"),
        ("Zoë 照片 😀.jpg", "Zoë 照片 😀.jpg"),
        (LATIN, r"caf\xe9.jpg"),
        (r"caf\xe9.jpg", r"caf\x5cxe9.jpg"),
        (r"\x5c", r"\x5cx5c"),
        (r"C:\new\udder.jpg", r"C:\new\udder.jpg"),
        (r"C:\x\temp", r"C:\x\temp"),
        ("\ud83d.jpg", r"\ud83d.jpg"),
        (r"\ud83d.jpg", r"\x5cud83d.jpg"),
        ("two\nlines.jpg", "two\nlines.jpg"),
    ],
)
def test_a_name_is_written_as_utf_8_and_read_back(name: str, written: str) -> None:
    assert escaped(name) == written
    assert escaped(name).encode() and unescaped(escaped(name)) == name


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("größer als 照片", "größer als 照片"),
        ("two\nlines\r.jpg", r"two\nlines\r.jpg"),
        ("\x1b[31mred", r"\x1b[31mred"),
        ("a\u2028b", r"a\u2028b"),
        (f"{LATIN} is empty", r"caf\xe9.jpg is empty"),
    ],
)
def test_words_with_a_name_are_one_line_that_can_be_printed(words: str, told: str) -> None:
    assert one_line(words) == told == str(MediaError(words))
    assert len(told.splitlines()) == 1
