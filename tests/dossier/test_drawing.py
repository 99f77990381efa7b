"""Places of ratios on the scale, and of faces on the curves of a video."""

from __future__ import annotations

from dataclasses import replace

import pytest

from detector.dossier.drawing import HEIGHT, WIDTH, place, plot_of, range_of
from detector.evidence import GenuineClips
from detector.structures import Analysis, Change
from tests.dossier.made import WEAK, answered, clip, photo
from tests.makers import BLURRED, make_evidence, make_face, make_scan


@pytest.mark.parametrize(
    "ratio, expected",
    [(1, 50), (1000, 100), (0.001, 0), (10, 50 + 50 / 3), (0.1, 50 - 50 / 3), (1e9, 100), (0, 0)],
)
def test_a_ratio_stands_by_its_logarithm(ratio, expected):
    assert place(ratio) == pytest.approx(expected)


def test_a_range_spans_its_ends_and_none_where_nothing_was_weighed():
    shown = range_of(WEAK)
    assert shown is not None and shown.low < shown.at < shown.high
    assert range_of(None) is None
    assert range_of(make_evidence(None)) is None
    alone = range_of(make_evidence(5.0, lr_low=None, lr_high=None))
    assert alone is not None and alone.low == alone.at == alone.high


def test_a_photo_and_an_empty_video_have_no_plot():
    assert plot_of(answered(photo(0.5)), answered(photo(0.5)).tracks) is None
    empty = answered(make_scan(kind="video"))
    assert plot_of(empty, empty.tracks) is None


def test_a_curve_runs_over_the_whole_clip_in_p_fake():
    analysis = answered(clip([[0.2, 0.4, 0.8]]))
    plot = plot_of(analysis, analysis.tracks)
    assert plot is not None and not plot.by_ratio
    ((points,),) = (curve.pieces for curve in plot.curves)
    assert [point.x for point in points] == pytest.approx([0, WIDTH / 3, 2 * WIDTH / 3], abs=0.1)
    assert [point.y for point in points] == pytest.approx([0.8 * HEIGHT, 0.6 * HEIGHT, 0.2 * HEIGHT], abs=1)
    assert [tick.words for tick in plot.up] == ["0 %", "25 %", "50 %", "75 %", "100 %"]
    assert plot.across[0].words == "0 s" and plot.across[-1].at <= WIDTH


def by_ratio(analysis: Analysis, *ratios: float) -> Analysis:
    (track,) = analysis.tracks
    scores = tuple(
        replace(score, evidence=make_evidence(ratio))
        for score, ratio in zip(track.face_scores, ratios, strict=True)
    )
    return replace(analysis, tracks=(replace(track, face_scores=scores),))


def test_where_frames_are_weighed_the_curve_is_one_of_ratios():
    analysis = by_ratio(answered(clip([[0.2, 0.5, 0.8]])), 0.1, 1.0, 10.0)
    plot = plot_of(analysis, analysis.tracks)
    assert plot is not None and plot.by_ratio
    heights = [point.y for point in plot.curves[0].pieces[0]]
    assert heights == pytest.approx([HEIGHT * 2 / 3, HEIGHT / 2, HEIGHT / 3], abs=0.1)
    assert [tick.words for tick in plot.up] == ["100", "10", "1", "1/10", "1/100"]


def test_a_curve_is_broken_where_the_person_was_not_seen():
    faces = [make_face(0.5, frame=frame, track=0) for frame in (0, 1, 5, 6)]
    analysis = answered(make_scan(*faces, kind="video", tracked=True))
    plot = plot_of(analysis, analysis.tracks)
    assert plot is not None
    assert [len(piece) for piece in plot.curves[0].pieces] == [2, 2]


def test_a_face_hard_to_judge_is_hollow():
    faces = [make_face(0.5, frame=0, track=0), make_face(0.5, frame=1, track=0, remarks=[BLURRED])]
    analysis = answered(make_scan(*faces, kind="video", tracked=True))
    plot = plot_of(analysis, analysis.tracks)
    assert plot is not None
    assert [point.hard for point in plot.curves[0].pieces[0]] == [False, True]


def test_of_faces_not_told_apart_the_most_suspicious_of_each_frame_is_drawn():
    faces = [make_face(level, frame=frame) for frame in range(3) for level in (0.2, 0.9)]
    analysis = answered(make_scan(*faces, kind="video"))
    plot = plot_of(analysis, analysis.tracks)
    assert plot is not None
    (curve,) = plot.curves
    assert curve.name == "the most suspicious face of each frame"
    assert {round(1 - point.y / HEIGHT, 1) for piece in curve.pieces for point in piece} == {0.9}


def test_where_a_persons_scores_change_a_line_is_drawn():
    analysis = answered(clip([[0.2, 0.2, 0.9, 0.9]]))
    (track,) = analysis.tracks
    changed = replace(track, changes=(Change(2.0, -1.4, 2.2, WEAK, WEAK),))
    plot = plot_of(analysis, [changed])
    assert plot is not None
    assert [(change.at, change.words) for change in plot.changes] == [(WIDTH / 2, "changes at 2.0 s")]


def test_the_middle_of_genuine_clips_is_a_stripe_on_either_scale():
    clips = GenuineClips(22, logit_low=0.0, logit_high=1.0, lr_low=0.1, lr_high=1.0)
    scored = answered(clip([[0.2, 0.4, 0.8]]))
    plot = plot_of(scored, scored.tracks, clips)
    assert plot is not None and plot.genuine is not None and plot.genuine.n == 22
    assert plot.genuine.words == "p_fake 0.50 to 0.73" and plot.genuine.bottom == HEIGHT / 2
    weighed = by_ratio(scored, 0.1, 1.0, 10.0)
    plot = plot_of(weighed, weighed.tracks, clips)
    assert plot is not None and plot.genuine is not None and plot.genuine.words == "0.1 to 1 times"
    assert plot_of(weighed, weighed.tracks).genuine is None
