"""Plotly figures of an analysis."""

from detector.plots.look import BLUE, GREY, VERMILLION
from detector.plots.video import UNTRACKED_NAME, timeline

__all__ = ["BLUE", "GREY", "UNTRACKED_NAME", "VERMILLION", "timeline"]
