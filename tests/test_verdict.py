"""The verdict at every strength of evidence."""

from __future__ import annotations

import pytest

from detector.structures import Direction, Evidence, Question, Strength, Verdict
from detector.verdict import decide


def evidence(direction: Direction, strength: Strength) -> Evidence:
    return Evidence(Question.EITHER, direction, strength, lr=1.0, lr_low=1.0, lr_high=1.0)


@pytest.mark.fidelity("1-13", "3-10")
@pytest.mark.parametrize(
    ("direction", "strength", "expected"),
    [
        (Direction.FAKE, Strength.MODERATELY_STRONG, Verdict.LIKELY_FAKE),
        (Direction.FAKE, Strength.MODERATE, Verdict.LIKELY_FAKE),
        (Direction.FAKE, Strength.WEAK, Verdict.UNCERTAIN),
        (Direction.NONE, Strength.NONE, Verdict.UNCERTAIN),
        (Direction.REAL, Strength.WEAK, Verdict.UNCERTAIN),
        (Direction.REAL, Strength.MODERATE, Verdict.LIKELY_REAL),
        (Direction.REAL, Strength.MODERATELY_STRONG, Verdict.LIKELY_REAL),
    ],
)
def test_a_verdict_takes_moderate_support(direction, strength, expected):
    assert decide(evidence(direction, strength)) is expected


def test_where_no_face_was_judged_there_is_no_evidence_and_the_verdict_says_so():
    assert decide(None) is Verdict.NO_FACE
