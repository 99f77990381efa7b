"""Evidence as places on paper: the scale of ratios, and a video's curves over its time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from detector.calibration import probability
from detector.evidence import GenuineClips
from detector.structures import Analysis, Calibration, Evidence, FaceScore, TrackScore

DECADES = 3.0
"""The scale reaches from 1/1000 to 1000; what lies beyond stands at its end."""

WIDTH, HEIGHT = 640, 200
"""Of the plot of a curve, in units of its own."""

RATIOS = ((100.0, "100"), (10.0, "10"), (1.0, "1"), (0.1, "1/10"), (0.01, "1/100"))
SHARES = ((0.0, "0 %"), (0.25, "25 %"), (0.5, "50 %"), (0.75, "75 %"), (1.0, "100 %"))
"""Lines of the grid: a ratio, or a share of p_fake, and its words."""

LEAST_SPAN_S = 0.1
"""A clip is drawn at least so long, in seconds."""

SHAPES = ("circle", "square", "diamond", "triangle")
"""Markers of the first persons, in order; then again from the first."""


@dataclass(frozen=True)
class Range:
    """A ratio on the scale with the ends of its range, in percent from genuine to fake."""

    at: float
    low: float
    high: float


@dataclass(frozen=True)
class Point:
    """A face on a curve, `x` and `y` in units of the plot; `hard`: it is marked as hard to judge."""

    x: float
    y: float
    hard: bool


@dataclass(frozen=True)
class Curve:
    """One person's faces over time: pieces of points, broken where the person was not seen."""

    name: str
    shape: str
    look: int
    pieces: tuple[tuple[Point, ...], ...]


@dataclass(frozen=True)
class Tick:
    """A line of a plot's grid: where, and what stands beside it."""

    at: float
    words: str


@dataclass(frozen=True)
class Stripe:
    """Where the middle 80 % of `n` genuine clips lie, `top` to `bottom` in units of the plot; `words` are its
    ends as the grid has them.
    """

    top: float
    bottom: float
    n: int
    words: str


@dataclass(frozen=True)
class Plot:
    """The curves of a video and its grid; `changes` are where a person's scores change; `by_ratio` says that
    height is the ratio, else p_fake. `genuine` is where genuine clips lie.
    """

    curves: tuple[Curve, ...]
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]
    changes: tuple[Tick, ...]
    by_ratio: bool
    genuine: Stripe | None = None
    width: int = WIDTH
    height: int = HEIGHT


def place(ratio: float) -> float:
    """Where a likelihood ratio stands on the scale, 0 (genuine) to 100 (fake), by its logarithm."""
    decades = math.log10(ratio) if ratio > 0 else -DECADES
    return 50 + 50 * max(-1.0, min(1.0, decades / DECADES))


def range_of(evidence: Evidence | None) -> Range | None:
    """The ratio of `evidence` on the scale; None where there is none."""
    if evidence is None or evidence.lr is None:
        return None
    low = evidence.lr if evidence.lr_low is None else evidence.lr_low
    high = evidence.lr if evidence.lr_high is None else evidence.lr_high
    return Range(place(evidence.lr), place(low), place(high))


def plot_of(
    analysis: Analysis, tracks: Sequence[TrackScore], clips: GenuineClips | None = None
) -> Plot | None:
    """The curves of a video, one of each of its `tracks`, over the stripe of genuine `clips`; None of a
    photo, or without a face.
    """
    scores = [score for track in tracks for score in track.face_scores]
    if analysis.media.kind != "video" or not scores:
        return None
    by_ratio = len({_ratio(score) for score in scores}) > 1 and None not in map(_ratio, scores)
    times_s = [score.face.time_s for score in scores]
    end_s = max(LEAST_SPAN_S, analysis.media.duration_s or 0.0, *times_s)
    curves = tuple(
        _curve(track, look, analysis.tracked, by_ratio, end_s) for look, track in enumerate(tracks)
    )
    up = RATIOS if by_ratio else SHARES
    return Plot(
        curves=curves,
        across=tuple(Tick(_x(second, end_s), f"{second:g} s") for second in _seconds(end_s)),
        up=tuple(Tick(_height(value, by_ratio), words) for value, words in up),
        changes=tuple(
            Tick(_x(change.time_s, end_s), f"changes at {change.time_s:.1f} s")
            for track in tracks
            for change in track.changes
        ),
        by_ratio=by_ratio,
        genuine=_stripe(clips, by_ratio, analysis.detector.calibration) if clips else None,
    )


def _stripe(clips: GenuineClips, by_ratio: bool, calibration: Calibration) -> Stripe | None:
    if not by_ratio:
        low, high = (probability(end, calibration) for end in (clips.logit_low, clips.logit_high))
        words = f"p_fake {low:.2f} to {high:.2f}"
    elif clips.lr_low is None or clips.lr_high is None:
        return None
    else:
        low, high = clips.lr_low, clips.lr_high
        words = f"{low:.2g} to {high:.2g} times"
    return Stripe(_height(high, by_ratio), _height(low, by_ratio), clips.n, words)


def _ratio(score: FaceScore) -> float | None:
    return None if score.evidence is None else score.evidence.lr


def _curve(track: TrackScore, look: int, tracked: bool, by_ratio: bool, end_s: float) -> Curve:
    ordered = sorted(track.face_scores, key=lambda score: (score.face.frame_index, -score.p_fake))
    pieces: list[list[Point]] = []
    last: int | None = None
    for score in ordered:
        face = score.face
        if last is not None and face.frame_index == last:
            continue  # of several faces in a frame, not told apart, the most suspicious
        value = (_ratio(score) or 1.0) if by_ratio else score.p_fake
        point = Point(_x(face.time_s, end_s), _height(value, by_ratio), bool(face.quality.remarks))
        if last is None or face.frame_index - last > 1:
            pieces.append([])
        pieces[-1].append(point)
        last = face.frame_index
    name = f"person {look + 1}" if tracked else "the most suspicious face of each frame"
    return Curve(name, SHAPES[look % len(SHAPES)], look, tuple(map(tuple, pieces)))


def _x(time_s: float, end_s: float) -> float:
    return round(WIDTH * time_s / end_s, 1)


def _height(value: float, by_ratio: bool) -> float:
    share = place(value) / 100 if by_ratio else value
    return round(HEIGHT * (1 - share), 1)


def _seconds(end_s: float) -> Sequence[float]:
    """Round times, some six of them."""
    rough = end_s / 6
    scale = 10 ** math.floor(math.log10(rough))
    step = next(each * scale for each in (1, 2, 5, 10) if each * scale >= rough)
    return [round(count * step, 6) for count in range(int(end_s / step) + 1)]
