"""Files written whole or not at all, and the hash that names one."""

from __future__ import annotations

import glob
import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path
from typing import IO

from detector.errors import OutputError, SettingsError

LEFTOVER = ".part"
"""How the names of temporary files end."""
READABLE = 0o644
"""A temporary file is its maker's alone; what takes its place is to be read as any other file."""


def write_atomically(path: Path, content: bytes | str) -> None:
    """Make `content` the whole of the file `path` in one step; text is written as UTF-8, line ends as given.

    Who reads meanwhile sees the old file or the new one. Where writing fails, the old one stays, and
    OutputError says why.
    """
    with replacing(path) as stream:
        stream.write(content.encode() if isinstance(content, str) else content)


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """A binary stream to a file beside `path`, which takes its place when the block ends without a fault;
    OutputError where that cannot be written.
    """
    with _told(path):
        descriptor, name = tempfile.mkstemp(dir=path.resolve().parent, prefix=_prefix(path), suffix=LEFTOVER)
        try:
            with os.fdopen(descriptor, "wb") as stream:
                yield stream
                stream.flush()
                os.fsync(stream.fileno())
            os.chmod(name, READABLE)
            os.replace(name, path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise


@contextmanager
def appending(path: Path) -> Iterator[IO[bytes]]:
    """A binary stream that adds to `path`: what is written is with the system when the block ends, so that a
    process that is killed then has lost nothing. OutputError where that cannot be written.
    """
    with _told(path), path.open("ab") as stream:
        yield stream


def remove_leftovers(path: Path) -> None:
    """Remove what processes that were killed while they replaced `path` left beside it; nobody else may be
    writing it.
    """
    for leftover in path.resolve().parent.glob(f"{glob.escape(_prefix(path))}*{LEFTOVER}"):
        leftover.unlink(missing_ok=True)


def check_target(path: Path, *, makes_folder: bool = False) -> None:
    """SettingsError unless a file can be written at `path`: asked before the work, not after it.

    `makes_folder`: the folders to it need not be there yet.
    """
    if path.is_dir():
        raise SettingsError(f"{path} is a folder: name a file in it")
    if path.exists() and not path.is_file():
        raise SettingsError(f"{path} is no file, so nothing is written there: name a file")
    if path.exists() and not os.access(path, os.W_OK):
        raise SettingsError(f"{path} may not be written: make it writable, or name another file")
    folder = path.resolve().parent
    while makes_folder and not folder.exists():
        folder = folder.parent
    if not folder.is_dir():
        raise SettingsError(f"{folder} does not exist: make it, or name a file elsewhere")
    try:
        descriptor, name = tempfile.mkstemp(dir=folder, prefix=_prefix(path), suffix=LEFTOVER)
        os.close(descriptor)
        os.unlink(name)
    except OSError as fault:
        raise SettingsError(
            f"{path} cannot be written ({fault.strerror}): name a file in a folder that may be written"
        ) from fault


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """An OSError becomes one line."""
    try:
        yield
    except OSError as fault:
        raise OutputError(
            f"{path} cannot be written ({fault.strerror or fault}): make room, or name another place"
        ) from fault


def _prefix(path: Path) -> str:
    """How the names of temporary files begin; a name may be as long as a file system allows."""
    return f".{path.name[:100]}."


def sha256_of(content: Path | bytes | FileIO) -> str:
    """The 64 hex digits of the SHA-256 of bytes or of a file, which is read in blocks, an open one from where
    it stands. Raises OSError where it cannot be read.
    """
    if isinstance(content, bytes):
        return hashlib.sha256(content).hexdigest()
    if isinstance(content, FileIO):
        return hashlib.file_digest(content, "sha256").hexdigest()
    with content.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
