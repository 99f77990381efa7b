"""The folder of published weights: what was built aside is moved in as one step, and put right after a kill.

A detector has four things there: its weights, its entry in the manifest, its card and its recipe. No file
system replaces four at once. So the weights have the hash of their content in their name, which no manifest
names before its own replacement, the one step that counts: until then the old entry names the old file, from
then on the new one the new file. Card and recipe follow; where a kill comes between, what was built aside is
still there and is moved in by the next call.
"""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

from detector.manifest import Manifest
from detector.publish.fit import better_across
from detector.weights import MANIFEST, read_manifest, write_entry


def file_name(name: str, sha256: str) -> str:
    """What the weights of a detector are called: by their content."""
    return f"{name}-{sha256[:12]}.safetensors"


def staging(weights: Path, name: str) -> Path:
    """The folder in which a detector is built aside; on the disk of `weights`, so that a move is one step."""
    return weights / f".{name}.publishing"


def move_in(staged: Path, weights: Path, name: str) -> None:
    """Move a detector that is whole in `staged` (weights, manifest of it alone, card, recipe) into `weights`.

    It becomes the default where it is the best across datasets.
    """
    entry = read_manifest(staged)[name]
    os.replace(staged / entry.file, weights / entry.file)
    before = dict(read_manifest(weights)) if (weights / MANIFEST).exists() else {}
    write_entry(weights, name, entry, default=better_across(Manifest({**before, name: entry})))
    _move_the_rest(staged, weights, name)


def finish_or_forget(weights: Path, name: str) -> None:
    """Put right what a killed process left: move in the card and recipe of an entry that is in the manifest,
    forget what never got there.
    """
    staged = staging(weights, name)
    if not staged.exists():
        return
    both = (staged / MANIFEST).exists() and (weights / MANIFEST).exists()
    if both and read_manifest(staged).get(name) == read_manifest(weights).get(name):
        _move_the_rest(staged, weights, name)
    shutil.rmtree(staged)
    _sweep(weights, name)


def _move_the_rest(staged: Path, weights: Path, name: str) -> None:
    entry = read_manifest(weights)[name]
    for file in (entry.trained_on.recipe, f"{name}.md"):
        if (staged / file).exists():
            os.replace(staged / file, weights / file)
    _sweep(weights, name)


def _sweep(weights: Path, name: str) -> None:
    """Delete the weights of a detector that no entry of the manifest names."""
    if not (weights / MANIFEST).exists():
        return
    named = {entry.file for entry in read_manifest(weights).values()}
    called = re.compile(rf"{re.escape(name)}(-[0-9a-f]{{12}})?\.safetensors")
    for path in weights.glob("*.safetensors"):
        if called.fullmatch(path.name) and path.name not in named:
            path.unlink()
