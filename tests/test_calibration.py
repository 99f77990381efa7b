"""Calibration against answers known by hand or by brute force."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from detector.calibration import fit, fit_platt, fit_temperature, probability, smoothed
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
    calibration = fit(*drawn(0.5, -1.0), fitted_on="tune")
    assert calibration.a == pytest.approx(0.5, abs=0.03)
    assert calibration.b == pytest.approx(-1.0, abs=0.06)
    assert calibration.fitted_on == "tune"


def test_fit_leaves_b_out_where_it_does_not_help():
    logits, labels = drawn(0.5, 0.0)
    calibration = fit(
        np.concatenate([logits, -logits]), np.concatenate([labels, 1 - labels]), fitted_on="tune"
    )
    assert calibration.b == 0.0
    assert calibration.a == pytest.approx(0.5, abs=0.03)


def test_fit_stays_finite_where_the_classes_are_apart():
    calibration = fit([-2.0, -1.0, 1.0, 2.0], [0, 0, 1, 1], fitted_on="tune")
    assert 0 < calibration.a < 10


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
    calibration = fit(logits, labels, "tune")
    assert calibration.a > 0
    assert probability(np.array([5.0, 5.3]), calibration).tolist() == sorted(
        probability(np.array([5.0, 5.3]), calibration)
    )


def test_platt_equals_logistic_regression_but_for_its_targets():
    logits, labels = drawn(0.5, -1.0)
    ours, theirs = fit_platt(logits, labels, ""), LogisticRegression(C=1e9).fit(logits[:, None], labels)
    assert (ours.a, ours.b) == pytest.approx((theirs.coef_[0, 0], theirs.intercept_[0]), abs=2e-3)


def test_few_pictures_vouch_for_less():
    assert smoothed(fakes=0, reals=0) == (0.5, 0.5)
    assert smoothed(fakes=8, reals=18) == (0.05, 0.9)
