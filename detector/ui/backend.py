"""What the page asks of the core: each detector loaded once a process, and asked by one event at a time."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr
import numpy as np

from detector.engines.zerogpu import LENT, gpu
from detector.errors import DetectorError, WeightsError
from detector.manifest import Entry, Manifest
from detector.structures import Analysis, DetectorInfo, FaceScore, Frame, Scan
from detector.ui import evidence, explaining
from detector.ui.evidence import Reach
from detector.ui.explaining import Maps
from detector.ui.lane import Lane
from detector.ui.visits import Looked, Visits
from detector.weights import MANIFEST, default_name, find_weights, read_manifest
from detector.zoo.specs import PAIR, SPECS

if TYPE_CHECKING:  # torch is imported by the first call that needs it, so that the page is up before
    from collections.abc import Iterator, Mapping, Sequence

    from detector.batch import Result
    from detector.evidence import Fitted
    from detector.faces.finder import FaceFinder
    from detector.pipeline import Detector, Progress
    from detector.settings import Settings

ONE_AT_A_TIME: dict[str, Any] = {"concurrency_limit": 1, "concurrency_id": "model"}
"""Event arguments of all that runs a network: one at a time, whoever asks."""

LATENCY_RUNS = 7

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Key:
    """What a loaded detector is known by, and the entry that it must be of to be the same still."""

    name: str
    engine: str | None
    device: str
    weights: Path
    cache: Path | None
    entry: Entry = field(compare=False)


class Backend:
    """The core as the page and its API ask it, with the settings of this process."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.weights = find_weights(settings.weights)
        self.visits = Visits(settings.keep_uploads_s)
        self.lane = Lane(settings.queue_size)
        self._manifest = _ManifestFile(self.weights)

    @property
    def entries(self) -> Manifest:
        """What is published at this moment; take it once where several figures must fit together."""
        return self._manifest.read()

    @property
    def minutes_kept(self) -> str:
        """How long uploads and results are kept, in minutes, for people."""
        return f"{self.settings.keep_uploads_s / 60:g}"

    def default(self) -> str:
        """The detector the page begins with."""
        return self.trained(self.settings.detector or default_name(self.entries))

    def leave(self, request: gr.Request) -> None:
        """A tab was closed: its work ends, and what it looked at is forgotten."""
        self.visits.end(request)

    def names(self) -> tuple[str, ...]:
        """All trained detectors: the default, those that answer one question each, the others."""
        known = [name for name in self.entries if name in SPECS]
        asked = [name for name in PAIR if name in known]
        return tuple(dict.fromkeys([self.default(), *asked, *known]))

    def fitted(self, name: str) -> Fitted | None:
        """What the scores of a detector are worth; None where that was not fitted, or cannot be read."""
        try:
            return _fitted_of(name, self._entry(name), self.weights)
        except WeightsError as fault:
            log.warning("without its evidence: %s", fault)
            return None

    def reach(self) -> Reach | None:
        """How far the evidence of the detectors here reaches; None where none was fitted."""
        return evidence.reach_of(evidence.reach(self.fitted(name)) for name in self.names())

    def untrained(self, name: str) -> bool:
        """Whether `name` is a detector of the zoo that has no weights here."""
        return name in SPECS and name not in self.entries

    def trained(self, name: str) -> str:
        """`name` back; one without weights raises WeightsError."""
        self._entry(name)
        return name

    def _entry(self, name: str) -> Entry:
        entries = {known: entry for known, entry in self.entries.items() if known in SPECS}
        if name not in entries:
            raise WeightsError(
                f"{name} is not trained, so it cannot judge; trained are: {', '.join(entries) or 'none yet'}"
            )
        return entries[name]

    def is_current(self, info: DetectorInfo, name: str) -> bool:
        """Whether `info`, which an answer names, is the detector `name` with the weights it has now."""
        entry = self.entries.get(name)
        return info.name == name and entry is not None and info.weights_sha256 == entry.sha256

    def detector(self, name: str) -> Detector:
        """The loaded detector."""
        return loaded(self._key(name))

    def finder(self) -> FaceFinder:
        """What finds faces."""
        from detector.faces.finder import default_finder

        return default_finder(self.settings.finder)

    def scan(self, path: Path, cropped: bool = False, progress: Progress | None = None) -> Scan:
        """Decode and find faces, with the limits of the settings."""
        from detector.pipeline import scan

        settings = self.settings
        return scan(
            path,
            frames=settings.frames,
            limits=settings.limits,
            finder=self.finder(),
            cropped=cropped,
            progress=progress,
        )

    def judge(self, scan: Scan, name: str, progress: Progress | None = None) -> Analysis:
        """What the detector says of a scan."""
        with self.lane.turn():
            return _judge(scan, self._key(name), None if LENT else progress)

    def judge_all(self, scan: Scan, progress: Progress | None = None) -> dict[str, Analysis]:
        """What each trained detector says of a scan, the default's first."""
        names = self.names()
        analyses = {}
        for place, name in enumerate(names):
            if progress is not None:
                progress(place / len(names), "judging")
            analyses[name] = self.judge(scan, name)
        return analyses

    def judge_many(self, paths: Sequence[str], name: str, cropped: bool) -> Iterator[Result]:
        """Scan and judge file after file; one that cannot be read is a result too."""
        from detector.batch import scan_files

        settings = self.settings
        return scan_files(
            paths,
            (self.detector(name),),
            frames=settings.frames,
            limits=settings.limits,
            finder=self.finder(),
            cropped=cropped,
        )

    def maps(self, score: FaceScore, name: str) -> Maps:
        """Where the detector looked in one face, and what pushed it."""
        with self.lane.turn():
            return _maps(score, self._key(name))

    def report(self, looked: Looked) -> str:
        """The report for people on a file, one page of HTML: headed by the shown detector, with its maps."""
        with self.lane.turn():
            return _report(looked, self._key(looked.detector), self.settings.of_judging)

    def latency_ms(self, name: str) -> float:
        """Milliseconds of one face, crop to logit, on one core here: the shortest of several runs."""
        with self.lane.turn():
            return _latency_ms(self._key(name))

    def warm_up(self) -> None:
        """Import, load and run once what the first visitor would wait for: the default detector first."""
        self.finder().find(Frame(image=np.zeros((480, 640, 3), dtype=np.uint8)))
        for name in self.names():
            try:
                _latency_ms(self._key(name), runs=1)
            except DetectorError as fault:
                log.warning("not loaded before it is asked: %s", fault)
            self.fitted(name)

    def _key(self, name: str) -> Key:
        settings = self.settings
        return Key(name, settings.engine, settings.device, self.weights, settings.cache, self._entry(name))


class _ManifestFile:
    """A manifest that may be written anew at any time; where it cannot be read, what it last said holds."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._reading = threading.Lock()
        self._content = self._bytes()
        self._manifest = read_manifest(folder)

    def read(self) -> Manifest:
        with self._reading:  # else another thread takes the former manifest for that of the new content
            content = self._bytes()
            if content != self._content:
                self._content = content
                try:
                    self._manifest = read_manifest(self._folder)
                except (WeightsError, OSError) as fault:
                    log.warning("the manifest read before is kept: %s", fault)
            return self._manifest

    def _bytes(self) -> bytes | None:
        try:
            return (self._folder / MANIFEST).read_bytes()
        except OSError:
            return None


_LOADING = threading.Lock()
_LOADED: dict[Key, Detector] = {}


def loaded(key: Key) -> Detector:
    """The detector, loaded by the first who asks, and again once another entry of it is published."""
    from detector.pipeline import assemble_detector

    known = _LOADED.get(key)
    if known is not None and known.entry == key.entry:
        return known  # whoever asks for this one does not wait while another is loaded
    with _LOADING:
        detector = _LOADED.get(key)
        if detector is None or detector.entry != key.entry:
            detector = _LOADED[key] = assemble_detector(
                key.name, key.entry, key.weights, key.engine, key.device, key.cache
            )
        return detector


_FITTED: dict[str, Fitted] = {}
"""By hash."""


def _fitted_of(name: str, entry: Entry, folder: Path) -> Fitted | None:
    from detector.loading import load_evidence

    if entry.evidence is None:
        return None
    known = _FITTED.get(entry.evidence.sha256) or load_evidence(SPECS[name], entry, folder)
    if known is not None:
        _FITTED[entry.evidence.sha256] = known
    return known


@gpu
def _judge(scan: Scan, key: Key, progress: Progress | None) -> Analysis:
    from detector.pipeline import judge

    return judge(scan, loaded(key), progress)


@gpu
def _maps(score: FaceScore, key: Key) -> Maps:
    return explaining.maps_of(score, loaded(key), key.weights)


@gpu
def _report(looked: Looked, key: Key, settings: Mapping[str, int]) -> str:
    return explaining.report_of(looked, loaded(key), key.weights, settings)


@gpu
def _latency_ms(key: Key, runs: int = LATENCY_RUNS) -> float:
    from detector.engines.speed import measure_speed

    return measure_speed(loaded(key).engine, key.entry.input.size, runs).ms
