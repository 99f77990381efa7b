"""What files are worth at a threshold: by hand, against published confusion matrices, and with nothing to
answer from.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from functools import partial
from math import log

import numpy as np
import pytest
from sklearn.metrics import (
    accuracy_score,
    balanced_accuracy_score,
    brier_score_loss,
    f1_score,
    log_loss,
    precision_score,
    recall_score,
)

from detector.evaluate.metrics import resample_weights
from detector.evaluate.report.report import thresholds_of
from detector.evaluate.thresholds import AtThreshold, Confusion, at_rules, measure_at
from tests.evaluate.made import prediction

T = 0.5
MEASURES = [field.name for field in fields(AtThreshold)][2:]


def at(labels, p_fake, groups=None, resamples=0):
    """Every file a group of its own, and no interval, unless told otherwise."""
    groups = [str(number) for number in range(len(labels))] if groups is None else groups
    weights = resample_weights(["a"] * len(labels), groups, resamples)
    return measure_at(
        T, np.array(labels, dtype=np.int64), np.array(p_fake, dtype=np.float64), weights, groups
    )


def of_matrix(matrix: Confusion) -> AtThreshold:
    """Of files that make this matrix: called real at 0.2, called fake at 0.9."""
    counts = [matrix.real_as_real, matrix.real_as_fake, matrix.fake_as_real, matrix.fake_as_fake]
    return at(
        np.repeat([0, 0, 1, 1], counts), np.repeat([0.2, 0.9, 0.2, 0.9], counts), groups=["g"] * sum(counts)
    )


def test_nothing_judged_has_a_matrix_of_zeros_and_no_measure():
    assert at([], []) == AtThreshold(T, Confusion(0, 0, 0, 0))


@pytest.mark.fidelity("2-16", "4-17")
def test_five_files_are_measured_by_hand():
    measures = at([0, 0, 0, 1, 1], [0.1, 0.5, 0.8, 0.6, 0.5])  # 0.5 is not over it
    assert measures.matrix == Confusion(real_as_real=2, real_as_fake=1, fake_as_real=1, fake_as_fake=1)
    assert (measures.accuracy.value, measures.f1.value) == pytest.approx((3 / 5, 1 / 2))
    assert (measures.precision.value, measures.recall.value, measures.specificity.value) == pytest.approx(
        (1 / 2, 1 / 2, 2 / 3)
    )
    assert measures.balanced_accuracy.value == pytest.approx((1 / 2 + 2 / 3) / 2)
    assert (measures.precision_of_real.value, measures.f1_of_real.value) == pytest.approx((2 / 3, 2 / 3))
    assert measures.log_loss.value == pytest.approx(
        -(log(0.9) + log(0.5) + log(0.2) + log(0.6) + log(0.5)) / 5
    )
    assert measures.brier.value == pytest.approx((0.01 + 0.25 + 0.64 + 0.16 + 0.25) / 5)


@pytest.mark.fidelity("1-18", "2-16", "3-11")
@pytest.mark.parametrize(
    "matrix, figures, within",
    [
        # the binary network without and with face crop; what it calls F1 is that of real
        (
            Confusion(10_000, 0, 5, 8_974),
            {"accuracy": 0.9997366, "f1": 0.9997215, "f1_of_real": 0.9997500777},
            5e-8,
        ),
        (
            Confusion(9_983, 17, 11, 8_968),
            {"accuracy": 0.9985247, "f1": 0.9984413, "f1_of_real": 0.9985995888},
            5e-8,
        ),
        # the transformer and its teacher on 5,000 videos
        (Confusion(2_278, 222, 187, 2_313), {"accuracy": 0.9182, "f1": 0.9188}, 5e-5),
        (Confusion(2_278, 222, 187, 2_313), {"precision": 0.912, "recall": 0.925}, 5e-4),
        (Confusion(2_388, 112, 335, 2_165), {"accuracy": 0.9106, "f1": 0.9064}, 5e-5),
        (Confusion(2_388, 112, 335, 2_165), {"precision": 0.951, "recall": 0.866}, 5e-4),
        # DenseNet-121 on the whole of its collection
        (
            Confusion(87_881, 1_789, 1_794, 87_966),
            {"accuracy": 0.98003, "precision_of_real": 0.97999, "precision": 0.98007},
            5e-6,
        ),
        (Confusion(87_881, 1_789, 1_794, 87_966), {"specificity": 0.98005, "recall": 0.98001}, 5e-6),
        (Confusion(87_881, 1_789, 1_794, 87_966), {"f1": 0.98, "f1_of_real": 0.98}, 5e-5),
    ],
)
def test_published_matrices_give_their_figures(matrix: Confusion, figures: dict[str, float], within: float):
    measures = of_matrix(matrix)
    assert measures.matrix == matrix
    assert {name: getattr(measures, name).value for name in figures} == pytest.approx(figures, abs=within)


NEEDS_BOTH = ("balanced_accuracy", "precision", "f1", "precision_of_real", "f1_of_real")


@pytest.mark.fidelity("4-17")
@pytest.mark.parametrize(
    "label, of_its_class, of_the_other", [(0, "specificity", "recall"), (1, "recall", "specificity")]
)
def test_one_class_has_no_measure_that_needs_both(label: int, of_its_class: str, of_the_other: str):
    measures = at([label] * 4, [0.25, 0.75, 0.75, 0.75])
    assert [getattr(measures, name) for name in (*NEEDS_BOTH, of_the_other)] == [None] * 6
    right = 0.25 if label == 0 else 0.75
    assert (measures.accuracy.value, getattr(measures, of_its_class).value) == (right, right)
    assert measures.brier.value == pytest.approx(right * 0.25**2 + (1 - right) * 0.75**2)
    assert measures.log_loss.value == pytest.approx(-right * log(0.75) - (1 - right) * log(0.25))


def test_where_nothing_is_called_fake_precision_has_no_answer_and_f1_is_zero():
    measures = at([0, 1], [0.1, 0.2])
    assert (measures.precision, measures.recall.value, measures.f1.value) == (None, 0.0, 0.0)


def test_a_sure_and_wrong_p_fake_has_a_finite_log_loss():
    assert 30 < at([0, 1], [1.0, 0.0]).log_loss.value < 40


def test_every_measure_has_an_interval_over_groups():
    rng = np.random.default_rng(0)
    labels, p_fake = np.array([0, 1] * 40), rng.random(80)
    measures = at(labels, p_fake, resamples=200)
    for name in MEASURES:
        measure = getattr(measures, name)
        assert 0 < measure.low < measure.value < measure.high < 2, name
    assert at(labels, p_fake, resamples=200) == measures
    alone = at(labels, p_fake, groups=["g"] * 80, resamples=200)
    assert [getattr(alone, name).low for name in MEASURES] == [None] * len(MEASURES)
    assert alone.matrix == measures.matrix


@pytest.mark.parametrize(
    "name, expected",
    [
        ("accuracy", accuracy_score),
        ("balanced_accuracy", balanced_accuracy_score),
        ("precision", precision_score),
        ("recall", recall_score),
        ("specificity", partial(recall_score, pos_label=0)),
        ("f1", f1_score),
        ("precision_of_real", partial(precision_score, pos_label=0)),
        ("f1_of_real", partial(f1_score, pos_label=0)),
    ],
)
def test_a_draw_is_measured_as_scikit_learn_measures_it(name: str, expected: Callable[..., float]):
    labels, p_fake, weights, groups = sixty_in_pairs()
    for row in weights:
        drawn = getattr(
            measure_at(T, labels, p_fake, row[None], groups), name
        )  # of a single draw both ends are its figure
        assert drawn.low == drawn.high == pytest.approx(expected(labels, p_fake > T, sample_weight=row))


@pytest.mark.parametrize("name, expected", [("log_loss", log_loss), ("brier", brier_score_loss)])
def test_a_draw_of_p_fakes_is_measured_as_scikit_learn_measures_it(name: str, expected: Callable[..., float]):
    labels, p_fake, weights, groups = sixty_in_pairs()
    for row in weights:
        drawn = getattr(measure_at(T, labels, p_fake, row[None], groups), name)
        assert drawn.low == drawn.high == pytest.approx(expected(labels, p_fake, sample_weight=row))


def sixty_in_pairs():
    """Labels, p_fakes, twenty resamples and the groups, two files each."""
    rng = np.random.default_rng(1)
    groups = [str(number // 2) for number in range(60)]
    return rng.integers(0, 2, 60), rng.random(60), resample_weights(["a"] * 60, groups, 20), groups


def test_a_draw_of_one_class_has_no_f1():
    labels, p_fake = np.array([0, 1, 1]), np.array([0.9, 0.9, 0.1])
    measures = measure_at(T, labels, p_fake, np.array([[2.0, 0, 0], [0, 1, 1]]), ["x", "y", "z"])
    assert (measures.f1.low, measures.f1.high) == (None, None)
    assert measures.recall.low == measures.recall.high == 0.5  # of the draw that has fakes


def test_the_threshold_moves_neither_log_loss_nor_brier():
    labels, p_fake, weights = np.array([0, 1]), np.array([0.3, 0.6]), np.ones((0, 2))
    low, high = (measure_at(threshold, labels, p_fake, weights, ["x", "y"]) for threshold in (0.2, 0.7))
    assert (low.matrix, high.matrix) == (Confusion(0, 1, 0, 1), Confusion(1, 0, 1, 0))
    assert (low.log_loss, low.brier) == (high.log_loss, high.brier)


def four():
    return [prediction(label, p, group=str(p)) for label, p in ((0, 0.1), (0, 0.4), (1, 0.35), (1, 0.8))]


def test_every_rule_cuts_the_same_files_at_its_own_threshold():
    measures = at_rules([*four(), prediction(1, None)], {"low": 0.3, "high": 0.5}, resamples=20)
    assert measures["low"].matrix == Confusion(1, 1, 0, 2)
    assert measures["high"].matrix == Confusion(2, 0, 1, 1)
    assert (
        measures["high"].threshold,
        measures["high"].recall.value,
        measures["high"].specificity.value,
    ) == (
        0.5,
        0.5,
        1.0,
    )


def test_detectors_and_kinds_have_tables_of_their_own():
    rows = [
        *four(),
        *(replace(prediction, kind="video", file=f"{prediction.file}.mp4") for prediction in four()[:2]),
    ]
    rows += [replace(prediction, detector="other") for prediction in four()]
    entries = thresholds_of({"made": {"low": 0.3}, "other": {"high": 0.5}}, rows, resamples=20)
    assert [(entry.detector, entry.kind) for entry in entries] == [
        ("made", "photo"),
        ("made", "video"),
        ("other", "photo"),
    ]
    assert entries[0].rules["low"].accuracy.value == pytest.approx(3 / 4)


def test_a_detector_without_other_rules_has_none():
    (entry,) = thresholds_of({"made": {}}, four(), resamples=5)
    assert (entry.detector, dict(entry.rules)) == ("made", {})
