"""What was published of a detector before: kept beside the folder of weights, so that it can be returned to.

`weights.former/NAME` holds one step back: the former entry in a manifest of its own, without one where
nothing was published, and hard links to its files. It costs the disk of one former file, and nothing of it
ships or is committed.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from detector.manifest import Entry, Manifest
from detector.weights import MANIFEST, read_manifest, write_manifest


def beside(weights: Path) -> Path:
    """The folder beside `weights` with what was published before and with the locks."""
    weights = weights.resolve()
    return weights.with_name(f"{weights.name}.former")


def keep(weights: Path, name: str, entry: Entry | None) -> None:
    """Put aside what is published of a detector; it is the former once another has taken its place, which
    `settle` sees. `entry` None: nothing is.
    """
    coming = _coming(weights, name)
    shutil.rmtree(coming, ignore_errors=True)
    coming.mkdir(parents=True)
    for file in () if entry is None else files_of(name, entry):
        if (weights / file).exists():
            link(weights / file, coming / file)
    write_manifest(coming, Manifest({} if entry is None else {name: entry}))


def settle(weights: Path, name: str) -> None:
    """Make what was put aside the former, where another entry is published by now; else forget it."""
    coming = _coming(weights, name)
    if not coming.exists():
        return
    kept = read_manifest(coming) if (coming / MANIFEST).exists() else None
    published = read_manifest(weights) if (weights / MANIFEST).exists() else Manifest({})
    if kept is None or kept.get(name) == published.get(name):
        shutil.rmtree(coming)
        return
    former = beside(weights) / name
    shutil.rmtree(former, ignore_errors=True)
    coming.rename(former)


def files_of(name: str, entry: Entry) -> tuple[str, ...]:
    """All files of a detector in the folder of weights, the manifest not counted."""
    recipe = (entry.trained_on.recipe,) if entry.trained_on.has_own_recipe else ()
    evidence = (entry.evidence.file,) if entry.evidence is not None else ()
    return (entry.file, *evidence, *recipe, f"{name}.md")


def link(path: Path, other: Path) -> None:
    """Have the file `path` at `other` too, without its bytes where the disk can do so."""
    try:
        os.link(path, other)
    except OSError:
        shutil.copy2(path, other)


def _coming(weights: Path, name: str) -> Path:
    return beside(weights) / f"{name}.coming"
