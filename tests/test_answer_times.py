"""The page of answer times: what it says of figures made here."""

from __future__ import annotations

from tools.answer_times import written
from tools.stopwatch import Timed

SOON = Timed("Check", "a photo", 1.0, 0.9, (0.2, 0.4, 0.3))
LATE = Timed("Learn", "a slider", 1.0, 0.9, (1.2, 1.4, 0.3))
FREE = Timed("Compare", "maps", None, 9.0, (5.0, 3.0, 4.0))


def test_the_page_has_medians_longest_and_first_times() -> None:
    said = written([SOON, FREE], [0.1, 0.25])
    assert "| Check | a photo | 1 | 0.30 | 0.40 | 0.90 |" in said
    assert "| Compare | maps | – | 4.00 | 5.00 | 9.00 |" in said
    assert "Every median is within its limit." in said
    assert "load average\n0.1 before, 0.2 after" in said


def test_what_takes_too_long_is_told_and_bold() -> None:
    said = written([SOON, LATE], [0.0, 0.0])
    assert "| Learn | a slider | 1 | **1.20** | 1.40 | 0.90 |" in said
    assert "Over their limit: 1, in bold." in said
