"""The tab About: what is published, in plain words; every figure is a measured one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath

import gradio as gr
from markupsafe import Markup

from detector.manifest import Entry
from detector.metrics import mean_auc
from detector.ui.backend import Backend
from detector.ui.frame import AT_ONCE, Frame
from detector.ui.html import render
from detector.zoo.specs import SPECS


@dataclass(frozen=True)
class Trained:
    """What a detector was trained on, and its mean AUC (None: not measured).

    `went_on_from` is a shipped detector whose weights training began from.
    """

    title: str
    samples: int
    sources: tuple[str, ...]
    in_domain: float | None
    cross: float | None
    went_on_from: Trained | None = None


LABEL = "About"


def lay_out(frame: Frame, _tab: gr.Tab) -> None:
    """One text; whoever opens the page after a publish reads what is published now."""
    about = gr.HTML(about_html(frame.backend), elem_id="about")
    frame.page.load(lambda: about_html(frame.backend), None, about, **AT_ONCE)


def about_html(backend: Backend) -> Markup:
    """The text, with the figures of what is published now."""
    return page(backend.entries, backend.minutes_kept)


def page(entries: Mapping[str, Entry], minutes_kept: str) -> Markup:
    """The whole text."""
    return render("about", trained=trained(entries), minutes=minutes_kept)


def trained(entries: Mapping[str, Entry]) -> list[Trained]:
    """What each detector was trained on, told with what it went on from."""
    names = {entry.file: name for name, entry in entries.items()}
    told = []
    for name, entry in entries.items():
        start = PurePath(entry.trained_on.start or "")
        earlier = names.get(start.name, start.stem)
        went_on_from = _trained(earlier, entries[earlier]) if earlier in entries else None
        told.append(_trained(name, entry, went_on_from))
    return told


def _trained(name: str, entry: Entry, went_on_from: Trained | None = None) -> Trained:
    return Trained(
        title=_title(name),
        samples=entry.trained_on.samples,
        sources=tuple(entry.trained_on.sources),
        in_domain=mean_auc(entry.metrics.test),
        cross=mean_auc(entry.metrics.cross),
        went_on_from=went_on_from,
    )


def _title(name: str) -> str:
    return SPECS[name].title if name in SPECS else name
