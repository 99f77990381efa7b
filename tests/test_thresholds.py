"""Thresholds against answers known by hand or by brute force."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import f1_score

from detector.thresholds import best_threshold, equal_error_threshold, threshold_at, youden_threshold


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
