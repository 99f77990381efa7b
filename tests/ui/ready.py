"""A page on a backend that finds the same in every file and weighs it as told, for tests of its rooms."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import gradio as gr
import numpy as np

from detector.errors import MediaError
from detector.faces.crop import crop_face
from detector.pipeline import Progress, judge
from detector.settings import Settings
from detector.structures import Analysis, Evidence, FaceScore, Scan
from detector.ui.backend import Backend
from detector.ui.check import LABEL, _build
from detector.ui.check_events import CheckHandlers, Updates
from detector.ui.explaining import Layer, Maps
from detector.ui.frame import Frame
from detector.ui.visits import Looked
from detector.weights import write_entry
from tests.loops import run
from tests.makers import SMALL, make_detector, make_entry

FIRST, SECOND, THIRD = "unblend-lite2", "inspector-b0", "sbi-efficientnet-b4"
ASKING = cast(gr.Request, SimpleNamespace(session_hash="me"))

Weigh = Callable[[str, int, FaceScore], Evidence | None]
"""The evidence of a detector on the face with a number."""


class ReadyBackend(Backend):
    """Finds `scanned` in every file, unless it is called broken; each detector has evidence by `weigh`.

    `held` is waited for before each answer; `asked` holds who judged, `scans` counts.
    """

    def __init__(self, folder: Path, scanned: Scan, weigh: Weigh = lambda *_: None) -> None:
        for name in (FIRST, SECOND, THIRD):
            write_entry(folder, name, make_entry(), default=FIRST)
        super().__init__(replace(Settings.from_env({}), weights=folder))
        self.scanned, self.weigh = scanned, weigh
        self.asked: list[str] = []
        self.scans = 0
        self.held = threading.Event()
        self.held.set()

    def scan(self, path: Path, cropped: bool = False, progress: Progress | None = None) -> Scan:
        if "broken" in path.name:
            raise MediaError(f"{path.name} cannot be read: save it again")
        self.scans += 1
        frames = self.scanned.frames_read
        for frame in range(frames):
            if progress is not None:
                progress((frame + 1) / frames, f"frame {frame + 1} of {frames}")
            self.held.wait(10)
        media = replace(self.scanned.media, name=path.name, sha256=path.stem.ljust(64, "0"))
        return replace(self.scanned, media=media)

    def judge(self, scan: Scan, name: str, progress: Progress | None = None) -> Analysis:
        self.asked.append(name)
        answer = judge(scan, make_detector())
        info = replace(answer.detector, name=name)
        number, tracks = 0, []
        for track in answer.tracks:
            scores = []
            for score in track.face_scores:
                scores.append(replace(score, evidence=self.weigh(name, number, score)))
                number += 1
            tracks.append(replace(track, face_scores=tuple(scores), evidence=scores[0].evidence))
        every = [score for track in tracks for score in track.face_scores]
        deciding = max(every, key=lambda score: score.logit, default=None)
        evidence = deciding.evidence if deciding else None
        return replace(answer, detector=info, tracks=tuple(tracks), deciding=deciding, evidence=evidence)

    def report(self, looked: Looked) -> str:
        return f"<!doctype html><title>{looked.name}</title>"

    def maps(self, score: FaceScore, name: str) -> Maps:
        image = np.zeros((8, 8, 4), dtype=np.uint8)
        layers = (
            Layer("gradcam", image, "Pushed", "A map"),
            Layer("attention", None, missing="no attention"),
        )
        return Maps(crop_face(score.face, SMALL), layers)


def handlers(backend: Backend, rooms: tuple[str, ...] = ("check",)) -> CheckHandlers:
    """The events of the room Check on `backend`."""
    with gr.Blocks() as page, gr.Tabs() as tabs, gr.Tab(LABEL):
        frame = Frame(backend, page, gr.Checkbox(), tabs, gr.State(()), rooms)
        return CheckHandlers(frame, _build(frame))


def event(act: str, value: object = None) -> gr.EventData:
    """What a button or field of the room tells."""
    return cast(gr.EventData, SimpleNamespace(act=act, value=value))


def shown(updates: AsyncIterator[Updates], into: dict[Any, Any] | None = None) -> dict[Any, Any]:
    """What stands on the page after all `updates`, on top of what stood there."""

    async def collect() -> dict[Any, Any]:
        page = dict(into or {})
        async for update in updates:
            page |= update
        return page

    return run(collect())
