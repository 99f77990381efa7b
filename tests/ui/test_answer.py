"""The card of an answer: one paragraph of words beside the verdict and the scale."""

from __future__ import annotations

import re

import pytest

from detector.pipeline import judge
from detector.structures import Scan
from detector.ui import answer
from tests.makers import DARK, make_detector, make_face, make_scan


def said(scan: Scan) -> str:
    """What the card's first paragraph says of `scan`."""
    card = answer.verdict_card(judge(scan, make_detector()))
    paragraph = re.search(r"<p>(.*?)</p>", card)
    assert paragraph is not None
    return paragraph[1]


def test_a_sure_answer_says_its_probability_and_what_it_rests_on() -> None:
    assert said(make_scan(make_face(0.8))) == (
        "The probability of a fake is 80 %, resting on the one face found."
    )


def test_a_sure_but_marked_face_says_probability_and_why_it_is_uncertain() -> None:
    assert said(make_scan(make_face(0.02, remarks=(DARK,)))) == (
        "The probability of a fake is 2 %, but the face that decides is hard to judge: very dark."
    )


@pytest.mark.parametrize(("frames", "shows"), [(1, "only 1 frame shows"), (2, "only 2 frames show")])
def test_a_video_with_too_few_judged_frames_says_so(frames: int, shows: str) -> None:
    faces = [make_face(0.8, frame=frame) for frame in range(frames)]
    assert said(make_scan(*faces, kind="video", frames_read=32)) == (
        f"The probability of a fake is 80 %, but {shows} a face, and a video needs 3 for more than uncertain."
    )


def test_a_photo_without_a_face_says_that_nothing_was_judged() -> None:
    assert said(make_scan()) == "Nothing in this photo was judged, so there is no probability."
