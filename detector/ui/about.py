"""The tab About: what Unblend can tell, how, from what it learned, and on which terms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import gradio as gr
from markupsafe import Markup

from detector.manifest import Entry
from detector.ui.backend import Backend
from detector.ui.frame import AT_ONCE, Frame
from detector.ui.html import render
from detector.ui.lineage import earlier_of
from detector.zoo.specs import SPECS

LABEL = "About"

COLLECTIONS = {
    "dfdc": ("Deepfake Detection Challenge (DFDC)", "faces of actors, genuine and swapped"),
    "stylegan1": ("140k Real and Fake Faces", "Flickr-Faces-HQ photographs, and StyleGAN faces"),
    "ffhq": ("Flickr-Faces-HQ", "photographs"),
    "stylegan2": ("StyleGAN2 portraits", "generated faces"),
    "text2image": ("FLUX.1, SDXL and DALL-E 3 portraits", "generated faces"),
    "aaf": ("All-Age-Faces", "genuine faces from 2 to 80 years, mostly East Asian"),
    "utkface": ("UTKFace", "genuine faces of all ages and skin tones"),
    "staff": ("Staff portraits of a government office", "genuine faces, CC0"),
    "selfies": ("Web selfies and identity photographs", "genuine faces"),
    "press": ("Press photographs", "genuine faces"),
    "profiles": ("Profile photographs of a community", "genuine faces"),
    "sd3": ("Stable Diffusion 3 portraits", "generated faces, CC0"),
    "e4e": (
        "StyleGAN2 inversions (encoder4editing)",
        "generated faces",
    ),
    "seegma": ("Seegma", "StyleGAN2 faces, and photographs"),
    "talk": ("Loopy, VASA-1 and OmniHuman-1", "frames of talking heads made from one picture"),
}
"""Collections that training may draw from by what an index calls them: the full name, and what is in it."""


@dataclass(frozen=True)
class Collection:
    """A collection by its full name, what is in it, and the detectors that saw it; empty `used_by`: all."""

    name: str
    what: str
    used_by: tuple[str, ...]


def lay_out(frame: Frame, _tab: gr.Tab) -> None:
    """One text; whoever opens the page after a publish reads what is published now."""
    about = gr.HTML(about_html(frame.backend), elem_id="about")
    frame.page.load(lambda: about_html(frame.backend), None, about, **AT_ONCE)


def about_html(backend: Backend) -> Markup:
    """The text, with what is published now."""
    return page(backend.entries, backend.minutes_kept)


def page(entries: Mapping[str, Entry], minutes_kept: str) -> Markup:
    """The whole text."""
    return render("about", collections=collections(entries), minutes=minutes_kept)


def collections(entries: Mapping[str, Entry]) -> list[Collection]:
    """What the published detectors of the zoo were trained on, with what each went on from, in the order of
    `COLLECTIONS`; one that is not listed there has the name that the index gives it.
    """
    sources_of = {}
    for name in (name for name in entries if name in SPECS):
        earlier = earlier_of(name, entries)
        mine = set(entries[name].trained_on.sources)
        sources_of[name] = mine | set(entries[earlier].trained_on.sources if earlier else ())
    known = list(COLLECTIONS)
    found = sorted(
        set().union(*sources_of.values()),
        key=lambda source: (known.index(source) if source in COLLECTIONS else len(known), source),
    )
    told = []
    for source in found:
        used_by = tuple(SPECS[name].short for name, sources in sources_of.items() if source in sources)
        everywhere = len(used_by) == len(sources_of)
        told.append(Collection(*COLLECTIONS.get(source, (source, "")), () if everywhere else used_by))
    return told
