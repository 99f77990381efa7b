"""The maps of the chosen face: what pushed the network, what it attended to, where it was altered."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from detector.errors import DetectorError
from detector.ui import pictures, texts
from detector.ui.backend import Backend
from detector.ui.html import render
from detector.ui.visits import Looked


@dataclass(frozen=True)
class Map:
    """One map over a face: its picture as an address, or why there is none."""

    kind: str
    label: str
    source: str = ""
    caption: str = ""
    missing: str = ""


def maps_html(backend: Backend, looked: Looked) -> Markup | str:
    """The face with its maps; drawn once for each face and detector."""
    score = looked.score
    if score is None:
        return ""
    key = ("maps", looked.detector, looked.person, looked.moment)
    if key not in looked.drawn:
        try:
            heat = backend.heat(score, looked.detector)
        except DetectorError:
            return ""
        looked.drawn[key] = render(
            "check/maps",
            title=texts.MAP,
            face=pictures.data_uri(heat.crop),
            maps=[
                Map(
                    "pushed",
                    "pushed to fake",
                    pictures.data_uri(heat.overlay, lossless=True),
                    "Where it pushed",
                )
            ],
            legend="",
            note="",
        )
    told: Markup = looked.drawn[key]
    return told
