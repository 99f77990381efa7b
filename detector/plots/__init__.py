"""Plotly figures of an analysis and of the table of detectors."""

from detector.plots.detectors import (
    DetectorPoint,
    SizePoint,
    auc_against_latency,
    file_sizes,
    size_against_latency,
)
from detector.plots.look import BLUE, GREY, VERMILLION
from detector.plots.video import UNTRACKED_NAME, timeline

__all__ = [
    "BLUE",
    "GREY",
    "UNTRACKED_NAME",
    "VERMILLION",
    "DetectorPoint",
    "SizePoint",
    "auc_against_latency",
    "file_sizes",
    "size_against_latency",
    "timeline",
]
