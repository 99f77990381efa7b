"""The chart of rank against time: its places, and names that are apart."""

from __future__ import annotations

import itertools

import pytest

from detector.ui.chart import LETTER_PX, LINE_PX, WIDTHS_PX, Mark, Point, speed_chart


def span(mark: Mark, width: int) -> tuple[float, float]:
    """Where a name begins and ends in a field of `width` pixels."""
    x, wide = width * mark.x, LETTER_PX * len(mark.point.name)
    return (x - 12 - wide, x - 12) if mark.left else (x + 12, x + 12 + wide)


def test_without_points_there_is_no_chart() -> None:
    assert speed_chart([]) is None


def test_faster_is_left_and_better_is_up() -> None:
    chart = speed_chart([Point("slow", 100, 0.9), Point("fast", 25, 0.6)])
    assert chart is not None
    slow, fast = chart.marks
    assert slow.x > fast.x and slow.y < fast.y
    assert fast.x == pytest.approx(slow.x / 4)


def test_the_axis_of_auc_begins_at_a_coin_toss_or_under_the_worst() -> None:
    above, below = speed_chart([Point("a", 10, 0.7)]), speed_chart([Point("a", 10, 0.45, 0.38, 0.5)])
    assert above is not None and above.down[0].words == "0.5"
    assert below is not None and below.down[0].words == "0.3"


def test_an_interval_lies_around_its_mark() -> None:
    chart = speed_chart([Point("a", 10, 0.7, 0.65, 0.75)])
    assert chart is not None
    (mark,) = chart.marks
    assert mark.top is not None and mark.bottom is not None and mark.top < mark.y < mark.bottom


@pytest.mark.parametrize("width", WIDTHS_PX)
def test_names_of_near_points_meet_neither_names_nor_marks(width: int) -> None:
    points = [Point(f"Detector {letter}", 50 + place, 0.7) for place, letter in enumerate("abcdef")]
    chart = speed_chart([*points, Point("Inspector B0", 24, 0.606), Point("DeiT tiny", 26, 0.604)])
    assert chart is not None
    for one, other in itertools.permutations(chart.marks, 2):
        (begin, end), (start, stop) = span(one, width), span(other, width)
        assert end <= start or stop <= begin or abs(one.name_y - other.name_y) >= LINE_PX
        assert not begin < width * other.x < end or abs(one.name_y - other.y) >= LINE_PX / 2
        assert begin >= 0 and end <= width


def test_numbers_of_the_axis_of_time_are_few_and_begin_at_nothing() -> None:
    chart = speed_chart([Point("a", 940, 0.7)])
    assert chart is not None
    assert [tick.words for tick in chart.across] == ["0", "200", "400", "600", "800", "1000"]
