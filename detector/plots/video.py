"""A video's analysis to a Plotly figure over its time, for light and dark pages and narrow screens."""

from __future__ import annotations

from collections.abc import Iterable

import plotly.graph_objects as go

from detector import reasons
from detector.aggregate import most_suspicious_of_each_frame
from detector.plots.look import BLUE, GREEN, ORANGE, PURPLE, SKY, VERMILLION, empty_figure, say
from detector.structures import Analysis, FaceScore, Verdict

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
    figure.update_layout(hovermode="closest", height=TIMELINE_HEIGHT + LEGEND_LINE_PX * max(0, lines))
    return figure


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
