"""The folder of published weights: what was built aside is moved in as one step, and put right after a kill.

A detector has five things there: its weights, its evidence, its entry in the manifest, its card and its
recipe. No file system replaces five at once. So weights and evidence have the hash of their content in their
name, which no manifest names before its own replacement, the one step that counts: until then the old entry
names the old files, from then on the new one the new. Card and recipe follow; where a kill comes between,
what was built aside is still there and is moved in by the next call.

What was published before is kept beside the folder (`detector.publish.former`). One process at a time
publishes a detector, and one at a time writes the manifest.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from detector.errors import SettingsError
from detector.manifest import Entry, Manifest
from detector.publish.fit import better_across
from detector.publish.former import beside, keep, link, settle
from detector.weights import MANIFEST, read_manifest, write_entry, write_manifest

MANIFEST_WAIT_S = 60.0
"""The manifest is held for the moves of some files."""


def file_name(name: str, sha256: str, ending: str = ".safetensors") -> str:
    """What the weights of a detector, or its evidence, are called: by their content."""
    return f"{name}-{sha256[:12]}{ending}"


def staging(weights: Path, name: str) -> Path:
    """The folder in which a detector is built aside; on the disk of `weights`, so that a move is one step."""
    return weights / f".{name}.publishing"


@contextmanager
def alone(weights: Path, name: str) -> Iterator[None]:
    """To this process alone the detector `name` of `weights`, put right first; SettingsError where another
    process has it.
    """
    lock = FileLock(_made(beside(weights)) / f"{name}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise SettingsError(
            f"{name} is being published into {weights} by another process: wait until it has ended"
        ) from None
    try:
        finish_or_forget(weights, name)
        yield
    finally:
        lock.release()


@contextmanager
def building(weights: Path, name: str) -> Iterator[Path]:
    """An empty folder to build the detector `name` in, and that detector to this process alone; what is left
    in the folder in the end is forgotten.
    """
    with alone(weights, name):
        staged = staging(weights, name)
        staged.mkdir()
        try:
            yield staged
        finally:
            finish_or_forget(weights, name)


@contextmanager
def manifest_of(weights: Path) -> Iterator[Manifest]:
    """The manifest of `weights`, empty where there is none yet, which nobody else writes until the block
    ends.
    """
    with FileLock(_made(beside(weights)) / "manifest.lock", timeout=MANIFEST_WAIT_S):
        yield read_manifest(weights) if (weights / MANIFEST).exists() else Manifest({})


def _made(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise SettingsError(
            f"{folder} cannot be made ({fault.strerror}), where locks and what was published before lie: move"
            " the weights to a folder beside which you may write"
        ) from None
    return folder


def move_in(staged: Path, weights: Path, name: str) -> None:
    """Move a detector that is whole in `staged` (weights, evidence, manifest of it alone, card, recipe) into
    `weights`, and keep what was published before.

    It becomes the default where it is the best across datasets.
    """
    entry = read_manifest(staged)[name]
    with manifest_of(weights) as before:
        keep(weights, name, before.get(name))
        for file in _named_by(entry):
            os.replace(staged / file, weights / file)
        write_entry(weights, name, entry, default=better_across(Manifest({**before, name: entry})))
    settle(weights, name)
    _move_the_rest(staged, weights, name)


def undo(weights: Path, name: str) -> Entry | None:
    """Return to what was published of a detector before, or take it out where nothing was; the former entry
    then, None. What was undone is kept as the former: undone again it returns.

    Raises SettingsError where nothing is kept.
    """
    with building(weights, name) as staged:
        former = beside(weights) / name
        if not (former / MANIFEST).exists():
            raise SettingsError(
                f"of {name} nothing is kept in {former}: only what was published into {weights} on this"
                " machine can be undone"
            )
        entry = read_manifest(former).get(name)
        if entry is None:
            _take_out(weights, name)
            return None
        for path in former.iterdir():
            link(path, staged / path.name)
        move_in(staged, weights, name)
        return entry


def _take_out(weights: Path, name: str) -> None:
    """Remove a detector from the manifest, and then its files."""
    with manifest_of(weights) as before:
        entry = before[name]
        keep(weights, name, entry)
        left = {key: value for key, value in before.items() if key != name}
        default = better_across(Manifest(left)) if before.default == name else before.default
        write_manifest(weights, Manifest(left, default or next(iter(left), None)))
    settle(weights, name)
    for file in (f"{name}.md", *((entry.trained_on.recipe,) if entry.trained_on.has_own_recipe else ())):
        (weights / file).unlink(missing_ok=True)


def finish_or_forget(weights: Path, name: str) -> None:
    """Put right what a killed process left: move in the card and recipe of an entry that is in the manifest,
    forget what never got there.
    """
    settle(weights, name)
    staged = staging(weights, name)
    if not staged.exists():
        return
    both = (staged / MANIFEST).exists() and (weights / MANIFEST).exists()
    if both and read_manifest(staged).get(name) == read_manifest(weights).get(name):
        _move_the_rest(staged, weights, name)
    shutil.rmtree(staged)
    _sweep(weights, name)


def _named_by(entry: Entry) -> tuple[str, ...]:
    """The files whose names the manifest holds."""
    return (entry.file, *((entry.evidence.file,) if entry.evidence is not None else ()))


def _move_the_rest(staged: Path, weights: Path, name: str) -> None:
    entry = read_manifest(weights)[name]
    for file in (entry.trained_on.recipe, f"{name}.md"):
        if (staged / file).exists():
            os.replace(staged / file, weights / file)
    _sweep(weights, name)


def _sweep(weights: Path, name: str) -> None:
    """Delete weights and evidence of a detector that no entry of the manifest names."""
    if not (weights / MANIFEST).exists():
        return
    named = {file for entry in read_manifest(weights).values() for file in _named_by(entry)}
    called = re.compile(rf"{re.escape(name)}(-[0-9a-f]{{12}})?\.(safetensors|evidence\.json)")
    for path in weights.iterdir():
        if called.fullmatch(path.name) and path.name not in named:
            path.unlink()
