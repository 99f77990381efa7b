"""Verdicts at every boundary, and the sentence for people."""

from __future__ import annotations

import math

import pytest

from detector.pipeline import judge
from detector.structures import Thresholds, Verdict
from detector.verdict import band_in_words, decide, in_words, sentence
from tests.makers import make_detector, make_face, make_scan

BAND = Thresholds(t=0.50, lo=0.30, hi=0.70)


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
    assert decide(p_fake, BAND) is expected


@pytest.mark.parametrize("p_fake", [0.0, 0.5, 1.0])
def test_a_side_that_never_commits_never_does(p_fake):
    assert decide(p_fake, Thresholds(t=0.5, lo=0.0, hi=1.0)) is Verdict.UNCERTAIN


@pytest.mark.parametrize("p_fake", [0.0, 0.1, 0.5, 0.99])
def test_marked_is_uncertain_at_best(p_fake):
    assert decide(p_fake, BAND, marked=True) is Verdict.UNCERTAIN


def test_no_face_stays_no_face_when_marked():
    assert decide(None, BAND, marked=True) is Verdict.NO_FACE


@pytest.mark.parametrize("p_fake", [-0.1, 1.1, math.nan])
def test_decide_refuses_what_is_no_probability(p_fake):
    with pytest.raises(ValueError, match="not a probability"):
        decide(p_fake, BAND)


@pytest.mark.parametrize(
    ("p_fake", "words"),
    [
        (0.0, "under 1 %"),
        (0.0099, "under 1 %"),
        (0.01, "1 %"),
        (0.556, "56 %"),
        (0.99, "99 %"),
        (0.9999, "over 99 %"),
    ],
)
def test_a_probability_never_reads_as_certainty(p_fake, words):
    assert in_words(p_fake) == words


def test_the_band_speaks_in_percentages_too():
    assert band_in_words(BAND) == "30 % to 70 %"
    assert band_in_words(Thresholds(t=0.5, lo=0.0, hi=1.0)) == "0 % to 100 %"


FAKE, REAL = 0.8, 0.2


@pytest.mark.fidelity("3-14")
@pytest.mark.parametrize(
    ("scan", "expected"),
    [
        (
            make_scan(make_face(FAKE)),
            "Likely fake: the probability of a fake is 80 %, resting on the one face found.",
        ),
        (
            make_scan(make_face(REAL), make_face(REAL)),
            "Likely real: the probability of a fake is 20 %, resting on the most suspicious of 2 faces.",
        ),
        (
            make_scan(make_face(0.02, remarks=("blurred",))),
            (
                "Uncertain, although the probability of a fake is 2 %, because the face that decides is hard"
                " to judge: blurred."
            ),
        ),
        (
            make_scan(make_face(0.5)),
            "Uncertain: the probability of a fake is 50 %, resting on the one face found.",
        ),
        (make_scan(), "No face found: nothing in this photo was judged, so there is no probability."),
        (
            make_scan(*(make_face(FAKE, frame=i, track=0) for i in range(4)), kind="video", tracked=True),
            "Likely fake: the probability of a fake is 80 %, resting on the one person, seen in 4 frames.",
        ),
        (
            make_scan(*(make_face(FAKE, frame=i) for i in range(4)), kind="video"),
            (
                "Likely fake: the probability of a fake is 80 %, resting on the most suspicious face in each"
                " of 4 frames."
            ),
        ),
        (
            make_scan(make_face(FAKE), kind="video"),
            (
                "Uncertain, although the probability of a fake is 80 %, because only 1 frame shows a face, "
                "and a video needs 3 for more than uncertain."
            ),
        ),
    ],
)
def test_the_sentence_says_verdict_probability_and_what_it_rests_on(scan, expected):
    assert sentence(judge(scan, make_detector())) == expected
