"""Which published detector another one went on from."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath

from detector.manifest import Entry


def earlier_of(name: str, entries: Mapping[str, Entry]) -> str | None:
    """The published detector whose weights the training of `name` began from; None: others, or none."""
    start = PurePath(entries[name].trained_on.start or "")
    files = {entry.file: other for other, entry in entries.items()}
    earlier = files.get(start.name, start.stem)
    return earlier if earlier in entries else None
