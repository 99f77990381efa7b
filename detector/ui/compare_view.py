"""The HTML of the tab Compare."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import TYPE_CHECKING

from markupsafe import Markup

from detector.explain.maps import Lack, Missing
from detector.faces.crop import crop_face
from detector.statements import muted_phrases
from detector.ui import evidence, pictures
from detector.ui.compare_values import CURVES_PX, Compared, Curve, Judged, Kept, MapCell, Row, Strips, Version
from detector.ui.examples import Example
from detector.ui.html import render
from detector.weights import find_assets

if TYPE_CHECKING:
    from detector.structures import InputSpec
    from detector.ui.explaining import Layer
    from detector.zoo.specs import DetectorSpec

EXAMPLES = {
    "collins_selfblend.jpg": "A blended face",
    "portrait_collins.jpg": "The genuine one",
    "learn/generated_01.jpg": "A generated face",
    "group_selfblend.jpg": "A group",
}
"""Files of the assets, and what they are called."""

VERSION_PX = 72

LACKS = {
    Missing.NETWORK: "none: this engine keeps no network to look into",
    Missing.ATTENTION: "none: only transformers attend",
    Missing.ATTENTION_BY_PAIRS: "none: its attention does not say which place looked at which",
    Missing.BRANCHES: "none: it has no branches",
}
"""Why a detector has no map, in a cell of the table."""


@functools.cache
def examples() -> tuple[Example, ...]:
    """Faces to compare detectors on."""
    folder = find_assets()
    return tuple(Example(folder / name, caption) for name, caption in EXAMPLES.items())


@functools.cache
def tiles() -> Markup:
    """The examples as buttons."""
    return render("compare/examples", examples=examples())


def status(state: str, name: str, place: int = 0, of: int = 0) -> Markup:
    """What goes on, or why nothing does, in a sentence; `name` is a file's or a detector's."""
    return render("compare/status", state=state, subject=name, place=place, of=of)


def faces(compared: Compared) -> Markup:
    """Whose face is compared, and the other faces of the file."""
    thumbs = [pictures.data_uri(pictures.thumb(face, VERSION_PX)) for face in compared.faces]
    return render("compare/faces", compared=compared, thumbs=thumbs)


def row(spec: DetectorSpec, judged: Judged, trained_input: InputSpec) -> Row:
    """A detector on the face, before its maps are drawn."""
    crop = crop_face(judged.score.face, trained_input)
    return Row(spec, judged, pictures.data_uri(crop.image), trained_input.size)


def map_cell(layer: Layer, lack: Lack | None) -> MapCell:
    """A map as a part of a row; `lack` says why there is none."""
    if layer.image is None or lack is not None:
        return MapCell(missing=LACKS[lack.missing] if lack else layer.missing)
    return MapCell(pictures.data_uri(layer.image, lossless=True), layer.caption, layer.alt, trust=layer.trust)


def rows(rows: Sequence[Row], reach: evidence.Reach | None) -> Markup:
    """All detectors on the face."""
    dots = [
        evidence.Dot(row.spec.name, row.spec.short, row.judged.score.evidence, chosen=True) for row in rows
    ]
    familiar = [evidence.familiarity(row.judged.score) for row in rows]
    withheld = [_withheld(row) for row in rows]
    told = list(zip(rows, dots, familiar, withheld, strict=True))
    return render("compare/rows", rows=told, zones=evidence.zones(reach))


def _withheld(row: Row) -> list[str]:
    """Why a detector says no more, but for what the familiarity of the face says already."""
    weighed = row.judged.score.evidence
    return [] if weighed is None or weighed.lr is None else muted_phrases(weighed)


def kept(all_kept: Sequence[Kept]) -> Markup:
    """What each detector says of the face saved again."""
    changed = [each.spec.short for each in all_kept if each.check.changes]
    ways = [each.name for each in (all_kept[0].check.as_it_is, *all_kept[0].check.deliveries)]
    return render("compare/kept", all_kept=all_kept, changed=changed, ways=ways)


def strips(everything: Sequence[Strips]) -> Markup:
    """The references of each detector, one of them shown."""
    return render("compare/strips", everything=everything)


def curves(curves: Sequence[Curve], versions: Sequence[Version]) -> Markup:
    """p_fake of each detector over the versions of the face."""
    thumbs = [pictures.data_uri(pictures.thumb(version.face, VERSION_PX)) for version in versions]
    steps = list(zip((version.words for version in versions), thumbs, strict=True))
    return render("compare/curves", curves=curves, steps=steps, height=CURVES_PX)
