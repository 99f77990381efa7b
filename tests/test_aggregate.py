"""From judged faces to what decides, at the boundaries of the rules."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from detector.aggregate import most_suspicious_of_each_frame
from detector.pipeline import judge
from detector.structures import (
    Calibration,
    Condition,
    Direction,
    FaceScore,
    Reason,
    ReasonKind,
    Strength,
    Verdict,
    Withholding,
    named,
)
from tests.evidence.made import SHUT, fitted, gate
from tests.makers import BLURRED, DARK, make_detector, make_face, make_scan

STEP = 1 / 255
"""FakeEngine speaks in steps of one level of red."""


def answer(*faces, calibration=None, fit=None, **about):
    changes = {"calibration": calibration} if calibration else {}
    return judge(make_scan(*faces, **about), make_detector(fit, **changes))


def gap_s(analysis):
    """How far apart the samples lie, as the reason why a clip is not tracked says."""
    (reason,) = (reason for reason in analysis.reasons if reason.kind is ReasonKind.SAMPLES_FAR_APART)
    assert reason.limits == named(high=0.6)
    return dict(reason.numbers)["gap_s"]


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
    analysis = answer()
    assert (analysis.verdict, analysis.p_fake, analysis.deciding, analysis.tracks) == (
        Verdict.NO_FACE,
        None,
        None,
        (),
    )
    assert analysis.reasons == (Reason(ReasonKind.NO_FACE), Reason(ReasonKind.ONLY_FACES))


@pytest.mark.fidelity("0-18")
def test_a_video_without_a_face_has_no_number():
    analysis = answer(kind="video", tracked=True, frames_read=32)
    assert (analysis.verdict, analysis.p_fake) == (Verdict.NO_FACE, None)


@pytest.mark.parametrize("count", [1, 2, 3, 17])
def test_the_most_suspicious_of_k_faces_decides_and_the_threshold_stays(count):
    faces = [make_face(0.2)] * (count - 1) + [make_face(0.8)]
    analysis = answer(*faces)
    assert analysis.p_fake == pytest.approx(0.8, abs=STEP)
    assert analysis.deciding is not None
    assert analysis.deciding.face is faces[-1]
    assert len(analysis.tracks) == count
    assert analysis.reasons == (Reason(ReasonKind.FACE_DECIDES, named(faces=count, face=count)),)


def test_of_equal_faces_the_first_decides():
    faces = [make_face(0.8), make_face(0.8)]
    assert answer(*faces).deciding.face is faces[0]


@pytest.mark.parametrize("p_fake", [0.02, 0.9])
def test_a_photo_whose_deciding_face_is_marked_says_why(p_fake):
    analysis = answer(make_face(p_fake, remarks=(DARK, BLURRED)))
    assert analysis.reasons[0] == Reason(ReasonKind.FACE_HARD_TO_JUDGE, causes=(DARK, BLURRED))


def test_a_marked_face_that_does_not_decide_changes_nothing():
    analysis = answer(make_face(0.9), make_face(0.1, remarks=(BLURRED,)))
    assert analysis.reasons == (Reason(ReasonKind.FACE_DECIDES, named(faces=2, face=1)),)


def test_a_track_has_the_probability_of_its_mean_logit():
    calibration = Calibration(a=0.5, b=0.25, fitted_on="")
    analysis = answer(
        *track(0.2, [0]),
        *track(0.8, [1]),
        *track(0.9, [2]),
        kind="video",
        tracked=True,
        calibration=calibration,
    )
    logits = [math.log(level / (255 - level)) for level in (51, 204, round(0.9 * 255))]
    assert analysis.p_fake == pytest.approx(1 / (1 + math.exp(-(0.5 * sum(logits) / 3 + 0.25))), abs=1e-6)


def test_the_most_suspicious_track_decides():
    faces = [*track(0.1, range(5), 0), *track(0.9, range(5), 1)]
    analysis = answer(*faces, kind="video", tracked=True)
    assert analysis.deciding.face.track_id == 1
    assert [track.track_id for track in analysis.tracks] == [0, 1]
    assert analysis.reasons == (Reason(ReasonKind.PERSON_DECIDES, named(people=2, frames=5, person=2)),)
    assert analysis.tracked


@pytest.mark.parametrize(("frames", "decides"), [(2, False), (3, True)])
def test_a_track_needs_three_frames_to_decide(frames, decides):
    analysis = answer(*track(0.1, range(8), 0), *track(0.9, range(frames), 1), kind="video", tracked=True)
    assert analysis.p_fake == pytest.approx(0.9 if decides else 0.1, abs=STEP)
    left_out = Reason(ReasonKind.PEOPLE_LEFT_OUT, named(people=1), named(low=3))
    assert (left_out in analysis.reasons) == (not decides)
    assert len(analysis.tracks) == 2


def test_a_track_of_three_faces_in_two_frames_does_not_decide():
    analysis = answer(*track(0.1, range(8), 0), *track(0.9, [0, 0, 1], 1), kind="video", tracked=True)
    assert analysis.p_fake == pytest.approx(0.1, abs=STEP)


def test_where_no_track_has_three_frames_the_rule_for_untracked_clips_holds():
    faces = [*track(0.9, [0, 1], 0), *track(0.8, [2, 3], 1)]
    analysis = answer(*faces, kind="video", tracked=True)
    assert not analysis.tracked
    assert [track.track_id for track in analysis.tracks] == [None]
    assert Reason(ReasonKind.NOBODY_TRACKED, limits=named(low=3)) in analysis.reasons


@pytest.mark.fidelity("0-18")
def test_an_untracked_clip_is_the_mean_over_frames_of_the_highest_logit():
    faces = [
        make_face(level, frame=frame, time_s=2.1 * frame)
        for frame, level in [(0, 0.8), (0, 0.1), (1, 0.8), (2, 0.2), (2, 0.1)]
    ]
    analysis = answer(*faces, kind="video")
    # logits of 0.8, 0.8 and 0.2 are +z, +z and -z: their mean is z / 3
    z = math.log(204 / 51)
    assert analysis.p_fake == pytest.approx(1 / (1 + math.exp(-z / 3)), abs=1e-6)
    assert len(analysis.tracks[0].face_scores) == 5
    assert analysis.deciding.face is faces[0]
    assert gap_s(analysis) == pytest.approx(2.1)


def test_the_distance_of_samples_does_not_count_frames_without_a_face():
    faces = [make_face(0.8, frame=frame, time_s=1.5 * frame) for frame in (0, 4, 6)]
    assert gap_s(answer(*faces, kind="video")) == pytest.approx(1.5)


def test_of_one_sample_the_distance_to_others_is_not_known():
    assert Reason(ReasonKind.TOO_FEW_SAMPLES) in answer(make_face(0.8), kind="video").reasons


@pytest.mark.parametrize("tracked", [False, True])
@pytest.mark.parametrize("frames", [1, 2, 3])
def test_a_video_needs_three_judged_frames(frames, tracked):
    analysis = answer(*track(0.9, range(frames)), kind="video", tracked=tracked, frames_read=32)
    too_few = Reason(ReasonKind.TOO_FEW_FRAMES, named(frames=frames), named(low=3))
    assert (analysis.reasons[0] == too_few) == (frames < 3)


@pytest.mark.parametrize("marked", [2, 3, 4])
@pytest.mark.parametrize("tracked", [False, True])
def test_a_video_says_when_more_than_half_of_the_deciding_faces_are_marked(marked, tracked):
    analysis = answer(*track(0.9, range(4), remarks=(BLURRED,), marked=marked), kind="video", tracked=tracked)
    kind = ReasonKind.PERSON_HARD_TO_JUDGE if tracked else ReasonKind.FRAMES_HARD_TO_JUDGE
    caveat = Reason(kind, named(marked=marked, faces=4), causes=(BLURRED,))
    assert (analysis.reasons[0] == caveat) == (marked > 2)


def test_marked_faces_of_another_person_change_nothing():
    analysis = answer(
        *track(0.9, range(4), 0), *track(0.1, range(9), 1, remarks=(BLURRED,)), kind="video", tracked=True
    )
    assert analysis.reasons == (Reason(ReasonKind.PERSON_DECIDES, named(people=2, frames=4, person=1)),)


def test_of_many_marked_faces_the_most_frequent_causes_are_told_as_measured_of_the_first():
    small = [Reason(ReasonKind.TOO_SMALL, named(size_px=px), named(low=80.0)) for px in (52, 51, 50)]
    faces = [make_face(0.9, frame=frame, remarks=(small[frame], DARK)[: 1 + frame % 2]) for frame in range(3)]
    analysis = answer(*faces, kind="video")
    assert analysis.reasons[0].causes == (small[0],)


def test_the_most_suspicious_of_each_frame_come_in_order_of_frames():
    logits = {"b": (1, 2.0), "a": (0, -1.0), "c": (1, 3.0), "d": (1, 3.0)}
    scores = {name: FaceScore(make_face(frame=frame), logit, 0.5) for name, (frame, logit) in logits.items()}
    assert most_suspicious_of_each_frame(scores.values()) == (scores["a"], scores["c"])
    assert most_suspicious_of_each_frame(()) == ()


ITSELF = fitted()
"""A logit is its own log likelihood ratio, so that a face of p_fake p has the ratio p / (1 - p)."""


def ratio(p_fake):
    level = round(p_fake * 255)
    return level / (255 - level)


def causes(evidence):
    return [withheld.cause for withheld in evidence.muted]


@pytest.mark.parametrize(
    ("p_fake", "strength", "verdict"),
    [
        (0.95, Strength.MODERATE, Verdict.LIKELY_FAKE),
        (0.8, Strength.WEAK, Verdict.UNCERTAIN),
        (0.5, Strength.NONE, Verdict.UNCERTAIN),
        (0.2, Strength.WEAK, Verdict.UNCERTAIN),
        (0.05, Strength.MODERATE, Verdict.LIKELY_REAL),
    ],
)
def test_a_face_has_evidence_and_the_verdict_follows(p_fake, strength, verdict):
    analysis = answer(make_face(p_fake), fit=ITSELF)
    assert (analysis.evidence.strength, analysis.verdict) == (strength, verdict)
    assert analysis.evidence.lr == pytest.approx(ratio(p_fake), rel=1e-5)
    assert analysis.face_scores[0].evidence == analysis.tracks[0].evidence == analysis.evidence


def test_of_several_faces_the_file_has_the_mean_ratio_and_each_its_own():
    analysis = answer(make_face(0.95), make_face(0.05), make_face(0.05), fit=ITSELF)
    own = [score.evidence.lr for score in analysis.face_scores]
    assert own == [pytest.approx(ratio(p), rel=1e-5) for p in (0.95, 0.05, 0.05)]
    assert analysis.evidence.lr == pytest.approx(sum(own) / 3, rel=1e-5)
    assert (analysis.face_scores[0].evidence.strength, analysis.evidence.strength) == (
        Strength.MODERATE,
        Strength.WEAK,
    )
    assert analysis.reasons[0] == Reason(ReasonKind.FACE_DECIDES, named(faces=3, face=1))


def test_without_a_face_there_is_no_evidence():
    assert (answer(fit=ITSELF).evidence, answer(fit=ITSELF).verdict) == (None, Verdict.NO_FACE)


def test_a_detector_without_fitted_evidence_is_uncertain_and_says_why():
    analysis = answer(make_face(0.99))
    assert (analysis.verdict, analysis.evidence.lr) == (Verdict.UNCERTAIN, None)
    assert causes(analysis.evidence) == [Withholding.NOT_FITTED]


def test_a_marked_face_has_weak_support_at_most():
    evidence = answer(make_face(0.95, remarks=(DARK,)), fit=ITSELF).evidence
    assert (evidence.strength, causes(evidence)) == (Strength.WEAK, [Withholding.MARKED_FACE])


def test_a_condition_that_does_not_hold_takes_its_direction():
    shut = fitted(gates=(gate(Condition.STUDIO, fake=SHUT),))
    studio = replace(make_face(0.95), conditions=frozenset({Condition.STUDIO}))
    evidence = answer(studio, fit=shut).evidence
    assert (evidence.direction, causes(evidence)) == (Direction.NONE, [Withholding.NOT_SHOWN])
    assert evidence.conditions == (Condition.STUDIO,)


def test_a_track_is_weighed_by_its_mean_logit_and_its_frames_are_not_multiplied():
    faces = [*track(0.95, [0, 1]), *track(0.05, [2, 3])]
    analysis = answer(*faces, kind="video", tracked=True, fit=ITSELF)
    logits = [score.logit for score in analysis.face_scores]
    assert analysis.evidence.lr == pytest.approx(math.exp(sum(logits) / 4), rel=1e-5)


@pytest.mark.parametrize(("clips", "strength"), [(0, Strength.WEAK), (200, Strength.MODERATE)])
def test_a_video_has_weak_support_at_most_until_clips_enough_were_fitted(clips, strength):
    fit = replace(ITSELF, clips=clips)
    evidence = answer(*track(0.95, range(4)), kind="video", tracked=True, fit=fit).evidence
    assert evidence.strength is strength
    assert (Withholding.VIDEO_NOT_FITTED in causes(evidence)) == (clips < 200)


@pytest.mark.parametrize("tracked", [True, False])
def test_under_three_frames_support_is_weak_at_most(tracked):
    fit = replace(ITSELF, clips=200)
    few = answer(*track(0.95, [0, 1]), kind="video", tracked=tracked, fit=fit).evidence
    assert (few.strength, causes(few)) == (Strength.WEAK, [Withholding.FEW_FRAMES])


def test_people_are_weighed_as_faces_and_one_seen_too_briefly_does_not_decide():
    fit = replace(ITSELF, clips=200)
    faces = [*track(0.95, range(4), 0), *track(0.2, range(4), 1), *track(0.99, [0], 2)]
    analysis = answer(*faces, kind="video", tracked=True, fit=fit)
    assert [track.decides for track in analysis.tracks] == [True, True, False]
    assert analysis.evidence.lr == pytest.approx((ratio(0.95) + ratio(0.2)) / 2, rel=1e-5)


@pytest.mark.parametrize(("marked", "strength"), [(2, Strength.MODERATE), (3, Strength.WEAK)])
def test_a_track_is_in_the_circumstances_of_most_of_its_faces(marked, strength):
    fit = replace(ITSELF, clips=200)
    faces = track(0.95, range(4), remarks=(BLURRED,), marked=marked)
    assert answer(*faces, kind="video", tracked=True, fit=fit).evidence.strength is strength
