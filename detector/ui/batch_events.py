"""What the events of the tab Batch do: many files into a list by strength, and a chosen one into Check."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from detector.batch import find_files
from detector.errors import DetectorError
from detector.media import PHOTO_EXTENSIONS, VIDEO_EXTENSIONS
from detector.ui import pictures, texts
from detector.ui.batch_run import Batch, State, save
from detector.ui.frame import Frame, Updates, told_in_one_line
from detector.ui.html import render
from detector.ui.visits import ALL, Looked
from detector.zoo.specs import SPECS

FILES_AT_ONCE = 500
"""More would keep a page busy for many minutes; the command line has no such limit."""

TICK_S = 0.25
"""Between two looks at how far a batch is."""

SHOWN_S = 2.0
"""Between two drawings of the list while it grows."""

EMPTY = ("Nothing here yet", "What you drop is checked file by file, and sorted by strength of evidence.")
GONE = ("No longer kept", "Files and answers are deleted after {minutes} minutes. Drop them again.")
TOO_MANY = (
    "Too many files",
    "{count} are more than the {limit} this page takes at once. Drop fewer, or use the command line:"
    " python -m detector scan FOLDER",
)
NO_MEDIA = ("Nothing to check", "None of these files is a picture or a video.")

FORMATS = {".csv": "CSV", ".json": "JSON", ".parquet": "Parquet", ".html": "HTML report"}


@dataclass(frozen=True, eq=False)
class Parts:
    """The components of the room."""

    drop: gr.File
    detector: gr.Dropdown
    status: gr.HTML
    files: gr.HTML
    saves: gr.Row
    buttons: dict[str, gr.DownloadButton]
    opened: gr.Textbox


class BatchHandlers:
    """The events' functions; the batch of each visitor is kept here, by session, for as long as uploads."""

    def __init__(self, frame: Frame, parts: Parts) -> None:
        self.backend, self.parts = frame.backend, parts
        filled = (parts.drop, parts.status, parts.files, parts.saves)
        self.outputs: list[Any] = [*filled, *parts.buttons.values()]
        self._batches: dict[str, Batch] = {}
        self._sorted_by: dict[str, str] = {}

    @told_in_one_line
    async def drop(
        self, files: Sequence[str] | None, choice: str, request: gr.Request
    ) -> AsyncIterator[Updates]:
        """What was dropped, chosen, or handed on by Check."""
        if not files:
            return
        found = find_files(files)
        kinds = PHOTO_EXTENSIONS | VIDEO_EXTENSIONS
        some = [path for path in found.paths if path.suffix.lower() in kinds]
        paths = some if some and len(found.paths) > 1 else list(found.paths)
        self._end(request)
        if len(paths) > FILES_AT_ONCE:
            words = TOO_MANY[1].format(count=len(paths), limit=FILES_AT_ONCE)
            yield {**self._said(TOO_MANY[0], words), self.parts.drop: None}
            return
        batch = Batch(self.backend, paths, self._names(choice), skipped=len(found.paths) - len(paths))
        self._batches[str(request.session_hash)] = batch.start()
        self.backend.visits.of(request).in_batch = len(paths)
        yield {self.parts.drop: None}
        async for updates in self._follow(batch, request):
            yield updates

    @told_in_one_line
    async def ask(self, choice: str, request: gr.Request) -> AsyncIterator[Updates]:
        """Other detectors: the same files again."""
        before = self._batch(request)
        if before is None:
            return
        self._end(request)
        batch = Batch(self.backend, before.paths, self._names(choice), before.skipped)
        self._batches[str(request.session_hash)] = batch.start()
        async for updates in self._follow(batch, request):
            yield updates

    @told_in_one_line
    async def act(self, request: gr.Request, event: gr.EventData) -> AsyncIterator[Updates]:
        """Stop, go on, another order; and what is chosen after its time says so."""
        batch = self._batch(request)
        opened = batch.paths[int(event.value)] if batch is not None and event.act == "open" else None
        if batch is None or (opened is not None and not opened.exists()):
            yield self._said(GONE[0], GONE[1].format(minutes=self.backend.minutes_kept))
        elif event.act == "stop":
            batch.stop()
        elif event.act == "sort":
            self._sorted_by[str(request.session_hash)] = str(event.value)
            yield {self.parts.files: self._list(batch, request)}
        elif event.act == "go-on":
            async for updates in self._follow(batch.start(), request):
                yield updates

    async def open(self, request: gr.Request, event: gr.EventData) -> str:
        """The key of the chosen file, once the visit holds it for Check."""
        batch = self._batch(request)
        if event.act != "open" or batch is None:
            return ""
        path = batch.paths[int(event.value)]
        try:
            looked = await asyncio.to_thread(self._look, path, batch.names)
        except (DetectorError, OSError):
            return ""
        self.backend.visits.of(request).keep(looked)
        return looked.key

    def leave(self, request: gr.Request) -> None:
        """The tab of the browser was closed."""
        self._end(request)
        self._sorted_by.pop(str(request.session_hash), None)

    def _look(self, path: Path, names: tuple[str, ...]) -> Looked:
        with self.backend.lane.turn("photo"):
            scan = pictures.slim(self.backend.scan(path))
            analyses = {name: self.backend.judge(scan, name) for name in names}
        looked = Looked.of(path, scan, analyses[names[0]])
        looked.analyses.update(analyses)
        return looked

    def _names(self, choice: str) -> tuple[str, ...]:
        names = self.backend.names()
        return names if choice == ALL or choice not in names else (choice,)

    def _batch(self, request: gr.Request) -> Batch | None:
        oldest = time.monotonic() - self.backend.settings.keep_uploads_s
        for session, batch in list(self._batches.items()):
            if batch.state is not State.WORKING and batch.ended_s < oldest:
                self._batches.pop(session, None)
        return self._batches.get(str(request.session_hash))

    def _end(self, request: gr.Request) -> None:
        batch = self._batches.pop(str(request.session_hash), None)
        if batch is not None:
            batch.stop()

    async def _follow(self, batch: Batch, request: gr.Request) -> AsyncIterator[Updates]:
        """What the batch has come to, until it ends or somebody begins another."""
        shown, drawn_s, said = -1, 0.0, ""
        yield {self.parts.saves: gr.update(visible=False)}
        while self._batches.get(str(request.session_hash)) is batch:
            state = batch.state  # before the rest is looked at, so that nothing of it is missed
            updates: Updates = {}
            now = str(render("batch/status", batch=batch))
            if now != said:
                said = updates[self.parts.status] = now
            ended = state is not State.WORKING
            if len(batch.checked) != shown and (ended or time.monotonic() > drawn_s + SHOWN_S):
                shown, drawn_s = len(batch.checked), time.monotonic()
                updates[self.parts.files] = self._list(batch, request)
            if updates:
                yield updates
            if ended:
                yield await asyncio.to_thread(self._saved, batch)
                return
            await asyncio.sleep(TICK_S)

    def _list(self, batch: Batch, request: gr.Request) -> str:
        by = self._sorted_by.get(str(request.session_hash), "")
        return render(
            "batch/files",
            batch=batch,
            by=by if by in batch.names else batch.names[0],
            titles={name: SPECS[name].short for name in batch.names},
            places={path: place for place, path in enumerate(batch.paths)},
        )

    def _saved(self, batch: Batch) -> Updates:
        """The files to take away, where Gradio finds and in time deletes them."""
        if not self.parts.buttons or not batch.checked:
            return {self.parts.saves: gr.update(visible=False)}
        some = next(iter(self.parts.buttons.values()))
        known = hashlib.sha256("".join(str(path) for path in batch.paths).encode()).hexdigest()
        folder = Path(some.GRADIO_CACHE) / f"batch-{known[:16]}-{len(batch.checked)}"
        infos = [self.backend.detector(name).info for name in batch.names]
        written = save(batch.checked, folder, infos, self.backend.settings.of_judging)
        saved = {path.suffix: str(path) for path in written}
        updates: Updates = {
            button: gr.update(value=saved.get(suffix), visible=suffix in saved)
            for suffix, button in self.parts.buttons.items()
        }
        return {**updates, self.parts.saves: gr.update(visible=bool(saved))}

    def broken(self, fault: Exception) -> Updates:
        """The card that says that the page is at fault."""
        return self._said(texts.BROKEN[0], texts.BROKEN[1].format(fault=type(fault).__name__))

    def _said(self, heading: str, words: str) -> Updates:
        return {
            self.parts.status: render("batch/empty", heading=heading, words=words),
            self.parts.files: "",
            self.parts.saves: gr.update(visible=False),
        }
