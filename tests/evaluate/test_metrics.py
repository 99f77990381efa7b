"""Figures on arrays with answers known by hand, and against scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import brentq
from sklearn.metrics import average_precision_score, roc_auc_score, roc_curve

from detector.evaluate import metrics


@pytest.mark.parametrize(
    ("values", "labels", "expected"),
    [
        ([], [], None),
        ([0.3, 0.4], [0, 0], None),
        ([0.3, 0.4], [1, 1], None),
        ([0.1, 0.9], [0, 1], 1.0),
        ([0.1, 0.9], [1, 0], 0.0),
        ([0.5, 0.5], [0, 1], 0.5),
        ([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1], 0.75),
        ([0.2, 0.2, 0.2, 0.7], [0, 1, 0, 1], 0.75),
    ],
)
def test_auc_of_a_few_pictures(values, labels, expected):
    assert metrics.auc(values, labels) == expected


@pytest.mark.parametrize(
    ("values", "labels", "expected"),
    [
        ([], [], None),
        ([0.5], [1], None),
        ([0.1, 0.9], [0, 1], 1.0),
        ([0.9, 0.1], [0, 1], 0.5),
        ([0.8, 0.7, 0.6], [1, 0, 1], (1 + 2 / 3) / 2),
    ],
)
def test_average_precision_of_a_few_pictures(values, labels, expected):
    assert metrics.average_precision(values, labels) == (
        pytest.approx(expected) if expected is not None else None
    )


@pytest.mark.fidelity("4-17")
def test_auc_and_average_precision_agree_with_scikit_learn_on_tied_values():
    rng = np.random.default_rng(3)
    labels = rng.integers(0, 2, 300)
    values = np.round(rng.normal(labels * 0.7, 1), 1)
    assert metrics.auc(values, labels) == pytest.approx(roc_auc_score(labels, values))
    assert metrics.average_precision(values, labels) == pytest.approx(average_precision_score(labels, values))


def test_weights_count_a_picture_as_often_as_they_say():
    rng = np.random.default_rng(4)
    labels, values = np.tile([0, 1], 20), rng.normal(size=40).round(1)
    weights = rng.integers(0, 4, (5, 40)).astype(float)
    repeated = [np.repeat(np.arange(40), row.astype(int)) for row in weights]
    expected = [roc_auc_score(labels[rows], values[rows]) for rows in repeated]
    precisions = [average_precision_score(labels[rows], values[rows]) for rows in repeated]
    np.testing.assert_allclose(metrics.weighted_auc(values, labels, weights), expected)
    np.testing.assert_allclose(metrics.weighted_average_precision(values, labels, weights), precisions)


def test_auc_within_strata_compares_only_pairs_that_share_one():
    values, labels, strata = [0.6, 0.5, 0.2, 0.1, 0.9], [1, 0, 1, 0, 0], ["x", "x", "y", "y", "z"]
    assert metrics.auc_within(values, labels, strata) == 1.0
    assert metrics.auc(values, labels) == pytest.approx(3 / 6)
    assert metrics.auc_within(values[3:], labels[3:], strata[3:]) is None


@pytest.mark.fidelity("4-17")
@pytest.mark.parametrize(
    ("values", "expected"), [([], None), ([0.5], 0.0), ([0.5, 0.51], 0.5), ([0.6, 0.7], 1.0)]
)
def test_a_value_at_the_threshold_is_not_over_it(values, expected):
    assert metrics.rate_over(values, 0.5) == expected


def test_ties_of_a_saturated_p_fake_are_broken_by_the_logit():
    assert metrics.order_of([1.0, 1.0, 0.2], [40.0, 50.0, 60.0]).tolist() == [1, 2, 0]
    assert metrics.order_of([0.5, 0.5], [0.0, 0.0]).tolist() == [0, 0]
    assert metrics.order_of([], []).tolist() == []


@pytest.mark.fidelity("3-17")
def test_a_draw_keeps_the_pictures_of_a_group_together():
    weights = metrics.resample_weights(["s"] * 6, ["x", "x", "y", "y", "z", "z"], resamples=50)
    np.testing.assert_array_equal(weights[:, 0::2], weights[:, 1::2])
    np.testing.assert_array_equal(weights[:, 0::2].sum(axis=1), 3)
    assert len(np.unique(weights[:, 0])) > 2


def test_a_source_is_drawn_alike_whatever_else_is_in_the_index():
    alone = metrics.resample_weights(["s"] * 3, ["x", "y", "z"], resamples=20, random_seed=7)
    beside = metrics.resample_weights(["r", "s", "s", "s"], ["q", "x", "y", "z"], resamples=20, random_seed=7)
    np.testing.assert_array_equal(alone, beside[:, 1:])
    assert not np.array_equal(
        alone, metrics.resample_weights(["s"] * 3, ["x", "y", "z"], resamples=20, random_seed=8)
    )


def _auc_estimate(values, labels, groups, resamples=400):
    return metrics.estimate(
        lambda weights: metrics.weighted_auc(values, labels, weights),
        metrics.resample_weights(["s"] * len(groups), groups, resamples),
        groups,
    )


def test_an_interval_holds_the_figure_and_is_the_same_at_every_call():
    rng = np.random.default_rng(5)
    labels = np.tile([0, 1], 50)
    values, groups = rng.normal(labels, 1), [str(i // 2) for i in range(100)]
    area = _auc_estimate(values, labels, groups)
    assert area.low < area.value < area.high
    assert area == _auc_estimate(values, labels, groups)


def test_an_interval_over_few_groups_is_wider_than_over_pictures():
    rng = np.random.default_rng(6)
    person, labels = np.repeat(np.arange(10), 20), np.tile([0, 1], 100)
    values = np.repeat(rng.normal(size=10), 20) * labels + rng.normal(0.0, 0.2, 200)
    by_person = _auc_estimate(values, labels, [str(number) for number in person])
    by_picture = _auc_estimate(values, labels, [str(number) for number in range(200)])
    assert by_person.high - by_person.low > 1.5 * (by_picture.high - by_picture.low)


def test_one_group_has_a_figure_and_no_interval():
    assert _auc_estimate([0.1, 0.9], [0, 1], ["x", "x"]) == metrics.Estimate(1.0, None, None)


def test_no_figure_without_both_classes():
    assert _auc_estimate([0.1, 0.9], [1, 1], ["x", "y"]) is None
    assert _auc_estimate([], [], []) is None


def half_of_four(weights):
    return metrics.weighted_rate([True, False, False, True], weights)


def test_an_interval_does_not_hang_on_the_size_of_a_chunk():
    weights = metrics.resample_weights(["s"] * 4, list("wxyz"), resamples=30)
    np.testing.assert_array_equal(
        metrics.over_resamples(half_of_four, weights), metrics.over_resamples(half_of_four, weights, cells=12)
    )


@pytest.mark.fidelity("4-17")
@pytest.mark.parametrize(
    ("values", "labels", "expected"),
    [
        ([], [], None),
        ([0.3, 0.4], [1, 1], None),
        ([0.1, 0.9], [0, 1], 0.0),
        ([0.1, 0.9], [1, 0], 1.0),
        ([0.5, 0.5], [0, 1], 0.5),  # on the line from nothing called fake to all
        ([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1], 0.5),
        ([0.1, 0.2, 0.3, 0.25, 0.8, 0.9], [0, 0, 0, 1, 1, 1], 1 / 3),
    ],
)
def test_equal_error_rate_of_a_few_pictures(values, labels, expected):
    areas = metrics.estimates(
        lambda weights: metrics.weighted_ranking(values, labels, weights), np.ones((0, len(values))), labels
    )[2]
    assert (areas.value if areas else None) == (pytest.approx(expected) if expected is not None else None)


def test_the_equal_error_rate_is_where_the_roc_curve_meets_its_diagonal():
    rng = np.random.default_rng(8)
    labels = rng.integers(0, 2, 200)
    values = rng.normal(labels, 1).round(1)
    weights = rng.integers(0, 3, (6, 200)).astype(float)
    for row, rate in zip(weights, metrics.weighted_equal_error(values, labels, weights), strict=True):
        alarms, hits, _ = roc_curve(labels, values, sample_weight=row, drop_intermediate=False)
        assert rate == pytest.approx(brentq(lambda x, a=alarms, h=hits: 1 - x - np.interp(x, a, h), 0, 1))


def test_ranking_figures_are_those_of_one_by_one():
    rng = np.random.default_rng(9)
    labels, values = rng.integers(0, 2, 60), rng.random(60).round(1)
    weights = rng.integers(0, 3, (5, 60)).astype(float)
    one_by_one = (metrics.weighted_auc, metrics.weighted_average_precision, metrics.weighted_equal_error)
    expected = np.stack([of(values, labels, weights) for of in one_by_one], axis=1)
    np.testing.assert_array_equal(metrics.weighted_ranking(values, labels, weights), expected)
