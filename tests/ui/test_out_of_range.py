"""What the page says of a face out of the range that the calibration was fitted on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import gradio as gr
import pytest

from detector.pipeline import Progress, judge
from detector.settings import Settings
from detector.structures import Analysis, Face, FittedRange, Scan, Span
from detector.ui import answer, api, texts
from detector.ui.backend import Backend
from detector.ui.cancellation import StopFlag
from detector.ui.glossary import TERMS
from detector.ui.panel import Updates, build_panel
from detector.ui.photo_events import Many, PhotoHandlers
from detector.ui.video import _build_parts
from detector.ui.video_events import States, VideoHandlers
from detector.weights import write_entry
from tests.makers import make_detector, make_entry, make_face, make_scan

NAME = "unblend-lite2"
SEEN = FittedRange(Span(90.0, 320.0), Span(0.0, 9.0), None, faces=1389, measured_on="a test")
FELL_OUTSIDE = "smaller (45 pixels across, they had 90 to 320)"


def face(size_px: float, frame: int = 0) -> Face:
    made = make_face(0.9, frame=frame, time_s=0.5 * frame, track=0)
    return replace(made, quality=replace(made.quality, size_px=size_px))


class ReadyBackend(Backend):
    """A backend that finds the same in every file, and judges it by a fake engine."""

    def __init__(self, folder: Path, scanned: Scan) -> None:
        write_entry(folder, NAME, make_entry(seen=SEEN))
        super().__init__(replace(Settings.from_env({}), weights=folder))
        self.scanned = scanned

    def scan(self, path: Path, cropped: bool = False, progress: Progress | None = None) -> Scan:
        return self.scanned

    def judge(self, scan: Scan, name: str, progress: Progress | None = None) -> Analysis:
        return judge(scan, make_detector(seen=SEEN))


def photo(folder: Path, size_px: float) -> tuple[PhotoHandlers, Updates]:
    """The handlers of the tab and what they show for a photo of one face."""
    with gr.Blocks():
        many = Many(gr.Column(), gr.Dataframe(), gr.HTML())
        backend = ReadyBackend(folder, make_scan(face(size_px)))
        do = PhotoHandlers(backend, build_panel(), many, gr.State(()), gr.State(None), gr.State(False))
        return do, do.judge_paths(("a.jpg",), NAME, False, cast(Any, None))


def test_a_photo_of_a_face_out_of_range_is_warned_of_beside_its_probability_and_told_in_what(
    tmp_path: Path,
) -> None:
    do, shown = photo(tmp_path, 45.0)
    card = shown[do.panel.verdict]
    assert 'class="beyond"' in card and TERMS["extrapolation"] in card
    assert FELL_OUTSIDE in shown[do.panel.remarks]
    assert "smaller than the faces the probability was fitted on" in shown[do.panel.faces]
    assert "98 in 100 of 1,389 faces were 90 to 320 pixels across" in shown[do.panel.details]


def test_a_face_in_range_gets_no_warning(tmp_path: Path) -> None:
    do, shown = photo(tmp_path, 200.0)
    assert 'class="beyond"' not in shown[do.panel.verdict]
    assert "extrapolation" not in shown[do.panel.remarks]
    assert "fitted on" not in shown[do.panel.faces]


def test_where_nothing_was_measured_the_details_do_not_speak_of_it() -> None:
    shown = answer.details(judge(make_scan(face(45.0)), make_detector()))
    assert texts.SEEN_LABEL not in shown


@pytest.mark.parametrize(("size_px", "warned"), [(45.0, True), (200.0, False)])
def test_a_video_is_warned_of_likewise(tmp_path: Path, size_px: float, warned: bool) -> None:
    scan = make_scan(*(face(size_px, frame) for frame in range(4)), kind="video", tracked=True)
    with gr.Blocks():
        do = VideoHandlers(
            ReadyBackend(tmp_path, scan),
            _build_parts(),
            States(gr.State(None), gr.State(None), gr.State(None)),
        )
        quiet = cast(Any, lambda *_, **__: None)
        shown = do.analyse(
            "clip.mp4", NAME, StopFlag(), False, cast(Any, SimpleNamespace(session_hash="me")), progress=quiet
        )
    assert ('class="beyond"' in shown[do.parts.verdict]) is warned
    assert (FELL_OUTSIDE in shown[do.parts.remarks]) is warned


def test_the_api_reports_what_the_page_says(tmp_path: Path) -> None:
    report = cast(Any, api.report(ReadyBackend(tmp_path, make_scan(face(45.0))), "a.jpg", NAME, False))
    assert report["extrapolated"] is True
    assert report["deciding"]["unseen"] == [FELL_OUTSIDE]
    assert report["detector"]["seen"]["size_px"] == {"low": 90.0, "high": 320.0}
