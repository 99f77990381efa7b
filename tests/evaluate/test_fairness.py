"""How often real people are called fake, group by group, with intervals known from the
literature or by hand.
"""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from detector.data.demographics import Person
from detector.evaluate.fairness import ByAttribute, by_chance, fairness_of, newcombe, rate_of
from detector.evaluate.predictions import Prediction, write_predictions
from detector.evaluate.report.markdown import to_markdown
from detector.evaluate.run import Parts, evaluate_kept
from detector.structures import Thresholds, Verdict
from tests.evaluate.made import made_index, made_report, prediction
from tests.evaluate.test_predict import detector

JUDGE = detector(t=0.5)


def called(count: int, fake: int, source: str = "a", first: int = 0, each: int = 1) -> list[Prediction]:
    """`count` real pictures, `fake` of them over t and called likely fake; `each` of them in a row are one
    person's.
    """
    made = [
        prediction(
            0,
            0.9 if number < fake else 0.1,
            file=f"{source}{first + number}",
            source=source,
            group=str(number // each),
        )
        for number in range(count)
    ]
    verdicts = (Verdict.LIKELY_FAKE if prediction.p_fake > 0.5 else Verdict.UNCERTAIN for prediction in made)
    return [
        replace(prediction, detector=JUDGE.info.name, verdict=verdict)
        for prediction, verdict in zip(made, verdicts, strict=True)
    ]


def rates(reals: list[Prediction], people: dict[str, Person]) -> tuple[ByAttribute, ...]:
    return fairness_of([JUDGE.info], reals, people).by


def hits(count: int, of: int) -> np.ndarray:
    return np.arange(of) < count


def alone(count: int) -> np.ndarray:
    return np.array([str(number) for number in range(count)], dtype=object)


@pytest.mark.parametrize(
    ("count", "of", "low", "high"),
    # Newcombe, Stat. Med. 17 (1998) 857, table I, method 3
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_the_interval_of_a_rate_is_wilson_s(count, of, low, high):
    rate = rate_of(hits(count, of), alone(of))
    assert (rate.value, rate.low, rate.high) == pytest.approx((count / of, low, high), abs=1e-4)


def test_pictures_of_one_person_count_as_one():
    people = np.repeat(alone(20), 5)
    assert rate_of(hits(0, 100), people) == rate_of(hits(0, 20), alone(20))


def test_uneven_people_count_for_fewer():
    people = np.array(["much"] * 90 + list("abcdefghij"), dtype=object)
    assert rate_of(hits(0, 100), people).high > 0.7  # 100² / (90² + 10) is 1.2 people


@pytest.mark.parametrize(
    ("first", "second", "low", "high"),
    # Newcombe, Stat. Med. 17 (1998) 873, table II, method 10
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((10, 10), (0, 10), 0.6075, 1.0),
        ((5, 56), (0, 29), -0.0381, 0.1926),
    ],
)
def test_the_interval_of_a_difference_is_newcombe_s(first, second, low, high):
    first_rate, second_rate = (rate_of(hits(count, of), alone(of)) for count, of in (first, second))
    gap = newcombe(first_rate, second_rate)
    assert (gap.low, gap.high) == pytest.approx((low, high), abs=1e-4)


def test_groups_that_differ_by_all_are_told_apart_and_equal_ones_are_not():
    names = np.array(["a"] * 30 + ["b"] * 30, dtype=object)
    assert by_chance(hits(30, 60), names, alone(60), 1.0, [0]) == pytest.approx(1 / 2001)
    assert by_chance(np.zeros(60, bool), names, alone(60), 0.0, [0]) == 1.0


def test_two_people_cannot_be_told_apart_however_many_pictures_they_have():
    names = np.array(["a"] * 30 + ["b"] * 30, dtype=object)
    assert by_chance(hits(30, 60), names, names, 1.0, [0]) > 0.9


def test_a_rate_of_each_source_and_the_farthest_two():
    attributes = rates([*called(40, 10, "a"), *called(40, 20, "b"), *called(40, 30, "c")], {})
    (by_source,) = attributes
    assert [(group.group, group.over_t.value, group.likely_fake.value) for group in by_source.groups] == [
        ("a", 0.25, 0.25),
        ("b", 0.5, 0.5),
        ("c", 0.75, 0.75),
    ]
    gap = by_source.gap_over_t
    assert (gap.highest, gap.lowest, gap.difference.value, gap.ratio) == ("c", "a", 0.5, 3.0)
    assert gap.difference.low > 0.25 and gap.by_chance < 0.01


def test_fakes_other_detectors_and_what_was_not_judged_are_left_out():
    reals = called(25, 5)
    beside = [
        replace(reals[0], label=1),
        replace(reals[0], detector="another"),
        replace(reals[0], p_fake=None, verdict=Verdict.NO_FACE),
    ]
    assert rates([*reals, *beside], {}) == rates(reals, {})


def test_a_verdict_held_back_is_over_t_but_not_called_likely_fake():
    reals = [replace(real, verdict=Verdict.UNCERTAIN) for real in called(25, 5)]
    (group,) = rates(reals, {})[0].groups
    assert (group.over_t.value, group.likely_fake.value) == (0.2, 0.0)


def test_a_small_group_has_counts_and_no_rate_and_is_in_no_gap():
    (attribute,) = rates([*called(20, 4, "a"), *called(19, 19, "b")], {})
    assert [(group.group, group.pictures, group.over_t is None) for group in attribute.groups] == [
        ("a", 20, False),
        ("b", 19, True),
    ]
    assert (attribute.gap_over_t, attribute.gap_likely_fake) == (None, None)


def test_people_are_grouped_by_what_is_known_of_them():
    reals = [*called(30, 3), *called(30, 15, first=30)]
    people = {
        real.file: Person("20 to 39", "female" if number < 30 else "male")
        for number, real in enumerate(reals)
    }
    attributes = {attribute.attribute: attribute for attribute in rates(reals, people)}
    assert list(attributes) == ["source", "age", "gender"]  # nothing is known of skin tone
    assert attributes["gender"].gap_over_t.highest == "male"
    assert attributes["age"].gap_over_t is None


def test_age_groups_stand_in_the_order_of_age():
    ages = ["60 and over", "under 13", "13 to 19", "40 to 59", "20 to 39"]
    reals = called(5, 0)
    attributes = rates(reals, {real.file: Person(age) for real, age in zip(reals, ages, strict=True)})
    assert [group.group for group in attributes[1].groups] == [
        "under 13",
        "13 to 19",
        "20 to 39",
        "40 to 59",
        "60 and over",
    ]


def test_the_tables_and_the_json(tmp_path):
    reals = [*called(40, 10, "a"), *called(40, 30, "b"), *called(3, 0, "c")]
    report = made_report(made_index(tmp_path), reals, [JUDGE.info])
    report = replace(report, fairness=fairness_of([JUDGE.info], reals, {}))
    told = to_markdown(report)
    assert "| source | a | 40 | 40 | 0.250 (0.142 to 0.402) | 0.250 (0.142 to 0.402) | 0.300 |" in told
    assert "| source | c | 3 | 3 | too few | too few | – |" in told
    assert "| source | over t | b | a | 0.500 (0.285 to 0.653) | 3.00 | 0.05% |" in told
    stored = json.loads(json.dumps(report.to_dict()["fairness"]))
    assert stored["by"][0]["groups"][1]["over_t"]["value"] == 0.75


def test_it_is_the_same_at_every_call():
    reals = [*called(40, 10, "a"), *called(40, 17, "b")]
    assert fairness_of([JUDGE.info], reals, {}) == fairness_of([JUDGE.info], reals, {})


def test_an_evaluation_s_index_tells_who_is_on_it(tmp_path):
    reals = called(40, 10)
    lines = [
        "file,label,gender",
        *(f"{real.file},0,{'male' if number % 2 else 'female'}" for number, real in enumerate(reals)),
    ]
    (tmp_path / "index.csv").write_text("\n".join(lines))
    write_predictions(
        tmp_path / "p.csv", [replace(real, weights=JUDGE.info.weights_sha256) for real in reals]
    )
    report = evaluate_kept(
        tmp_path / "p.csv", tmp_path / "index.csv", [JUDGE], parts=Parts(fairness=True), resamples=20
    )
    assert "| gender | female | 20 |" in to_markdown(report)


def test_the_band_of_these_tests_is_what_they_think():
    assert JUDGE.info.thresholds == Thresholds(t=0.5)
