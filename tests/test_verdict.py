"""Verdicts at every boundary, and why they are no more."""

from __future__ import annotations

import math

import pytest

from detector.structures import Reason, ReasonKind, Thresholds, Verdict, named
from detector.verdict import Decision, decide
from tests.makers import DARK

BAND = Thresholds(t=0.50, lo=0.30, hi=0.70)
CAVEAT = Reason(ReasonKind.FACE_HARD_TO_JUDGE, causes=(DARK,))


@pytest.mark.fidelity("1-13", "3-10")
@pytest.mark.parametrize(
    ("p_fake", "expected"),
    [
        (None, Verdict.NO_FACE),
        (0.0, Verdict.LIKELY_REAL),
        (math.nextafter(0.30, 0), Verdict.LIKELY_REAL),
        (0.30, Verdict.UNCERTAIN),
        (0.50, Verdict.UNCERTAIN),
        (0.70, Verdict.UNCERTAIN),
        (math.nextafter(0.70, 1), Verdict.LIKELY_FAKE),
        (1.0, Verdict.LIKELY_FAKE),
    ],
)
def test_decide_at_the_thresholds(p_fake, expected):
    assert decide(p_fake, BAND).verdict is expected


@pytest.mark.parametrize("p_fake", [0.0, 0.5, 1.0])
def test_a_side_that_never_commits_never_does(p_fake):
    assert decide(p_fake, Thresholds(t=0.5, lo=0.0, hi=1.0)).verdict is Verdict.UNCERTAIN


@pytest.mark.parametrize("p_fake", [0.0, 0.1, 0.99])
def test_with_a_caveat_it_is_uncertain_at_best_and_the_caveat_is_why(p_fake):
    assert decide(p_fake, BAND, [CAVEAT]) == Decision(Verdict.UNCERTAIN, (CAVEAT,))


@pytest.mark.parametrize("p_fake", [0.0, 0.29, 0.71, 1.0])
def test_where_the_probability_decides_nothing_else_is_why(p_fake):
    assert decide(p_fake, BAND).why == ()


def test_a_probability_in_the_band_is_why_before_any_caveat():
    in_band = Reason(ReasonKind.IN_BAND, named(p_fake=0.4), named(low=0.3, high=0.7))
    assert decide(0.4, BAND) == Decision(Verdict.UNCERTAIN, (in_band,))
    assert decide(0.4, BAND, [CAVEAT]) == Decision(Verdict.UNCERTAIN, (in_band, CAVEAT))


def test_no_face_stays_no_face_and_says_why():
    nothing = Reason(ReasonKind.NO_FACE)
    assert decide(None, BAND, [nothing]) == Decision(Verdict.NO_FACE, (nothing,))


def test_a_decision_can_be_compared_and_kept_in_a_set():
    assert {decide(0.4, BAND, [CAVEAT]), decide(0.4, BAND, [CAVEAT])} == {decide(0.4, BAND, [CAVEAT])}


@pytest.mark.parametrize("p_fake", [-0.1, 1.1, math.nan])
def test_decide_refuses_what_is_no_probability(p_fake):
    with pytest.raises(ValueError, match="not a probability"):
        decide(p_fake, BAND)
