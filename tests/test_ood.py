"""What a calibration has seen, and faces at and beyond its ranges."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from detector.ood import seen_in_words, seen_of, unseen
from detector.pipeline import judge
from detector.structures import Face, Quality, Seen, Span, Verdict
from tests.makers import make_detector, make_face, make_scan

SEEN = Seen(Span(90.0, 320.0), Span(0.02, 0.3), Span(75.0, 90.0), faces=100, measured_on="a test")
LIKE = Quality(size_px=200, sharpness=0.1, exposure=0.5, yaw_deg=0, jpeg_quality=80)


def face(p_fake: float = 0.5, frame: int = 0, **changes: float | None) -> Face:
    """A face like those seen, but for `changes` of its quality."""
    return replace(
        make_face(p_fake, frame=frame, time_s=0.5 * frame, track=0), quality=replace(LIKE, **changes)
    )


def kinds(one: Face) -> list[str]:
    return [words.partition(" (")[0] for words in unseen(one, 0.2, SEEN)]


def test_the_ranges_hold_the_middle_98_percent() -> None:
    faces = [replace(LIKE, size_px=float(size), jpeg_quality=float(size)) for size in range(101)]
    found = seen_of(faces, "these")
    assert (found.size_px, found.jpeg_quality, found.sharpness) == (
        Span(1.0, 99.0),
        Span(1.0, 99.0),
        Span(0.1, 0.1),
    )
    assert (found.faces, found.measured_on) == (101, "these")


def test_where_most_faces_show_no_encoding_there_is_no_range_of_it() -> None:
    faces = [replace(LIKE, jpeg_quality=None)] * 3 + [LIKE] * 2
    assert seen_of(faces, "").jpeg_quality is None
    assert seen_of([*faces, LIKE], "").jpeg_quality == Span(80.0, 80.0)


def test_of_no_faces_there_is_no_range() -> None:
    with pytest.raises(ValueError, match="no face"):
        seen_of([], "")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"size_px": 90.0}, []),
        ({"size_px": 89.6}, []),  # shown as 90, so not called smaller than 90
        ({"size_px": 89.4}, ["smaller"]),
        ({"size_px": 321.0}, ["larger"]),
        ({"sharpness": 0.019}, ["softer"]),
        ({"sharpness": 0.31}, ["sharper or grainier"]),
        ({"jpeg_quality": 70.0}, []),  # within what the estimate is off by
        ({"jpeg_quality": 69.9}, ["more compressed"]),
        ({"jpeg_quality": 99.0}, []),  # less compressed is not known of most pictures, so it is said of none
        ({"jpeg_quality": None}, []),
        ({"size_px": 45.0, "jpeg_quality": 30.0}, ["smaller", "more compressed"]),
    ],
)
def test_a_face_is_outside_where_a_measure_is(changes: dict[str, float | None], expected: list[str]) -> None:
    assert kinds(face(**changes)) == expected


def test_the_words_have_both_figures() -> None:
    assert unseen(face(size_px=45.2), 0.2, SEEN) == ("smaller (45 pixels across, they had 90 to 320)",)
    assert unseen(face(jpeg_quality=41.7), 0.2, SEEN) == (
        "more compressed (JPEG quality about 42, they had 75 or more)",
    )


def test_where_nothing_was_measured_nothing_is_outside() -> None:
    assert unseen(face(size_px=1.0), 0.2, None) == ()
    assert unseen(face(jpeg_quality=5.0), 0.2, replace(SEEN, jpeg_quality=None)) == ()


def test_of_a_picture_taken_whole_the_face_within_is_compared() -> None:
    # 120 pixels with a margin of 0.25 on each side hold a face of 80
    whole = replace(
        make_face(side=120),
        whole_picture=True,
        patch=np.random.default_rng(0).integers(0, 255, (120, 120, 3), np.uint8),
    )
    seen = replace(SEEN, sharpness=Span(0.0, 1000.0))
    assert unseen(whole, 0.25, seen) == ("smaller (80 pixels across, they had 90 to 320)",)
    assert unseen(whole, 0.1, seen) == ()


def test_the_ranges_are_told_in_words() -> None:
    assert (
        seen_in_words(SEEN)
        == "98 in 100 of 100 faces were 90 to 320 pixels across, fine detail 0.020 to 0.300, JPEG quality 75"
        " to 90"
    )


@pytest.mark.parametrize(("p_fake", "verdict"), [(0.9, Verdict.LIKELY_FAKE), (0.1, Verdict.LIKELY_REAL)])
def test_an_unseen_face_changes_the_reasons_and_not_the_verdict(p_fake: float, verdict: Verdict) -> None:
    found = judge(make_scan(face(p_fake, size_px=45.0)), make_detector(seen=SEEN))
    assert (found.verdict, found.extrapolated) == (verdict, True)
    assert found.reasons == (
        (
            "The face that decides is smaller (45 pixels across, they had 90 to 320) than the faces its"
            " probability was fitted on: take it as an extrapolation, which nothing was measured for."
        ),
        "One face was found.",
    )


def test_a_face_that_does_not_decide_keeps_its_words_to_itself() -> None:
    found = judge(make_scan(face(0.9), face(0.1, size_px=45.0)), make_detector(seen=SEEN))
    assert not found.extrapolated
    assert [len(score.unseen) for score in found.face_scores] == [0, 1]
    assert not any("extrapolation" in reason for reason in found.reasons)


def test_a_remark_on_the_face_comes_before_that_it_is_unseen() -> None:
    marked = face(0.9, size_px=45.0)
    marked = replace(marked, quality=replace(marked.quality, remarks=("very dark",)))
    found = judge(make_scan(marked), make_detector(seen=SEEN))
    assert found.verdict is Verdict.UNCERTAIN
    assert "very dark" in found.reasons[0] and "smaller" in found.reasons[1]


@pytest.mark.parametrize("tracked", [True, False])
@pytest.mark.parametrize(("small", "extrapolated"), [(2, False), (3, True)])
def test_a_video_is_extrapolated_where_most_of_its_faces_are_unseen(
    small: int, extrapolated: bool, tracked: bool
) -> None:
    faces = [
        face(0.9, frame=number, **({"size_px": 45.0 + number} if number < small else {}))
        for number in range(4)
    ]
    found = judge(make_scan(*faces, kind="video", tracked=tracked), make_detector(seen=SEEN))
    assert found.extrapolated is extrapolated
    assert (
        any("smaller (45 pixels across, they had 90 to 320) than those" in reason for reason in found.reasons)
        is extrapolated
    )
    assert found.verdict is Verdict.LIKELY_FAKE
