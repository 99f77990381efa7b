"""The tab Batch: many files at once, sorted by strength of evidence."""

from __future__ import annotations

from typing import Any

import gradio as gr

from detector.ui import theme
from detector.ui.batch_events import EMPTY, FORMATS, BatchHandlers, Parts
from detector.ui.frame import AT_ONCE, PRIVATE, Frame
from detector.ui.html import render
from detector.ui.visits import ALL
from detector.zoo.specs import SPECS

LABEL = "Batch"


def lay_out(frame: Frame, _tab: gr.Tab) -> None:
    """Fill the tab, and wire what is in it."""
    with gr.Column(elem_id="batch"):
        parts, folder = _build(frame)
    do = BatchHandlers(frame, parts)
    at_length: dict[str, Any] = {"concurrency_limit": None, "show_progress": "hidden", **PRIVATE}
    for source in (parts.drop, folder):
        source.upload(do.drop, [source, parts.detector], do.outputs, **at_length)
    frame.several.change(do.drop, [frame.several, parts.detector], do.outputs, **at_length)
    parts.detector.input(do.ask, [parts.detector], do.outputs, **at_length)
    for part in (parts.status, parts.files):
        part.select(do.act, None, do.outputs, **at_length)
    parts.files.select(do.open, None, parts.opened, **at_length).then(
        None, [parts.opened], None, js="(key) => unblend.openFile(key)", **AT_ONCE
    )
    frame.page.load(lambda: gr.update(choices=_choices(frame)), None, parts.detector, **AT_ONCE)
    frame.page.unload(do.leave)


def _choices(frame: Frame) -> list[tuple[str, str]]:
    """The detectors that are published now."""
    return [("All detectors", ALL), *((SPECS[name].short, name) for name in frame.backend.names())]


def _build(frame: Frame) -> tuple[Parts, gr.UploadButton]:
    """The components, and the button that takes a folder."""
    gr.HTML(render("batch/lead", minutes=frame.backend.minutes_kept), padding=False)
    with gr.Row(elem_classes="upload asking"):
        drop = gr.File(
            label="Photos, videos or a folder",
            file_count="multiple",
            elem_id="batch-drop",
            elem_classes="upload",
            height=150,
            scale=3,
            min_width=280,
        )
        with gr.Column(scale=1, min_width=220):
            detector = gr.Dropdown(
                _choices(frame), value=ALL, label="Detectors", filterable=False, elem_id="batch-detector"
            )
            folder = gr.UploadButton(
                "Choose a folder", file_count="directory", elem_id="batch-folder", elem_classes="upload"
            )
    status = gr.HTML(
        render("batch/empty", heading=EMPTY[0], words=EMPTY[1]),
        elem_id="batch-status",
        padding=False,
        js_on_load=f"{theme.ACT}; unblend.attend(element); unblend.dropFolders()",
    )
    with gr.Row(visible=False, elem_id="batch-saves") as saves:
        buttons = {
            suffix: gr.DownloadButton(label, visible=False, size="md") for suffix, label in FORMATS.items()
        }
    files = gr.HTML(elem_id="batch-files", padding=False, js_on_load=theme.ACT)
    parts = Parts(
        drop=drop,
        detector=detector,
        status=status,
        files=files,
        saves=saves,
        buttons=buttons,
        opened=gr.Textbox(visible=False),
    )
    return parts, folder
