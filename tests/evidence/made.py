"""Fitted evidence and scores made in tests, whose answers are known by hand."""

from __future__ import annotations

from dataclasses import replace

from detector.evidence.fitted import Bounds, Fit, Fitted, Gate, Interval, KindScores, Model, Release
from detector.structures import Condition, Question

OPEN = Interval(3.0, 2.0, 4.0)
SHUT = Interval(1.5, 1.1, 2.0)
SNAPSHOTS = KindScores("snapshot", False, (-2.0, -1.0, 0.0, 1.0), ("a", "b", "c", "d"), {})
STUDIOS = KindScores("studio", False, (0.0, 2.0, 3.0), ("e", "f", "f"), {Condition.STUDIO: 1.0})
FRAMES = KindScores("video frame", False, (-1.0,), ("g",), {})
SWAPS = KindScores("swap", True, (-1.0, 2.0), ("h", "i"), {})


def gate(condition, fake=OPEN, real=OPEN, groups=50):
    return Gate(condition, groups, groups, fake, real)


def fitted(a=1.0, b=0.0, tau=0.0, bound=5.0, gates=None, refusals=()):
    """With a logit that is its own log likelihood ratio, and every gate open."""
    every = tuple(gate(condition) for condition in Condition) if gates is None else gates
    fit = Fit(Model(a, b, tau), Bounds(-bound, bound), every, Release((), (), 0.8, 0.7, tuple(refusals)))
    return Fitted(
        schema=1,
        detector="made",
        weights="0" * 64,
        question=Question.EITHER,
        fitted_on="nothing but numbers",
        clips=0,
        fit=fit,
        references=(SNAPSHOTS, STUDIOS, FRAMES, SWAPS),
    )


def without_fit():
    return replace(fitted(), fit=None)
