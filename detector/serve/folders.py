"""What a request of RescueBox asks for, checked: paths within the allowed folders, detectors, switches."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path

from detector.errors import SettingsError
from detector.manifest import Manifest
from detector.pipeline import Detector, load_detector
from detector.settings import Settings
from detector.weights import MANIFEST, default_names, find_weights, read_manifest
from detector.zoo.specs import SPECS

DEFAULT, ALL = "default", "all"
"""In place of a detector's name."""


@dataclass(frozen=True)
class Order:
    """What is to be judged, by whom, and where the table goes; `cropped`: each picture is one face."""

    folder: Path
    table: Path
    detectors: tuple[Detector, ...]
    cropped: bool


@dataclass(frozen=True)
class Allowed:
    """The folders that a request may name, with all below them, links followed."""

    roots: tuple[Path, ...]

    def holds(self, path: Path) -> bool:
        """Whether `path`, wherever its links lead, lies within."""
        return any(path.resolve().is_relative_to(root) for root in self.roots)

    def path(self, what: str, given: str) -> Path:
        """The path that a request gives as `what`. Raises SettingsError where it is not allowed."""
        path = Path(given)
        if not path.is_absolute() or "\0" in given:
            raise SettingsError(f"{what} is {given!r}: give the whole path, from the root on")
        if not self.holds(path):
            within = ", ".join(map(str, self.roots))
            raise SettingsError(
                f"{what} {given} is outside of {within}: choose another, or start with --root FOLDER"
            )
        return path.resolve()

    def folder(self, what: str, given: str) -> Path:
        """The folder that a request gives as `what`, which must be there."""
        path = self.path(what, given)
        if not path.is_dir():
            raise SettingsError(f"{what} {given} is no folder: choose one that is there")
        return path

    def table(self, what: str, given: str) -> Path:
        """A new .csv in a folder that is there."""
        path = self.path(what, given)
        if path.suffix.lower() != ".csv":
            raise SettingsError(f"{what} {given} does not end in .csv: name it so")
        if not path.parent.is_dir():
            raise SettingsError(f"{what}: {path.parent} is no folder: choose one that is there")
        if path.exists():
            raise SettingsError(f"{what} {given} is there already and is kept: name another")
        return path


class Shelf:
    """Detectors by their names and weights, each loaded by the first who asks."""

    def __init__(self, settings: Settings, allowed: Allowed) -> None:
        self.settings = settings
        self._allowed = allowed
        self._loading = threading.Lock()
        self._loaded: dict[tuple[Path, str, str], Detector] = {}

    def names(self) -> tuple[str, ...]:
        """What a request may say: the default, all, or one that is trained."""
        manifest = read_manifest(find_weights(self.settings.weights))
        return DEFAULT, ALL, *_trained(manifest)

    def take(self, name: str, checkpoint: str) -> tuple[Detector, ...]:
        """The detectors called `name`. `checkpoint` is "" for the server's own weights, a folder with a
        manifest, or one file that such a manifest names; a file says by itself whose it is.

        Raises SettingsError and WeightsError.
        """
        if name not in self.names():
            raise SettingsError(f"detector is {name!r}; it must be one of {', '.join(self.names())}")
        if not checkpoint:
            folder = find_weights(self.settings.weights)
            return self._load(self.settings.detector or name if name == DEFAULT else name, folder)
        path = self._allowed.path("checkpoint", checkpoint)
        if path.is_dir():
            return self._load(name, path)
        if not path.is_file():
            raise SettingsError(f"checkpoint {checkpoint} is not there: name a weights file, or its folder")
        return self._load(_owner(path, name), path.parent)

    def _load(self, name: str, folder: Path) -> tuple[Detector, ...]:
        manifest = read_manifest(folder)
        chosen = {DEFAULT: default_names, ALL: _trained}.get(name, lambda _: (name,))
        return tuple(self._one(each, folder, manifest) for each in chosen(manifest))

    def _one(self, name: str, folder: Path, manifest: Manifest) -> Detector:
        settings = self.settings
        key = folder, name, manifest[name].sha256 if name in manifest else ""
        with self._loading:
            if key not in self._loaded:
                self._loaded[key] = load_detector(
                    name, settings.engine, settings.device, folder, settings.cache
                )
            return self._loaded[key]


def _trained(manifest: Manifest) -> tuple[str, ...]:
    """The detectors of the zoo with weights, the default ones first."""
    known = [name for name in manifest if name in SPECS]
    first = default_names(manifest) if manifest.default else ()
    return tuple(dict.fromkeys([*(name for name in first if name in known), *known]))


def _owner(file: Path, name: str) -> str:
    """Whose weights `file` is, by the manifest beside it; SettingsError where it is another's than `name`."""
    owners = [each for each, entry in read_manifest(file.parent).items() if entry.file == file.name]
    if not owners:
        raise SettingsError(f"checkpoint {file.name} is not in the {MANIFEST} beside it: publish it")
    if name not in (DEFAULT, owners[0]):
        raise SettingsError(f"checkpoint {file.name} is of {owners[0]}: choose that detector, or {DEFAULT}")
    return owners[0]
