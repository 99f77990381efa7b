"""The HTML of an answer: its card, scale, remarks, details, downloads."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import replace

import pytest

from detector.pipeline import judge
from detector.report import csv_row, to_csv
from detector.structures import Scan, Thresholds
from detector.ui import answer, panel
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


def test_a_name_from_outside_is_escaped() -> None:
    card = answer.failure_card('<b>"a" & b</b>.jpg is empty')
    assert "<b>" not in card and "&lt;b&gt;" in card and 'data-verdict="could not be read"' in card
    scan = make_scan(make_face(0.8))
    scan = replace(scan, media=replace(scan.media, name='<i>".jpg'))
    analysis = judge(scan, make_detector())
    assert "<i>" not in answer.details(analysis) and "<i>" not in panel.downloads([analysis])


def test_the_scale_has_its_three_zones_and_the_mark_at_the_probability() -> None:
    scale = answer.probability_scale(0.8, Thresholds(t=0.5, lo=0.3, hi=0.7))
    zones = re.findall(r'class="zone (\w+)" style="left:([\d.]+)%;width:([\d.]+)%"', scale)
    assert zones == [("real", "0.0", "30.0"), ("unsure", "30.0", "40.0"), ("fake", "70.0", "30.0")]
    assert 'class="mark" style="left:80.0%"' in scale
    assert "never answers" not in scale and 'class="beyond"' not in scale


@pytest.mark.parametrize(
    ("lo", "hi", "never"),
    [
        (0.0, 0.7, "“likely real”:"),
        (0.3, 1.0, "“likely fake”:"),
        (0.0, 1.0, "“likely real” or “likely fake”:"),
    ],
)
def test_a_verdict_that_is_never_given_is_named(lo: float, hi: float, never: str) -> None:
    scale = answer.probability_scale(0.5, Thresholds(t=0.5, lo=lo, hi=hi))
    assert f"never answers {never}" in scale and 'style="left:0.0%;width:0.0%"' not in scale


def test_the_reasons_are_listed_once_and_none_where_the_card_says_them() -> None:
    listed = answer.remarks(judge(make_scan(make_face(0.5)), make_detector()))
    assert re.findall("<li>(.*?)</li>", listed) == [
        "The probability of a fake, 50 %, lies in this detector&#39;s uncertain band, 30 % to 70 %.",
        "One face was found.",
    ]
    assert answer.remarks(judge(make_scan(), make_detector())) == ""


def test_the_report_and_the_table_can_be_saved_from_their_links() -> None:
    analysis = judge(make_scan(make_face(0.8)), make_detector())
    links = re.findall(r'download="(.*?)" href="data:(.*?);base64,(.*?)"', panel.downloads([analysis]))
    assert [(name, kind) for name, kind, _ in links] == [
        ("file.jpg.unblend.json", "application/json"),
        ("unblend.csv", "text/csv"),
    ]
    report, table = (base64.b64decode(content).decode() for *_, content in links)
    assert json.loads(report)["verdict"] == "likely fake"
    assert table == to_csv([csv_row(analysis)])
