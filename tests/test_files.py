"""Files written in one step."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from detector.errors import OutputError, SettingsError
from detector.files import (
    appending,
    check_target,
    remove_leftovers,
    replacing,
    sha256_of,
    write_atomically,
)


def test_bytes_and_text_are_written_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    write_atomically(path, "größer\r\n")
    assert path.read_bytes() == b"gr\xc3\xb6\xc3\x9fer\r\n"
    write_atomically(path, b"\x00\xff")
    assert path.read_bytes() == b"\x00\xff"
    assert path.stat().st_mode & 0o777 == 0o644


def test_a_fault_while_writing_leaves_the_old_file_and_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(KeyboardInterrupt), replacing(path) as stream:
        stream.write(b"half of the n")
        assert path.read_text() == "old"
        raise KeyboardInterrupt
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    for write in (lambda path: write_atomically(path, ""), lambda path: appending(path).__enter__()):
        with pytest.raises(OutputError, match=r"absent/a\.txt cannot be written \(No such file"):
            write(tmp_path / "absent" / "a.txt")


def test_a_target_is_checked_before_the_work(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    for name, said in (
        ("folder", "is a folder: name a file in it"),
        ("pipe", "is no file"),
        ("absent/a.csv", "absent does not exist: make it"),
        ("file/a.csv", "file does not exist"),
    ):
        with pytest.raises(SettingsError, match=said):
            check_target(tmp_path / name)
    check_target(tmp_path / "absent" / "deep" / "a.csv", makes_folder=True)
    check_target(tmp_path / "new.csv")
    check_target(tmp_path / "file")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder", "pipe"]


def test_a_read_only_target_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"/proc/a\.csv cannot be written"):
        check_target(Path("/proc/a.csv"))


def test_what_a_killed_process_left_is_removed_and_nothing_else(tmp_path: Path) -> None:
    for name in (".[a].csv.x.part", "[a].csv", ".a.csv.x.part"):
        (tmp_path / name).touch()
    remove_leftovers(tmp_path / "[a].csv")
    assert sorted(path.name for path in tmp_path.iterdir()) == [".a.csv.x.part", "[a].csv"]


def test_the_hash_is_that_of_the_bytes(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"x" * 3_000_000)
    assert sha256_of(path) == hashlib.sha256(b"x" * 3_000_000).hexdigest()


def test_bytes_and_a_file_of_them_have_one_hash(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    assert sha256_of(b"abc") == sha256_of(tmp_path / "a")
