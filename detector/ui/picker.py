"""The choice among all detectors of the zoo, system by system, and what the chosen one is good for."""

from __future__ import annotations

from collections.abc import Container, Mapping
from html import escape
from itertools import groupby
from typing import Any

import gradio as gr

from detector.manifest import Entry, mean_auc
from detector.ui import texts
from detector.ui.backend import Backend
from detector.ui.html import term
from detector.zoo.specs import SPECS, DetectorSpec

FOLLOW = """
const select = element.querySelector('select');
const follow = () => {
  element.querySelectorAll('[data-detector]').forEach((note) => { note.hidden = note.dataset.detector !== select.value; });
};
select.value = props.value;
follow();
select.addEventListener('change', () => { props.value = select.value; follow(); trigger('input'); });
watch(['value', 'choices'], () => { select.value = props.value; follow(); });
"""
"""Keeps the value of the component, the browser's own list and the note under it in step."""


def detector_picker(backend: Backend, elem_id: str) -> gr.HTML:
    """A browser's own list, whose value is the name of a detector: it alone groups, and is known to
    keyboards, phones, screen readers.
    """
    return gr.HTML(
        html_template="${choices}",
        js_on_load=FOLLOW,
        elem_id=elem_id,
        apply_default_css=False,
        **offered(backend, elem_id),
    )


def offered(backend: Backend, elem_id: str) -> dict[str, Any]:
    """What the picker begins with, and goes on with after a publish: its value and its list."""
    chosen = backend.default()
    return {"value": chosen, "choices": _list(backend.entries, chosen, elem_id)}


def _list(entries: Mapping[str, Entry], chosen: str, elem_id: str) -> str:
    trained = sum(name in entries for name in SPECS)
    groups = "".join(
        "<optgroup"
        f' label="{escape(system, quote=True)}">{"".join(_option(spec, entries, chosen) for spec in specs)}</optgroup>'
        for system, specs in groupby(SPECS.values(), lambda spec: spec.system)
    )
    notes = "".join(
        f'<p data-detector="{name}"{"" if name == chosen else " hidden"}>{note(spec, entries.get(name))}</p>'
        for name, spec in SPECS.items()
    )
    info = texts.DETECTOR_INFO.format(trained=trained, all=len(SPECS))
    return (
        f'<div class="picker"><label for="{elem_id}-list">{texts.DETECTOR_LABEL}</label><p class="info"'
        f' id="{elem_id}-info">{info}</p><select id="{elem_id}-list" aria-describedby="{elem_id}-info'
        f' {elem_id}-note">{groups}</select><div class="note" id="{elem_id}-note"'
        f' aria-live="polite">{notes}</div></div>'
    )


def _option(spec: DetectorSpec, entries: Container[str], chosen: str) -> str:
    selected = " selected" if spec.name == chosen else ""
    if spec.name in entries:
        return f'<option value="{spec.name}"{selected}>{escape(spec.title)}</option>'
    words = texts.NOT_TRAINED.replace(" ", "&nbsp;")
    return f'<option value="{spec.name}" class="untrained">{escape(spec.title)} ({words})</option>'


def note(spec: DetectorSpec, entry: Entry | None) -> str:
    """HTML of what `spec` is good for and how it measured, or that it is not trained (None)."""
    if entry is None:
        return (
            f"<strong>{texts.NOT_TRAINED.capitalize()}.</strong> {escape(spec.good_for)} {texts.NO_WEIGHTS}"
        )
    figures = texts.PICKED_FIGURES.format(
        auc=term("AUC"),
        in_domain=term("in-domain"),
        test=_figure(mean_auc(entry.metrics.test)),
        cross_dataset=term("cross-dataset"),
        cross=_figure(mean_auc(entry.metrics.cross)),
    )
    return f"{escape(spec.good_for)} {figures}"


def _figure(auc: float | None) -> str:
    return texts.NOT_MEASURED if auc is None else f"<strong>{auc:.3f}</strong>"
