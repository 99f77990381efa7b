"""The maps of the chosen face: what pushed the network, what it attended to, where it was altered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from markupsafe import Markup

from detector.errors import DetectorError
from detector.explain.maps import Method
from detector.ui import pictures, texts
from detector.ui.backend import Backend
from detector.ui.explaining import LAYER_PX, Layer, Maps
from detector.ui.html import render
from detector.ui.visits import Looked

LEGEND_PX = 256
"""Width of the strip of colours; the style sheet stretches it."""

PUSHED, ATTENDED = ("pushed", texts.PUSHED), ("attended", texts.ATTENDED)


@dataclass(frozen=True)
class Map:
    """One map over a face: its picture as an address, or why there is none."""

    kind: str
    label: str
    source: str = ""
    caption: str = ""
    alt: str = ""
    missing: str = ""
    trust: str = ""


def maps_html(backend: Backend, looked: Looked) -> Markup | str:
    """The face with its maps; drawn once for each face and detector."""
    score = looked.score
    if score is None:
        return ""
    key = ("maps", looked.detector, looked.person, looked.moment)
    if key not in looked.drawn:
        try:
            found = backend.maps(score, looked.detector)
        except DetectorError as fault:
            return render("hint", text=str(fault), classes="hint")
        looked.drawn[key] = _panel(found, looked)
    told: Markup = looked.drawn[key]
    return told


def _panel(found: Maps, looked: Looked) -> Markup:
    from detector.explain.overlay import legend

    return render(
        "check/maps",
        title=texts.MAP,
        face=pictures.data_uri(found.crop.image),
        maps=[*map(_map, found.layers), *_altered(found, looked)],
        legend=pictures.data_uri(legend(LEGEND_PX, 1), lossless=True),
        note=texts.MAP_NOTE,
    )


def _map(layer: Layer) -> Map:
    kind, label = PUSHED if Method(layer.method).is_signed else ATTENDED
    if layer.image is None:
        return Map(kind, label, missing=layer.missing)
    return Map(
        kind,
        label,
        pictures.data_uri(layer.image, lossless=True),
        layer.caption,
        layer.alt,
        trust=layer.trust,
    )


def _altered(found: Maps, looked: Looked) -> Iterator[Map]:
    """Where a picture that was made here was altered; nothing of any other."""
    from detector.explain.overlay import mask_in_crop, mask_layer

    if looked.altered is None:
        return
    mask = mask_in_crop(looked.altered, found.crop)
    if mask.max() > 0:
        source = pictures.data_uri(mask_layer(mask, LAYER_PX), lossless=True)
        yield Map("altered", texts.ALTERED, source, texts.ALTERED_CAPTION, texts.ALTERED_CAPTION)
    else:
        yield Map("altered", texts.ALTERED, missing=texts.NOT_ALTERED)
