"""The folder of weights: its manifest read and written, networks loaded from it, and where it lies."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from detector.errors import WeightsError
from detector.files import sha256_of, write_atomically
from detector.manifest import Entry, Manifest, present_form
from detector.schema import read_as

if TYPE_CHECKING:
    from torch import nn

MANIFEST = "manifest.json"
SCHEMA = 1
PACKAGE = Path(__file__).resolve().parent


def find_weights(folder: Path | None = None) -> Path:
    """The folder of manifest.json: `folder` where given, else the packaged one, else `weights` beside the
    package in a checkout.
    """
    places = [folder] if folder is not None else [PACKAGE / "_weights", PACKAGE.parent / "weights"]
    for place in places:
        if (place / MANIFEST).is_file():
            return place
    looked = " or ".join(str(place) for place in places)
    raise WeightsError(f"no {MANIFEST} in {looked}: set UNBLEND_WEIGHTS to the folder that holds it")


def find_assets() -> Path:
    """The folder of examples, logo and golden picture: the packaged one, else `assets` beside the package in
    a checkout.
    """
    places = [PACKAGE / "_assets", PACKAGE.parent / "assets"]
    for place in places:
        if place.is_dir():
            return place
    raise WeightsError(f"no example pictures in {' or '.join(map(str, places))}: install the package again")


def read_manifest(folder: Path) -> Manifest:
    """All entries of the manifest in `folder`; WeightsError names a fault by entry and key."""
    path = folder / MANIFEST
    try:
        document = msgspec.json.decode(path.read_bytes())
    except FileNotFoundError:
        raise WeightsError(
            f"no {MANIFEST} in {folder}: set UNBLEND_WEIGHTS to the folder that holds it"
        ) from None
    except ValueError as fault:
        raise WeightsError(f"{path} is not JSON ({fault}): publish or fetch it again") from None
    if (
        not isinstance(document, dict)
        or document.get("schema") != SCHEMA
        or not isinstance(document.get("detectors"), dict)
    ):
        raise WeightsError(f"{path} is not a manifest of schema {SCHEMA}: fetch one that fits this version")
    entries = {name: _entry(path, name, raw) for name, raw in document["detectors"].items()}
    default = document.get("default")
    if default is not None and default not in entries:
        raise WeightsError(
            f"{path}: default {default!r} is no entry; there are: {', '.join(entries) or 'none'}"
        )
    return Manifest(entries=entries, default=default)


def _entry(path: Path, name: str, raw: object) -> Entry:
    try:
        return read_as(Entry, present_form(raw) if isinstance(raw, Mapping) else raw)
    except ValueError as fault:
        raise WeightsError(f"{path}: {name}: {fault}; publish it again") from None


def default_name(manifest: Manifest) -> str:
    """The detector that every door takes when none is asked for."""
    if manifest.default is None:
        raise WeightsError(
            f"{MANIFEST} names no default detector: ask for one by name, or train and publish one"
        )
    return manifest.default


def default_names(manifest: Manifest) -> tuple[str, ...]:
    """The detectors that an answer shows when none is asked for: the pair of one question each where both are
    trained, else the default. Raises WeightsError where there is no default.
    """
    from detector.zoo.specs import PAIR

    return PAIR if all(name in manifest for name in PAIR) else (default_name(manifest),)


def load_network(name: str, entry: Entry, folder: Path) -> nn.Module:
    """The network of the detector `name` of the zoo, its head as the entry has it, with the entry's weights
    from `folder` as float32. Raises WeightsError where they are missing, altered or of another network.
    """
    from detector.zoo.build import build_network
    from detector.zoo.specs import SPECS, with_head

    network = build_network(with_head(SPECS[name], entry.head))
    load_into(network, entry, folder)
    return network


def load_into(network: nn.Module, entry: Entry, folder: Path) -> None:
    """Fill `network` strictly with the entry's weights, as float32, after checking their hash."""
    import safetensors
    import safetensors.torch

    path = folder / entry.file
    stored = _verified(path, entry.sha256)
    try:
        tensors = safetensors.torch.load(stored)
    except safetensors.SafetensorError as fault:
        raise WeightsError(f"{path.name} is not a safetensors file ({fault}): publish it again") from None
    try:
        network.load_state_dict(
            {key: value.float() if value.is_floating_point() else value for key, value in tensors.items()}
        )
    except RuntimeError as fault:
        first = " ".join(str(fault).split())[:200]
        raise WeightsError(f"{path.name} does not fit its network ({first}): publish it again") from None


def check_weights(entry: Entry, folder: Path) -> None:
    """WeightsError where the entry's weights in `folder` are missing or altered."""
    _verified(folder / entry.file, entry.sha256)


def evidence_path(entry: Entry, folder: Path) -> Path | None:
    """The file of an entry's fitted evidence in `folder`, its hash checked; None where none was fitted.

    Raises WeightsError where it is missing or altered.
    """
    if entry.evidence is None:
        return None
    path = folder / entry.evidence.file
    _verified(path, entry.evidence.sha256)
    return path


def _verified(path: Path, sha256: str) -> bytes:
    """What is in the file `path`; WeightsError where it cannot be read, or its hash is another."""
    try:
        stored = path.read_bytes()
    except OSError as fault:
        raise WeightsError(
            f"{path} cannot be read ({fault.strerror}): fetch it again, or set UNBLEND_WEIGHTS"
        ) from None
    found = sha256_of(stored)
    if found != sha256:
        raise WeightsError(
            f"{path.name} is altered: sha256 {found[:12]}, manifest {sha256[:12]}; fetch it again"
        )
    return stored


def write_entry(folder: Path, name: str, entry: Entry, default: str | None = None) -> None:
    """Put `entry` into the manifest of `folder` in one step; `default` names a new default, None keeps it
    (the first entry becomes it). Raises WeightsError for what could not be read again.
    """
    path = folder / MANIFEST
    before = read_manifest(folder) if path.exists() else Manifest({})
    write_manifest(folder, Manifest({**before.entries, name: entry}, default or before.default or name))


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Make `manifest` that of `folder`, in one step. Raises WeightsError for what could not be read again."""
    if manifest.default is not None and manifest.default not in manifest:
        raise WeightsError(
            f"default {manifest.default!r} is no entry; there are: {', '.join(manifest) or 'none'}"
        )
    path = folder / MANIFEST
    detectors = {name: asdict(entry) for name, entry in sorted(manifest.items())}
    for name, fields in detectors.items():
        _entry(path, name, msgspec.to_builtins(fields))
    document = {"schema": SCHEMA, "default": manifest.default, "detectors": detectors}
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(path, json.dumps(document, indent=2, allow_nan=False) + "\n")
