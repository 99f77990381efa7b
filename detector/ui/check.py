"""The room Check: its layout, and what leads to what."""

from __future__ import annotations

from typing import Any

import gradio as gr

from detector.ui import check_view, examples, live, texts, theme
from detector.ui.check_events import CheckHandlers, Parts
from detector.ui.frame import AT_ONCE, PRIVATE, Frame
from detector.ui.html import render
from detector.zoo.specs import SPECS

LABEL = "Check"


def lay_out(frame: Frame, _tab: gr.Tab) -> None:
    """Lay the room out and wire it."""
    parts = _build(frame)
    do = CheckHandlers(frame, parts)
    at_length: dict[str, Any] = {
        "concurrency_limit": None,  # who waits stands in the backend's own line
        "trigger_mode": "multiple",  # a new choice does not wait for what an earlier one shows
        "show_progress": "hidden",
        **PRIVATE,
    }
    parts.files.upload(do.drop, [parts.files], do.outputs, **at_length)
    parts.bar.select(do.ask, None, do.outputs, **at_length)
    parts.progress.select(do.steer, None, do.outputs, **at_length)
    for part in (parts.answer, parts.picture, parts.maps, parts.row, parts.curve, parts.more, parts.strip):
        part.select(do.act, None, do.outputs, **at_length)
    frame.page.load(lambda: bar(frame), None, parts.bar, **AT_ONCE)


def bar(frame: Frame) -> str:
    """The bar over everything, with the detectors that are published now."""
    backend = frame.backend
    return render(
        "check/bar",
        limits=backend.settings.limits,
        examples=examples.files(),
        specs=[SPECS[name] for name in backend.names()],
    )


def _build(frame: Frame) -> Parts:
    def glance(address: str) -> list[live.Sight]:
        return live.glance(frame.backend, address)

    acting: dict[str, Any] = {"js_on_load": theme.CHECK, "apply_default_css": False}
    bar_part = gr.HTML(bar(frame), elem_id="check-bar", **acting)
    files = gr.File(file_count="multiple", elem_id="check-files", show_label=False, label=texts.DROP)
    camera = gr.HTML(
        render("check/camera"),
        elem_id="check-camera",
        js_on_load=theme.CAMERA,
        server_functions=[glance],
        apply_default_css=False,
    )
    progress = gr.HTML(elem_id="check-progress", **acting)
    with gr.Row(elem_id="check-columns"):
        with gr.Column(elem_id="check-left", min_width=300):
            answer = gr.HTML(check_view.empty(), elem_id="check-answer", **acting)
            saves = gr.HTML(elem_id="check-saves", **acting)
        with gr.Column(elem_id="check-right", min_width=300):
            picture = gr.HTML(elem_id="check-picture", **acting)
            maps = gr.HTML(elem_id="check-maps", **acting)
    curve = gr.HTML(elem_id="check-curve", **acting)
    row = gr.HTML(elem_id="check-row", **acting)
    more = gr.HTML(elem_id="check-more", **acting)
    strip = gr.HTML(elem_id="check-strip", **acting)
    return Parts(
        bar=bar_part,
        files=files,
        camera=camera,
        progress=progress,
        answer=answer,
        saves=saves,
        picture=picture,
        maps=maps,
        curve=curve,
        row=row,
        more=more,
        strip=strip,
    )
