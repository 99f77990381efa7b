"""The tab Compare: one face, all trained detectors side by side."""

from __future__ import annotations

from typing import Any

import gradio as gr

from detector.ui import compare_view, theme
from detector.ui.compare_events import CompareHandlers, Parts
from detector.ui.compare_values import Change
from detector.ui.frame import PRIVATE, Frame
from detector.ui.html import render

LABEL = "Compare"

CHANGES = {
    Change.JPEG: "JPEG",
    Change.SIZE: "size",
    Change.MIRROR: "mirror",
    Change.BLUR: "blur",
    Change.NOISE: "noise",
}
"""Changes in words, in their order."""

STATUS = "element.setAttribute('role', 'status')"
"""What is written here is read out."""


def lay_out(frame: Frame, tab: gr.Tab) -> None:
    """Fill the tab, and wire what is in it; the face on Check is taken when the tab is opened."""
    keep_s = frame.backend.settings.keep_uploads_s
    gr.HTML(render("compare/lead"), padding=False)
    with gr.Row(elem_classes="columns"):
        with gr.Column(scale=3, min_width=260):
            drop = gr.File(label="Picture", elem_id="compare-drop", elem_classes="drop", height=132)
        with gr.Column(scale=5, min_width=300):
            tiles = gr.HTML(compare_view.tiles(), js_on_load=theme.PICK, padding=False)
    status = gr.HTML("", js_on_load=STATUS, elem_id="compare-status", padding=False)
    faces = gr.HTML("", js_on_load=theme.ACT, elem_id="compare-faces", padding=False)
    rows = gr.HTML("", elem_id="compare-rows", padding=False)
    with gr.Column(visible=False, elem_id="compare-more") as more:
        strips = gr.HTML("", elem_id="compare-strips", padding=False)
        changes = gr.HTML(render("compare/changes", changes=CHANGES), js_on_load=theme.ACT, padding=False)
        curves = gr.HTML("", elem_id="compare-curves", padding=False)
        gr.HTML(render("compare/again"), padding=False)
        again = gr.Button("Save it again and ask", elem_id="compare-again", size="sm")
        deliveries = gr.HTML("", js_on_load=STATUS, elem_id="compare-deliveries", padding=False)
    compared = gr.State(None, time_to_live=keep_s)
    change = gr.State(Change.JPEG)
    parts = Parts(compared, change, status, faces, rows, more, strips, curves, deliveries)
    do = CompareHandlers(frame.backend, parts)
    quiet: dict[str, Any] = {"outputs": parts.outputs, "show_progress": "hidden", **PRIVATE}
    tab.select(do.enter, [compared, change], **quiet)
    tiles.select(do.open_example, [change], **quiet)
    drop.upload(do.open_file, [drop, change], **quiet)
    faces.select(do.choose, [compared, change], **quiet)
    changes.select(
        do.change, [compared], [change, curves], show_progress="hidden", trigger_mode="always_last", **PRIVATE
    )
    again.click(do.save_again, [compared], [deliveries], show_progress="minimal", **PRIVATE)
    frame.page.unload(do.forget)
