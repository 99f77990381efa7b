"""What the figures share: colours told apart by everyone, and a page's own background."""

from __future__ import annotations

import plotly.graph_objects as go

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


def empty_figure(dark: bool, height: int) -> go.Figure:
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
            "font": {"size": 13, "color": ink(dark)},
            "legend": {"orientation": "h", "x": 0, "y": -0.22, "yanchor": "top"},
            "showlegend": True,
        }
    )


def ink(dark: bool) -> str:
    """The colour of text."""
    return "#E8E8E8" if dark else "#222222"


def say(figure: go.Figure, words: str) -> None:
    """Write `words` in the middle of a figure that has nothing to show."""
    figure.add_annotation(
        x=0.5, y=0.8, xref="paper", yref="paper", text=words, showarrow=False, font={"size": 16}
    )
