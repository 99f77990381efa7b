"""The published rule for the faces of a video, at its edges."""

from __future__ import annotations

import pytest

from detector.evaluate.confident import confident_mean


@pytest.mark.fidelity("2-15")
@pytest.mark.parametrize(
    "p_fakes, expected",
    [
        ([0.3], 0.3),
        ([0.9] * 12 + [0.5] * 17, 0.9),  # 12 of 29: over 29 // 2.5 = 11
        ([0.9] * 12 + [0.5] * 18, (12 * 0.9 + 18 * 0.5) / 30),  # 12 of 30: not over 30 // 2.5 = 12
        ([0.9] * 11 + [0.5] * 4, (11 * 0.9 + 4 * 0.5) / 15),  # too few, whatever the share
        ([0.8] * 20, 0.8),  # 0.8 is not over 0.8: the mean of all
        ([0.1] * 19 + [0.7], 0.1),  # 19 of 20 surely real
        ([0.1] * 18 + [0.7] * 2, (18 * 0.1 + 2 * 0.7) / 20),  # exactly 0.9 is not more than it
    ],
)
def test_the_sure_faces_decide_where_they_are_many(p_fakes: list[float], expected: float) -> None:
    assert confident_mean(p_fakes) == pytest.approx(expected)


def test_no_faces_have_no_mean() -> None:
    with pytest.raises(ValueError):
        confident_mean([])
