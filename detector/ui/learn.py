"""The tab Learn: four things to do in ten minutes, with nothing to read first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from detector.ui import learn_lab, pictures, theme
from detector.ui.frame import AT_ONCE, PRIVATE, Frame
from detector.ui.html import render
from detector.ui.learn_events import GameHandlers, LabHandlers, Tried
from detector.ui.learn_lab import Lab, Subject

LABEL = "Learn"

STEPS = (
    ("You or the machine", "ten pairs"),
    ("Blend it yourself", "a fake, made by you"),
    ("Why only weak?", "a slider and the odds"),
    ("Fool it", "JPEG and noise"),
)

SHAPES = (
    ("Whole face", "hull"),
    ("Without forehead", "components"),
    ("Eyes", "eyes"),
    ("Nose", "nose"),
    ("Mouth", "mouth"),
)
"""Words of a mask, and its name in `detector.blending`."""

RATIOS = ((3, "weak"), (10, "moderate"), (30, "moderate"), (100, "moderately strong"))
"""Likelihood ratios to try, and what they are called (structures.Strength)."""

PRIORS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9, 0.98)
"""Shares of fakes to try, after "no assumption"."""

THUMB_PX = 96


@dataclass(frozen=True, eq=False)
class Controls:
    """What somebody sets in a part of the lab, and where its outcome stands."""

    subjects: gr.HTML
    sliders: list[gr.Radio | gr.Slider]
    outcome: gr.HTML


def lay_out(frame: Frame, tab: gr.Tab) -> None:
    """Fill the tab, and wire what is in it."""
    lab = Lab(frame.backend)
    keep_s = frame.backend.settings.keep_uploads_s
    with gr.Column(elem_id="learn"):
        steps = gr.HTML(
            render("learn/steps", steps=STEPS), js_on_load="unblend.steps(element, trigger)", padding=False
        )
        with gr.Column(elem_classes="learn-step learn-step-1"):
            board = gr.HTML(
                js_on_load=f"{theme.ACT}; unblend.attend(element)", elem_id="learn-board", padding=False
            )
        with gr.Column(elem_classes="learn-step learn-step-2"):
            blending = _blend_controls()
        with gr.Column(elem_classes="learn-step learn-step-3"):
            gr.HTML(
                render("learn/why", ratios=RATIOS, stops=PRIORS),
                js_on_load="unblend.why(element)",
                padding=False,
            )
        with gr.Column(elem_classes="learn-step learn-step-4"):
            fooling = _fool_controls()
    _wire_game(GameHandlers(lab, board, gr.State(None, time_to_live=keep_s)), steps)
    labs = LabHandlers(frame.backend, lab)
    _wire_blend(labs, blending, steps, gr.State(0))
    _wire_fool(labs, fooling, steps, gr.State(Tried(), time_to_live=keep_s))


def _subjects(legend: str, name: str, subjects: tuple[Subject, ...]) -> gr.HTML:
    thumbs = [
        (subject.title, pictures.data_uri(pictures.shrunk(pictures.read(subject.path), THUMB_PX)))
        for subject in subjects
    ]
    return gr.HTML(
        render("learn/subjects", legend=legend, group=name, subjects=thumbs),
        js_on_load=theme.ACT,
        padding=False,
    )


def _blend_controls() -> Controls:
    gr.HTML(render("learn/blend_lead"), padding=False)
    with gr.Row(elem_classes="columns"):
        with gr.Column(scale=4, min_width=280, elem_classes="controls"):
            subjects = _subjects("Whose face?", "blend-subject", learn_lab.to_blend())
            shape = gr.Radio(list(SHAPES), value="hull", label="Mask", info="What is replaced.")
            shift = gr.Slider(
                -100,
                100,
                40,
                step=5,
                label="Shift",
                info="How far aside the copy lies.",
                elem_id="blend-shift",
            )
            feather = gr.Slider(
                0, 100, 30, step=5, label="Feather", info="How soft its edge is.", elem_id="blend-feather"
            )
            ratio = gr.Slider(
                0,
                100,
                100,
                step=5,
                label="Ratio",
                info="How much of the copy: 0 is none.",
                elem_id="blend-ratio",
            )
        with gr.Column(scale=7, min_width=300):
            outcome = gr.HTML(elem_id="learn-blended", padding=False)
    return Controls(subjects, [shape, shift, feather, ratio], outcome)


def _fool_controls() -> Controls:
    gr.HTML(render("learn/fool_lead"), padding=False)
    with gr.Row(elem_classes="columns"):
        with gr.Column(scale=4, min_width=280, elem_classes="controls"):
            subjects = _subjects("Which fake?", "fool-subject", learn_lab.to_fool())
            quality = gr.Slider(
                5,
                100,
                100,
                step=5,
                label="JPEG quality",
                info="100: not saved again.",
                elem_id="fool-quality",
            )
            sigma = gr.Slider(
                0, 40, 0, step=2, label="Noise", info="Grain, as in a dark photo.", elem_id="fool-noise"
            )
        with gr.Column(scale=7, min_width=300):
            outcome = gr.HTML(elem_id="learn-fooled", padding=False)
    return Controls(subjects, [quality, sigma], outcome)


def _wire_game(do: GameHandlers, steps: gr.HTML) -> None:
    ask: dict[str, Any] = {
        "fn": do.ask_machines,
        "inputs": [do.game],
        "outputs": do.outputs,
        "show_progress": "hidden",
        "trigger_mode": "multiple",  # a guess may come while the machines look already
        **PRIVATE,
    }
    steps.select(do.begin, [do.game], do.outputs, **AT_ONCE).then(**ask)
    do.board.select(do.act, [do.game], do.outputs, **AT_ONCE).then(**ask)


def _wire_blend(do: LabHandlers, parts: Controls, steps: gr.HTML, subject: gr.State) -> None:
    show: dict[str, Any] = {
        "fn": do.blend,
        "inputs": [subject, *parts.sliders],
        "outputs": parts.outcome,
        "show_progress": "hidden",
        "trigger_mode": "always_last",
        **PRIVATE,
    }
    for control in parts.sliders:
        control.input(**show)
    parts.subjects.select(do.choose, None, subject, **AT_ONCE).then(**show)
    steps.select(**{**show, "fn": do.enter_blending})


def _wire_fool(do: LabHandlers, parts: Controls, steps: gr.HTML, tried: gr.State) -> None:
    show: dict[str, Any] = {
        "fn": do.fool,
        "inputs": [tried, *parts.sliders],
        "outputs": [tried, parts.outcome],
        "show_progress": "hidden",
        "trigger_mode": "always_last",
        **PRIVATE,
    }
    for control in parts.sliders:
        control.input(**show)
    parts.subjects.select(do.choose_fake, None, tried, **AT_ONCE).then(**show)
    steps.select(**{**show, "fn": do.enter_fooling})
