"""The choice among all detectors of the zoo, system by system, and what the chosen one is good for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import gradio as gr
from markupsafe import Markup

from detector.manifest import Entry
from detector.metrics import mean_auc
from detector.ui import theme
from detector.ui.backend import Backend
from detector.ui.frame import AT_ONCE, Frame
from detector.ui.html import render
from detector.zoo.specs import SPECS, DetectorSpec


@dataclass(frozen=True)
class Offer:
    """A detector of the list; its mean AUC is None where it was not measured."""

    spec: DetectorSpec
    trained: bool
    in_domain: float | None = None
    cross: float | None = None


def detector_picker(backend: Backend, elem_id: str) -> gr.HTML:
    """A browser's own list, whose value is the name of a detector: it alone groups, and is known to
    keyboards, phones, screen readers.
    """
    return gr.HTML(
        html_template="${choices}",
        js_on_load=theme.FOLLOW,
        elem_id=elem_id,
        apply_default_css=False,
        **offered(backend, elem_id),
    )


def follow_publishing(frame: Frame, picker: gr.HTML) -> None:
    """Whoever opens the page after a publish chooses among what is published now."""
    backend, at_start = frame.backend, frame.backend.default()

    def published_now() -> Any:
        # never a gr.skip(): it empties a picker whose tab was not opened yet
        offer = offered(backend, str(picker.elem_id))
        if offer["value"] == at_start:
            del offer["value"]  # the visitor may have chosen already
        return gr.update(**offer)

    frame.page.load(published_now, None, picker, **AT_ONCE)


def offered(backend: Backend, elem_id: str) -> dict[str, Any]:
    """What the picker begins with, and goes on with after a publish: its value and its list."""
    chosen = backend.default()
    return {"value": chosen, "choices": offer_list(backend.entries, chosen, elem_id)}


def offer_list(entries: Mapping[str, Entry], chosen: str, elem_id: str) -> Markup:
    """Every detector of the zoo under its system, and a note on each: that of the chosen one is seen."""
    offers = [_offer(spec, entries.get(name)) for name, spec in SPECS.items()]
    systems = groupby(offers, key=lambda offer: offer.spec.system)
    return render(
        "picker",
        elem_id=elem_id,
        chosen=chosen,
        offers=offers,
        systems=[(system, list(members)) for system, members in systems],
        trained=sum(offer.trained for offer in offers),
    )


def _offer(spec: DetectorSpec, entry: Entry | None) -> Offer:
    if entry is None:
        return Offer(spec, False)
    return Offer(spec, True, mean_auc(entry.metrics.test), mean_auc(entry.metrics.cross))
