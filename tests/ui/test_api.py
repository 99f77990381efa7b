"""What programs that ask the page are told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import gradio as gr
import pytest

from detector.pipeline import Progress, judge
from detector.structures import Analysis, Face, FittedRange, Scan, Span
from detector.ui import api
from tests.makers import make_detector, make_face, make_scan
from tests.ui.ready import FIRST, SECOND, THIRD, ReadyBackend

SEEN = FittedRange(Span(90.0, 320.0), Span(0.0, 9.0), None, faces=1389, measured_on="a test")


def face(size_px: float) -> Face:
    made = make_face(0.9)
    return replace(made, quality=replace(made.quality, size_px=size_px))


class RangedBackend(ReadyBackend):
    """A backend whose detector knows the range it was fitted on."""

    def judge(self, scan: Scan, name: str, progress: Progress | None = None) -> Analysis:
        return judge(scan, make_detector(seen=SEEN))


def test_the_api_reports_what_the_page_says(tmp_path: Path) -> None:
    asked = api.Asked(RangedBackend(tmp_path, make_scan(face(45.0))))
    report = cast(Any, asked.photo("a.jpg", FIRST, False))
    assert report["extrapolated"] is True
    assert report["deciding"]["unseen"] == ["smaller (45 pixels across, those were 90 to 320)"]
    assert report["detector"]["seen"]["size_px"] == {"low": 90.0, "high": 320.0}


def test_the_api_refuses_before_it_reads_the_file(tmp_path: Path) -> None:
    backend = ReadyBackend(tmp_path, make_scan())
    with pytest.raises(gr.Error) as refused:
        api.Asked(backend).photo("a.jpg", "bnext-t", False)
    trained = ", ".join((SECOND, THIRD, FIRST))
    assert refused.value.title == "not_trained"
    assert refused.value.message == f"bnext-t is not trained, so it cannot judge; trained are: {trained}"
    assert backend.scans == 0
