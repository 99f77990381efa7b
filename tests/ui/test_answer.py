"""The HTML of an answer: its card, scale, remarks, details, downloads."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import replace

from detector.pipeline import judge
from detector.report import csv_row, to_csv
from detector.structures import Scan
from detector.ui import answer, panel
from tests.makers import make_detector, make_face, make_scan


def said(scan: Scan) -> str:
    """What the card's first paragraph says of `scan`."""
    card = answer.verdict_card(judge(scan, make_detector()))
    paragraph = re.search(r"<p>(.*?)</p>", card)
    assert paragraph is not None
    return paragraph[1]


def test_an_answer_without_fitted_evidence_says_so() -> None:
    assert said(make_scan(make_face(0.8))) == "No support either way."
    card = answer.verdict_card(judge(make_scan(make_face(0.8)), make_detector()))
    assert "was not measured for this detector" in card


def test_a_photo_without_a_face_says_that_nothing_was_judged() -> None:
    assert said(make_scan()) == (
        "No face was found: use a picture where a face is larger, sharper or turned to the camera, or say"
        " that it is already cropped."
    )


def test_a_name_from_outside_is_escaped() -> None:
    card = answer.failure_card('<b>"a" & b</b>.jpg is empty')
    assert "<b>" not in card and "&lt;b&gt;" in card and 'data-verdict="could not be read"' in card
    scan = make_scan(make_face(0.8))
    scan = replace(scan, media=replace(scan.media, name='<i>".jpg'))
    analysis = judge(scan, make_detector())
    assert "<i>" not in answer.details(analysis) and "<i>" not in panel.downloads([analysis])


def test_the_scale_has_the_mark_at_the_probability() -> None:
    scale = answer.probability_scale(0.8)
    assert 'class="mark" style="left:80.0%"' in scale and 'class="beyond"' not in scale


def test_the_reasons_are_listed_once_and_none_where_the_card_says_them() -> None:
    listed = answer.remarks(judge(make_scan(make_face(0.5)), make_detector()))
    assert re.findall("<li>(.*?)</li>", listed) == [
        "Based on the one face found.",
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
    assert json.loads(report)["verdict"] == "uncertain"
    assert table == to_csv([csv_row(analysis)])
