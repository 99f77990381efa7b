"""The tab Photo: its layout, and what leads to what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gradio as gr

from detector.ui import examples, panel, texts, theme
from detector.ui.backend import ONE_AT_A_TIME, Backend
from detector.ui.frame import Frame
from detector.ui.html import heading, hint
from detector.ui.photo_events import Many, PhotoHandlers
from detector.ui.picker import detector_picker, follow_publishing

if TYPE_CHECKING:
    pass

TABLE_HEADINGS = ["No.", "File", "Verdict", "Probability of a fake", "Faces", "Remarks"]


@dataclass(frozen=True, eq=False)
class Choices:
    """The controls that say what is judged and how."""

    drop: gr.File
    camera: gr.Image
    examples: gr.HTML
    detector: gr.HTML
    cropped: gr.Checkbox


LABEL = "Photo"


def lay_out(frame: Frame, _tab: gr.Tab) -> None:
    """Lay the tab out and wire it."""
    backend = frame.backend
    with gr.Row(elem_classes="columns"):
        with gr.Column(scale=4, min_width=300, elem_classes="asking"):
            choices = _build_choices(backend)
        with gr.Column(scale=7, min_width=320, elem_classes="answering"):
            with gr.Column(visible=False) as part:
                table = gr.Dataframe(
                    headers=TABLE_HEADINGS,
                    datatype=["number", "str", "str", "str", "number", "str"],
                    label=texts.TABLE_LABEL,
                    interactive=False,
                    elem_id="photo-table",
                    max_height=360,
                    buttons=[],
                )
                gr.HTML(hint(texts.TABLE_HINT))
                many = Many(part=part, table=table, downloads=gr.HTML())
            parts = panel.build_panel()
    paths = gr.State((), time_to_live=backend.settings.keep_uploads_s)
    shown = gr.State(None, time_to_live=backend.settings.keep_uploads_s)
    _wire(PhotoHandlers(backend, parts, many, paths, shown, gr.State(False)), choices)
    follow_publishing(frame, choices.detector)


def _build_choices(backend: Backend) -> Choices:
    limits = backend.settings.limits
    drop = gr.File(
        label=texts.PHOTO_LABEL, file_count="multiple", elem_id="photo-drop", elem_classes="drop", height=176
    )
    kinds = texts.PHOTO_KINDS.format(photo_mb=limits.photo_mb, minutes=backend.minutes_kept)
    gr.HTML(hint(f"{texts.PHOTO_ASK} {kinds}"))
    with gr.Accordion(texts.CAMERA_LABEL, open=False):
        camera = gr.Image(
            label=texts.CAMERA_LABEL,
            sources=["webcam"],
            type="filepath",
            image_mode=None,
            format="png",
            show_label=False,
            height=260,
            elem_id="camera",
        )
        gr.HTML(hint(texts.CAMERA_HINT))
    gr.HTML(heading(texts.EXAMPLES))
    tiles = gr.HTML(examples.tiles("photo"), js_on_load=theme.PICK, elem_id="photo-examples")
    detector = detector_picker(backend, "photo-detector")
    cropped = gr.Checkbox(label=texts.CROPPED_LABEL, info=texts.CROPPED_INFO, elem_id="photo-cropped")
    return Choices(drop=drop, camera=camera, examples=tiles, detector=detector, cropped=cropped)


def _wire(do: PhotoHandlers, choices: Choices) -> None:
    private: dict[str, Any] = {"api_visibility": "private"}
    how = [choices.detector, choices.cropped]
    working: dict[str, Any] = {
        "show_progress_on": [do.panel.verdict],
        "show_progress": "minimal",
        **ONE_AT_A_TIME,
        **private,
    }
    heat: dict[str, Any] = {
        "fn": do.look,
        "inputs": [do.shown, choices.detector, do.unfolded],
        "outputs": [do.panel.heat, do.panel.planes],
        "show_progress_on": [do.panel.heat],
        **ONE_AT_A_TIME,
        **private,
    }
    at_once: dict[str, Any] = {"queue": False, "show_progress": "hidden", **private}
    for judged in (
        gr.on(
            [choices.drop.upload, choices.drop.delete],
            do.judge_files,
            [choices.drop, *how],
            do.outputs,
            **working,
        ),
        choices.camera.input(do.judge_camera, [choices.camera, *how], do.outputs, **working),
        choices.examples.select(do.judge_example, how, do.outputs, **working),
        choices.detector.input(
            do.judge_again, [do.paths, do.shown, *how], do.outputs, trigger_mode="always_last", **working
        ),
        choices.cropped.input(do.judge_paths, [do.paths, *how], do.outputs, **working),
        do.many.table.select(do.open_line, [do.paths, *how], do.outputs, **working),
    ):
        judged.success(**heat)
        judged.failure(do.not_judged, None, do.outputs, **at_once)
    choices.drop.clear(do.forget, None, do.outputs, **at_once)
    for clickable in (do.panel.picture, do.panel.faces):
        chosen = [do.shown, do.panel.picture, do.panel.faces, do.panel.heat_title]
        clickable.select(do.choose_face, [do.shown], chosen, **at_once).then(**heat)
    do.panel.planes_part.expand(do.unfold, [do.shown], [do.unfolded, do.panel.planes], **at_once)
    do.panel.planes_part.collapse(do.fold, None, [do.unfolded], **at_once)
