"""The figures of an analysis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from detector.plots import UNTRACKED_NAME, timeline
from detector.structures import (
    Analysis,
    Calibration,
    DetectorInfo,
    Face,
    FaceScore,
    InputSpec,
    MediaInfo,
    Quality,
    Reason,
    Thresholds,
    TrackScore,
    Verdict,
)
from tests.makers import BLURRED

THRESHOLDS = Thresholds(t=0.5)


def face_score(
    frame_index: int, p_fake: float, track_id: int | None = None, remarks: tuple[Reason, ...] = ()
) -> FaceScore:
    quality = Quality(size_px=100, sharpness=1, exposure=0.5, yaw_deg=0, remarks=remarks)
    box, points, patch = np.zeros(4, np.float32), np.zeros((5, 2), np.float32), np.zeros((1, 1, 3), np.uint8)
    face = Face(box, 1.0, points, patch, (0, 0), quality, frame_index, frame_index * 0.5, track_id)
    return FaceScore(face=face, logit=float(np.log(p_fake / (1 - p_fake))), p_fake=p_fake)


def analysis_of(tracks: Sequence[TrackScore], tracked: bool) -> Analysis:
    media = MediaInfo(
        "clip.mp4", "video", "0" * 64, 1, "h264", 640, 360, fps=25.0, duration_s=5.0, frame_count=125
    )
    spec = InputSpec(64, 0.2, (0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
    info = DetectorInfo("red", "Red", "0" * 64, "pytorch", spec, Calibration(1, 0, "by hand"), THRESHOLDS)
    p_fake = max((track.p_fake for track in tracks), default=None)
    verdict = Verdict.UNCERTAIN if tracks else Verdict.NO_FACE
    return Analysis(media, info, tuple(tracks), p_fake, verdict, (), {}, frames_read=10, tracked=tracked)


def traces(figure: Any) -> dict[str, Any]:
    return {trace.name: trace for trace in figure.data if trace.name}


def words(figure: Any) -> str:
    return " | ".join(note.text.replace("<br>", " ") for note in figure.layout.annotations)


def test_a_tracked_clip_has_a_curve_a_person() -> None:
    tracks = [
        TrackScore(0, (face_score(0, 0.9, 0), face_score(1, 0.8, 0)), 0.85),
        TrackScore(1, (face_score(0, 0.2, 1), face_score(1, 0.1, 1)), 0.15),
    ]
    drawn = traces(timeline(analysis_of(tracks, tracked=True), dark=False))
    assert list(drawn["person 1"].x) == [0.0, 0.5] and list(drawn["person 1"].y) == [0.9, 0.8]
    assert list(drawn["person 2"].y) == [0.2, 0.1]


def test_persons_differ_in_more_than_colour() -> None:
    tracks = [TrackScore(k, (face_score(0, 0.5, k), face_score(1, 0.5, k)), 0.5) for k in range(6)]
    drawn = [
        trace
        for name, trace in traces(timeline(analysis_of(tracks, tracked=True), dark=False)).items()
        if name.startswith("person")
    ]
    assert len({trace.line.dash for trace in drawn}) == 6
    assert len({trace.marker.symbol[0] for trace in drawn}) == 6


def test_an_untracked_clip_shows_the_most_suspicious_face_of_each_frame_and_says_so() -> None:
    track = TrackScore(None, (face_score(0, 0.2), face_score(0, 0.6), face_score(1, 0.4)), 0.5)
    drawn = traces(timeline(analysis_of([track], tracked=False), dark=False))
    assert UNTRACKED_NAME == "most suspicious face, not tracked"
    assert list(drawn[UNTRACKED_NAME].y) == [0.6, 0.4]
    assert not any(name.startswith("person") for name in drawn)


def test_the_curve_is_broken_where_no_face_was() -> None:
    track = TrackScore(0, tuple(face_score(index, 0.5, 0) for index in (0, 1, 4)), 0.5)
    curve = traces(timeline(analysis_of([track], tracked=True), dark=False))["person 1"]
    assert list(curve.y) == [0.5, 0.5, None, 0.5]
    assert curve.connectgaps is False
    assert list(curve.customdata) == [0, 1, None, 4]


def test_a_face_with_a_remark_is_hollow_and_says_it() -> None:
    track = TrackScore(0, (face_score(0, 0.5, 0), face_score(1, 0.5, 0, (BLURRED,))), 0.5)
    curve = traces(timeline(analysis_of([track], tracked=True), dark=False))["person 1"]
    assert list(curve.marker.symbol) == ["circle", "circle-open"]
    assert "blurred" in curve.text[1]


def test_people_read_percentages_and_never_certainty() -> None:
    track = TrackScore(0, (face_score(0, 0.999, 0), face_score(1, 0.556, 0, (BLURRED,))), 0.9)
    figure = timeline(analysis_of([track], tracked=True), dark=False)
    assert list(traces(figure)["person 1"].text) == ["over 99 %", "56 %<br>blurred: fine detail is missing"]
    assert list(figure.layout.yaxis.ticktext) == ["0 %", "25 %", "50 %", "75 %", "100 %"]


@pytest.mark.parametrize("tracked", [True, False])
def test_a_clip_without_a_face_says_so(tracked: bool) -> None:
    figure = timeline(analysis_of([], tracked=tracked), dark=False)
    assert "no face found" in words(figure)
    assert traces(figure) == {}


@pytest.mark.parametrize("dark", [True, False])
def test_a_figure_follows_the_page_and_says_its_height(dark: bool) -> None:
    track = TrackScore(0, (face_score(0, 0.5, 0),), 0.5)
    clip = analysis_of([track], tracked=True)
    figure = timeline(clip, dark)
    assert figure.layout.paper_bgcolor == figure.layout.plot_bgcolor == "rgba(0,0,0,0)"
    assert figure.layout.height > 100
    assert (figure.layout.font.color == "#E8E8E8") is dark
