"""The table of detectors to Plotly figures, for light and dark pages and narrow screens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from detector.plots.look import BLUE, GREEN, GREY, ORANGE, SKY, VERMILLION, empty_figure, say
from detector.zoo.build import Sizes

TABLE_HEIGHT = 420
"""Pixels; Gradio needs them said."""
SIZES_LOOKS = {
    "32 bits": (GREY, ""),
    "16 bits": (BLUE, "/"),
    "8 bits": (ORANGE, "."),
    "packed": (VERMILLION, "x"),
}
"""Precisions of a file in the order of their bars: colour and hatching."""


SIZES_BAR_PX, SIZES_GAP = 14, 1.2
"""Height of a bar with its figure, and the room between two detectors in bars."""


SIZES_RANGE = (0.0, 3.9)
"""Powers of ten of a megabyte: from 1 MB, and room for the figure behind the longest bar."""


@dataclass(frozen=True)
class SizePoint:
    """One detector in `size_against_latency`: the file that ships, 1e9 multiply-adds and milliseconds a face
    (None: not timed).
    """

    name: str
    file_mb: float
    gmacs: float
    latency_ms: float | None


@dataclass(frozen=True)
class DetectorPoint:
    """One detector in `auc_against_latency`: None where nothing was measured;
    `latency_ms` is for one face.
    """

    name: str
    auc_in_domain: float | None
    auc_cross: float | None
    latency_ms: float | None
    params: int


def auc_against_latency(rows: Sequence[DetectorPoint], dark: bool) -> go.Figure:
    """AUC over milliseconds a face: filled circles across datasets, open diamonds in-domain, both of a
    detector joined by a line.
    """
    figure = empty_figure(dark, TABLE_HEIGHT)
    timed = [row for row in rows if row.latency_ms is not None]
    shown = [row for row in timed if row.auc_in_domain is not None or row.auc_cross is not None]
    for row in shown:
        ends = [auc for auc in (row.auc_in_domain, row.auc_cross) if auc is not None]
        joint = {"color": GREY, "width": 1, "dash": "dot"}
        figure.add_trace(
            go.Scatter(
                x=[row.latency_ms] * len(ends),
                y=ends,
                mode="lines",
                line=joint,
                showlegend=False,
                hoverinfo="skip",
            )
        )
    cross = [(row, row.auc_cross) for row in shown if row.auc_cross is not None]
    in_domain = [(row, row.auc_in_domain) for row in shown if row.auc_in_domain is not None]
    figure.add_trace(
        _points("across datasets", cross, "circle", VERMILLION, named={row.name for row, _ in cross})
    )
    figure.add_trace(
        _points(
            "in-domain",
            in_domain,
            "diamond-open",
            SKY,
            named={row.name for row, _ in in_domain if row.auc_cross is None},
        )
    )
    if not shown:
        say(figure, "no latency measured yet" if not timed else "no AUC measured yet")
    lowest = min([0.5, *(auc for _, auc in (*cross, *in_domain))])
    figure.add_hline(
        y=0.5,
        line={"dash": "dash", "color": GREY, "width": 1},
        annotation={"text": "guessing", "xanchor": "left", "x": 0.01},
    )
    longest = max((row.latency_ms or 0.0 for row in shown), default=100.0)
    figure.update_xaxes(title="ms a face, on this machine", range=[0, 1.3 * longest], zeroline=False)
    figure.update_yaxes(title="AUC", range=[lowest - 0.04, 1.02], zeroline=False)
    return figure


def size_against_latency(rows: Sequence[SizePoint], dark: bool) -> go.Figure:
    """Megabytes of the file over milliseconds a face; a marker's area grows with the
    operations of one face.
    """
    figure = empty_figure(dark, TABLE_HEIGHT)
    timed = [(row, row.latency_ms) for row in rows if row.latency_ms is not None]
    figure.add_trace(
        go.Scatter(
            x=[latency_ms for _, latency_ms in timed],
            y=[row.file_mb for row, _ in timed],
            name="a detector",
            mode="markers+text",
            text=[row.name for row, _ in timed],
            textposition="bottom center",
            textfont={"size": 11},
            customdata=[f"{row.name}<br>{row.gmacs:.2f} GMAC a face" for row, _ in timed],
            marker={
                "symbol": "square",
                "color": GREEN,
                "opacity": 1,
                "size": [10 + 6 * row.gmacs**0.5 for row, _ in timed],
            },
            hovertemplate="%{customdata}<br>%{x:.0f} ms a face, %{y:.1f} MB<extra></extra>",
        )
    )
    if not timed:
        say(figure, "no latency measured yet")
    longest, largest = (
        max((ms for _, ms in timed), default=100.0),
        max((row.file_mb for row, _ in timed), default=100.0),
    )
    figure.update_xaxes(title="ms a face, on this machine", range=[0, 1.3 * longest], zeroline=False)
    figure.update_yaxes(title="MB of the file", range=[0, 1.2 * largest], zeroline=False)
    return figure.update_layout(showlegend=False)


def file_sizes(sizes: Mapping[str, Sizes], dark: bool) -> go.Figure:
    """Megabytes of a file of each detector, a bar a precision, the first detector on top; the axis is
    logarithmic.

    Hatching, and the order of the bars, tell the precisions apart without colour. Only what can be packed has
    a fourth bar.
    """
    figure = empty_figure(dark, TABLE_HEIGHT)
    hatching = {"fgcolor": "#FFFFFF", "fillmode": "overlay", "size": 5, "solidity": 0.25}
    rows = {name: _megabytes(size) for name, size in sizes.items()}
    first, end = {}, 0.0
    for name, held in rows.items():
        first[name], end = end, end + len(held) + SIZES_GAP
    for precision, (colour, hatch) in SIZES_LOOKS.items():
        bars = [
            (name, list(held).index(precision), held[precision])
            for name, held in rows.items()
            if precision in held
        ]
        figure.add_trace(
            go.Bar(
                y=[first[name] + place for name, place, _ in bars],
                x=[mb for *_, mb in bars],
                name=precision,
                orientation="h",
                width=0.92,
                customdata=[name for name, *_ in bars],
                text=[f"{mb:,.0f}" if mb >= 100 else f"{mb:.1f}" for *_, mb in bars],
                textposition="outside",
                textangle=0,
                textfont={"size": 10},
                cliponaxis=False,
                marker={"color": colour, "pattern": {"shape": hatch, **hatching}},
                hovertemplate="%{customdata}<br>%{x:,.1f} MB<extra>" + precision + "</extra>",
            )
        )
    tens = {"tickvals": [1, 10, 100, 1000], "ticktext": ["1", "10", "100", "1,000"]}
    figure.update_xaxes(title="MB, each line ten times the last", type="log", range=SIZES_RANGE, **tens)
    middles = [first[name] + (len(held) - 1) / 2 for name, held in rows.items()]
    figure.update_yaxes(
        range=[end - SIZES_GAP / 2, -1],
        tickvals=middles,
        ticktext=[_broken(name) for name in rows],
        tickfont={"size": 11},
        automargin=True,
        showgrid=False,
        zeroline=False,
    )
    legend = {"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom"}
    height = 130 + SIZES_BAR_PX * max(1, round(end))
    return figure.update_layout(barmode="overlay", legend=legend, margin={"l": 8, "t": 60}, height=height)


def _megabytes(sizes: Sizes) -> dict[str, float]:
    """In the order of the bars, only what there is."""
    held = zip(SIZES_LOOKS, (sizes.fp32, sizes.fp16, sizes.int8, sizes.packed), strict=True)
    return {precision: number / 1e6 for precision, number in held if number is not None}


def _broken(name: str) -> str:
    """A long name on two lines, so that the bars keep their room on a phone."""
    return name.replace("-", "-<br>", 1) if len(name) > 13 else name


def _points(
    name: str, measured: Sequence[tuple[DetectorPoint, float]], symbol: str, colour: str, named: set[str]
) -> go.Scatter:
    """Markers whose area grows with the parameters, with the detector's name where asked."""
    return go.Scatter(
        x=[row.latency_ms for row, _ in measured],
        y=[auc for _, auc in measured],
        name=name,
        mode="markers+text",
        text=[row.name if row.name in named else "" for row, _ in measured],
        textposition="bottom center",
        textfont={"size": 11},
        customdata=[f"{row.name}<br>{row.params / 1e6:.1f} million parameters" for row, _ in measured],
        marker={
            "symbol": symbol,
            "color": colour,
            "opacity": 1,
            "size": [8 + 2 * (row.params / 1e6) ** 0.5 for row, _ in measured],
            "line": {"width": 2, "color": colour},
        },
        hovertemplate="%{customdata}<br>%{x:.0f} ms a face, AUC %{y:.3f}<extra>" + name + "</extra>",
    )
