"""What the events of the tab Compare do: a face of Check, an example or a picture to what all say of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr
import numpy as np
from markupsafe import Markup

from detector.calibration import probability
from detector.deliveries import check_deliveries
from detector.errors import DetectorError
from detector.explain.maps import Method
from detector.media import VIDEO_EXTENSIONS
from detector.ui import compare_view as view
from detector.ui.compare_values import (
    Change,
    Compared,
    Judged,
    Kept,
    MapCell,
    Row,
    Strips,
    curves_of,
    strips_of,
    versions_of,
)
from detector.zoo.specs import SPECS

if TYPE_CHECKING:
    from detector.structures import Analysis, Face, Scan
    from detector.ui.backend import Backend

Updates = dict[Any, Any]

RUNS = 2
"""Times that a face is judged: the first time a detector is asked it takes longer."""

MOST_FACES = 12
"""Faces to choose from; the largest come first."""


@dataclass(frozen=True, eq=False)
class Parts:
    """What is written to: two states, and the parts of the tab."""

    compared: gr.State
    change: gr.State
    status: gr.HTML
    faces: gr.HTML
    rows: gr.HTML
    more: gr.Column
    strips: gr.HTML
    curves: gr.HTML
    deliveries: gr.HTML

    @property
    def outputs(self) -> list[Any]:
        """All of them."""
        return [getattr(self, each.name) for each in dataclasses.fields(self)]


class CompareHandlers:
    """What the events do; of two that overlap in one visit, only the later goes on."""

    def __init__(self, backend: Backend, parts: Parts) -> None:
        self.backend, self.parts = backend, parts
        self._latest: dict[str, object] = {}

    def enter(self, compared: Compared | None, change: Change, request: gr.Request) -> Iterator[Updates]:
        """The face on Check, where there is one that is not compared yet."""
        looked = self.backend.visits.of(request).looked
        score = None if looked is None else looked.score
        if looked is None or score is None:
            yield self._as_it_is()
            return
        if compared is not None and any(face is score.face for face in compared.faces):
            yield self._as_it_is()
            return
        faces = looked.scan.faces if looked.scan.media.kind == "photo" else (score.face,)
        chosen = next((place for place, face in enumerate(faces) if face is score.face), 0)
        yield from self._compare(looked.scan, faces, chosen, change, request)

    def open_example(self, change: Change, request: gr.Request, event: gr.EventData) -> Iterator[Updates]:
        """The largest face of an example."""
        yield from self._open(view.examples()[int(event.index)].path, change, request)

    def open_file(self, path: str | None, change: Change, request: gr.Request) -> Iterator[Updates]:
        """The largest face of a picture that was dropped."""
        yield from self._open(Path(path), change, request) if path else [self._as_it_is()]

    def choose(
        self, compared: Compared | None, change: Change, request: gr.Request, event: gr.EventData
    ) -> Iterator[Updates]:
        """Another face of the same file."""
        if compared is None:
            yield self._as_it_is()
            return
        scan = compared.scan_of(compared.faces)
        yield from self._compare(scan, compared.faces, int(event.value), change, request)

    def change(self, compared: Compared | None, event: gr.EventData) -> Updates:
        """Another change to the face."""
        change = Change(event.value)
        curves = "" if compared is None else self._curves(compared, change)
        return {self.parts.change: change, self.parts.curves: curves}

    def save_again(self, compared: Compared | None) -> Markup | str:
        """What all say when the picture comes as pictures commonly come."""
        return "" if compared is None else view.kept([self._kept(compared, name) for name in compared.judged])

    def _as_it_is(self) -> Updates:
        """Nothing changes; of an event without a yield Gradio would empty every output."""
        return {self.parts.status: gr.skip()}

    def forget(self, request: gr.Request) -> None:
        """The page was closed."""
        self._latest.pop(request.session_hash or "", None)

    def _open(self, path: Path, change: Change, request: gr.Request) -> Iterator[Updates]:
        if path.suffix.lower() in VIDEO_EXTENSIONS:
            yield {self.parts.status: view.status("video", path.name)}
            return
        yield {self.parts.status: view.status("finding", path.name)}
        try:
            scan = self.backend.scan(path)
        except DetectorError as fault:
            yield {self.parts.status: view.status("fault", str(fault))}
            return
        if not scan.faces:
            yield {self.parts.status: view.status("no face", path.name)}
            return
        faces = sorted(scan.faces, key=lambda face: -face.quality.size_px)[:MOST_FACES]
        yield from self._compare(scan, tuple(faces), 0, change, request)

    def _compare(
        self, scan: Scan, faces: tuple[Face, ...], chosen: int, change: Change, request: gr.Request
    ) -> Iterator[Updates]:
        """Numbers first, then curves, then one map after another."""
        session, ticket = request.session_hash or "", object()
        self._latest[session] = ticket
        compared = Compared(scan.media, faces, chosen, {})
        for update in self._steps(compared, change):
            if self._latest.get(session) is not ticket:
                return
            yield update

    def _steps(self, compared: Compared, change: Change) -> Iterator[Updates]:
        parts, names = self.parts, self.backend.names()
        judged: dict[str, Judged] = {}
        for place, name in enumerate(names, 1):
            yield {parts.status: view.status("asking", SPECS[name].short, place, len(names))}
            judged[name] = self._judge(compared, name)
        compared = replace(compared, judged=judged)
        rows = [self._row(compared, name) for name in names]
        reach = self.backend.reach()
        yield {
            parts.compared: compared,
            parts.faces: view.faces(compared),
            parts.rows: view.rows(rows, reach),
            parts.strips: view.strips([self._strips(compared, name) for name in names]),
            parts.more: gr.update(visible=True),
            parts.curves: "",
            parts.deliveries: "",
        }
        yield {parts.curves: self._curves(compared, change)}
        for place, name in enumerate(names):
            yield {parts.status: view.status("drawing", SPECS[name].short, place + 1, len(names))}
            rows[place] = self._with_maps(rows[place])
            yield {parts.rows: view.rows(rows, reach)}
        yield {parts.status: view.status("done", compared.media.name)}

    def _judge(self, compared: Compared, name: str) -> Judged:
        face = replace(compared.face, track_id=None)
        seconds = []
        for _ in range(RUNS):
            (score,), analysis = self._scores(compared, (face,), name)
            seconds.append(analysis.seconds.get("crop", 0.0) + analysis.seconds.get("infer", 0.0))
        return Judged(score, analysis, 1000 * min(seconds))

    def _scores(self, compared: Compared, faces: tuple[Face, ...], name: str) -> tuple[list[Any], Analysis]:
        """What a detector says of each of `faces`, in their order."""
        analysis = self.backend.judge(compared.scan_of(faces), name)
        by_face = {id(score.face): score for score in analysis.face_scores}
        return [by_face[id(face)] for face in faces], analysis

    def _row(self, compared: Compared, name: str) -> Row:
        judged = compared.judged[name]
        return view.row(SPECS[name], judged, self.backend.detector(name).input)

    def _with_maps(self, row: Row) -> Row:
        try:
            maps = self.backend.maps(row.judged.score, row.spec.name)
        except DetectorError as fault:
            missing = MapCell(missing=str(fault))
            return replace(row, pushed=missing, attended=missing)
        from detector.explain.heatmap import lack  # it brings torch along

        detector = self.backend.detector(row.spec.name)
        pushed, attended = (
            view.map_cell(layer, lack(detector, Method(layer.method))) for layer in maps.layers
        )
        return replace(row, pushed=pushed, attended=attended)

    def _strips(self, compared: Compared, name: str) -> Strips:
        return strips_of(SPECS[name], compared.judged[name].score.logit, self.backend.fitted(name))

    def _kept(self, compared: Compared, name: str) -> Kept:
        judged, detector = compared.judged[name], self.backend.detector(name)
        with self.backend.lane.turn("deliveries"):
            check = check_deliveries(judged.score, judged.analysis, detector)
        logits = np.array([each.logit for each in (check.as_it_is, *check.deliveries)])
        p_fake = probability(logits, detector.entry.calibration)
        return Kept(SPECS[name], check, tuple(float(share) for share in p_fake))

    def _curves(self, compared: Compared, change: Change) -> Markup:
        versions = versions_of(replace(compared.face, track_id=None), change)
        changed = tuple(version.face for version in versions[1:])
        measured = []
        for name, as_it_is in compared.judged.items():
            scores, _ = self._scores(compared, changed, name)
            measured.append((SPECS[name], [score.p_fake for score in (as_it_is.score, *scores)]))
        return view.curves(curves_of(measured), versions)
