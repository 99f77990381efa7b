"""The chart of the tab Detectors: what each ranks right against the time it takes, its names apart.

Across, places are shares of the width, so that the chart fits any screen; down, they are pixels.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

HEIGHT_PX = 280
"""Of the field between the axes."""

WIDTHS_PX = (270, 330, 400, 500, 650, 812)
"""Of the field, from a phone of 390 pixels up: names are to be apart on each."""

LETTER_PX, LINE_PX, MARK_PX = 7.4, 17, 11
"""About the width of a letter, the height of a line, and the room that a mark takes."""

NAME_GAP_PX = 12
"""Between a mark and its name."""

MOST_AWAY = 9
"""Half lines that a name may stand higher or lower than its mark."""

STEPS = (10, 20, 25, 50, 100, 200, 250, 500, 1000)
"""What lies between two numbers of the axis of time, in ms."""


@dataclass(frozen=True)
class Point:
    """A detector: milliseconds a face, and its AUC with the ends of its interval, 0..1."""

    name: str
    ms: float
    auc: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Tick:
    """A number on an axis: at a share of the width, or at pixels from the top."""

    words: str
    at: float


@dataclass(frozen=True)
class Mark:
    """A point as it is drawn: `x` a share of the width, the others pixels from the top; `top` and `bottom`
    are the ends of its interval. Its name stands at `name_y`, on the `left` of the point or on the right.
    """

    point: Point
    x: float
    y: float
    top: float | None
    bottom: float | None
    name_y: float
    left: bool


@dataclass(frozen=True)
class Chart:
    """Marks from the best down, and the numbers of both axes."""

    marks: tuple[Mark, ...]
    across: tuple[Tick, ...]
    down: tuple[Tick, ...]
    height: int = HEIGHT_PX


def speed_chart(points: Sequence[Point]) -> Chart | None:
    """The chart of `points`; None where there are none. The axis of AUC begins at a coin toss, or under the
    worst.
    """
    if not points:
        return None
    best = max(point.high or point.auc for point in points)
    worst = min(point.low or point.auc for point in points)
    lowest, highest = min(0.5, math.floor(10 * worst) / 10), min(1.0, math.ceil(10 * best + 0.2) / 10)
    longest = 1.12 * max(point.ms for point in points)
    step = next((step for step in STEPS if longest / step <= 6), STEPS[-1])

    def down(auc: float) -> float:
        return HEIGHT_PX * (highest - auc) / (highest - lowest)

    tenths = range(round(10 * lowest), round(10 * highest) + 1)
    ranked = sorted(points, key=lambda point: -point.auc)
    drawn = [
        _Drawn(
            point,
            point.ms / longest,
            down(point.auc),
            None if point.high is None else down(point.high),
            None if point.low is None else down(point.low),
        )
        for point in ranked
    ]
    return Chart(
        marks=_named_apart(drawn),
        across=tuple(Tick(f"{ms}", ms / longest) for ms in range(0, math.floor(longest) + 1, step)),
        down=tuple(Tick(f"{tenth / 10:.1f}", down(tenth / 10)) for tenth in tenths),
    )


@dataclass(frozen=True)
class _Drawn:
    """A mark that has no name yet."""

    point: Point
    x: float
    y: float
    top: float | None
    bottom: float | None


@dataclass(frozen=True)
class _Box:
    """A part of the field: from `x1` to `x2` pixels right of a share `x` of its width; down in pixels."""

    x: float
    x1: float
    x2: float
    y1: float
    y2: float

    def meets(self, other: _Box) -> bool:
        """Whether the two share a place on any screen."""
        if self.y2 <= other.y1 or other.y2 <= self.y1:
            return False
        apart = [(self.x - other.x) * width for width in WIDTHS_PX]
        return any(shift + self.x1 < other.x2 and other.x1 < shift + self.x2 for shift in apart)

    @property
    def is_inside(self) -> bool:
        """Whether it lies within the field on every screen."""
        narrow = min(WIDTHS_PX)
        within = self.x * narrow + self.x1 >= 0 and self.x * narrow + self.x2 <= narrow
        return within and self.y1 >= 0 and self.y2 <= HEIGHT_PX


def _named_apart(drawn: Sequence[_Drawn]) -> tuple[Mark, ...]:
    """Each with the nearest free place for its name, beside the mark or else higher or lower; a place that an
    interval crosses only where no other is near.
    """
    taken = [_box_of(mark) for mark in drawn]
    intervals = [box for mark in drawn for box in _interval_of(mark)]
    marks = []
    for mark in drawn:
        free = [place for place in _places(mark) if not any(place[2].meets(box) for box in taken)]
        clear = [place for place in free if not any(place[2].meets(box) for box in intervals)]
        y, left, box = next(iter(clear or free), (mark.y, mark.x > 0.5, _box_of(mark)))
        taken.append(box)
        marks.append(Mark(mark.point, mark.x, mark.y, mark.top, mark.bottom, y, left))
    return tuple(marks)


def _box_of(mark: _Drawn) -> _Box:
    half = MARK_PX / 2
    return _Box(mark.x, -half, half, mark.y - half, mark.y + half)


def _interval_of(mark: _Drawn) -> Iterator[_Box]:
    if mark.top is not None and mark.bottom is not None:
        yield _Box(mark.x, -1, 1, mark.top, mark.bottom)


def _places(mark: _Drawn) -> Iterator[tuple[float, bool, _Box]]:
    """Where its name could stand inside the field, the nearest first: the height of its middle, whether on
    the left, and what it would take.
    """
    wide = LETTER_PX * len(mark.point.name)
    for away, sign, left in itertools.product(range(MOST_AWAY), (-1, 1), (False, True)):
        y = mark.y + sign * away * LINE_PX / 2
        begin = -NAME_GAP_PX - wide if left else NAME_GAP_PX
        box = _Box(mark.x, begin, begin + wide, y - LINE_PX / 2, y + LINE_PX / 2)
        if box.is_inside:
            yield y, left, box
