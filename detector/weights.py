"""A folder of weights to manifest entries and loaded networks; where the files that ship with the program
lie.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields, is_dataclass
from pathlib import Path
from types import UnionType
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin, get_type_hints

from detector.errors import WeightsError
from detector.manifest import (
    CommittedFigure,
    Cut,
    Entry,
    Figure,
    Fit,
    Metrics,
    Precision,
    Rates,
    Summary,
    TrainedInput,
    TrainedOn,
    mean_auc,
)

if TYPE_CHECKING:
    from torch import nn

__all__ = [
    "CommittedFigure",
    "Cut",
    "Entry",
    "Figure",
    "Fit",
    "Manifest",
    "Metrics",
    "Precision",
    "Rates",
    "Summary",
    "TrainedInput",
    "TrainedOn",
    "default_name",
    "find_assets",
    "find_weights",
    "load_into",
    "mean_auc",
    "read_manifest",
    "write_entry",
]

MANIFEST = "manifest.json"
SCHEMA = 1
PACKAGE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Manifest(Mapping[str, Entry]):
    """The trained detectors by name; `default` is what every door takes when none is asked for."""

    entries: Mapping[str, Entry]
    default: str | None = None

    def __getitem__(self, name: str) -> Entry:
        return self.entries[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)


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
    """All entries of the manifest in `folder`; a fault is named by entry and field."""
    path = folder / MANIFEST
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
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


def default_name(manifest: Manifest) -> str:
    """The detector that every door takes when none is asked for."""
    if manifest.default is None:
        raise WeightsError(
            f"{MANIFEST} names no default detector: ask for one by name, or train and publish one"
        )
    return manifest.default


def load_into(network: nn.Module, entry: Entry, folder: Path) -> None:
    """Fill `network` strictly with the entry's weights, as float32, after checking their hash."""
    import safetensors
    import safetensors.torch

    path = folder / entry.file
    try:
        stored = path.read_bytes()
    except OSError as fault:
        raise WeightsError(
            f"{path} cannot be read ({fault.strerror}): fetch it again, or set UNBLEND_WEIGHTS"
        ) from None
    found = hashlib.sha256(stored).hexdigest()
    if found != entry.sha256:
        raise WeightsError(
            f"{path.name} is altered: sha256 {found[:12]}, manifest {entry.sha256[:12]}; fetch it again"
        )
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


def write_entry(folder: Path, name: str, entry: Entry, default: str | None = None) -> None:
    """Put `entry` into the manifest of `folder` in one step; `default` names a new default, None keeps it
    (the first entry becomes it).
    """
    before = read_manifest(folder) if (folder / MANIFEST).exists() else Manifest({})
    entries = {**before.entries, name: entry}
    chosen = default or before.default or name
    if chosen not in entries:
        raise WeightsError(f"default {chosen!r} is no entry; there are: {', '.join(entries)}")
    detectors = {key: asdict(value) for key, value in sorted(entries.items())}
    document = {"schema": SCHEMA, "default": chosen, "detectors": detectors}
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=folder, suffix=".part", delete=False) as part:
        json.dump(document, part, indent=2, allow_nan=False)
        part.write("\n")
    os.chmod(part.name, 0o644)
    os.replace(part.name, folder / MANIFEST)


def _entry(path: Path, name: str, raw: object) -> Entry:
    if isinstance(raw, dict) and isinstance(raw.get("golden"), int | float):
        raw = {**raw, "golden": [raw["golden"]]}
    if isinstance(raw, dict) and "metrics" in raw:
        raw = {**raw, "metrics": _renamed(raw["metrics"])}
    try:
        entry = _read(Entry, raw, "")
    except ValueError as fault:
        raise WeightsError(f"{path}: {name}: {fault}; publish it again") from None
    assert isinstance(entry, Entry)
    return entry


def _renamed(raw: object) -> object:
    """The metrics of an entry with `val`, which was the name of `test`, under the present one."""
    if not isinstance(raw, dict):
        return raw
    return {"test" if key == "val" else key: _renamed(value) for key, value in raw.items()}


def _read(wanted: Any, raw: object, where: str) -> object:
    """`raw` JSON as a value of the type `wanted`; ValueError names the field by its dotted path `where`."""
    origin, arguments = get_origin(wanted), get_args(wanted)
    if is_dataclass(wanted):
        return _read_dataclass(wanted, raw, where)
    if origin is UnionType:  # only `X | None` occurs
        return None if raw is None else _read(arguments[0], raw, where)
    if origin is Literal and raw in arguments:
        return raw
    if origin is tuple and isinstance(raw, list):
        return tuple(_read(arguments[0], item, f"{where}[{place}]") for place, item in enumerate(raw))
    if origin is Mapping and isinstance(raw, dict):
        return {key: _read(arguments[1], value, f"{where}.{key}") for key, value in raw.items()}
    if wanted is float and isinstance(raw, int | float) and not isinstance(raw, bool):
        return float(raw)
    if wanted in (int, str) and type(raw) is wanted:
        return raw
    raise ValueError(f"{where} is {raw!r}, not {_in_words(wanted)}")


def _read_dataclass(wanted: Any, raw: object, where: str) -> object:
    if not isinstance(raw, dict):
        raise ValueError(f"{where or 'the entry'} is {raw!r}, not an object")
    hints, dot = get_type_hints(wanted), f"{where}." if where else ""
    known = {field.name for field in fields(wanted)}
    if unknown := sorted(set(raw) - known):
        raise ValueError(f"{dot}{unknown[0]} is no field of a manifest")
    values = {key: _read(hints[key], value, f"{dot}{key}") for key, value in raw.items()}
    try:
        return wanted(**values)
    except TypeError:
        raise ValueError(f"{dot}{', '.join(sorted(_required(wanted) - set(raw)))} is missing") from None
    except ValueError as fault:
        raise ValueError(f"{where}: {fault}" if where else str(fault)) from None


def _required(wanted: Any) -> set[str]:
    from dataclasses import MISSING

    return {
        field.name
        for field in fields(wanted)
        if field.default is MISSING and field.default_factory is MISSING
    }


def _in_words(wanted: Any) -> str:
    names = {int: "a whole number", float: "a number", str: "a text"}
    return names.get(
        wanted, "a list" if get_origin(wanted) is tuple else "one of " + ", ".join(map(str, get_args(wanted)))
    )
