import math
from dataclasses import replace

import pytest

from detector.evidence import Circumstances, genuine_clips, of_file, weigh
from detector.evidence.fitted import KindScores, Refusal
from detector.evidence.weigh import strength_of
from detector.structures import Condition, Direction, Question, Reference, Strength, Withholding
from tests.evidence.made import OPEN, SHUT, fitted, gate, without_fit

EITHER = Question.EITHER
STUDIO = Circumstances(frozenset({Condition.STUDIO}))


def said(lr, circumstances=Circumstances(), **made):  # noqa: B008  # frozen
    return weigh(math.log(lr), fitted(**made), EITHER, circumstances)


def causes(evidence):
    return [cause.cause for cause in evidence.muted]


@pytest.mark.parametrize(
    "lr, direction, strength",
    [
        (1.99, Direction.NONE, Strength.NONE),
        (0.51, Direction.NONE, Strength.NONE),
        (2.01, Direction.FAKE, Strength.WEAK),
        (0.49, Direction.REAL, Strength.WEAK),
        (9.99, Direction.FAKE, Strength.WEAK),
        (10.01, Direction.FAKE, Strength.MODERATE),
        (0.0999, Direction.REAL, Strength.MODERATE),
        (101, Direction.FAKE, Strength.MODERATELY_STRONG),
        (1 / 101, Direction.REAL, Strength.MODERATELY_STRONG),
    ],
)
def test_the_words_follow_the_ratio(lr, direction, strength):
    evidence = said(lr)
    assert (evidence.direction, evidence.strength) == (direction, strength)
    assert evidence.lr == pytest.approx(lr)
    assert evidence.muted == ()


def test_the_ends_of_the_scale_belong_to_the_stronger_word():
    assert strength_of(math.log(2)) is Strength.WEAK
    assert strength_of(-math.log(10)) is Strength.MODERATE
    assert strength_of(math.log(100)) is Strength.MODERATELY_STRONG


def test_eight_of_ten_new_collections_lie_within_the_range():
    evidence = said(3.0, tau=0.5)
    assert evidence.lr_low == pytest.approx(3 * math.exp(-1.28 * 0.5))
    assert evidence.lr_high == pytest.approx(3 * math.exp(1.28 * 0.5))
    assert evidence.lr_low < evidence.lr < evidence.lr_high


def test_the_ratio_and_its_range_stay_within_the_bounds():
    evidence = said(1000, tau=0.5, bound=math.log(50))
    assert (evidence.lr, evidence.lr_high) == (pytest.approx(50), pytest.approx(50))


def test_a_detector_without_fitted_evidence_says_so():
    evidence = weigh(4.0, None, Question.ALTERED)
    assert (evidence.lr, evidence.direction, evidence.references) == (None, Direction.NONE, ())
    assert (evidence.question, causes(evidence)) == (Question.ALTERED, [Withholding.NOT_FITTED])


def test_references_are_told_where_no_ratio_could_be_fitted():
    evidence = weigh(4.0, without_fit(), EITHER)
    assert (evidence.lr, causes(evidence)) == (None, [Withholding.NOT_FITTED])
    assert evidence.references


def test_references_count_what_scores_as_high_in_groups():
    evidence = said(math.exp(1.5))
    assert evidence.references == (
        Reference("snapshot", False, 4, 0.0),
        Reference("studio", False, 2, 0.5),  # both pictures of one of its two people
        Reference("video frame", False, 1, 0.0),
        Reference("swap", True, 2, 0.5),
    )


def test_references_count_what_scores_as_low_where_evidence_is_for_real():
    shares = {reference.kind: reference.share for reference in said(math.exp(-1)).references}
    assert shares == {"snapshot": 0.5, "studio": 0.0, "video frame": 1.0, "swap": 0.5}


def test_a_shut_condition_takes_one_direction_and_says_why():
    gates = (gate(Condition.STUDIO, fake=SHUT, real=OPEN),)
    assert said(20, STUDIO, gates=gates).lr == 1
    assert said(20, STUDIO, gates=gates).direction is Direction.NONE
    (muted,) = said(20, STUDIO, gates=gates).muted
    assert (muted.cause, muted.direction, muted.condition) == (
        Withholding.NOT_SHOWN,
        Direction.FAKE,
        Condition.STUDIO,
    )
    assert (dict(muted.numbers), dict(muted.limits)) == ({"ratio_low": 1.1}, {"low": 1.3})
    assert said(0.05, STUDIO, gates=gates).strength is Strength.MODERATE


def test_a_face_in_several_conditions_needs_all_of_them():
    both = Circumstances(frozenset({Condition.STUDIO, Condition.SMALL}))
    gates = (gate(Condition.STUDIO), gate(Condition.SMALL, fake=SHUT), gate(Condition.ORDINARY))
    assert said(5, STUDIO, gates=gates).direction is Direction.FAKE
    assert said(5, both, gates=gates).direction is Direction.NONE


def test_an_ordinary_face_is_gated_alike():
    assert causes(said(5, gates=(gate(Condition.ORDINARY, fake=SHUT),))) == [Withholding.NOT_SHOWN]


@pytest.mark.parametrize("gates", [(), (gate(Condition.STUDIO, groups=19),)])
def test_a_condition_that_few_were_tested_in_is_not_measured(gates):
    evidence = said(5, STUDIO, gates=gates)
    assert (evidence.lr, causes(evidence)) == (1, [Withholding.NOT_MEASURED])


def test_nothing_is_withheld_from_a_score_that_says_nothing():
    assert said(1.5, STUDIO, gates=(gate(Condition.STUDIO, SHUT, SHUT),)).muted == ()


@pytest.mark.parametrize(
    "circumstances, cause",
    [
        (Circumstances(frozenset({Condition.DRAWN})), Withholding.DRAWN),
        (Circumstances(ways_out=2), Withholding.OUT_OF_RANGE),
    ],
)
@pytest.mark.parametrize("lr", [50, 0.02])
def test_a_drawing_and_a_face_far_out_of_range_say_nothing(circumstances, cause, lr):
    evidence = said(lr, circumstances)
    assert (evidence.lr, evidence.strength, causes(evidence)) == (1, Strength.NONE, [cause])


@pytest.mark.parametrize(
    "circumstances, cause",
    [
        (Circumstances(ways_out=1), Withholding.OUT_OF_RANGE),
        (Circumstances(marked=True), Withholding.MARKED_FACE),
        (Circumstances(frames=2), Withholding.FEW_FRAMES),
        (Circumstances(frames=32), Withholding.VIDEO_NOT_FITTED),
    ],
)
@pytest.mark.parametrize("lr", [50, 0.02])
def test_what_is_hard_to_judge_is_at_most_weak(circumstances, cause, lr):
    evidence = said(lr, circumstances)
    assert evidence.strength is Strength.WEAK
    assert cause in causes(evidence)
    assert evidence.lr == pytest.approx(10 if lr > 1 else 0.1)
    assert all(muted.at_most is Strength.WEAK for muted in evidence.muted)


def test_a_side_that_is_not_released_says_nothing():
    refusal = Refusal("misleading", Direction.FAKE, 0.52, 0.15, "diffusion")
    evidence = said(5, refusals=[refusal])
    (muted,) = evidence.muted
    assert (muted.cause, muted.direction) == (Withholding.NOT_RELEASED, Direction.FAKE)
    assert (dict(muted.numbers), dict(muted.limits)) == ({"misleading": 0.52}, {"high": 0.15})
    assert said(0.2, refusals=[refusal]).direction is Direction.REAL
    assert said(0.2, refusals=[Refusal("cllr", Direction.NONE, 1.01, 0.97)]).lr == 1


@pytest.mark.parametrize("lr", [1.2, 5])
def test_that_neither_side_is_released_is_told_of_every_score(lr):
    evidence = said(lr, refusals=[Refusal("cllr", Direction.NONE, 1.01, 0.97)])
    assert (evidence.lr, causes(evidence)) == (1, [Withholding.NOT_RELEASED])


def test_the_ratio_of_a_file_is_the_mean_of_its_faces():
    logits = [math.log(lr) for lr in (0.2, 12.0, 1.0)]
    file = of_file([weigh(logit, fitted(), EITHER) for logit in logits], logits, fitted())
    assert file.lr == pytest.approx((0.2 + 12 + 1) / 3)
    assert (file.direction, file.strength) == (Direction.FAKE, Strength.WEAK)
    assert file.references == said(12).references


def test_many_genuine_faces_outweigh_one_that_stands_out_a_little():
    logits = [math.log(lr) for lr in (1.5, 0.1, 0.1, 0.1)]
    file = of_file([weigh(logit, fitted(), EITHER) for logit in logits], logits, fitted())
    assert file.direction is Direction.REAL
    shares = {reference.kind: reference.share for reference in file.references}
    assert shares["snapshot"] == 0.75  # as low as the highest face


def test_a_file_tells_each_reason_once_that_of_the_highest_face_first():
    drawn, marked = Circumstances(frozenset({Condition.DRAWN})), Circumstances(marked=True)
    logits = [math.log(20), math.log(30), math.log(25)]
    faces = [
        weigh(z, fitted(), EITHER, like) for z, like in zip(logits, (marked, drawn, marked), strict=True)
    ]
    file = of_file(faces, logits, fitted())
    assert causes(file) == [Withholding.DRAWN, Withholding.MARKED_FACE]


def test_one_face_is_its_file():
    evidence = said(3)
    assert of_file([evidence], [math.log(3)], fitted()) is evidence


def test_no_face_is_no_file():
    with pytest.raises(ValueError, match="0 faces"):
        of_file([], [], fitted())


@pytest.mark.parametrize(
    "circumstances, kind",
    [
        (Circumstances(), "snapshot"),
        (STUDIO, "studio"),
        (Circumstances(frames=9), "video frame"),
        (Circumstances(frozenset({Condition.STUDIO}), frames=9), "video frame"),
    ],
)
def test_the_nearest_kind_of_real_picture_is_named(circumstances, kind):
    assert said(3, circumstances).nearest == kind


def test_the_middle_of_genuine_clips_is_by_clip_and_not_known_of_a_few():
    names = tuple(f"clip {number}" for number in range(11))
    frames = KindScores(
        "video frame", False, tuple(float(n) for n in range(11)) + (10.0,), (*names, "clip 10"), {}
    )
    clips = genuine_clips(replace(fitted(bound=4.0), references=(frames,)))
    assert clips is not None and clips.n == 11
    assert (clips.logit_low, clips.logit_high) == pytest.approx((1.0, 9.0))
    assert clips.lr_low == pytest.approx(math.e) and clips.lr_high == pytest.approx(math.exp(4))
    assert genuine_clips(fitted()) is None and genuine_clips(None) is None
    unfitted = genuine_clips(replace(without_fit(), references=(frames,)))
    assert unfitted is not None and unfitted.lr_low is None
