"""Ways of calibrating and rules for a threshold, on predictions whose answer is known."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from detector.errors import DetectorError
from detector.evaluate.calibration import (
    BEFORE,
    ISOTONIC,
    PLATT,
    SHIPPED,
    TEMPERATURE,
    TUNE,
    Sample,
    calibration_error,
    compare,
    estimate_calibration_error,
    fit_of,
    isotonic,
    reliability,
    sample_of,
    weighted_calibration_error,
)
from detector.evaluate.metrics import resample_weights
from detector.evaluate.report.markdown import (
    calibration_markdown,
    cuts_table,
    errors_table,
    fits_table,
    in_favour,
)
from detector.evaluate.thresholds import BEST_F1, RULES, cuts_of, rates_at
from detector.metrics import Cut, Fit, Rates
from detector.structures import Calibration, Thresholds
from tests.evaluate.made import prediction
from tests.makers import THRESHOLDS, make_entry

IDENTITY = Calibration(a=1.0, b=0.0, fitted_on="a test")


def sample(a: float = 0.5, b: float = -1.0, count: int = 3000, seed: int = 1) -> Sample:
    """Logits with labels drawn at sigmoid(a z + b); groups of three."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 3, count)
    labels = (rng.random(count) < 1 / (1 + np.exp(-(a * logits + b)))).astype(np.int64)
    groups = np.array([f"a {number // 3}" for number in range(count)])
    names = np.full(count, "a")
    return Sample(logits, labels, names, names, groups)


def test_fit_is_by_hand() -> None:
    fit = fit_of(np.array([0.5, 0.5, 0.9, 0.9]), np.array([0, 1, 1, 1]))
    assert fit.log_loss == pytest.approx((2 * math.log(2) - 2 * math.log(0.9)) / 4)
    assert fit.brier == pytest.approx((0.25 + 0.25 + 0.01 + 0.01) / 4)
    assert fit.ece == pytest.approx((0 + 2 * 0.1) / 4)


def test_equal_probabilities_are_one_bin_whatever_the_order_of_their_labels() -> None:
    # thirty pictures at one half, half of them fakes: not one bin of reals and one of fakes
    p_fake, labels = np.full(30, 0.5), np.array([0] * 15 + [1] * 15)
    assert fit_of(p_fake, labels).ece == pytest.approx(0)
    assert fit_of(p_fake, labels[::-1]).ece == pytest.approx(0)


def test_isotonic_steps_where_the_labels_do_and_is_never_sure() -> None:
    fitted = isotonic(np.array([-2.0, -1.0, 1.0, 2.0]), np.array([0, 0, 1, 1]))
    assert fitted(np.array([-9.0, -1.5, 1.5, 9.0])).tolist() == [
        0.25,
        0.25,
        0.75,
        0.75,
    ]  # Platt's targets of two and two


def test_what_made_the_labels_is_found_and_the_raw_logit_is_worse() -> None:
    comparison = compare(sample(), {"test": sample(seed=2)}, Calibration(0.5, -1.0, "truth"), resamples=50)
    assert comparison.pictures == {TUNE: 3000, "test": 3000}
    fits = comparison.fits["test"]
    assert list(fits) == [BEFORE, TEMPERATURE, PLATT, ISOTONIC, SHIPPED]
    assert fits[PLATT].log_loss == pytest.approx(fits[SHIPPED].log_loss, abs=2e-3)
    assert (
        fits[SHIPPED].log_loss < fits[ISOTONIC].log_loss < fits[TEMPERATURE].log_loss < fits[BEFORE].log_loss
    )
    assert fits[PLATT].ece < 0.03 < 0.1 < fits[BEFORE].ece


def test_on_tune_each_group_is_judged_by_a_fit_without_it() -> None:
    # labels are coin tosses: isotonic regression that saw them follows them, one that did not is no better
    # than even odds
    rng = np.random.default_rng(4)
    tossed = replace(sample(count=300), labels=rng.integers(0, 2, 300))
    seen = isotonic(tossed.logits, tossed.labels)(tossed.logits)
    assert fit_of(seen, tossed.labels).log_loss < math.log(2)
    assert compare(tossed, {}, IDENTITY, resamples=0).fits[TUNE][ISOTONIC].log_loss > math.log(2)


def test_with_too_few_groups_to_leave_one_out_nothing_fitted_is_judged_on_tune() -> None:
    few = replace(sample(count=60), groups=np.full(60, "a x"))
    comparison = compare(few, {"test": sample(seed=2)}, IDENTITY, resamples=0)
    assert list(comparison.fits[TUNE]) == [BEFORE, SHIPPED]  # neither was fitted here
    assert list(comparison.fits["test"]) == [BEFORE, TEMPERATURE, PLATT, ISOTONIC, SHIPPED]
    assert (comparison.pictures[TUNE], comparison.isotonic_gain[TUNE]) == (60, None)
    told = fits_table(comparison.fits).splitlines()
    assert next(line for line in told if line.startswith("| Platt")).startswith("| Platt | – | – | – | 0.")


def test_a_fold_that_would_be_fitted_on_one_class_measures_nothing() -> None:
    labels = np.array([0] * 30 + [1] * 30)
    groups = np.array(["a x"] * 31 + [f"a {n}" for n in range(29)])  # all reals, and a fake, of one person
    comparison = compare(replace(sample(count=60), labels=labels, groups=groups), {}, IDENTITY, resamples=0)
    assert PLATT not in comparison.fits[TUNE]


def test_without_both_classes_there_is_no_comparison() -> None:
    with pytest.raises(DetectorError, match="a class is missing"):
        compare(replace(sample(count=9), labels=np.ones(9, dtype=np.int64)), {}, IDENTITY)


def test_a_sample_leaves_out_videos_and_what_was_not_judged() -> None:
    chosen = sample_of(
        [
            prediction(0, 0.2, logit=-1.0, group="g"),
            prediction(1, None),
            prediction(1, 0.9, logit=2.0, kind="video"),
        ]
    )
    assert (chosen.logits.tolist(), chosen.labels.tolist(), chosen.groups.tolist()) == ([-1.0], [0], ["a g"])


def test_a_sample_is_of_one_detector() -> None:
    with pytest.raises(ValueError, match="one detector"):
        sample_of([prediction(0, 0.2), replace(prediction(0, 0.2), detector="other")])


def test_isotonic_is_much_better_only_where_every_set_says_so() -> None:
    # a threshold in the middle of a plateau: two numbers cannot follow it
    rng = np.random.default_rng(6)
    logits = rng.uniform(-6, 6, 900)
    labels = (rng.random(900) < np.where(np.abs(logits) < 4, 0.5, (logits > 0).astype(float))).astype(
        np.int64
    )
    stepped = replace(sample(count=900), logits=logits, labels=labels)
    assert "is much better" in in_favour(compare(stepped, {"test": stepped}, IDENTITY, resamples=50))
    told = in_favour(
        compare(
            stepped,
            {"test": stepped, "cross": sample(count=900, seed=3)},
            Calibration(0.5, -1.0, ""),
            resamples=50,
        )
    )
    assert "is not much better" in told and "on `cross`" in told


def test_rates_count_what_is_over_the_threshold_and_not_at_it() -> None:
    rates = rates_at(0.5, np.array([0.5, 0.6, 0.5, 0.9]), np.array([0, 0, 1, 1]))
    assert rates == Rates(fakes=2, caught=1, reals=2, false_alarms=1)
    assert (rates.recall, rates.false_positive_rate, rates.f1) == (0.5, 0.5, 0.5)


def test_rates_of_a_class_that_is_missing_have_no_answer() -> None:
    rates = rates_at(0.5, np.array([0.9]), np.array([1]))
    assert (rates.recall, rates.false_positive_rate, rates.f1) == (1.0, None, None)


@pytest.mark.fidelity("3-9")
def test_every_rule_is_chosen_on_tune_and_the_first_is_the_shipped_one() -> None:
    tune, test = sample(a=1.0, b=0.0), sample(a=1.0, b=0.0, seed=2)
    cuts = cuts_of(tune, {"test": test}, IDENTITY, Thresholds(t=0.37))
    assert list(cuts) == list(RULES) and cuts[BEST_F1].t == 0.37
    fakes, reals = int(tune.labels.sum()), int((tune.labels == 0).sum())
    assert all((cut.on[TUNE].fakes, cut.on[TUNE].reals) == (fakes, reals) for cut in cuts.values())
    assert (cuts["5 % false positives"].on[TUNE].false_positive_rate or 1) <= 0.05
    assert cuts["5 % false positives"].on["test"].false_positive_rate == pytest.approx(0.05, abs=0.02)
    assert cuts["5 % false positives"].t > cuts["10 % false positives"].t > cuts["equal error"].t


def test_tables_show_counts_and_a_dash_where_nothing_is_known() -> None:
    fit = Fit(log_loss=0.5, brier=0.25, ece=0.125)
    told = fits_table({TUNE: {BEFORE: fit, SHIPPED: fit}, "test": {SHIPPED: fit}})
    assert "| before: sigmoid of the logit | 0.500 | 0.250 | 0.125 | – | – | – |" in told
    told = cuts_table({"best F1": Cut(0.4, {"test": Rates(10, 9, 20, 5)})})
    assert "| best F1 | 0.400 | 90.0% (9 of 10) | 25.0% (5 of 20) | 0.750 |" in told


def test_the_errors_of_all_detectors_stand_before_and_after() -> None:
    before, after = Fit(0.7, 0.25, 0.2), Fit(0.6, 0.2, 0.05)
    entry = make_entry()
    measured = replace(
        entry,
        metrics=replace(
            entry.metrics, fits={TUNE: {BEFORE: before}, "test": {BEFORE: before, SHIPPED: after}}
        ),
    )
    told = errors_table({"one": measured, "two": entry}).splitlines()
    assert told[2] == "| `one` | 0.200 | 0.050 | 0.700 | 0.600 |"
    assert told[3] == "| `two` | – | – | – | – |"


def test_predictions_become_all_three_parts() -> None:
    def predictions(seed: int) -> list[object]:
        drawn = sample(count=90, seed=seed)
        rows = zip(drawn.logits, drawn.labels, strict=True)
        return [
            prediction(int(label), 0.5, logit=float(logit), group=str(n))
            for n, (logit, label) in enumerate(rows)
        ]

    told = calibration_markdown(make_entry(thresholds=THRESHOLDS), predictions(1), {"test": predictions(2)})  # type: ignore[arg-type]
    assert all(
        words in told
        for words in ("isotonic regression", "Isotonic regression is", "Youden's J", "test: ECE")
    )


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
    error = estimate_calibration_error(p_fake, labels, weights, groups)
    drawn = weighted_calibration_error(p_fake, labels, weights.astype(np.float64))
    assert np.mean(drawn) > error.value
    assert 0 <= error.low < error.value < error.high
    assert error.high - error.low <= np.ptp(drawn)


def test_bins_rise_and_hold_all_files():
    p_fake, labels = np.array([0.9, 0.1, 0.2, 0.8]), np.array([1, 0, 0, 1])
    groups = ["w", "x", "y", "z"]
    curve = reliability(p_fake, labels, resample_weights(["a"] * 4, groups, 20), groups, bins=2)
    assert [(part.files, part.fakes.value) for part in curve] == [(2, 0.0), (2, 1.0)]
    assert [part.p_fake for part in curve] == pytest.approx([0.15, 0.85])
