import math

import numpy as np
import pytest

from detector.evidence.fitted import Bounds
from detector.evidence.measures import (
    Groups,
    bounds_of,
    cllr,
    cllr_min,
    elub,
    group_weights,
    how_much_more_common,
)


def calibrated(seed, fakes, reals, spread):
    """Log ratios that are right: normal with means of plus and minus half of the variance."""
    is_fake = np.arange(fakes + reals) < fakes
    middle = np.where(is_fake, spread**2 / 2, -(spread**2) / 2)
    return np.random.default_rng(seed).normal(middle, spread), is_fake


def named(count):
    return np.array([f"group {number}" for number in range(count)], dtype=object)


@pytest.mark.parametrize(
    "seed, fakes, reals, spread, low, high",
    [(0, 300, 200, 1.5, -1.01, 1.33), (1, 40, 60, 1.0, -0.43, 0.65), (2, 1500, 1500, 3.0, -2.62, 2.4)],
)
def test_bounds_are_those_of_the_package_lir(seed, fakes, reals, spread, low, high):
    """`low` and `high`, log10, are what lir 1.3.1 gives (algorithms.bayeserror.elub)."""
    ratios, is_fake = calibrated(seed, fakes, reals, spread)
    bounds = elub(ratios, is_fake, np.ones(len(ratios)))
    assert (bounds.low / math.log(10), bounds.high / math.log(10)) == pytest.approx((low, high))


def test_ratios_that_say_nothing_are_bounded_at_one():
    ratios, is_fake = calibrated(3, 30, 30, 0.3)
    assert elub(ratios, is_fake, np.ones(60)) == Bounds(0, 0)


def test_pictures_of_one_person_vouch_for_no_more_than_one():
    ratios, is_fake = calibrated(0, 300, 200, 1.5)
    owners = named(500)
    once = bounds_of(ratios, is_fake, owners)
    repeated = np.repeat(np.arange(500), np.where(np.arange(500) % 7 == 0, 5, 1))
    assert bounds_of(ratios[repeated], is_fake[repeated], owners[repeated]) == once


def test_under_a_thousand_groups_no_ratio_is_over_a_hundred():
    few, many = calibrated(5, 450, 450, 5.0), calibrated(5, 4500, 4500, 5.0)
    assert bounds_of(*few, named(900)) == Bounds(-math.log(100), math.log(100))
    assert bounds_of(*many, named(9000)).high > math.log(100)


def test_the_cost_of_saying_nothing_is_one():
    is_fake = np.array([True, False, False])
    assert cllr(np.zeros(3), is_fake, np.ones(3)) == pytest.approx(1)
    assert cllr_min(np.zeros(3), is_fake, np.ones(3)) == pytest.approx(1)


def test_the_cost_by_hand():
    ratios, is_fake = np.log([3.0, 1.0, 1 / 3]), np.array([True, True, False])
    expected = (np.average([math.log2(1 + 1 / 3), 1], weights=[1, 3]) + math.log2(1 + 1 / 3)) / 2
    assert cllr(ratios, is_fake, np.array([1.0, 3.0, 1.0])) == pytest.approx(expected)


def test_there_is_no_cost_of_one_class():
    assert cllr(np.zeros(2), np.array([True, True]), np.ones(2)) is None
    assert cllr_min(np.zeros(2), np.array([False, False]), np.ones(2)) is None


@pytest.mark.parametrize("seed", range(5))
def test_no_rescaling_that_keeps_the_order_costs_less_than_the_least(seed):
    ratios, is_fake = calibrated(seed, 80, 120, 1.0)
    weights = np.random.default_rng(seed).uniform(0.2, 1, 200)
    least = cllr_min(ratios, is_fake, weights)
    for scaled in (ratios, 2 * ratios + 1, np.tanh(ratios), ratios**3):
        assert cllr(scaled, is_fake, weights) >= least - 1e-12
        assert cllr_min(scaled, is_fake, weights) == pytest.approx(least)


def test_calibrated_ratios_cost_little_more_than_the_least():
    ratios, is_fake = calibrated(0, 3000, 3000, 1.5)
    weights = np.ones(6000)
    assert 0 < cllr(ratios, is_fake, weights) - cllr_min(ratios, is_fake, weights) < 0.02


def test_classes_that_do_not_overlap_can_cost_nothing():
    assert cllr_min(np.array([1.0, 2.0]), np.array([False, True]), np.ones(2)) == pytest.approx(0)


def test_groups_of_a_class_weigh_alike():
    owners = np.array(["a", "a", "b", "a"], dtype=object)
    assert list(group_weights(owners, np.array([True, True, True, False]))) == [0.5, 0.5, 1, 1]


def test_how_much_more_common_a_score_is_in_groups():
    owners, is_fake = named(40), np.arange(40) < 20
    hits = (np.arange(40) < 15) | (np.arange(40) >= 37)  # 15 of 20 fakes, 3 of 20 reals
    groups = Groups.of(owners, is_fake)
    ratio = how_much_more_common(groups, hits, True, groups.resamples)
    assert ratio.value == pytest.approx(15 / 3)
    assert 1.5 < ratio.low < ratio.value < ratio.high
    other = how_much_more_common(groups, ~hits, False, groups.resamples)
    assert other.value == pytest.approx(17 / 5)


def test_no_alarm_among_few_is_no_proof():
    groups = Groups.of(named(40), np.arange(40) < 20)
    ratio = how_much_more_common(groups, np.arange(40) < 2, True, groups.resamples)
    assert ratio.value == pytest.approx(2 / 0.5) and ratio.low < 1.3


def test_no_hit_at_all_shows_nothing_however_many_were_looked_at():
    groups = Groups.of(named(330), np.arange(330) < 30)
    ratio = how_much_more_common(groups, np.zeros(330, dtype=bool), True, groups.resamples)
    assert (ratio.value, ratio.low, ratio.high) == (0, 0, 0)


def test_there_is_no_ratio_without_a_class():
    groups = Groups.of(named(3), np.ones(3, dtype=bool))
    assert how_much_more_common(groups, np.ones(3, dtype=bool), True, groups.resamples) is None


def test_resamples_are_the_same_at_every_call():
    groups = Groups.of(named(30), np.arange(30) < 10)
    first = groups.resamples(5)
    assert (first == groups.resamples(5)).all() and not (first == groups.resamples(6)).all()
    assert (first.sum(axis=1) == 30).all() and first.shape == (2000, 30)
