"""The curves of several detectors to one HTML page, interactive and complete in itself (Plotly's script is in
it).
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np
import plotly.graph_objects as go

from detector.evaluate.curves import Curves
from detector.evaluate.markdown import in_words
from detector.evaluate.tables import KINDS
from detector.plots import BLUE, GREY, PERSON_COLOURS, PERSON_DASHES, VERMILLION

CONFIG = {"displaylogo": False, "responsive": True}
HEIGHT_PX, LEGEND_LINE_PX = 440, 22
HEAD = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Unblend: curves of an evaluation</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 1100px; margin: 2rem auto; padding: 0 1rem; color: #222; background: #fff; }
.row > div { min-width: 0; }
@media (min-width: 900px) { .row { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 1rem; } }
</style>
</head>
<body>
<h1>Curves of an evaluation</h1>
<p>All judged files of a kind together, 95 % intervals over groups. The tables beside this page tell data, weights and command.</p>
"""


def page_of(curves: Sequence[Curves]) -> str:
    """The page; the same curves give the same text."""
    parts, drawn = [HEAD], 0
    for kind, name in KINDS.items():
        own = [one for one in curves if one.kind == kind]
        rows = (
            [
                [_roc(own), _precision_recall(own), _reliability(own)],
                *([_histogram(one), _matrix(one)] for one in own),
            ]
            if own
            else []
        )
        parts += [f"<h2>{escape(name.capitalize())}</h2>"] if own else []
        for row in rows:
            parts.append(f'<div class="row">\n{_cells(row, drawn)}\n</div>')
            drawn += len(row)
    return "\n".join([*parts, "</body>\n</html>\n"])


def _cells(figures: Sequence[go.Figure], drawn: int) -> str:
    """Figures of one row after `drawn` others; the script comes once, and the names are ours, where Plotly
    would draw one by chance.
    """
    texts = [
        figure.to_html(
            full_html=False, include_plotlyjs=number == 0, div_id=f"figure-{number}", config=CONFIG
        )
        for number, figure in enumerate(figures, start=drawn)
    ]
    return "\n".join(f"<div>{text}</div>" for text in texts)


def _figure(title: str, x: str, y: str, lines: int) -> go.Figure:
    """An empty figure; its legend, of `lines` lines, lies below it."""
    return go.Figure(
        layout={
            "template": "plotly_white",
            "title": {"text": title, "x": 0, "xref": "paper"},
            "xaxis": {"title": {"text": x}, "range": [-0.02, 1.02]},
            "yaxis": {"title": {"text": y}, "range": [-0.02, 1.02]},
            "height": HEIGHT_PX + LEGEND_LINE_PX * lines,
            "margin": {"l": 60, "r": 20, "t": 50, "b": 60},
            "legend": {
                "orientation": "h",
                "x": 0,
                "y": -0.18,
                "yanchor": "top",
                "entrywidth": 1,
                "entrywidthmode": "fraction",
            },
        }
    )


def _look(place: int) -> dict[str, object]:
    return {
        "color": PERSON_COLOURS[place % len(PERSON_COLOURS)],
        "dash": PERSON_DASHES[place % len(PERSON_DASHES)],
        "width": 2,
    }


def _diagonal(name: str) -> go.Scatter:
    return go.Scatter(
        x=[0, 1],
        y=[0, 1],
        mode="lines",
        name=name,
        line={"color": GREY, "dash": "dash", "width": 1},
        hoverinfo="skip",
    )


def _roc(curves: Sequence[Curves]) -> go.Figure:
    figure = _figure("ROC", "real called fake", "fake called fake", len(curves) + 1)
    figure.add_trace(_diagonal("guessing"))
    for place, one in enumerate(curves):
        if one.roc is None:
            continue
        name = f"{one.name}, AUC {in_words(one.whole.auc)}"
        hover = (
            "real called fake %{x:.3f}<br>fake called fake %{y:.3f}<extra>" + escape(one.name) + "</extra>"
        )
        figure.add_trace(
            go.Scatter(
                x=_rounded(one.roc.x),
                y=_rounded(one.roc.y),
                mode="lines",
                name=name,
                line=_look(place),
                hovertemplate=hover,
            )
        )
    return figure


def _precision_recall(curves: Sequence[Curves]) -> go.Figure:
    figure = _figure("Precision and recall of fake", "recall", "precision", len(curves))
    for place, one in enumerate(curves):
        if one.precision_recall is None:
            continue
        line, name = one.precision_recall, f"{one.name}, AP {in_words(one.whole.average_precision)}"
        hover = "recall %{x:.3f}<br>precision %{y:.3f}<extra>" + escape(one.name) + "</extra>"
        look = {**_look(place), "shape": "vh"}
        figure.add_trace(
            go.Scatter(
                x=_rounded(line.x),
                y=_rounded(line.y),
                mode="lines",
                name=name,
                line=look,
                hovertemplate=hover,
            )
        )
    return figure


def _reliability(curves: Sequence[Curves]) -> go.Figure:
    figure = _figure("Reliability", "mean p_fake of a bin", "share of fakes", len(curves) + 1)
    figure.add_trace(_diagonal("calibrated"))
    for place, one in enumerate(curves):
        shares = [bin.fakes for bin in one.bins]
        above = [round((share.high or share.value) - share.value, 4) for share in shares]
        below = [
            round(share.value - (share.value if share.low is None else share.low), 4) for share in shares
        ]
        figure.add_trace(
            go.Scatter(
                x=[round(bin.p_fake, 4) for bin in one.bins],
                y=[round(share.value, 4) for share in shares],
                mode="lines+markers",
                error_y={"type": "data", "array": above, "arrayminus": below, "thickness": 1},
                line=_look(place),
                name=f"{one.name}, ECE {in_words(one.whole.calibration_error)}",
                customdata=[bin.files for bin in one.bins],
                hovertemplate="mean p_fake %{x:.3f}<br>fake %{y:.3f} of %{customdata}<extra>"
                + escape(one.name)
                + "</extra>",
            )
        )
    return figure


def _histogram(one: Curves) -> go.Figure:
    figure = _figure(f"{one.name}: p_fake by class", "p_fake", "share of the class", 2)
    width = float(one.edges[1] - one.edges[0])
    for counts, colour, name, hatch in ((one.reals, BLUE, "real", ""), (one.fakes, VERMILLION, "fake", "/")):
        figure.add_trace(
            go.Bar(
                x=_rounded(one.edges[:-1] + width / 2),
                y=_rounded(counts / max(1, counts.sum())),
                width=width,
                opacity=0.55,
                name=f"{counts.sum()} {name}",
                customdata=[int(count) for count in counts],
                marker={"color": colour, "pattern": {"shape": hatch}},
                hovertemplate="%{customdata} files about %{x:.3f}<extra>" + name + "</extra>",
            )
        )
    of = one.thresholds
    figure.add_vrect(x0=of.lo, x1=of.hi, fillcolor=GREY, opacity=0.15, line_width=0, layer="below")
    figure.add_vline(
        x=of.t, line={"dash": "dash", "width": 1, "color": "#222222"}, annotation_text=f"t = {of.t:.3f}"
    )
    figure.update_yaxes(range=None, rangemode="tozero")
    return figure.update_layout(barmode="overlay", bargap=0)


def _matrix(one: Curves) -> go.Figure:
    matrix = one.whole.at_threshold.matrix
    counts = [[matrix.real_as_real, matrix.real_as_fake], [matrix.fake_as_real, matrix.fake_as_fake]]
    shares = [[count / max(1, sum(row)) for count in row] for row in counts]
    words = [
        [f"{count}<br>{share:.1%}" for count, share in zip(*rows, strict=True)]
        for rows in zip(counts, shares, strict=True)
    ]
    figure = _figure(f"{one.name}: at t = {one.thresholds.t:.3f}", "", "", 0)
    figure.add_trace(
        go.Heatmap(
            z=shares,
            x=["called real", "called fake"],
            y=["real", "fake"],
            zmin=0,
            zmax=1,
            colorscale="Blues",
            showscale=False,
            text=words,
            texttemplate="%{text}",
            hovertemplate="%{y}, %{x}: %{text}<extra></extra>",
        )
    )
    figure.update_xaxes(range=None)
    return figure.update_yaxes(range=None, autorange="reversed")


def _rounded(values: object) -> list[float]:
    """To four decimals, so that a page of thousands of points stays small."""
    return [float(value) for value in np.round(np.asarray(values, dtype=np.float64), 4)]
