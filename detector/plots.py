"""An analysis or the table of detectors to a Plotly figure, for light and dark pages and narrow screens."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from detector import reasons
from detector.aggregate import most_suspicious_of_each_frame
from detector.structures import Analysis, FaceScore, Thresholds, Verdict
from detector.zoo.build import Sizes

# Okabe and Ito's palette (jfly.uni-koeln.de/color): told apart with every kind of colour vision
BLUE, ORANGE, GREEN, SKY, VERMILLION, PURPLE, GREY = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#56B4E9",
    "#D55E00",
    "#CC79A7",
    "#8A8A8A",
)
PERSON_COLOURS = (VERMILLION, SKY, GREEN, PURPLE, ORANGE, BLUE)
PERSON_DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
PERSON_SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "star")

UNTRACKED_NAME = "most suspicious face, not tracked"
TIMELINE_HEIGHT, TABLE_HEIGHT = 360, 420
"""Pixels; Gradio needs them said."""
LEGEND_LINE_PX = 20
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


def timeline(analysis: Analysis, dark: bool) -> go.Figure:
    """p_fake over the time of a video: a curve a person where tracked, else the most suspicious face of each
    frame.

    A curve is broken where frames in between had no such face. Hollow markers are faces that carry a remark.
    `customdata` of a point is the index of its frame among those read.
    """
    figure = _figure(dark, TIMELINE_HEIGHT)
    end_s = analysis.media.duration_s or max(
        (score.face.time_s for score in analysis.face_scores), default=1.0
    )
    _draw_thresholds(figure, analysis.detector.thresholds, end_s)
    if not analysis.face_scores:
        _say(figure, Verdict.NO_FACE.value)
    elif analysis.tracked:
        # a curve keeps its person's look whichever persons are there
        for place, track in enumerate(sorted(analysis.tracks, key=lambda track: -track.p_fake)):
            person = place if track.track_id is None else track.track_id
            figure.add_trace(_curve(f"person {person + 1}", track.face_scores, person))
    else:
        figure.add_trace(_curve(UNTRACKED_NAME, most_suspicious_of_each_frame(analysis.face_scores), 0))
    figure.update_xaxes(title="time in s", range=[-0.02 * end_s, 1.02 * end_s], zeroline=False)
    ticks = [0, 0.25, 0.5, 0.75, 1]
    figure.update_yaxes(
        title="probability of a fake",
        range=[-0.03, 1.03],
        tickvals=ticks,
        ticktext=[*map(reasons.percent, ticks)],
        zeroline=False,
    )
    # a line of the legend a person at 390 pixels: the curves keep their height
    lines = len(analysis.tracks) - 1 if analysis.tracked else 0
    figure.update_layout(
        hovermode="closest", margin={"r": 96}, height=TIMELINE_HEIGHT + LEGEND_LINE_PX * max(0, lines)
    )
    return figure


def auc_against_latency(rows: Sequence[DetectorPoint], dark: bool) -> go.Figure:
    """AUC over milliseconds a face: filled circles across datasets, open diamonds in-domain, both of a
    detector joined by a line.
    """
    figure = _figure(dark, TABLE_HEIGHT)
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
        _say(figure, "no latency measured yet" if not timed else "no AUC measured yet")
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
    figure = _figure(dark, TABLE_HEIGHT)
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
        _say(figure, "no latency measured yet")
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
    figure = _figure(dark, TABLE_HEIGHT)
    hatching = {"fgcolor": "#FFFFFF", "fillmode": "overlay", "size": 5, "solidity": 0.25}
    rows = {name: _megabytes(one) for name, one in sizes.items()}
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


def _figure(dark: bool, height: int) -> go.Figure:
    """An empty figure in the page's colours: paper and plot are transparent, so that the page's own
    background shows.
    """
    return go.Figure(
        layout={
            "template": "plotly_dark" if dark else "plotly_white",
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "height": height,
            "autosize": True,
            "margin": {"l": 64, "r": 12, "t": 12, "b": 48},
            "font": {"size": 13, "color": _ink(dark)},
            "legend": {"orientation": "h", "x": 0, "y": -0.22, "yanchor": "top"},
            "showlegend": True,
        }
    )


def _ink(dark: bool) -> str:
    return "#E8E8E8" if dark else "#222222"


def _say(figure: go.Figure, words: str) -> None:
    figure.add_annotation(
        x=0.5, y=0.8, xref="paper", yref="paper", text=words, showarrow=False, font={"size": 16}
    )


def _draw_thresholds(figure: go.Figure, thresholds: Thresholds, end_s: float) -> None:
    """The uncertain band as a labelled rectangle, the threshold as a dashed line, the zones in words at the
    right.
    """
    lo, hi, t = thresholds.lo, thresholds.hi, thresholds.t
    figure.add_hrect(
        y0=lo, y1=hi, fillcolor=GREY, opacity=0.22, line={"width": 1, "color": GREY}, layer="below"
    )
    dashed = {"dash": "dash", "width": 1, "color": GREY}
    figure.add_trace(
        go.Scatter(
            x=[0, end_s],
            y=[t, t],
            mode="lines",
            line=dashed,
            name=f"threshold {reasons.percent(t)}",
            hoverinfo="skip",
        )
    )
    # words of neighbouring zones at least 0.16 apart: two lines at this height
    middle = min(0.84, max(0.16, (lo + hi) / 2))
    _beside(figure, f"uncertain<br>{reasons.band_in_words(thresholds)}", middle)
    if hi < 1:
        _beside(figure, "likely<br>fake", max((hi + 1) / 2, middle + 0.16))
    if lo > 0:
        _beside(figure, "likely<br>real", min(lo / 2, middle - 0.16))


def _beside(figure: go.Figure, words: str, y: float) -> None:
    figure.add_annotation(
        x=1.01,
        xref="paper",
        xanchor="left",
        y=y,
        yanchor="middle",
        text=words,
        align="left",
        showarrow=False,
        font={"size": 12},
    )


def _curve(name: str, face_scores: Iterable[FaceScore], look: int) -> go.Scatter:
    """One line with markers in order of time, broken where frames were skipped."""
    xs: list[float | None] = []
    ys: list[float | None] = []
    frames: list[int | None] = []
    symbols: list[str] = []
    words: list[str] = []
    symbol = PERSON_SYMBOLS[look % len(PERSON_SYMBOLS)]
    for score in sorted(face_scores, key=lambda score: score.face.frame_index):
        face = score.face
        last = frames[-1] if frames else None
        if last is not None and face.frame_index - last > 1:
            xs, ys, frames, symbols, words = (
                [*xs, None],
                [*ys, None],
                [*frames, None],
                [*symbols, symbol],
                [*words, ""],
            )
        xs.append(face.time_s)
        ys.append(score.p_fake)
        frames.append(face.frame_index)
        symbols.append(f"{symbol}-open" if face.quality.remarks else symbol)
        words.append(
            "<br>".join(
                [reasons.probability_in_words(score.p_fake), *map(reasons.words, face.quality.remarks)]
            )
        )
    colour = PERSON_COLOURS[look % len(PERSON_COLOURS)]
    return go.Scatter(
        x=xs, y=ys, customdata=frames, text=words, name=name, mode="lines+markers", connectgaps=False,
        line={"color": colour, "width": 2, "dash": PERSON_DASHES[look % len(PERSON_DASHES)]},
        marker={"size": 8, "symbol": symbols, "color": colour, "line": {"width": 2, "color": colour}},
        hovertemplate="%{x:.2f} s: %{text}<extra>" + name + "</extra>",
    )  # fmt: skip


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
