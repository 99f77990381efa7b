"""From judged faces to what decides, at the boundaries of the rules."""

from __future__ import annotations

import math

import pytest

from detector.pipeline import judge
from detector.structures import Calibration, Verdict
from tests.makers import make_detector, make_face, make_scan

STEP = 1 / 255
"""FakeEngine speaks in steps of one level of red."""


def answer(*faces, calibration=None, **about):
    return judge(
        make_scan(*faces, **about), make_detector(**({"calibration": calibration} if calibration else {}))
    )


def track(p_fake, frames, track_id=0, remarks=(), marked=None):
    """Faces of one person; the first `marked` of them carry the remarks."""
    count = len(frames) if marked is None else marked
    return [
        make_face(
            p_fake, frame=frame, time_s=0.5 * frame, track=track_id, remarks=remarks if place < count else ()
        )
        for place, frame in enumerate(frames)
    ]


@pytest.mark.fidelity("0-18")
def test_a_photo_without_a_face_has_no_number_and_says_what_to_do():
    found = answer()
    assert (found.verdict, found.p_fake, found.deciding, found.tracks) == (Verdict.NO_FACE, None, None, ())
    assert "already cropped" in found.reasons[0]
    assert "without a face, are not" in found.reasons[1]


@pytest.mark.fidelity("0-18")
def test_a_video_without_a_face_has_no_number():
    found = answer(kind="video", tracked=True, frames_read=32)
    assert (found.verdict, found.p_fake) == (Verdict.NO_FACE, None)


@pytest.mark.parametrize("count", [1, 2, 3, 17])
def test_the_most_suspicious_of_k_faces_decides_and_the_threshold_stays(count):
    faces = [make_face(0.2)] * (count - 1) + [make_face(0.8)]
    found = answer(*faces)
    assert found.p_fake == pytest.approx(0.8, abs=STEP)
    assert found.verdict is Verdict.LIKELY_FAKE
    assert found.deciding is not None
    assert found.deciding.face is faces[-1]
    assert len(found.tracks) == count
    assert (f"The most suspicious of {count} faces decides." in found.reasons) == (count > 1)


def test_of_equal_faces_the_first_decides():
    faces = [make_face(0.8), make_face(0.8)]
    assert answer(*faces).deciding.face is faces[0]


@pytest.mark.parametrize("p_fake", [0.02, 0.9])
def test_a_photo_whose_deciding_face_is_marked_is_uncertain_and_says_why(p_fake):
    found = answer(make_face(p_fake, remarks=("only 60 px", "blurred")))
    assert found.verdict is Verdict.UNCERTAIN
    assert found.reasons[0] == "The face that decides is hard to judge: only 60 px, blurred."


def test_a_marked_face_that_does_not_decide_changes_nothing():
    assert answer(make_face(0.9), make_face(0.1, remarks=("blurred",))).verdict is Verdict.LIKELY_FAKE


def test_an_uncertain_probability_is_named_with_its_band():
    found = answer(make_face(0.4))
    assert found.verdict is Verdict.UNCERTAIN
    assert (
        found.reasons[0]
        == "The probability of a fake, 40 %, lies in this detector's uncertain band, 30 % to 70 %."
    )


def test_a_track_has_the_probability_of_its_mean_logit():
    calibration = Calibration(a=0.5, b=0.25, fitted_on="")
    found = answer(
        *track(0.2, [0]),
        *track(0.8, [1]),
        *track(0.9, [2]),
        kind="video",
        tracked=True,
        calibration=calibration,
    )
    logits = [math.log(level / (255 - level)) for level in (51, 204, round(0.9 * 255))]
    assert found.p_fake == pytest.approx(1 / (1 + math.exp(-(0.5 * sum(logits) / 3 + 0.25))), abs=1e-6)


def test_the_most_suspicious_track_decides():
    faces = [*track(0.1, range(5), 0), *track(0.9, range(5), 1)]
    found = answer(*faces, kind="video", tracked=True)
    assert found.verdict is Verdict.LIKELY_FAKE
    assert found.deciding.face.track_id == 1
    assert [one.track_id for one in found.tracks] == [0, 1]
    assert found.reasons == ("The most suspicious of 2 people decides, seen in 5 frames.",)
    assert found.tracked


@pytest.mark.parametrize(("frames", "decides"), [(2, False), (3, True)])
def test_a_track_needs_three_frames_to_decide(frames, decides):
    found = answer(*track(0.1, range(8), 0), *track(0.9, range(frames), 1), kind="video", tracked=True)
    assert found.verdict is (Verdict.LIKELY_FAKE if decides else Verdict.LIKELY_REAL)
    assert any("fewer than 3 frames, does not decide" in reason for reason in found.reasons) == (not decides)
    assert len(found.tracks) == 2


def test_a_track_of_three_faces_in_two_frames_does_not_decide():
    found = answer(*track(0.1, range(8), 0), *track(0.9, [0, 0, 1], 1), kind="video", tracked=True)
    assert found.verdict is Verdict.LIKELY_REAL


def test_where_no_track_has_three_frames_the_rule_for_untracked_clips_holds():
    faces = [*track(0.9, [0, 1], 0), *track(0.8, [2, 3], 1)]
    found = answer(*faces, kind="video", tracked=True)
    assert not found.tracked
    assert found.verdict is Verdict.LIKELY_FAKE
    assert [one.track_id for one in found.tracks] == [None]
    assert "Not tracked: nobody is seen in 3 frames." in found.reasons


@pytest.mark.fidelity("0-18")
def test_an_untracked_clip_is_the_mean_over_frames_of_the_highest_logit():
    faces = [
        make_face(level, frame=frame, time_s=2.1 * frame)
        for frame, level in [(0, 0.8), (0, 0.1), (1, 0.8), (2, 0.2), (2, 0.1)]
    ]
    found = answer(*faces, kind="video")
    # logits of 0.8, 0.8 and 0.2 are +z, +z and -z: their mean is z / 3
    z = math.log(204 / 51)
    assert found.p_fake == pytest.approx(1 / (1 + math.exp(-z / 3)), abs=1e-6)
    assert len(found.tracks[0].face_scores) == 5
    assert found.deciding.face is faces[0]
    assert "Not tracked: samples lie 2.1 s apart." in found.reasons


def test_the_distance_of_samples_does_not_count_frames_without_a_face():
    faces = [make_face(0.8, frame=frame, time_s=1.5 * frame) for frame in (0, 4, 6)]
    assert "Not tracked: samples lie 1.5 s apart." in answer(*faces, kind="video").reasons


@pytest.mark.parametrize("tracked", [False, True])
@pytest.mark.parametrize(
    ("frames", "verdict"), [(1, Verdict.UNCERTAIN), (2, Verdict.UNCERTAIN), (3, Verdict.LIKELY_FAKE)]
)
def test_a_video_needs_three_judged_frames(frames, verdict, tracked):
    found = answer(*track(0.9, range(frames)), kind="video", tracked=tracked, frames_read=32)
    assert found.verdict is verdict
    assert ("a video needs 3" in found.reasons[0]) == (frames < 3)


@pytest.mark.parametrize(
    ("marked", "verdict"), [(2, Verdict.LIKELY_FAKE), (3, Verdict.UNCERTAIN), (4, Verdict.UNCERTAIN)]
)
@pytest.mark.parametrize("tracked", [False, True])
def test_a_video_is_uncertain_when_more_than_half_of_the_deciding_faces_are_marked(marked, verdict, tracked):
    found = answer(*track(0.9, range(4), remarks=("blurred",), marked=marked), kind="video", tracked=tracked)
    assert found.verdict is verdict
    assert (": blurred." in found.reasons[0]) == (verdict is Verdict.UNCERTAIN)


def test_marked_faces_of_another_person_change_nothing():
    found = answer(
        *track(0.9, range(4), 0), *track(0.1, range(9), 1, remarks=("blurred",)), kind="video", tracked=True
    )
    assert found.verdict is Verdict.LIKELY_FAKE
