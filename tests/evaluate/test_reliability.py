"""p_fake against the share of fakes: bins of equal mass by hand, and what a resample makes of them."""

from __future__ import annotations

import numpy as np
import pytest

from detector.evaluate.calibration import (
    calibration_error,
    estimate_calibration_error,
    reliability,
    weighted_calibration_error,
)
from detector.evaluate.metrics import resample_weights


@pytest.mark.fidelity("4-17")
@pytest.mark.parametrize(
    ("p_fake", "labels", "expected"),
    [
        ([], [], None),
        ([0.0, 1.0], [0, 1], 0.0),
        ([1.0, 0.0], [0, 1], 1.0),
        ([0.25], [0], 0.25),
        ([0.2] * 4, [0, 0, 0, 1], 0.35),
    ],
)
def test_calibration_error_of_a_few_pictures(p_fake, labels, expected):
    # the last: each picture its own bin, three off by 0.2 and one by 0.8
    assert calibration_error(p_fake, labels) == (pytest.approx(expected) if expected is not None else None)


def test_calibration_bins_hold_equal_numbers_of_pictures():
    p_fake = np.r_[np.full(15, 0.1), np.full(15, 0.9)]
    labels = np.r_[np.zeros(15), np.ones(15)]
    assert calibration_error(p_fake, labels, bins=2) == pytest.approx(0.1)


def test_a_file_drawn_twice_counts_as_two_files():
    rng = np.random.default_rng(2)
    p_fake, labels = rng.random(70).round(1), rng.integers(0, 2, 70)
    weights = rng.integers(0, 4, (8, 70)).astype(float)
    repeated = [np.repeat(np.arange(70), row.astype(int)) for row in weights]
    expected = [calibration_error(p_fake[rows], labels[rows]) for rows in repeated]
    np.testing.assert_allclose(weighted_calibration_error(p_fake, labels, weights), expected)


def test_it_hangs_on_no_order_of_the_rows():
    rng = np.random.default_rng(3)
    p_fake, labels, shuffled = rng.random(50).round(1), rng.integers(0, 2, 50), rng.permutation(50)
    assert calibration_error(p_fake, labels) == pytest.approx(
        calibration_error(p_fake[shuffled], labels[shuffled])
    )


def test_a_draw_of_nothing_has_none():
    assert np.isnan(weighted_calibration_error([0.5, 0.6], [0, 1], np.zeros((1, 2)))).all()


def test_the_interval_lies_about_the_figure_although_draws_come_out_higher():
    rng = np.random.default_rng(4)
    p_fake = rng.random(150)
    labels = (rng.random(150) < p_fake).astype(np.int64)  # calibrated: what error there is comes from chance
    groups = [str(number) for number in range(150)]
    weights = resample_weights(["a"] * 150, groups, 300)
    found = estimate_calibration_error(p_fake, labels, weights, groups)
    drawn = weighted_calibration_error(p_fake, labels, weights.astype(np.float64))
    assert np.mean(drawn) > found.value
    assert 0 <= found.low < found.value < found.high
    assert found.high - found.low <= np.ptp(drawn)


def test_bins_rise_and_hold_all_files():
    p_fake, labels = np.array([0.9, 0.1, 0.2, 0.8]), np.array([1, 0, 0, 1])
    groups = ["w", "x", "y", "z"]
    found = reliability(p_fake, labels, resample_weights(["a"] * 4, groups, 20), groups, bins=2)
    assert [(one.files, one.fakes.value) for one in found] == [(2, 0.0), (2, 1.0)]
    assert [one.p_fake for one in found] == pytest.approx([0.15, 0.85])
