"""A video's analysis to a Plotly figure over its time, for light and dark pages and narrow screens."""

from __future__ import annotations

from collections.abc import Iterable

import plotly.graph_objects as go

from detector import reasons
from detector.aggregate import most_suspicious_of_each_frame
from detector.plots.look import BLUE, GREEN, GREY, ORANGE, PURPLE, SKY, VERMILLION, empty_figure, say
from detector.structures import Analysis, FaceScore, Thresholds, Verdict

PERSON_COLOURS = (VERMILLION, SKY, GREEN, PURPLE, ORANGE, BLUE)


PERSON_DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")


PERSON_SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "star")


UNTRACKED_NAME = "most suspicious face, not tracked"


TIMELINE_HEIGHT = 360
"""Pixels; Gradio needs them said."""


LEGEND_LINE_PX = 20


def timeline(analysis: Analysis, dark: bool) -> go.Figure:
    """p_fake over the time of a video: a curve a person where tracked, else the most suspicious face of each
    frame.

    A curve is broken where frames in between had no such face. Hollow markers are faces that carry a remark.
    `customdata` of a point is the index of its frame among those read.
    """
    figure = empty_figure(dark, TIMELINE_HEIGHT)
    end_s = analysis.media.duration_s or max(
        (score.face.time_s for score in analysis.face_scores), default=1.0
    )
    _draw_thresholds(figure, analysis.detector.thresholds, end_s)
    if not analysis.face_scores:
        say(figure, Verdict.NO_FACE.value)
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
