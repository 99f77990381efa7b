"""The measure of change points: false alarms and finds are counted apart, by the rule that is asked for."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tools.change_points import FAKE, GENUINE, HALF, Counted, Series, count, page

STILL = tuple(np.tile([0.1, -0.1, 0.0, 0.05], 8))
STEP = tuple(value + (place >= 16) for place, value in enumerate(STILL))


def series(kind: str, logits: tuple[float, ...], blended_from: int | None = None) -> Series:
    return Series("a.mp4", "red", kind, logits, blended_from, slope=1.8)


SOME = [series(GENUINE, STILL), series(GENUINE, STEP), series(FAKE, STILL)]
SOME += [series(HALF, STEP, 16), series(HALF, STEP, 8), series(HALF, STILL, 16)]


def test_false_alarms_and_changes_at_the_right_place_are_counted_apart() -> None:
    assert count(SOME, GENUINE, penalty=4, factor=2) == Counted(hits=1, placed=0, of=2)
    assert count(SOME, FAKE, penalty=4, factor=2) == Counted(hits=0, placed=0, of=1)
    assert count(SOME, HALF, penalty=4, factor=2) == Counted(hits=2, placed=1, of=3)


def test_a_stricter_rule_finds_less() -> None:
    assert count(SOME, HALF, penalty=4, factor=10).hits == 0


def test_the_page_names_the_rule_in_use_and_says_who_was_asked(tmp_path: Path) -> None:
    index = tmp_path / "index.csv"
    index.write_text("file,label\n")
    said = page(index, ["red"], SOME)
    assert "| **3** | **8** |" in said and "| `red` | 1 of 2 | 0 of 1 | 2 of 3 | 1 of 3 |" in said
