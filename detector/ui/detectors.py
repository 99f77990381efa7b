"""The tab Detectors: the zoo and the manifest into a table, and a chart of what each costs and is worth on this machine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import gradio as gr

from detector import plots
from detector.ui import texts
from detector.ui.lane import LANE, Lane
from detector.weights import Entry, mean_auc
from detector.zoo.specs import SPECS

if TYPE_CHECKING:
    import pandas as pd
    from pandas.io.formats.style import Styler

    from detector.zoo.build import Cost

NUMBERS = [
    "Parameters (million)",
    "File (MB)",
    "Input (px)",
    "Operations (GMAC)",
    "AUC in-domain",
    "AUC across data sets",
    "Speed here (ms a face)",
]
HEADINGS = ["Detector", "State", *NUMBERS]
NUMBER: Literal["number"] = "number"
DATATYPES: list[Literal["str", "number", "bool", "date", "markdown", "html"]] = ["str", "str", *[NUMBER for _ in NUMBERS]]
PLACES = dict(zip(NUMBERS, (1, 1, 0, 2, 3, 3, 0), strict=True))
"""Decimals a column is shown with."""


@dataclass(frozen=True)
class Row:
    """One detector; None where nothing was measured or counted. `params` in millions, `gmacs` 1e9 multiply-adds a face."""

    name: str
    title: str
    trained: bool
    params: float | None
    file_mb: float | None
    input_px: int
    gmacs: float | None
    auc_in_domain: float | None
    auc_cross: float | None
    latency_ms: float | None = None


def rows(entries: Mapping[str, Entry], latency_ms: Mapping[str, float], counted: Mapping[str, Cost]) -> list[Row]:
    """A row for every detector of the zoo, trained ones first; `counted` are the costs known of the untrained ones."""
    made = [replace(_row(name, entries.get(name), counted.get(name)), latency_ms=latency_ms.get(name)) for name in SPECS]
    return sorted(made, key=lambda row: not row.trained)


def _row(name: str, entry: Entry | None, counted: Cost | None) -> Row:
    spec = SPECS[name]
    if entry is None:
        params, gmacs = (counted.params / 1e6, counted.gmacs) if counted else (None, None)
        return Row(name, spec.title, False, params, None, spec.input.size, gmacs, None, None)
    metrics = entry.metrics
    figures = mean_auc(metrics.val), mean_auc(metrics.cross)
    return Row(name, spec.title, True, entry.params / 1e6, entry.bytes / 1e6, entry.input.size, entry.gmacs, *figures)


def count(entries: Mapping[str, Entry]) -> dict[str, Cost]:
    """What each untrained detector costs, counted on the meta device: some ten seconds for the whole zoo the first time."""
    from detector.zoo.build import cost

    return {name: cost(SPECS[name]) for name in SPECS if name not in entries}


def table(shown: Sequence[Row]) -> Styler:
    """The rows as the page shows them: numbers that sort as numbers, what is not trained in grey and in words."""
    import pandas as pd

    frame = pd.DataFrame([_cells(row) for row in shown], columns=HEADINGS)
    formats: dict[Any, Any] = {heading: f"{{:.{places}f}}" for heading, places in PLACES.items()}
    return frame.style.format(formats, na_rep="–").apply(_greyed, axis=1)


def _cells(row: Row) -> list[str | float | None]:
    state = texts.TRAINED if row.trained else texts.UNTRAINED
    numbers = [row.params, row.file_mb, row.input_px, row.gmacs, row.auc_in_domain, row.auc_cross, row.latency_ms]
    return [row.title, state, *numbers]


def _greyed(line: pd.Series[Any]) -> list[str]:
    return ["" if line["State"] == texts.TRAINED else "color: var(--body-text-color-subdued); font-style: italic"] * len(line)


def chart(shown: Sequence[Row], dark: bool) -> Any:
    """AUC against latency of the trained detectors."""
    points = [
        plots.DetectorPoint(row.name, row.auc_in_domain, row.auc_cross, row.latency_ms, round(row.params * 1e6))
        for row in shown
        if row.trained and row.params is not None
    ]
    return plots.auc_against_latency(points, dark)


def detectors_tab(lane: Lane, tab: gr.Tab, dark: gr.Checkbox) -> None:
    """Lay the tab out and wire it; the table is filled when the tab is first opened."""
    lead = texts.DETECTORS_LEAD.format(in_domain=texts.term("in-domain"), cross_dataset=texts.term("cross-dataset"))
    words = " · ".join(texts.term(word) for word in ("AUC", "parameters", "operations", "input size", "latency"))
    gr.HTML(f'<p class="lead-text">{lead}</p><p class="hint">{texts.WORDS}: {words}</p>')
    shown = gr.Dataframe(
        headers=HEADINGS, datatype=DATATYPES, label=texts.DETECTORS_LABEL, interactive=False,
        elem_id="detectors-table", wrap=True, buttons=[], column_widths=["230px", "110px", *["110px"] * len(NUMBERS)],
    )  # fmt: skip
    gr.HTML(f'<p class="hint">{texts.UNTRAINED_NOTE}</p>')
    measure = gr.Button(texts.MEASURE_LABEL, variant="primary", elem_id="measure")
    gr.HTML(f'<p class="hint">{texts.MEASURE_HINT}</p>')
    with gr.Column(visible=False) as part:
        gr.HTML(f"<h3>{texts.CHART_TITLE}</h3>")
        plot = gr.Plot(label=texts.CHART_TITLE, show_label=False, elem_id="detectors-chart")

    def fill() -> Iterator[Styler]:
        yield table(rows(lane.entries, {}, {}))
        yield table(rows(lane.entries, {}, count(lane.entries)))

    def measured(in_dark: bool, progress: gr.Progress = gr.Progress()) -> dict[Any, Any]:  # noqa: B008
        latency_ms = {}
        for place, name in enumerate(lane.entries):
            progress((place, len(lane.entries)), desc=SPECS[name].title, unit="detectors")
            latency_ms[name] = lane.latency_ms(name)
        found = rows(lane.entries, latency_ms, count(lane.entries))
        return {shown: table(found), part: gr.update(visible=True), plot: chart(found, in_dark)}

    tab.select(fill, None, shown, show_progress="hidden", api_visibility="private")
    measure.click(measured, [dark], [shown, part, plot], show_progress_on=[shown], api_visibility="private", **LANE)
