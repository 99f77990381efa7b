"""The tab Detectors: the zoo and the manifest as a table, charts of what each costs and is worth, and
claims beside figures.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import gradio as gr

from detector import plots
from detector.manifest import Entry
from detector.metrics import mean_auc
from detector.ui import cards, texts
from detector.ui.backend import ONE_AT_A_TIME
from detector.ui.cards import worth_html
from detector.ui.frame import Frame
from detector.ui.html import heading, hint, render
from detector.zoo.specs import SPECS, SYSTEMS, DetectorSpec, with_head

if TYPE_CHECKING:
    import pandas as pd
    from pandas.io.formats.style import Styler

    from detector.zoo.build import Cost, Sizes

NUMBERS = [
    "Parameters (million)",
    "File (MB)",
    "Input (px)",
    "Operations (GMAC)",
    "AUC in-domain",
    "AUC across data sets",
    "Speed here (ms a face)",
]
NUMBER: Literal["number"] = "number"
HEADINGS = ["System", "Detector, and what it is good for", "State", *NUMBERS]
DATATYPES: list[Literal["str", "number", "bool", "date", "markdown", "html"]] = [
    "str",
    "html",
    "str",
    *[NUMBER for _ in NUMBERS],
]
WIDTHS: list[str | int] = ["112px", "280px", "84px", "108px", *["90px" for _ in NUMBERS[1:]]]
PLACES = dict(zip(NUMBERS, (1, 1, 0, 2, 3, 3, 0), strict=True))
"""Decimals a column is shown with."""

TABLE_PX = 1600
"""All rows without a scroll bar of their own."""


@dataclass(frozen=True)
class Row:
    """One detector; None where nothing was measured or counted. `params` in millions, `gmacs` 1e9
    multiply-adds a face.
    """

    name: str
    trained: bool
    params: float | None
    file_mb: float | None
    input_px: int
    gmacs: float | None
    auc_in_domain: float | None
    auc_cross: float | None
    sizes: Sizes | None = None
    latency_ms: float | None = None

    @property
    def spec(self) -> DetectorSpec:
        """What its architecture fixes."""
        return SPECS[self.name]


def rows(
    entries: Mapping[str, Entry], latency_ms: Mapping[str, float], counted: Mapping[str, Cost]
) -> list[Row]:
    """A row for every detector of the zoo by system, trained ones first; `counted` are the costs known so
    far.
    """
    unordered = [
        replace(_row(name, entries.get(name), counted.get(name)), latency_ms=latency_ms.get(name))
        for name in SPECS
    ]
    order = list(SYSTEMS)
    return sorted(unordered, key=lambda row: (order.index(row.spec.family), not row.trained))


def _row(name: str, entry: Entry | None, counted: Cost | None) -> Row:
    sizes = counted.sizes if counted else None
    if entry is None:
        params, gmacs = (counted.params / 1e6, counted.gmacs) if counted else (None, None)
        return Row(name, False, params, None, SPECS[name].input.size, gmacs, None, None, sizes)
    metrics = entry.metrics
    figures = mean_auc(metrics.test), mean_auc(metrics.cross)
    return Row(
        name, True, entry.params / 1e6, entry.bytes / 1e6, entry.input.size, entry.gmacs, *figures, sizes
    )


def count(entries: Mapping[str, Entry]) -> dict[str, Cost]:
    """What each detector costs, counted on the meta device: some ten seconds for the whole zoo the first
    time.
    """
    from detector.zoo.build import cost

    return {
        name: cost(with_head(spec, entries[name].head if name in entries else ()))
        for name, spec in SPECS.items()
    }


def table(shown: Sequence[Row]) -> Styler:
    """The rows as the page shows them: numbers that sort as numbers, what is not trained in grey and in
    words.
    """
    import pandas as pd

    frame = pd.DataFrame([_cells(row) for row in shown], columns=HEADINGS)
    formats: dict[Any, Any] = {heading: f"{{:.{places}f}}" for heading, places in PLACES.items()}
    return frame.style.format(formats, na_rep="–").apply(_greyed, axis=1)


def _cells(row: Row) -> list[str | float | None]:
    state = texts.TRAINED if row.trained else texts.UNTRAINED
    spec = row.spec
    detector = str(render("detectors_cell", spec=spec))
    numbers = [
        row.params,
        row.file_mb,
        row.input_px,
        row.gmacs,
        row.auc_in_domain,
        row.auc_cross,
        row.latency_ms,
    ]
    return [spec.system, detector, state, *numbers]


def _greyed(line: pd.Series[Any]) -> list[str]:
    return [
        "" if line["State"] == texts.TRAINED else "color: var(--body-text-color-subdued); font-style: italic"
    ] * len(line)


def chart(shown: Sequence[Row], dark: bool) -> Any:
    """AUC against latency of the trained detectors."""
    points = [
        plots.DetectorPoint(
            row.name, row.auc_in_domain, row.auc_cross, row.latency_ms, round(row.params * 1e6)
        )
        for row in shown
        if row.trained and row.params is not None
    ]
    return plots.auc_against_latency(points, dark)


def size_chart(shown: Sequence[Row], dark: bool) -> Any:
    """File against latency of the trained detectors."""
    points = [
        plots.SizePoint(row.name, row.file_mb, row.gmacs, row.latency_ms)
        for row in shown
        if row.file_mb is not None and row.gmacs is not None
    ]
    return plots.size_against_latency(points, dark)


def claimed(shown: Sequence[Row]) -> str:
    """The part on what published systems claim of themselves."""
    return cards.claims_html([cards.Claimant(row.spec, _ours(row)) for row in shown])


def _ours(row: Row) -> cards.Ours:
    return cards.Ours(
        row.trained,
        row.input_px,
        row.auc_in_domain,
        row.auc_cross,
        row.params,
        row.file_mb,
        row.sizes,
        row.latency_ms,
    )


LABEL = "Detectors"


def lay_out(frame: Frame, tab: gr.Tab) -> None:
    """Lay the tab out and wire it; the table is filled when the tab is first opened."""
    backend, dark = frame.backend, frame.dark
    gr.HTML(render("detectors_lead"))
    gr.HTML(hint(texts.DETECTORS_SWIPE, "hint narrow-only"))
    shown = gr.Dataframe(
        headers=HEADINGS,
        datatype=DATATYPES,
        label=texts.DETECTORS_LABEL,
        interactive=False,
        max_height=TABLE_PX,
        elem_id="detectors-table",
        wrap=True,
        buttons=[],
        column_widths=WIDTHS,
    )
    gr.HTML(hint(texts.UNTRAINED_NOTE))
    worth = gr.HTML(worth_html(backend.entries), elem_id="worth")
    measure = gr.Button(texts.MEASURE_LABEL, variant="primary", elem_id="measure")
    gr.HTML(hint(texts.MEASURE_HINT))
    with gr.Row(visible=False) as timed:
        with gr.Column(min_width=340):
            gr.HTML(heading(texts.CHART_TITLE, texts.CHART_HINT))
            plot = gr.Plot(label=texts.CHART_TITLE, show_label=False, elem_id="detectors-chart")
        with gr.Column(min_width=340):
            gr.HTML(heading(texts.SIZE_CHART_TITLE, texts.SIZE_CHART_HINT))
            size_plot = gr.Plot(
                label=texts.SIZE_CHART_TITLE, show_label=False, elem_id="detectors-size-chart"
            )
    gr.HTML(heading(texts.SIZES_TITLE, f"{texts.SIZES_HINT} {texts.PACKED_NOTE}"))
    waiting = gr.HTML(hint(texts.SIZES_COUNTING))
    with gr.Column(visible=False) as counted:
        sizes = gr.Plot(label=texts.SIZES_TITLE, show_label=False, elem_id="detectors-sizes")
    beside = gr.HTML(elem_id="claims")
    times = gr.State({})

    def fill(latency_ms: dict[str, float], in_dark: bool) -> Iterator[dict[Any, Any]]:
        entries = backend.entries
        detectors = rows(entries, latency_ms, {})
        yield {shown: table(detectors), beside: claimed(detectors), worth: worth_html(entries)}
        detectors = rows(entries, latency_ms, count(entries))
        bars = plots.file_sizes({row.name: row.sizes for row in detectors if row.sizes}, in_dark)
        hidden, visible = gr.update(visible=False), gr.update(visible=True)
        yield {
            shown: table(detectors),
            beside: claimed(detectors),
            counted: visible,
            sizes: bars,
            waiting: hidden,
        }

    def measured(in_dark: bool, progress: gr.Progress = gr.Progress()) -> dict[Any, Any]:  # noqa: B008
        entries, latency_ms = backend.entries, {}
        for place, name in enumerate(entries):
            progress((place, len(entries)), desc=SPECS[name].title, unit="detectors")
            latency_ms[name] = backend.latency_ms(name)
        detectors = rows(entries, latency_ms, count(entries))
        drawn = {
            plot: chart(detectors, in_dark),
            size_plot: size_chart(detectors, in_dark),
            timed: gr.update(visible=True),
        }
        return {shown: table(detectors), beside: claimed(detectors), times: latency_ms, **drawn}

    filled = [shown, beside, worth, counted, sizes, waiting]
    tab.select(fill, [times, dark], filled, show_progress="hidden", api_visibility="private")
    changed = [shown, beside, times, timed, plot, size_plot]
    measure.click(
        measured, [dark], changed, show_progress_on=[shown], api_visibility="private", **ONE_AT_A_TIME
    )
