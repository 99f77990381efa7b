"""What the events of the tab Photo do: one photo into an answer, several into a table."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import gradio as gr

from detector.errors import DetectorError, MediaError
from detector.media import VIDEO_EXTENSIONS
from detector.reasons import probability_in_words, sentences
from detector.report import csv_row, error_row
from detector.structures import Analysis
from detector.ui import answer, examples, panel, pictures, texts
from detector.ui.backend import Backend, slim
from detector.ui.panel import Panel, Shown, Updates

if TYPE_CHECKING:
    from detector.batch import Result

PHOTOS_AT_ONCE = 100
"""More would hold up the others for minutes; the command line has no such limit."""


@dataclass(frozen=True, eq=False)
class Many:
    """The table of several photos."""

    part: gr.Column
    table: gr.Dataframe
    downloads: gr.HTML


class PhotoHandlers:
    """What the events of the tab do; the session's photos and answer travel through `paths` and `shown`.

    `unfolded` says whether the pictures of the planes are looked at.
    """

    def __init__(
        self, backend: Backend, parts: Panel, many: Many, paths: gr.State, shown: gr.State, unfolded: gr.State
    ) -> None:
        self.backend, self.panel, self.many, self.paths, self.shown, self.unfolded = (
            backend,
            parts,
            many,
            paths,
            shown,
            unfolded,
        )
        self.outputs = [paths, shown, many.part, many.table, many.downloads, *parts.outputs]

    def judge_files(
        self,
        files: list[str] | None,
        name: str,
        cropped: bool,
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),  # noqa: B008
    ) -> Updates:
        """Judge what was dropped."""
        return self.judge_paths(tuple(files or ()), name, cropped, request, progress)

    def judge_camera(self, path: str | None, name: str, cropped: bool, request: gr.Request) -> Updates:
        """Judge a shot of the camera."""
        return self.judge_paths((path,) if path else (), name, cropped, request)

    def judge_example(self, name: str, cropped: bool, request: gr.Request, event: gr.EventData) -> Updates:
        """Judge an example."""
        return self.judge_paths((str(examples.files("photo")[event.index].path),), name, False, request)

    def judge_paths(
        self,
        paths: Sequence[str],
        name: str,
        cropped: bool,
        request: gr.Request,
        progress: gr.Progress | None = None,
    ) -> Updates:
        """Judge one photo in full or several into a table; by a detector without weights none, and they are
        kept for another one.
        """
        if self.backend.untrained(name):
            return {self.paths: tuple(paths), self.shown: None, **self._refuse(name)}
        if len(paths) > 1:
            left = threading.Event()
            with self.backend.cancellation.watched(request, left):
                return self._judge_many(tuple(paths), name, cropped, left, progress)
        hidden = {self.paths: tuple(paths), self.many.part: gr.update(visible=False)}
        return {**hidden, **(self._judge_one(paths[0], name, cropped) if paths else self.forget())}

    def judge_again(
        self, paths: Sequence[str], shown: Shown | None, name: str, cropped: bool, request: gr.Request
    ) -> Updates:
        """The same photo by another detector: no second scan."""
        if self.backend.untrained(name):
            return self._refuse(name)
        if shown is None or len(paths) > 1:
            return self.judge_paths(paths, name, cropped, request)
        try:
            analysis = self.backend.judge(shown.scan, name)
        except DetectorError as error:
            return {self.shown: None, **panel.show_message(self.panel, answer.failure_card(str(error)))}
        return self._show(Shown(shown.path, shown.scan, analysis, shown.chosen))

    def open_line(self, paths: Sequence[str], name: str, cropped: bool, event: gr.SelectData) -> Updates:
        """Show the photo of a line of the table."""
        number = int(event.row_value[0])
        return self._judge_one(paths[number - 1], name, cropped) if number <= len(paths) else self.forget()

    def choose_face(self, shown: Shown | None, event: gr.EventData) -> Updates:
        """Choose a face by its number."""
        if shown is None:
            return {
                self.panel.picture: answer.notice_card(
                    texts.HEAT, texts.GONE.format(minutes=self.backend.minutes_kept)
                )
            }
        shown = shown.choosing(int(event.index))
        return {self.shown: shown, **panel.show_choice(self.panel, shown)}

    def look(self, shown: Shown | None, name: str, unfolded: bool) -> Updates:
        """The heat map of the chosen face and, where they are unfolded, its planes; nothing where the
        detector chosen did not judge it.
        """
        if shown is None or shown.score is None or not self.backend.is_current(shown.analysis.detector, name):
            return {self.panel.heat: panel.heat_value(None), self.panel.planes: ""}
        heat = panel.heat_value(self.backend.heat(shown.score, name))
        return {self.panel.heat: heat, self.panel.planes: _planes(shown) if unfolded else gr.skip()}

    def unfold(self, shown: Shown | None) -> Updates:
        """The planes of the chosen face."""
        return {self.unfolded: True, self.panel.planes: _planes(shown)}

    def fold(self) -> bool:
        """The planes are no longer looked at: another face's are not drawn."""
        return False

    def forget(self) -> Updates:
        """Back to the beginning."""
        emptied = {self.paths: (), self.shown: None, self.many.part: gr.update(visible=False)}
        return {**emptied, **panel.show_message(self.panel, answer.notice_card(*texts.EMPTY_PHOTO))}

    def not_judged(self) -> Updates:
        """What stands there when the photos were not taken: the queue is full."""
        return {self.shown: None, **panel.show_message(self.panel, answer.notice_card(*texts.NOT_TAKEN))}

    def _refuse(self, name: str) -> Updates:
        return {
            self.many.part: gr.update(visible=False),
            **panel.show_message(self.panel, answer.untrained_card(name, self.backend.entries)),
        }

    def _judge_one(self, path: str, name: str, cropped: bool) -> Updates:
        try:
            if Path(path).suffix.lower() in VIDEO_EXTENSIONS:
                raise MediaError(texts.WRONG_TAB.format(name=Path(path).name, kind="video", tab="Video"))
            scan = self.backend.scan(Path(path), cropped)
            analysis = self.backend.judge(scan, name)
        except DetectorError as error:
            return {self.shown: None, **panel.show_message(self.panel, answer.failure_card(str(error)))}
        return self._show(
            Shown(path, slim(scan, pictures.shrunk(scan.preview.image)), analysis, deciding(analysis))
        )

    def _show(self, shown: Shown) -> Updates:
        return {self.shown: shown, **panel.show(self.panel, shown, self.backend.settings.of_judging)}

    def _judge_many(
        self,
        paths: tuple[str, ...],
        name: str,
        cropped: bool,
        left: threading.Event,
        progress: gr.Progress | None,
    ) -> Updates:
        if len(paths) > PHOTOS_AT_ONCE:
            words = texts.TOO_MANY.format(count=len(paths), limit=PHOTOS_AT_ONCE)
            return {
                self.shown: None,
                self.paths: (),
                **panel.show_message(self.panel, answer.failure_card(words)),
            }
        results = []
        for result in self.backend.judge_many(paths, name, cropped):
            results.append(result)
            if left.is_set():
                return self.forget()
            if progress is not None:
                progress((len(results), len(paths)), desc=result.path.name, unit="photos")
        info = self.backend.detector(name).info
        rows = [
            csv_row(result.analysis)
            if result.analysis
            else error_row(result.path.name, info, result.error or "")
            for result in results
        ]
        table = [_line(number, result) for number, result in enumerate(results, 1)]
        heading = texts.MANY_DONE.format(
            number=len(results), failed=sum(result.analysis is None for result in results)
        )
        return {
            **panel.show_message(self.panel, answer.notice_card(heading, texts.TABLE_HINT)),
            self.paths: tuple(str(result.path) for result in results),
            self.shown: None,
            self.many.part: gr.update(visible=True),
            self.many.table: table,
            self.many.downloads: panel.downloads([], rows),
        }


def deciding(analysis: Analysis) -> int:
    """The place, among the judged faces, of the one that the answer stands on; 0 where there is none."""
    places = [place for place, score in enumerate(analysis.face_scores) if score is analysis.deciding]
    return places[0] if places else 0


def _planes(shown: Shown | None) -> str:
    return (
        "" if shown is None or shown.score is None else pictures.planes(shown.score, shown.analysis.detector)
    )


def _line(number: int, result: Result) -> list[str | int | None]:
    analysis = result.analysis
    if analysis is None:
        return [number, result.path.name, str(result.verdict), "", 0, result.error]
    shown = "" if analysis.p_fake is None else probability_in_words(analysis.p_fake)
    return [
        number,
        result.path.name,
        str(analysis.verdict),
        shown,
        len(analysis.face_scores),
        " ".join(sentences(analysis.reasons)),
    ]
