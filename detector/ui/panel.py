"""The components of a photo's answer and what fills them, from its verdict to its downloads."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr
from markupsafe import Markup

from detector.explain.overlay import legend
from detector.report import csv_row, to_csv, to_json
from detector.structures import Analysis, FaceScore, Scan
from detector.ui import answer, pictures, texts, theme
from detector.ui.backend import Heat
from detector.ui.html import heading, render

Updates = dict[Any, Any]
"""Component to its new value, as an event's function may return it."""

LOSSLESS = frozenset({"HEIF", "HEIC"})
"""Formats that a browser cannot show: what stands for them on the page is not compressed a second time."""

LEGEND_PX = 256
"""Width of the strip of colours; the style sheet stretches it."""


@dataclass(frozen=True, eq=False)
class Shown:
    """What a session keeps of the photo it looks at; `chosen` indexes the judged faces."""

    path: str
    scan: Scan
    analysis: Analysis
    chosen: int = 0

    @property
    def score(self) -> FaceScore | None:
        """The chosen face, None where none was judged."""
        scores = self.analysis.face_scores
        return scores[self.chosen] if scores else None

    def choosing(self, index: int) -> Shown:
        """The same with another face chosen."""
        return replace(self, chosen=max(0, min(index, len(self.analysis.face_scores) - 1)))


@dataclass(frozen=True, eq=False)
class Panel:
    """The components of the answer, in reading order."""

    verdict: gr.HTML
    result: gr.Column
    picture: gr.HTML
    faces_part: gr.Column
    faces: gr.HTML
    heat_part: gr.Column
    heat: gr.ImageSlider
    heat_title: gr.HTML
    planes_part: gr.Accordion
    planes: gr.HTML
    remarks: gr.HTML
    details: gr.HTML
    downloads: gr.HTML

    @property
    def outputs(self) -> list[Any]:
        """Every component that an answer fills."""
        return list(vars(self).values())


@dataclass(frozen=True)
class Download:
    """A file to save, `text` in UTF-8; `kind` is its media type, `label` the words of its link."""

    label: str
    name: str
    kind: str
    text: str

    @property
    def base64(self) -> str:
        """The text as an address carries it."""
        return base64.b64encode(self.text.encode()).decode("ascii")


def build_panel() -> Panel:
    """Lay the answer out, empty."""
    verdict = gr.HTML(answer.notice_card(*texts.EMPTY_PHOTO), elem_id="photo-verdict")
    with gr.Column(visible=False, elem_classes="result") as result:
        shown = gr.HTML(js_on_load=theme.PICK, elem_id="photo-picture")
        with gr.Column(elem_classes="part") as faces_part:
            gr.HTML(heading(texts.FACES))
            faces = gr.HTML(js_on_load=theme.PICK, elem_id="photo-faces")
        with gr.Column(elem_classes="part") as heat_part:
            heat_title = gr.HTML()
            heat = heat_slider("photo-heat")
            with gr.Accordion(texts.PLANES, open=False, elem_id="photo-planes-part") as planes_part:
                planes = gr.HTML(elem_id="photo-planes")
        remarks = gr.HTML(elem_id="photo-remarks")
        downloads = gr.HTML(elem_id="photo-downloads")
        with gr.Accordion(texts.DETAILS, open=False):
            details = gr.HTML(elem_id="photo-details")
    return Panel(
        verdict=verdict,
        result=result,
        picture=shown,
        faces_part=faces_part,
        faces=faces,
        heat_part=heat_part,
        heat=heat,
        heat_title=heat_title,
        planes_part=planes_part,
        planes=planes,
        remarks=remarks,
        details=details,
        downloads=downloads,
    )


def heat_slider(elem_id: str) -> gr.ImageSlider:
    """The slider between a face and its heat map, without loss, and beside it how to read it."""
    strip = pictures.data_uri(legend(LEGEND_PX, 1), lossless=True)
    with gr.Row(elem_classes="heat-row"):
        with gr.Column(scale=5, min_width=300):
            slider = gr.ImageSlider(
                label="Face and heat map",
                show_label=False,
                format="png",
                interactive=False,
                max_height=420,
                height=380,
                buttons=["fullscreen"],
                elem_id=elem_id,
            )
        with gr.Column(scale=4, min_width=240):
            gr.HTML(render("heat_hint", strip=strip))
    return slider


def heat_value(heat: Heat | None) -> Any:
    """The slider's new value; None empties it."""
    return gr.update(value=None if heat is None else (heat.crop, heat.overlay))


def show(panel: Panel, shown: Shown, settings: Mapping[str, int]) -> Updates:
    """Fill all but the heat map; `settings` are those in force beside the defaults, for the report."""
    analysis = shown.analysis
    return {
        panel.verdict: answer.verdict_card(analysis),
        panel.result: gr.update(visible=True),
        panel.remarks: answer.remarks(analysis),
        panel.details: answer.details(analysis),
        panel.downloads: downloads([analysis], settings=settings),
        panel.heat: heat_value(None),
        panel.planes: "",
        panel.heat_part: gr.update(visible=bool(analysis.face_scores)),
        panel.faces_part: gr.update(visible=bool(analysis.face_scores)),
        **show_choice(panel, shown),
    }


def show_choice(panel: Panel, shown: Shown) -> Updates:
    """Fill what depends on the chosen face, but for the heat map."""
    analysis = shown.analysis
    scores, media = analysis.face_scores, analysis.media
    lossless = media.format.upper() in LOSSLESS
    return {
        panel.picture: pictures.boxes(
            shown.scan.preview.image, (media.height, media.width), scores, shown.chosen, lossless
        ),
        panel.faces: pictures.faces(scores, shown.chosen),
        panel.heat_title: heading(f"{texts.HEAT}: face {shown.chosen + 1}"),
    }


def show_message(panel: Panel, card: str) -> Updates:
    """A card in place of an answer; everything of an earlier answer goes."""
    return {
        panel.verdict: card,
        panel.result: gr.update(visible=False),
        panel.picture: "",
        panel.faces: "",
        panel.heat: heat_value(None),
        panel.planes: "",
        panel.remarks: "",
        panel.details: "",
        panel.downloads: "",
    }


def downloads(
    analyses: Sequence[Analysis],
    rows: Sequence[dict[str, str]] | None = None,
    settings: Mapping[str, int] | None = None,
) -> Markup:
    """Links that save the report and the table.

    `rows` are the lines of the table where they are more than the analyses' own: files that could not be
    read.
    """
    files = []
    if len(analyses) == 1 and rows is None:
        report, name = to_json(analyses[0], settings), f"{analyses[0].media.name}.unblend.json"
        files.append(Download(texts.JSON_LABEL, name, "application/json", report))
    table = rows if rows is not None else [csv_row(analysis) for analysis in analyses]
    files.append(Download(texts.CSV_LABEL, "unblend.csv", "text/csv", to_csv(table)))
    return render("downloads", files=files)
