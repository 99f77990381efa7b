"""The range that a calibration was fitted on, and faces at its ends and out of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pytest

from detector.ood import fitted_range, out_of_range
from detector.pipeline import judge
from detector.structures import Face, FittedRange, Quality, Reason, ReasonKind, Span, Verdict, named
from tests.makers import DARK, make_detector, make_face, make_scan

FITTED = FittedRange(Span(90.0, 320.0), Span(0.02, 0.3), Span(75.0, 90.0), faces=100, measured_on="a test")
LIKE = Quality(size_px=200, sharpness=0.1, exposure=0.5, yaw_deg=0, jpeg_quality=80)


def face(p_fake: float = 0.5, frame: int = 0, **changes: float | None) -> Face:
    """A face in range, but for `changes` of its quality."""
    return replace(
        make_face(p_fake, frame=frame, time_s=0.5 * frame, track=0), quality=replace(LIKE, **changes)
    )


def kinds(reasons: Iterable[Reason]) -> list[str]:
    return [str(reason.kind) for reason in reasons]


def test_the_ranges_hold_the_middle_98_percent() -> None:
    faces = [replace(LIKE, size_px=float(size), jpeg_quality=float(size)) for size in range(101)]
    fitted = fitted_range(faces, "these")
    assert (fitted.size_px, fitted.jpeg_quality, fitted.sharpness) == (
        Span(1.0, 99.0),
        Span(1.0, 99.0),
        Span(0.1, 0.1),
    )
    assert (fitted.faces, fitted.measured_on) == (101, "these")


def test_where_most_faces_show_no_encoding_there_is_no_range_of_it() -> None:
    faces = [replace(LIKE, jpeg_quality=None)] * 3 + [LIKE] * 2
    assert fitted_range(faces, "").jpeg_quality is None
    assert fitted_range([*faces, LIKE], "").jpeg_quality == Span(80.0, 80.0)


def test_of_no_faces_there_is_no_range() -> None:
    with pytest.raises(ValueError, match="no face"):
        fitted_range([], "")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"size_px": 90.0}, []),
        ({"size_px": 89.6}, []),  # shown as 90, so not called smaller than 90
        ({"size_px": 89.4}, ["smaller"]),
        ({"size_px": 321.0}, ["larger"]),
        ({"sharpness": 0.019}, ["softer"]),
        ({"sharpness": 0.31}, ["sharper"]),
        ({"jpeg_quality": 70.0}, []),  # within what the estimate is off by
        ({"jpeg_quality": 69.9}, ["more_compressed"]),
        ({"jpeg_quality": 99.0}, []),  # less compressed is not known of most pictures, so it is said of none
        ({"jpeg_quality": None}, []),
        ({"size_px": 45.0, "jpeg_quality": 30.0}, ["smaller", "more_compressed"]),
    ],
)
def test_a_face_is_outside_where_a_measure_is(changes: dict[str, float | None], expected: list[str]) -> None:
    assert kinds(out_of_range(face(**changes), 0.2, FITTED)) == expected


def test_a_reason_holds_what_was_measured_and_the_range() -> None:
    size_px, quality = named(low=90, high=320), named(low=75.0, high=90.0)
    assert out_of_range(face(size_px=45.2), 0.2, FITTED) == (
        Reason(ReasonKind.SMALLER, named(size_px=45), size_px),
    )
    assert out_of_range(face(jpeg_quality=41.7), 0.2, FITTED) == (
        Reason(ReasonKind.MORE_COMPRESSED, named(jpeg_quality=41.7), quality),
    )


def test_where_nothing_was_measured_nothing_is_outside() -> None:
    assert out_of_range(face(size_px=1.0), 0.2, None) == ()
    assert out_of_range(face(jpeg_quality=5.0), 0.2, replace(FITTED, jpeg_quality=None)) == ()


def test_of_a_picture_taken_whole_the_face_within_is_compared() -> None:
    # 120 pixels with a margin of 0.25 on each side hold a face of 80
    whole = replace(
        make_face(side=120),
        whole_picture=True,
        patch=np.random.default_rng(0).integers(0, 255, (120, 120, 3), np.uint8),
    )
    fitted = replace(FITTED, sharpness=Span(0.0, 1000.0))
    (smaller,) = out_of_range(whole, 0.25, fitted)
    assert (smaller.kind, smaller.numbers) == (ReasonKind.SMALLER, named(size_px=80))
    assert out_of_range(whole, 0.1, fitted) == ()


@pytest.mark.parametrize("p_fake", [0.9, 0.1])
def test_a_face_out_of_range_is_a_reason(p_fake: float) -> None:
    analysis = judge(make_scan(face(p_fake, size_px=45.0)), make_detector(seen=FITTED))
    assert analysis.extrapolated
    assert kinds(analysis.reasons) == ["face_out_of_range", "face_decides"]
    assert kinds(analysis.reasons[0].causes) == ["smaller"]


def test_a_face_that_does_not_decide_is_out_of_range_by_itself() -> None:
    analysis = judge(make_scan(face(0.9), face(0.1, size_px=45.0)), make_detector(seen=FITTED))
    assert not analysis.extrapolated
    assert [len(score.out_of_range) for score in analysis.face_scores] == [0, 1]
    assert kinds(analysis.reasons) == ["face_decides"]


def test_a_remark_on_the_face_comes_before_that_it_is_out_of_range() -> None:
    marked = face(0.9, size_px=45.0)
    marked = replace(marked, quality=replace(marked.quality, remarks=(DARK,)))
    analysis = judge(make_scan(marked), make_detector(seen=FITTED))
    assert analysis.verdict is Verdict.UNCERTAIN
    assert kinds(analysis.reasons) == ["face_hard_to_judge", "face_out_of_range", "face_decides"]
    assert [kinds(reason.causes) for reason in analysis.reasons[:2]] == [["too_dark"], ["smaller"]]


@pytest.mark.parametrize("tracked", [True, False])
@pytest.mark.parametrize(("small", "extrapolated"), [(2, False), (3, True)])
def test_a_video_is_extrapolated_where_most_of_its_faces_are_out_of_range(
    small: int, extrapolated: bool, tracked: bool
) -> None:
    faces = [
        face(0.9, frame=number, **({"size_px": 45.0 + number} if number < small else {}))
        for number in range(4)
    ]
    analysis = judge(make_scan(*faces, kind="video", tracked=tracked), make_detector(seen=FITTED))
    assert analysis.extrapolated is extrapolated
    beyond = [reason for reason in analysis.reasons if reason.kind is ReasonKind.FACES_OUT_OF_RANGE]
    smaller = Reason(ReasonKind.SMALLER, named(size_px=45), named(low=90, high=320))
    assert [reason.causes for reason in beyond] == ([(smaller,)] if extrapolated else [])
