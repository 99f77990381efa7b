"""What the events of the room Check do: a file into an answer, and every choice on it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from detector.errors import DetectorError
from detector.evidence import genuine_clips
from detector.explain.altered import known_mask
from detector.files import sha256_of
from detector.media.preview import browser_copy, plays_in_browser
from detector.statements import sentence_to_copy
from detector.ui import check_view, curve, examples, maps, texts
from detector.ui.frame import Frame, Updates, told_in_one_line
from detector.ui.lane import LaneFull
from detector.ui.visits import ALL, Looked, Visit, key_of
from detector.ui.work import State, Work

TICK_S = 0.1
"""Between two looks at work that goes on."""


@dataclass(frozen=True, eq=False)
class Parts:
    """The components of the room."""

    bar: gr.HTML
    files: gr.File
    camera: gr.HTML
    progress: gr.HTML
    answer: gr.HTML
    saves: gr.HTML
    picture: gr.HTML
    maps: gr.HTML
    curve: gr.HTML
    row: gr.HTML
    more: gr.HTML
    strip: gr.HTML


class CheckHandlers:
    """The events' functions. What is long gives back what has changed again and again."""

    def __init__(self, frame: Frame, parts: Parts) -> None:
        self.frame, self.backend, self.parts = frame, frame.backend, parts
        self.outputs: list[Any] = [
            *(part for name, part in vars(parts).items() if name not in ("bar", "camera")),
            frame.tabs,
            frame.several,
        ]

    @told_in_one_line
    async def drop(self, files: list[str] | None, request: gr.Request) -> AsyncIterator[Updates]:
        """What was dropped, pasted, chosen or taken: one is looked at, several go to the batch."""
        paths, visit = tuple(files or ()), self.backend.visits.of(request)
        if len(paths) > 1 and "batch" in self.frame.rooms:
            visit.in_batch = len(paths)
            yield {
                self.parts.files: None,
                self.parts.progress: check_view.idle(visit),
                self.frame.several: paths,
                self.frame.tabs: gr.update(selected="batch"),
            }
            return
        yield {self.parts.files: None}
        for path in paths:
            async for updates in self._look(Path(path), request):
                yield updates

    @told_in_one_line
    async def ask(self, request: gr.Request, event: gr.EventData) -> AsyncIterator[Updates]:
        """The bar: an example, or which detectors are asked."""
        visit = self.backend.visits.of(request)
        if event.act == "example":
            async for updates in self._look(examples.files()[int(event.value)].path, request):
                yield updates
            return
        visit.choice = event.value if event.value in self.backend.names() else ALL
        looked = visit.looked
        if looked is not None:
            if visit.choice != ALL and visit.choice in looked.analyses:
                looked.detector = visit.choice
                yield self._filled(visit, looked)
            async for updates in self._work(visit, looked.path, request, looked.cropped, looked):
                yield updates

    @told_in_one_line
    async def steer(self, request: gr.Request, event: gr.EventData) -> AsyncIterator[Updates]:
        """Stop, go on, cancel."""
        visit = self.backend.visits.of(request)
        work = visit.work
        if work is None or work.ended:
            yield {self.parts.progress: check_view.idle(visit)}
        elif event.act == "stop":
            work.stop()
        elif event.act == "cancel":
            stopped = work.state is State.STOPPED
            work.cancel()
            if stopped:
                yield self._cancelled()
        else:
            work.go_on()
            async for updates in self._follow(visit, work):
                yield updates

    @told_in_one_line
    async def act(self, request: gr.Request, event: gr.EventData) -> AsyncIterator[Updates]:
        """A choice on an answer, or among the files of the visit."""
        visit, parts = self.backend.visits.of(request), self.parts
        if event.act == "open" and event.value in visit.files:
            visit.current = event.value
        elif event.act == "forget":
            for updates in self._forget(visit, str(event.value)):
                yield updates
            return
        looked = visit.looked
        if looked is None:
            yield self._gone()
            return
        match event.act:
            case "person":
                looked.choose_person(int(event.value))
                yield {parts.answer: self._card(looked), parts.row: self._row(visit, looked)}
                yield {parts.curve: self._curve(looked)}
            case "detector" if event.value in looked.analyses:
                looked.detector = event.value
                yield {parts.answer: self._card(looked), parts.picture: self._picture(looked)}
                yield {parts.curve: self._curve(looked)}
            case "moment":
                looked.moment = int(event.value)
            case "planes":
                yield {parts.more: await asyncio.to_thread(check_view.more, looked, True)}
                return
            case "anyway":
                looked.anyway = True
                yield {parts.answer: self._card(looked), parts.row: self._row(visit, looked)}
            case "whole":
                async for updates in self._look(looked.path, request, cropped=True):
                    yield updates
                return
            case "report":
                yield {parts.saves: await asyncio.to_thread(self._saves, looked)}
                return
            case _:
                yield self._filled(visit, looked)
        yield {parts.saves: "", parts.maps: await asyncio.to_thread(self._maps, looked)}

    async def _look(self, path: Path, request: gr.Request, cropped: bool = False) -> AsyncIterator[Updates]:
        """A file that the visitor gave: what is known of it is shown, the rest is worked out."""
        visit = self.backend.visits.of(request)
        try:
            key = key_of(await asyncio.to_thread(sha256_of, path), cropped)
        except OSError:
            yield self._gone()
            return
        found = visit.files.get(key)
        if found is not None:
            visit.keep(found)
            yield self._filled(visit, found)
        async for updates in self._work(visit, path, request, cropped, found):
            yield updates

    async def _work(
        self, visit: Visit, path: Path, request: gr.Request, cropped: bool, found: Looked | None
    ) -> AsyncIterator[Updates]:
        """Ask whom the visitor chose, and show the answers as they come."""
        if visit.work is not None:
            visit.work.cancel()
        names = self._names(visit)
        if found is not None and all(name in found.analyses for name in names):
            maps_html = await asyncio.to_thread(self._maps, found)
            yield {self.parts.progress: check_view.idle(visit), self.parts.maps: maps_html}
            return
        try:
            work = Work(self.backend, visit, path, names, cropped=cropped, found=found)
        except LaneFull:
            yield self._said(check_view.notice(texts.FULL, "full"))
            return
        visit.work = work.start()
        async for updates in self._follow(visit, work):
            yield updates

    async def _follow(self, visit: Visit, work: Work) -> AsyncIterator[Updates]:
        """What work that goes on has come to, until it ends or rests."""
        parts, shown, said = self.parts, 0, ""
        while visit.work is work:
            ended, state, looked = work.ended, work.state, work.looked  # what ended last is seen below
            if looked is not None and len(looked.analyses) > shown:
                first, shown = shown == 0, len(looked.analyses)
                if first:
                    self._keep(visit, looked)
                    yield self._filled(visit, looked)
                else:
                    yield {parts.row: self._row(visit, looked)}
            now = str(check_view.idle(visit) if ended or looked else check_view.progress(work))
            if now != said:
                said = now
                yield {parts.progress: now}
            if state is State.STOPPED or ended:
                break
            await asyncio.sleep(TICK_S)
        if visit.work is not work:
            return
        if work.state is State.FAILED:
            yield self._said(check_view.notice((texts.UNREADABLE, work.fault), "unreadable", work.path.name))
        elif work.state is State.CANCELLED:
            yield self._cancelled()
        elif work.state is State.DONE and work.looked is not None:
            looked = work.looked
            yield {parts.answer: self._card(looked), parts.more: check_view.more(looked)}
            yield {parts.maps: await asyncio.to_thread(self._maps, looked)}

    def _names(self, visit: Visit) -> tuple[str, ...]:
        """Whom the visitor asks, the default and the pair first."""
        names = self.backend.names()
        return names if visit.choice not in names else (visit.choice,)

    def _keep(self, visit: Visit, looked: Looked) -> None:
        if looked.altered is None:
            looked.altered = known_mask(looked.scan.media.sha256)
        visit.keep(looked)

    def _forget(self, visit: Visit, key: str) -> list[Updates]:
        looked, was_shown = visit.files.get(key), visit.current == key
        upload = (
            looked is not None
            and Path(self.parts.files.GRADIO_CACHE).resolve() in looked.path.resolve().parents
        )
        visit.forget(key, upload=upload)
        if was_shown:
            if visit.work is not None:
                visit.work.cancel()
            return [self._said(check_view.empty()) | {self.parts.strip: check_view.strip(visit)}]
        return [{self.parts.strip: check_view.strip(visit)}]

    def _cancelled(self) -> Updates:
        return self._said(check_view.notice(texts.CANCELLED, "cancelled", fresh="cancelled"))

    def broken(self, fault: Exception) -> Updates:
        """The card that says that the page is at fault."""
        return self._said(check_view.broken(fault))

    def _gone(self) -> Updates:
        heading, words = texts.GONE_CARD
        said = (heading, words.format(minutes=self.backend.minutes_kept))
        return self._said(check_view.notice(said, "gone", fresh="gone"))

    def _said(self, card: str) -> Updates:
        """A notice in place of an answer."""
        parts = self.parts
        emptied = (parts.progress, parts.saves, parts.picture, parts.maps, parts.curve, parts.row, parts.more)
        return {**dict.fromkeys(emptied, ""), parts.answer: card}

    def _filled(self, visit: Visit, looked: Looked) -> Updates:
        """All that is known of a file, but its maps."""
        parts = self.parts
        return {
            parts.progress: check_view.idle(visit),
            parts.saves: "",
            parts.answer: self._card(looked),
            parts.picture: self._picture(looked),
            parts.maps: "",
            parts.row: self._row(visit, looked),
            parts.curve: self._curve(looked),
            parts.more: check_view.more(looked),
            parts.strip: check_view.strip(visit),
        }

    def _saves(self, looked: Looked) -> str:
        page, settings = self.backend.report(looked), self.backend.settings.of_judging
        return check_view.saves(looked, page, settings, f"report-{looked.key}-{looked.detector}")

    def _card(self, looked: Looked) -> str:
        return check_view.card(
            looked,
            self.backend.reach(),
            fresh=looked.key,
            quote=sentence_to_copy(looked.analysis),
            next_html=check_view.next_steps(looked),
        )

    def _row(self, visit: Visit, looked: Looked) -> str:
        names = tuple(dict.fromkeys([*self._names(visit), *looked.analyses]))
        return check_view.detector_rows(looked, names, self.backend.reach())

    def _curve(self, looked: Looked) -> str:
        clips = genuine_clips(self.backend.fitted(looked.detector))
        return curve.curve(looked, self.backend.reach(), clips)

    def _picture(self, looked: Looked) -> str:
        if looked.scan.media.kind == "photo":
            return check_view.picture(looked)
        try:
            plays = plays_in_browser(looked.path)
            cache = Path(self.parts.files.GRADIO_CACHE)
            path = looked.path if plays else browser_copy(looked.path, cache, self.backend.settings.limits)
        except (DetectorError, OSError):
            return ""
        served = self.parts.picture.move_resource_to_block_cache(str(path))
        return curve.player(looked, f"gradio_api/file={served}", copied=not plays)

    def _maps(self, looked: Looked) -> str:
        return "" if check_view.is_held_back(looked) else maps.maps_html(self.backend, looked)
