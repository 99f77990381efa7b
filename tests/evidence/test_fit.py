import math
from dataclasses import replace

import numpy as np
import pytest

from detector.evidence import Circumstances, Scores, Variant, fit, to_bytes, validate, weigh
from detector.evidence.fit import _steps
from detector.evidence.gates import Answers, release_of
from detector.evidence.model import fit_model, rows_of
from detector.structures import Condition, Direction, Question, Strength, Withholding
from tests.evidence.simulated import collection, collections, studio

STUDIO = frozenset({Condition.STUDIO})


def fitted_on(rows, question=Question.EITHER):
    told = {"detector": "made", "weights": "0" * 64, "fitted_on": "simulated sets"}
    return fit(Scores.of(rows), question, **told)


def gate_of(fitted, condition):
    return next(gate for gate in fitted.fit.gates if gate.condition is condition)


@pytest.fixture(scope="module")
def good():
    return fitted_on(collections(6))


def test_good_scores_are_released_and_keep_their_ratio(good):
    assert good.fit.release.refusals == ()
    assert good.fit.release.cllr < 0.8
    for ratio in (1.0, 3.0, 6.0, 0.3):
        evidence = weigh(math.log(ratio), good, Question.EITHER)
        assert evidence.lr == pytest.approx(ratio, rel=0.25)
        assert evidence.muted == ()


def test_every_word_of_the_scale_is_within_reach():
    strong = fitted_on(collections(4, fakes=150, reals=150, spread=3.2))
    assert strong.fit.release.refusals == ()
    assert strong.fit.bounds.high > math.log(100)
    words = [weigh(z, strong, Question.EITHER).strength for z in (0.0, 1.2, 3.0, 9.0, -3.0, -9.0)]
    assert words == [
        Strength.NONE,
        Strength.WEAK,
        Strength.MODERATE,
        Strength.MODERATELY_STRONG,
        Strength.MODERATE,
        Strength.MODERATELY_STRONG,
    ]


def test_studio_portraits_that_score_high_mute_their_direction():
    fakes = collection("fakes of a studio", 9, fakes=60, reals=0, conditions=STUDIO)
    fitted = fitted_on(collections(6) + studio(conditions=STUDIO) + fakes)
    gate = gate_of(fitted, Condition.STUDIO)
    assert (gate.real_groups, gate.fake_groups) == (60, 60)
    assert gate.fake.low < 1.3 < gate_of(fitted, Condition.ORDINARY).fake.low
    face = Circumstances(conditions=STUDIO)
    evidence = weigh(2.7, fitted, Question.EITHER, face)
    assert (evidence.lr, evidence.strength) == (1, Strength.NONE)
    assert (Withholding.NOT_SHOWN, Direction.FAKE, Condition.STUDIO) in [
        (muted.cause, muted.direction, muted.condition) for muted in evidence.muted
    ]
    assert weigh(3.0, fitted, Question.EITHER).direction is Direction.FAKE
    (reference,) = [of for of in evidence.references if of.kind == "studio"]
    assert (reference.n, reference.share > 0.3, evidence.nearest) == (60, True, "studio")


def test_they_would_refuse_the_side_where_no_condition_tells_them_apart():
    release = fitted_on(collections(6) + studio()).fit.release
    assert not release.allows(Direction.FAKE) and release.allows(Direction.REAL)
    (refusal,) = [refusal for refusal in release.refusals if refusal.cause == "misleading"]
    assert (refusal.where, refusal.value > 0.15, refusal.limit) == ("studio", True, 0.15)


def test_under_twenty_groups_nothing_is_said_in_a_condition():
    rows = collections(6)
    fakes, reals = ([row for row in rows if row.is_fake is label][:19] for label in (True, False))
    few = {row.file for row in (*fakes, *reals)}
    fitted = fitted_on(
        [replace(row, conditions=STUDIO) if row.file in few else row for row in rows],
    )
    evidence = weigh(2.0, fitted, Question.EITHER, Circumstances(conditions=STUDIO))
    assert [muted.cause for muted in evidence.muted] == [Withholding.NOT_MEASURED]
    assert gate_of(fitted, Condition.STUDIO).fake_groups == 19


def test_a_made_condition_is_judged_on_every_picture():
    rows = collections(6)
    flat = [replace(row, variant=Variant.JPEG_30, logit=3.0) for row in rows]
    fitted = fitted_on(rows + flat)
    gate = gate_of(fitted, Condition.COMPRESSED)
    assert (gate.fake_groups, gate.real_groups) == (360, 360)
    assert gate.fake.value == pytest.approx(1, abs=0.01)
    compressed = Circumstances(conditions=frozenset({Condition.COMPRESSED}))
    assert weigh(3.0, fitted, Question.EITHER, compressed).direction is Direction.NONE
    assert weigh(3.0, fitted, Question.EITHER).direction is Direction.FAKE
    assert fitted.fit.model == fitted_on(rows).fit.model


def test_what_is_far_out_of_range_tells_nothing_of_other_conditions():
    rows = [replace(row, conditions=STUDIO, ways_out=2) for row in collections(6)]
    assert gate_of(fitted_on(rows), Condition.STUDIO).fake_groups == 0


def test_one_source_left_out_changes_nothing_that_was_fitted_without_it():
    rows = collections(4) + studio(conditions=STUDIO)
    worse = [
        replace(row, logit=9 - 3 * row.logit, conditions=STUDIO) if row.source == "set2" else row
        for row in rows
    ]
    steps = []
    for some in (rows, worse):
        scores = Scores.of(some)
        sets = rows_of(scores)

        def model_without(left_out, sets=sets):
            return fit_model([of for of in sets if of.source not in left_out])

        steps.append(_steps(scores, sets, frozenset({"set2"}), model_without))
    assert steps[0] == steps[1]
    assert fitted_on(rows).fit.model != fitted_on(worse).fit.model


def test_both_compressions_of_a_source_are_left_out_together():
    apart = collections(4)
    twin = [replace(row, set="set0-c40", logit=row.logit + 1, file=f"c40/{row.file}") for row in apart[:120]]
    answers = validate(Scores.of(apart + twin)).answers
    alone = validate(Scores.of(apart)).answers
    assert list(answers.fitted[answers.scores.set == "set0"]) == pytest.approx(
        list(alone.fitted[alone.scores.set == "set0"])
    )


def test_the_same_scores_in_another_order_give_the_same_bytes(good):
    rows = collections(6)
    order = np.random.default_rng(0).permutation(len(rows))
    assert to_bytes(fitted_on([rows[place] for place in order])) == to_bytes(good)


def test_a_question_is_fitted_on_its_fakes_and_every_real_picture():
    rows = collections(3) + [
        row
        for number in (5, 6)
        for row in collection(f"gan{number}", number, kinds=("portrait", "gan"), fakes=40)
    ]
    generated = fitted_on(rows, Question.GENERATED)
    assert {of.kind: len(of.groups) for of in generated.references} == {
        "snapshot": 180,
        "portrait": 120,
        "gan": 80,
    }
    assert [of.name for of in generated.fit.release.sets if of.cllr is not None] == ["gan5", "gan6"]
    assert len(generated.fit.release.sets) == 5


def test_one_source_has_references_and_no_ratio():
    fitted = fitted_on(collection("mine", 0))
    assert fitted.fit is None and len(fitted.references) == 2
    evidence = weigh(2.0, fitted, Question.EITHER)
    assert (evidence.lr, [muted.cause for muted in evidence.muted]) == (None, [Withholding.NOT_FITTED])


def answers_of(rows, ratios):
    """Answers that are given, in no condition."""
    scores = Scores.of(rows)
    said, may = np.asarray(ratios, dtype=float), np.ones(len(rows), dtype=bool)
    return Answers(scores, said, said, may, may)


def causes(answers):
    return [(refusal.cause, refusal.direction) for refusal in release_of(answers).refusals]


def test_right_answers_are_released():
    rows = collections(7)
    assert causes(answers_of(rows, [row.logit for row in rows])) == []


@pytest.mark.parametrize("bad, expected", [(1, []), (2, [("sets", Direction.NONE)])])
def test_six_of_seven_sets_must_cost_less_than_one(bad, expected):
    rows = collections(7)
    names = {f"set{number}" for number in range(bad)}
    ratios = [
        (0.5 if row.is_fake else 0.6) + 0.01 * row.logit if row.set in names else row.logit for row in rows
    ]
    assert causes(answers_of(rows, ratios)) == expected


def test_answers_that_say_little_cost_too_much():
    rows = collections(7)
    assert causes(answers_of(rows, [0.01 * row.logit for row in rows])) == [("cllr", Direction.NONE)]


def test_genuine_pictures_in_one_set_that_mislead_take_the_side():
    rows = collections(7)
    ratios = [
        1.0 if row.set == "set3" and not row.is_fake and int(row.group[2:]) % 5 == 0 else row.logit
        for row in rows
    ]
    assert ("misleading", Direction.FAKE) in causes(answers_of(rows, ratios))


def test_outside_a_withheld_condition_nobody_is_misled():
    rows = collections(7)
    ratios = np.array([row.logit for row in rows])
    hidden = np.array([row.set == "set3" and not row.is_fake for row in rows])
    ratios[hidden] = 0.0
    answers = replace(answers_of(rows, ratios), may_fake=~hidden)
    (figures,) = [of for of in release_of(answers).sets if of.name == "set3"]
    assert figures.misleading_fake is None and figures.misleading_real is not None
    assert "misleading" not in [cause for cause, _ in causes(answers)]


def test_a_bin_that_claims_more_than_was_seen_takes_the_side():
    rows = collections(7)
    boast = [3 * row.logit if row.logit > 0.5 else row.logit for row in rows]
    refusals = release_of(answers_of(rows, boast)).refusals
    observed = [refusal for refusal in refusals if refusal.cause == "observed"]
    assert {refusal.direction for refusal in observed} == {Direction.FAKE}
    assert {refusal.where for refusal in observed} <= {"moderate", "moderately strong"}


def test_without_both_classes_there_is_nothing_to_release():
    rows = collection("a", 0, fakes=0)
    with pytest.raises(ValueError, match="no set has both classes"):
        release_of(answers_of(rows, [0.0] * len(rows)))
