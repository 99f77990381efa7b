"""Calibration, threshold and band against answers known by hand or by brute force."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score

from detector.calibration import (
    ALL_SETS,
    Band,
    band_leaving_out,
    band_without_cross,
    best_threshold,
    committed,
    equal_error_threshold,
    fit,
    fit_band,
    fit_platt,
    fit_temperature,
    overall,
    probability,
    sides_of,
    smoothed,
    threshold_at,
    youden_threshold,
)
from detector.structures import Calibration


def test_the_probability_of_logit_zero_without_b_is_one_half():
    assert probability(0.0, Calibration(a=2.0, b=0.0, fitted_on="")) == 0.5


def test_an_array_of_logits_gives_an_array_and_a_number_a_number():
    calibration = Calibration(a=1.0, b=math.log(3), fitted_on="")
    assert isinstance(probability(0.0, calibration), float)
    np.testing.assert_allclose(
        probability(np.array([0.0, -math.log(3)], dtype=np.float32), calibration), [0.75, 0.5], atol=1e-6
    )


def test_extreme_logits_stay_probabilities():
    p_fake = probability(np.array([-1e4, 1e4]), Calibration(a=1.0, b=0.0, fitted_on=""))
    assert p_fake.tolist() == [0.0, 1.0]


def drawn(a: float, b: float, count: int = 20_000) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(7)
    logits = rng.normal(0, 3, count)
    return logits, (rng.random(count) < 1 / (1 + np.exp(-(a * logits + b)))).astype(int)


def test_fit_finds_the_slope_and_offset_that_made_the_labels():
    found = fit(*drawn(0.5, -1.0), fitted_on="tune")
    assert found.a == pytest.approx(0.5, abs=0.03)
    assert found.b == pytest.approx(-1.0, abs=0.06)
    assert found.fitted_on == "tune"


def test_fit_leaves_b_out_where_it_does_not_help():
    logits, labels = drawn(0.5, 0.0)
    found = fit(np.concatenate([logits, -logits]), np.concatenate([labels, 1 - labels]), fitted_on="tune")
    assert found.b == 0.0
    assert found.a == pytest.approx(0.5, abs=0.03)


def test_fit_stays_finite_where_the_classes_are_apart():
    found = fit([-2.0, -1.0, 1.0, 2.0], [0, 0, 1, 1], fitted_on="tune")
    assert 0 < found.a < 10


def test_fit_does_not_depend_on_the_scale_of_the_logits():
    logits, labels = drawn(0.5, -1.0, 2_000)
    small, large = fit(logits * 1e-3, labels, fitted_on=""), fit(logits * 1e3, labels, fitted_on="")
    assert small.a / large.a == pytest.approx(1e6, rel=1e-3)
    assert small.b == pytest.approx(large.b, abs=1e-3)


def test_fit_refuses_logits_that_fall_with_the_label():
    with pytest.raises(ValueError, match="is label 1 fake"):
        fit([2.0, 1.0, -1.0, -2.0], [0, 0, 1, 1], fitted_on="tune")


@pytest.mark.parametrize(
    ("logits", "labels"),
    [([], []), ([1.0, 2.0], [1, 1]), ([1.0, math.nan], [0, 1]), ([1.0, 2.0], [0, 2]), ([[1.0]], [[1]])],
)
def test_fit_refuses_what_has_no_answer(logits, labels):
    with pytest.raises(ValueError, match=r"finite|labels are|not one a picture"):
        fit(logits, labels, fitted_on="tune")


def test_the_best_threshold_lies_halfway_between_classes_that_are_apart():
    assert best_threshold([0.1, 0.2, 0.6, 0.9], [0, 0, 1, 1]) == pytest.approx(0.4)


@pytest.mark.fidelity("3-9")
def test_the_best_threshold_equals_brute_force():
    rng = np.random.default_rng(3)
    labels = rng.integers(0, 2, 120)
    p_fake = np.round(np.clip(rng.normal(0.4 + 0.2 * labels, 0.2), 0, 1), 2)  # rounded, so that ties occur
    t = best_threshold(p_fake, labels)
    tried = max(f1_score(labels, p_fake > cut) for cut in np.arange(-0.005, 1.01, 0.01))
    assert f1_score(labels, p_fake > t) == pytest.approx(tried)


def pictures(*cells: tuple[str, int, float, int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """p_fake, labels and sets from cells of (set, label, p_fake, count)."""
    rows = [(p_fake, label, name) for name, label, p_fake, count in cells for _ in range(count)]
    return np.array([r[0] for r in rows]), np.array([r[1] for r in rows]), np.array([r[2] for r in rows])


def test_the_band_shrinks_to_the_threshold_where_both_sides_are_right():
    assert fit_band(*pictures(("a", 0, 0.1, 30), ("a", 1, 0.9, 30)), t=0.5) == Band(0.5, 0.5)


@pytest.mark.fidelity("1-13")
def test_one_in_ten_wrong_is_allowed_and_one_more_is_not():
    # reals 90 under and 10 over the threshold, fakes the other way round: exactly one in ten on each side
    allowed = pictures(("a", 0, 0.1, 90), ("a", 0, 0.9, 10), ("a", 1, 0.1, 10), ("a", 1, 0.9, 90))
    assert fit_band(*allowed, t=0.5) == Band(0.5, 0.5)
    too_many = pictures(("a", 0, 0.1, 89), ("a", 0, 0.9, 11), ("a", 1, 0.1, 11), ("a", 1, 0.9, 89))
    assert fit_band(*too_many, t=0.5) == Band(0.0, 1.0)


def test_a_side_needs_twenty_pictures():
    assert fit_band(*pictures(("a", 0, 0.1, 20), ("a", 1, 0.9, 19)), t=0.5) == Band(0.5, 1.0)
    assert fit_band(*pictures(("a", 0, 0.1, 19), ("a", 1, 0.9, 20)), t=0.5) == Band(0.0, 0.5)


def test_the_band_ends_at_the_first_value_that_would_be_wrong():
    # strictly under 0.3 lie only reals; the fakes at 0.3 spoil every cut over it
    values = pictures(("a", 0, 0.1, 40), ("a", 1, 0.3, 20), ("a", 1, 0.7, 40))
    assert fit_band(*values, t=0.5) == Band(0.3, 0.5)


@pytest.mark.fidelity("3-14")
@pytest.mark.parametrize(
    ("t", "expected"), [(0.2, Band(0.2, 0.5)), (0.8, Band(0.5, 0.8)), (0.5, Band(0.5, 0.5))]
)
def test_even_odds_are_always_uncertain(t, expected):
    # however well the sides are told apart at t, 40 % is never called likely fake, nor 60 % likely real
    assert fit_band(*pictures(("a", 0, 0.1, 40), ("a", 1, 0.9, 40)), t=t) == expected


def test_sets_weigh_alike_whatever_their_size():
    # of the large set 2 % of the fakes lie under t, of the small one 38 %: together 20 %, though few pictures
    values = pictures(
        ("large", 0, 0.1, 1000), ("large", 1, 0.1, 20), ("large", 1, 0.9, 980),
        ("small", 0, 0.1, 20), ("small", 1, 0.1, 19), ("small", 1, 0.9, 31),
    )  # fmt: skip
    assert fit_band(*values, t=0.5).lo == 0.0
    merged = (values[0], values[1], np.full(len(values[0]), "one"))
    assert fit_band(*merged, t=0.5).lo == 0.5


def test_classes_weigh_alike_whatever_their_size():
    # 10 of 30 fakes under t among 300 reals: 3 % of the pictures, but a quarter by weight
    assert fit_band(*pictures(("a", 0, 0.1, 300), ("a", 1, 0.1, 10), ("a", 1, 0.9, 20)), t=0.5).lo == 0.0


def test_the_band_is_the_narrowest_by_brute_force():
    rng = np.random.default_rng(11)
    labels, sets = rng.integers(0, 2, 900), rng.choice(["a", "b", "c"], 900)
    p_fake = np.round(np.clip(rng.normal(0.35 + 0.3 * labels, 0.2), 0, 1), 2)
    band = fit_band(p_fake, labels, sets, t=0.5)
    weight = np.array(
        [1 / np.sum((sets == name) & (labels == label)) for name, label in zip(sets, labels, strict=True)]
    )

    def right(side, wrong):
        parts = [side & (sets == name) for name in "abc"]
        return side.sum() >= 20 and all(
            weight[part & (labels == wrong)].sum() <= 0.1 * weight[part].sum() for part in parts
        )

    grid = np.arange(0, 1.0001, 0.005)
    assert band.lo == pytest.approx(
        max([cut for cut in grid if cut <= 0.5 and right(p_fake < cut - 1e-9, 1)], default=0.0), abs=0.0051
    )
    assert band.hi == pytest.approx(
        min([cut for cut in grid if cut >= 0.5 and right(p_fake > cut + 1e-9, 0)], default=1.0), abs=0.0051
    )
    assert 0 < band.lo < 0.5 < band.hi < 1


def test_a_set_that_errs_is_not_paid_for_by_another():
    many = (("good", 1, 0.9, 100), ("good", 0, 0.1, 100))
    few = (("bad", 1, 0.9, 10), ("bad", 0, 0.9, 10), ("bad", 0, 0.1, 90), ("bad", 1, 0.1, 90))
    assert fit_band(*pictures(*many), t=0.5).hi == 0.5
    assert (
        fit_band(*pictures(*many, *few), t=0.5).hi == 1.0
    )  # a tenth over all of them, but half of what is called fake in the one


@pytest.mark.parametrize(("t", "lo", "hi"), [(0.5, 0.2, 0.8), (0.1, 0.1, 0.8), (0.9, 0.2, 0.9)])
def test_without_a_cross_figure_the_band_is_wide(t, lo, hi):
    assert band_without_cross(t) == Band(lo, hi)


def test_a_set_left_out_has_no_say_in_its_band():
    good = (("a", 0, 0.1, 40), ("a", 1, 0.9, 40))
    bad = (("b", 0, 0.9, 40), ("b", 1, 0.1, 40))
    values = pictures(*good, *bad)
    assert fit_band(*values, t=0.5) == Band(0.0, 1.0)
    assert band_leaving_out(*values, t=0.5, left_out=values[2] == "b") == Band(0.5, 0.5)


def test_where_nothing_is_left_the_wide_band_stands():
    values = pictures(("a", 0, 0.1, 40), ("a", 1, 0.9, 40))
    assert band_leaving_out(*values, t=0.5, left_out=np.ones(80, dtype=bool)) == Band(0.2, 0.8)


def test_committed_verdicts_are_counted_with_the_set_left_out():
    good = (("a", 0, 0.1, 40), ("a", 1, 0.9, 40), ("b", 0, 0.1, 40), ("b", 1, 0.9, 40))
    bad = (("c", 0, 0.1, 30), ("c", 0, 0.5, 10), ("c", 1, 0.1, 40))
    found = {figure.name: figure for figure in committed(*pictures(*good, *bad), t=0.5)}
    assert list(found) == ["a", "b", "c", ALL_SETS]
    # c is judged by the band of a and b, [0.5, 0.5]: 30 of 40 reals right, all fakes wrong, 10 reals exactly
    # at t uncertain
    assert found["c"].pictures == 80
    assert found["c"].committed == pytest.approx((0.75 + 1) / 2)
    assert found["c"].wrong == pytest.approx(1 / 1.75)


def test_where_nothing_is_committed_no_share_is_wrong():
    values = pictures(("a", 0, 0.5, 30), ("a", 1, 0.5, 30))
    assert [(figure.committed, figure.wrong) for figure in committed(*values, t=0.5)] == [
        (0.0, None),
        (0.0, None),
    ]


def test_groups_can_be_held_out_instead_of_sets():
    values = pictures(("a", 0, 0.1, 60), ("a", 1, 0.9, 60))
    groups = np.tile(["x", "y", "z"], 40)
    found = committed(*values, t=0.5, held_out=groups)[0]
    assert (found.committed, found.wrong) == (1.0, 0.0)


def test_temperature_has_no_offset_and_platt_always_has_one():
    logits, labels = drawn(0.5, -1.0, 4_000)
    assert fit_temperature(logits, labels, "tune").b == 0.0
    assert fit_platt(logits, labels, "tune").b == pytest.approx(-1.0, abs=0.15)
    balanced = (np.concatenate([logits, -logits]), np.concatenate([labels, 1 - labels]))
    assert fit_platt(*balanced, "tune").b == pytest.approx(0.0, abs=1e-3)


def test_an_offset_that_all_logits_share_is_no_obstacle():
    # temperature alone would turn them round: all logits are positive, and most labels are real
    logits, labels = np.array([5.0, 5.1, 5.2, 5.3] * 30), np.array([0, 0, 0, 1] * 30)
    assert fit_temperature(logits, labels, "").a < 0
    found = fit(logits, labels, "tune")
    assert found.a > 0
    assert probability(np.array([5.0, 5.3]), found).tolist() == sorted(
        probability(np.array([5.0, 5.3]), found)
    )


def test_platt_equals_logistic_regression_but_for_its_targets():
    logits, labels = drawn(0.5, -1.0)
    ours, theirs = fit_platt(logits, labels, ""), LogisticRegression(C=1e9).fit(logits[:, None], labels)
    assert (ours.a, ours.b) == pytest.approx((theirs.coef_[0, 0], theirs.intercept_[0]), abs=2e-3)


def test_few_pictures_vouch_for_less():
    assert smoothed(fakes=0, reals=0) == (0.5, 0.5)
    assert smoothed(fakes=8, reals=18) == (0.05, 0.9)


OVERLAPPING = ([0.1, 0.2, 0.3, 0.4, 0.6, 0.7, 0.8, 0.9], [0, 0, 1, 0, 1, 0, 1, 1])
"""Reals at 0.1, 0.2, 0.4, 0.7; fakes at 0.3, 0.6, 0.8, 0.9."""


@pytest.mark.parametrize(
    ("rate", "t"),
    [
        (0.0, 0.75),  # two fakes caught; the lower cuts call a real fake
        (0.24, 0.75),
        (0.25, 0.5),  # one real of four: three fakes
        (0.5, 0.25),  # two reals: all fakes
        (1.0, 0.25),  # no more fakes to be had, so the cut nearest to even odds among those that catch all
    ],
)
def test_the_threshold_of_a_target_catches_the_most_fakes_it_may(rate, t):
    assert threshold_at(*OVERLAPPING, rate) == pytest.approx(t)


def test_a_target_that_no_cut_between_values_meets_calls_nothing_fake():
    t = threshold_at([0.2, 0.9, 0.9], [0, 0, 1], 0.0)
    assert 0.9 < t < 1


def test_youden_and_equal_error_on_classes_apart_lie_between_them():
    apart = ([0.1, 0.2, 0.6, 0.9], [0, 0, 1, 1])
    assert youden_threshold(*apart) == equal_error_threshold(*apart) == pytest.approx(0.4)


def test_at_the_equal_error_as_many_are_missed_as_falsely_called():
    # over 0.5: one of four reals, three of four fakes
    assert equal_error_threshold(*OVERLAPPING) == pytest.approx(0.5)


@pytest.mark.fidelity("3-9")
@pytest.mark.parametrize("choose", [youden_threshold, equal_error_threshold])
def test_choosers_equal_brute_force(choose):
    rng = np.random.default_rng(5)
    labels = rng.integers(0, 2, 150)
    p_fake = np.round(np.clip(rng.normal(0.4 + 0.2 * labels, 0.2), 0, 1), 2)
    recall = np.array([(p_fake[labels == 1] > cut).mean() for cut in np.arange(-0.005, 1.01, 0.01)])
    alarms = np.array([(p_fake[labels == 0] > cut).mean() for cut in np.arange(-0.005, 1.01, 0.01)])
    t = choose(p_fake, labels)
    found = (p_fake[labels == 1] > t).mean(), (p_fake[labels == 0] > t).mean()
    if choose is youden_threshold:
        assert found[0] - found[1] == pytest.approx((recall - alarms).max())
    else:
        assert abs(1 - found[0] - found[1]) == pytest.approx(np.abs(1 - recall - alarms).min())


def test_the_sides_of_a_band_are_strict():
    assert sides_of([0.1, 0.3, 0.5, 0.7, 0.9], Band(0.3, 0.7)).tolist() == [-1, 0, 0, 0, 1]


def test_overall_weighs_classes_alike():
    # of 90 reals a third is called fake, of 10 fakes all: a quarter of the sure verdicts by weight
    sides, labels = np.array([1] * 30 + [0] * 60 + [1] * 10), np.array([0] * 90 + [1] * 10)
    found = overall(sides, labels, np.full(100, "a"))
    assert (found.pictures, found.committed, found.wrong) == (100, pytest.approx(2 / 3), pytest.approx(0.25))
