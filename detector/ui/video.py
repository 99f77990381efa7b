"""The tab Video: its layout, and what leads to what."""

from __future__ import annotations

from typing import Any

import gradio as gr

from detector.ui import answer, examples, panel, texts, theme
from detector.ui.backend import ONE_AT_A_TIME
from detector.ui.cancellation import StopFlag
from detector.ui.frame import Frame
from detector.ui.html import heading, hint
from detector.ui.picker import detector_picker, follow_publishing
from detector.ui.video_events import Parts, States, VideoHandlers

LABEL = "Video"


def lay_out(frame: Frame, _tab: gr.Tab) -> None:
    """Lay the tab out and wire it."""
    backend = frame.backend
    limits, keep_s = backend.settings.limits, backend.settings.keep_uploads_s
    with gr.Row(elem_classes="columns"):
        with gr.Column(scale=4, min_width=300, elem_classes="asking"):
            drop = gr.File(
                label=texts.VIDEO_LABEL,
                file_count="single",
                elem_id="video-drop",
                elem_classes="drop",
                height=176,
            )
            kinds = texts.VIDEO_KINDS.format(
                video_mb=limits.video_mb, video_minutes=limits.minutes, minutes=backend.minutes_kept
            )
            gr.HTML(hint(f"{texts.VIDEO_ASK} {kinds}"))
            gr.HTML(heading(texts.EXAMPLES))
            tiles = gr.HTML(examples.tiles("video"), js_on_load=theme.PICK, elem_id="video-examples")
            name = detector_picker(backend, "video-detector")
        with gr.Column(scale=7, min_width=320, elem_classes="answering"):
            parts = _build_parts()
    states = States(
        path=gr.State(None, time_to_live=keep_s),
        watched=gr.State(None, time_to_live=keep_s),
        flag=gr.State(StopFlag()),
    )
    _wire(VideoHandlers(backend, parts, states), drop, tiles, name, frame.dark)
    follow_publishing(frame, name)


def _build_parts() -> Parts:
    verdict = gr.HTML(answer.notice_card(*texts.EMPTY_VIDEO), elem_id="video-verdict")
    stop = gr.Button(texts.STOP, variant="stop", visible=False, elem_id="video-stop")
    with gr.Column(visible=False) as player_part:
        player = gr.Video(
            label=texts.VIDEO_SHOWN,
            show_label=False,
            interactive=False,
            height=360,
            buttons=[],
            elem_id="video-player",
        )
        copied = gr.HTML(visible=False)
    with gr.Column(visible=False, elem_classes="result") as result:
        gr.HTML(heading(texts.TIMELINE, texts.TIMELINE_HINT))
        timeline = gr.Plot(label=texts.TIMELINE, show_label=False, elem_id="timeline")
        moment = gr.Slider(
            0, 1, 0, step=0.1, label=texts.MOMENT_LABEL, info=texts.MOMENT_INFO, elem_id="video-moment"
        )
        gr.HTML(heading(texts.FRAMES))
        frames = gr.HTML(js_on_load=theme.PICK_MOMENT, elem_id="video-frames")
        heat_title = gr.HTML()
        heat = panel.heat_slider("video-heat")
        remarks = gr.HTML(elem_id="video-remarks")
        downloads = gr.HTML(elem_id="video-downloads")
        with gr.Accordion(texts.DETAILS, open=False):
            details = gr.HTML(elem_id="video-details")
    return Parts(
        verdict=verdict,
        stop=stop,
        player_part=player_part,
        player=player,
        copied=copied,
        result=result,
        timeline=timeline,
        moment=moment,
        frames=frames,
        heat_title=heat_title,
        heat=heat,
        remarks=remarks,
        downloads=downloads,
        details=details,
    )


def _wire(do: VideoHandlers, drop: gr.File, tiles: gr.HTML, name: gr.HTML, dark: gr.Checkbox) -> None:
    parts, states = do.parts, do.states
    private: dict[str, Any] = {"api_visibility": "private"}
    at_once = {"queue": False, "show_progress": "hidden", **private}
    working = {"show_progress_on": [parts.verdict], **ONE_AT_A_TIME, **private}
    heat = {
        "inputs": [states.watched, name],
        "outputs": [parts.heat],
        "show_progress_on": [parts.heat],
        **ONE_AT_A_TIME,
        **private,
    }
    uploaded = drop.upload(do.begin, [drop, states.flag], do.outputs, **at_once)
    picked = tiles.select(do.begin_example, [states.flag], do.outputs, **at_once)
    for begun in (uploaded, picked):
        begun.then(
            do.play,
            [states.path],
            [parts.player_part, parts.player, parts.copied],
            show_progress="hidden",
            **private,
        )
        judged = begun.then(do.analyse, [states.path, name, states.flag, dark], do.outputs, **working)
        judged.success(do.heat, **heat)
        judged.failure(do.not_judged, None, do.outputs, **at_once)
    parts.stop.click(do.stop, [states.flag], [parts.verdict], **at_once)
    drop.clear(do.forget, [states.flag], do.outputs, **at_once)
    asked = [states.path, states.watched, name, states.flag]
    again = name.input(
        do.begin_again, asked, [parts.verdict, parts.stop], trigger_mode="always_last", **at_once
    ).then(do.judge_again, [*asked, dark], do.outputs, trigger_mode="always_last", **working)
    again.success(do.heat, **heat)
    again.failure(do.not_judged, None, do.outputs, **at_once)
    moved = [states.watched, parts.player, parts.moment, parts.frames, parts.heat_title]
    parts.frames.select(do.choose_frame, [states.watched], moved, **at_once).then(do.heat, **heat)
    parts.moment.release(do.choose_moment, [states.watched, parts.moment], moved, **at_once).then(
        do.heat, **heat
    )
