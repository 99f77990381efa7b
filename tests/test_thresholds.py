"""Threshold and band against answers known by hand or by brute force."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import f1_score

from detector.thresholds import (
    ALL_SETS,
    Band,
    band_leaving_out,
    band_without_cross,
    best_threshold,
    equal_error_threshold,
    fit_band,
    selective_risk,
    selective_risks,
    sides_of,
    threshold_at,
    youden_threshold,
)


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


def test_verdicts_are_counted_with_the_set_left_out():
    good = (("a", 0, 0.1, 40), ("a", 1, 0.9, 40), ("b", 0, 0.1, 40), ("b", 1, 0.9, 40))
    bad = (("c", 0, 0.1, 30), ("c", 0, 0.5, 10), ("c", 1, 0.1, 40))
    risks = {figure.name: figure for figure in selective_risks(*pictures(*good, *bad), t=0.5)}
    assert list(risks) == ["a", "b", "c", ALL_SETS]
    # c is judged by the band of a and b, [0.5, 0.5]: 30 of 40 reals right, all fakes wrong, 10 reals exactly
    # at t uncertain
    assert risks["c"].pictures == 80
    assert risks["c"].coverage == pytest.approx((0.75 + 1) / 2)
    assert risks["c"].risk == pytest.approx(1 / 1.75)


def test_without_coverage_there_is_no_risk():
    values = pictures(("a", 0, 0.5, 30), ("a", 1, 0.5, 30))
    assert [(figure.coverage, figure.risk) for figure in selective_risks(*values, t=0.5)] == [
        (0.0, None),
        (0.0, None),
    ]


def test_groups_can_be_held_out_instead_of_sets():
    values = pictures(("a", 0, 0.1, 60), ("a", 1, 0.9, 60))
    groups = np.tile(["x", "y", "z"], 40)
    verdicts = selective_risks(*values, t=0.5, held_out=groups)[0]
    assert (verdicts.coverage, verdicts.risk) == (1.0, 0.0)


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
    rates = (p_fake[labels == 1] > t).mean(), (p_fake[labels == 0] > t).mean()
    if choose is youden_threshold:
        assert rates[0] - rates[1] == pytest.approx((recall - alarms).max())
    else:
        assert abs(1 - rates[0] - rates[1]) == pytest.approx(np.abs(1 - recall - alarms).min())


def test_the_sides_of_a_band_are_strict():
    assert sides_of([0.1, 0.3, 0.5, 0.7, 0.9], Band(0.3, 0.7)).tolist() == [-1, 0, 0, 0, 1]


def test_overall_weighs_classes_alike():
    # of 90 reals a third is called fake, of 10 fakes all: a quarter of the sure verdicts by weight
    sides, labels = np.array([1] * 30 + [0] * 60 + [1] * 10), np.array([0] * 90 + [1] * 10)
    verdicts = selective_risk(sides, labels, np.full(100, "a"))
    assert (verdicts.pictures, verdicts.coverage, verdicts.risk) == (
        100,
        pytest.approx(2 / 3),
        pytest.approx(0.25),
    )
