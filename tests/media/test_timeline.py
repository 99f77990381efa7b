"""Which of a video's times are taken."""

from __future__ import annotations

import pytest

from detector.media.timeline import spread


@pytest.mark.parametrize("times, end, count, chosen", [
    ([], 0, 4, ()),
    ([5], 6, 4, (5,)),
    ([0, 1, 2], 3, 3, (0, 1, 2)),
    (range(10), 10, 1, (5,)),
    (range(12), 12, 3, (2, 6, 10)),
    ([0, 1, 2, 98, 99], 100, 2, (2, 98)),
    ([0, 1, 2, 3, 96, 97, 98, 99], 100, 4, (2, 3, 96, 97)),  # a hole: from both of its sides
    ([0, 95, 96, 97, 98, 99], 100, 4, (0, 95, 96, 97)),
])  # fmt: skip
def test_the_nearest_to_the_middles_of_equal_parts(times, end, count, chosen):
    assert spread(list(times), 0, end, count) == chosen


@pytest.mark.fidelity("0-18")
@pytest.mark.parametrize("count", [1, 2, 7, 31, 32, 33, 99, 100, 101])
def test_as_many_as_asked_for_none_twice(count):
    times = [i * i for i in range(100)]
    chosen = spread(times, 0, 10_000, count)
    assert len(set(chosen)) == len(chosen) == min(count, 100)
    assert list(chosen) == sorted(chosen) and set(chosen) <= set(times)
