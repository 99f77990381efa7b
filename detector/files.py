"""Files written whole or not at all, and the hash that names one."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path
from typing import IO

READABLE = 0o644
"""A temporary file is its maker's alone; what takes its place is to be read as any other file."""


def write_atomically(path: Path, content: bytes | str) -> None:
    """Make `content` the whole of the file `path` in one step; text is written as UTF-8, line ends as given.

    Who reads meanwhile sees the old file or the new one. Where writing fails, the old one stays. Raises
    OSError, as `open` does.
    """
    with replacing(path) as stream:
        stream.write(content.encode() if isinstance(content, str) else content)


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """A binary stream to a file beside `path`, which takes its place when the block ends without a fault."""
    descriptor, name = tempfile.mkstemp(dir=path.resolve().parent, prefix=f".{path.name}.", suffix=".part")
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
