"""What the events of the tab Video do: a clip into an answer over time, moment by moment."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import gradio as gr

from detector import plots
from detector.aggregate import most_suspicious_of_each_frame
from detector.errors import DetectorError, MediaError
from detector.media import PHOTO_EXTENSIONS
from detector.media.preview import browser_copy, plays_in_browser
from detector.reasons import probability_in_words
from detector.structures import Analysis, FaceScore, Scan
from detector.ui import answer, examples, panel, pictures, texts
from detector.ui.backend import Backend, slim
from detector.ui.cancellation import StopFlag
from detector.ui.html import heading, hint
from detector.ui.panel import Updates

MOST_SUSPICIOUS = 8
"""Frames in the gallery; the rest is reached by the slider and the curve."""

SCAN_SHARE = 0.6
"""The part of the progress bar that decoding and finding faces take."""


@dataclass(frozen=True, eq=False)
class Watched:
    """What a session keeps of its video: `moments` are the most suspicious face of each frame in order of
    time, `chosen` one of them.
    """

    scan: Scan
    analysis: Analysis
    moments: tuple[FaceScore, ...]
    chosen: int

    @property
    def gallery(self) -> tuple[int, ...]:
        """Places of the most suspicious moments, in order of suspicion."""
        order = sorted(range(len(self.moments)), key=lambda place: -self.moments[place].logit)
        return tuple(order[:MOST_SUSPICIOUS])

    @property
    def score(self) -> FaceScore:
        """The face of the chosen moment."""
        return self.moments[self.chosen]

    def nearest(self, time_s: float) -> int:
        """The place of the moment nearest to a time."""
        return min(range(len(self.moments)), key=lambda place: abs(self.moments[place].face.time_s - time_s))


@dataclass(frozen=True, eq=False)
class Parts:
    """The components of the tab that an answer fills."""

    verdict: gr.HTML
    stop: gr.Button
    player_part: gr.Column
    player: gr.Video
    copied: gr.HTML
    result: gr.Column
    timeline: gr.Plot
    moment: gr.Slider
    frames: gr.HTML
    heat_title: gr.HTML
    heat: gr.ImageSlider
    remarks: gr.HTML
    downloads: gr.HTML
    details: gr.HTML


@dataclass(frozen=True, eq=False)
class States:
    """What a session holds: the path of its video, what is kept of it, and the flag of its Stop button."""

    path: gr.State
    watched: gr.State
    flag: gr.State


def watch(scan: Scan, analysis: Analysis) -> Watched:
    """The answer on a video, at its most suspicious moment."""
    moments = most_suspicious_of_each_frame(analysis.face_scores)
    small = slim(scan, pictures.shrunk(scan.preview.image, longest=64))
    watched = Watched(small, analysis, moments, chosen=0)
    return replace(watched, chosen=watched.gallery[0]) if moments else watched


class VideoHandlers:
    """The events' functions; each gives back what becomes of the components and of the session's states."""

    def __init__(self, backend: Backend, parts: Parts, states: States) -> None:
        self.backend, self.parts, self.states = backend, parts, states
        self.outputs: list[Any] = [*vars(states).values(), *vars(parts).values()]

    def begin(self, path: str | None, flag: StopFlag) -> Updates:
        """Clear away what was there, before the wait; work on an earlier video is stopped."""
        flag.event.set()
        cleared = self._cleared(answer.notice_card(*texts.WORKING))
        return {
            **cleared,
            self.states.path: path,
            self.states.flag: StopFlag(),
            self.parts.stop: gr.update(visible=True),
        }

    def begin_example(self, flag: StopFlag, event: gr.EventData) -> Updates:
        """As `begin`, with an example."""
        return self.begin(str(examples.files("video")[event.index].path), flag)

    def play(self, path: str | None) -> Updates:
        """Show the video, or a copy of it where browsers do not play it; what cannot be read is left to the
        answer to say.
        """
        parts = self.parts
        if path is None:
            return {parts.player_part: gr.update(visible=False)}
        try:
            plays = plays_in_browser(Path(path))
            cache, limits = Path(parts.player.GRADIO_CACHE), self.backend.settings.limits
            shown = path if plays else str(browser_copy(Path(path), cache, limits))
        except DetectorError:
            return {parts.player_part: gr.update(visible=False)}
        return {
            parts.player_part: gr.update(visible=True),
            parts.player: gr.update(value=shown),
            parts.copied: gr.update(value=hint(texts.VIDEO_COPY), visible=not plays),
        }

    def analyse(
        self,
        path: str | None,
        name: str,
        flag: StopFlag,
        dark: bool,
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),  # noqa: B008
    ) -> Updates:
        """Scan and judge, with progress, until done, stopped or left; a detector without weights is not
        asked.
        """
        from detector.pipeline import Stopped

        if self.backend.untrained(name):
            return self._cleared(answer.untrained_card(name, self.backend.entries))
        if path is None:
            return self._cleared(answer.notice_card(*texts.EMPTY_VIDEO))

        def report(share: float, words: str) -> None:
            if flag.event.is_set():
                raise Stopped
            progress(share, desc=words.capitalize())

        try:
            if Path(path).suffix.lower() in PHOTO_EXTENSIONS:
                raise MediaError(texts.WRONG_TAB.format(name=Path(path).name, kind="photo", tab="Photo"))
            with self.backend.cancellation.watched(request, flag.event):
                scan = self.backend.scan(
                    Path(path), progress=lambda share, words: report(SCAN_SHARE * share, words)
                )
                analysis = self.backend.judge(
                    scan, name, lambda share, words: report(SCAN_SHARE + (1 - SCAN_SHARE) * share, words)
                )
        except Stopped:
            return self._cleared(answer.notice_card(*texts.STOPPED))
        except DetectorError as error:
            return self._cleared(answer.failure_card(str(error)))
        return self._show(watch(scan, analysis), dark)

    def begin_again(self, path: str | None, watched: Watched | None, name: str, flag: StopFlag) -> Updates:
        """Before a wait: where `judge_again` is going to scan, that it can be stopped."""
        if watched is not None or path is None or flag.event.is_set() or self.backend.untrained(name):
            return {self.parts.stop: gr.skip()}
        return {
            self.parts.verdict: answer.notice_card(*texts.WORKING),
            self.parts.stop: gr.update(visible=True),
        }

    def judge_again(
        self,
        path: str | None,
        watched: Watched | None,
        name: str,
        flag: StopFlag,
        dark: bool,
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),  # noqa: B008
    ) -> Updates:
        """The same video by another detector: no second scan, unless the first detector could not judge.

        By one without weights it is not judged, and what was found is kept for another one.
        """
        if self.backend.untrained(name):
            kept = {self.states.watched: watched}
            return {**self._cleared(answer.untrained_card(name, self.backend.entries)), **kept}
        if watched is None and path is not None and flag.event.is_set():
            return self._cleared(answer.notice_card(*texts.STOPPED))
        if watched is None:
            return self.analyse(path, name, flag, dark, request, progress)
        try:
            analysis = self.backend.judge(watched.scan, name)
        except DetectorError as error:
            return self._cleared(answer.failure_card(str(error)))
        return self._show(watch(watched.scan, analysis), dark)

    def not_judged(self) -> Updates:
        """What stands there when the video was not taken: the queue is full."""
        return self._cleared(answer.notice_card(*texts.NOT_TAKEN))

    def stop(self, flag: StopFlag) -> Updates:
        """Ask the work to end at its next frame."""
        flag.event.set()
        return {self.parts.verdict: answer.notice_card(*texts.STOPPING)}

    def forget(self, flag: StopFlag) -> Updates:
        """Back to the beginning; work that still goes on is stopped."""
        flag.event.set()
        hidden = {self.parts.player_part: gr.update(visible=False), self.parts.player: None}
        return {**self._cleared(answer.notice_card(*texts.EMPTY_VIDEO)), **hidden, self.states.path: None}

    def choose_frame(self, watched: Watched | None, event: gr.EventData) -> Updates:
        """Choose a moment by a tile of the gallery or a point of the curve."""
        if watched is None:
            return self._gone()
        time_s = getattr(event, "time_s", None)
        place = watched.gallery[event.index] if time_s is None else watched.nearest(float(time_s))
        return self._show_moment(replace(watched, chosen=place))

    def choose_moment(self, watched: Watched | None, time_s: float) -> Updates:
        """Choose the judged moment nearest to a time."""
        if watched is None:
            return self._gone()
        return self._show_moment(replace(watched, chosen=watched.nearest(time_s)))

    def heat(self, watched: Watched | None, name: str) -> Any:
        """The heat map of the chosen moment's face; none where the detector chosen is not the one that judged
        it.
        """
        if (
            watched is None
            or not watched.moments
            or not self.backend.is_current(watched.analysis.detector, name)
        ):
            return panel.heat_value(None)
        return panel.heat_value(self.backend.heat(watched.score, name))

    def _show(self, watched: Watched, dark: bool) -> Updates:
        parts, analysis = self.parts, watched.analysis
        shown: Updates = {
            self.states.watched: watched,
            parts.verdict: answer.verdict_card(analysis),
            parts.stop: gr.update(visible=False),
            parts.result: gr.update(visible=bool(watched.moments)),
            parts.remarks: answer.remarks(analysis),
            parts.downloads: panel.downloads([analysis], settings=self.backend.settings.of_judging),
            parts.details: answer.details(analysis),
        }
        if not watched.moments:
            return shown
        end_s = analysis.media.duration_s or watched.moments[-1].face.time_s or 1.0
        moment = gr.update(maximum=round(end_s, 1), value=round(watched.score.face.time_s, 1))
        timeline = plots.timeline(analysis, dark)
        return {**shown, parts.timeline: timeline, **self._show_moment(watched), parts.moment: moment}

    def _show_moment(self, watched: Watched) -> Updates:
        parts, time_s = self.parts, watched.score.face.time_s
        tiles = [_tile(watched.moments[place]) for place in watched.gallery]
        chosen = watched.gallery.index(watched.chosen) if watched.chosen in watched.gallery else None
        return {
            self.states.watched: watched,
            parts.player: gr.update(playback_position=time_s),
            parts.moment: gr.update(value=round(time_s, 1)),
            parts.frames: pictures.gallery("Frames", tiles, chosen),
            parts.heat_title: heading(f"{texts.HEAT} at {time_s:.1f} s"),
        }

    def _gone(self) -> Updates:
        words = texts.GONE.format(minutes=self.backend.minutes_kept)
        return {self.states.watched: None, self.parts.heat_title: hint(words)}

    def _cleared(self, card: str) -> Updates:
        parts = self.parts
        return {
            self.states.watched: None,
            parts.verdict: card,
            parts.stop: gr.update(visible=False),
            parts.result: gr.update(visible=False),
            parts.heat: panel.heat_value(None),
            parts.frames: "",
            parts.downloads: "",
            parts.details: "",
            parts.remarks: "",
        }


def _tile(score: FaceScore) -> pictures.Tile:
    return pictures.Tile(
        source=pictures.data_uri(pictures.thumb(score.face)),
        title=f"{score.face.time_s:.1f} s",
        probability=probability_in_words(score.p_fake),
        verdict=pictures.face_verdict(score),
    )
