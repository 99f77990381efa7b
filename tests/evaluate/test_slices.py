"""What a figure is of: methods against the reals of their source, faces by size, and every slice for every
detector.
"""

from __future__ import annotations

import numpy as np
import pytest

from detector.evaluate.predictions import Predictions
from detector.evaluate.results import results_of
from detector.evaluate.slices import SIZES, slices_of
from detector.structures import Thresholds
from tests.evaluate.made import prediction

THRESHOLDS = Thresholds(t=0.5)


def figure(predictions, name, kind):
    return next(
        metrics
        for metrics in results_of(predictions, THRESHOLDS, resamples=20).of(kind)
        if metrics.name == name
    )


def test_a_method_is_set_against_the_reals_of_its_source_only():
    rows = [
        prediction(1, 0.6, method="swap", group="x"),
        prediction(1, 0.1, method="puppet", group="y"),
        prediction(0, 0.3, group="z"),
        prediction(0, 0.9, source="b", group="z"),
    ]
    swap, puppet = figure(rows, "a: swap", "method"), figure(rows, "a: puppet", "method")
    assert (swap.auc.value, puppet.auc.value) == (1.0, 0.0)
    assert (swap.fake, swap.real, swap.files, swap.against) == (1, 1, 1, "own reals")
    assert swap.at_threshold.recall.value == 1.0


def test_a_method_of_a_source_without_reals_is_set_against_all():
    rows = [
        prediction(1, 0.6, source="gan", method="gan2"),
        prediction(0, 0.3),
        prediction(0, 0.9, source="b"),
    ]
    metrics = figure(rows, "gan2", "method")  # the source stands in the method's name already
    assert (metrics.auc.value, metrics.real, metrics.against) == (0.5, 2, "all reals")


def test_what_is_called_a_method_of_reals_is_no_method():
    rows = [prediction(0, 0.3, method="camera"), prediction(1, 0.9, method="swap")]
    assert [metrics.name for metrics in results_of(rows, THRESHOLDS, resamples=5).of("method")] == ["a: swap"]


@pytest.mark.parametrize(
    ("face_px", "name"),
    [
        (0.0, "under 80 px"),
        (79.9, "under 80 px"),
        (80.0, "80 to 160 px"),
        (160.0, "160 to 320 px"),
        (319.9, "160 to 320 px"),
        (320.0, "320 px and over"),
        (4000.0, "320 px and over"),
    ],
)
def test_every_face_has_one_size(face_px, name):
    assert [size.name for size in SIZES if size.holds(np.array([face_px]))[0]] == [name]


def test_no_face_has_no_size():
    assert not any(size.holds(np.array([np.nan]))[0] for size in SIZES)


def test_faces_of_a_size_are_compared_with_each_other_only():
    rows = [
        prediction(1, 0.6, face_px=90, group="x"),
        prediction(0, 0.3, face_px=100, group="y"),
        prediction(0, 0.9, face_px=200, group="z"),
        prediction(1, None, group="w"),
    ]
    assert figure(rows, "80 to 160 px", "size").auc.value == 1.0
    assert figure(rows, "160 to 320 px", "size").auc is None
    assert figure(rows, "80 to 160 px", "size").files == 2


def test_detectors_that_decide_by_other_faces_have_the_same_slices():
    small, large = ([prediction(0, 0.3, face_px=px), prediction(1, 0.9, face_px=px)] for px in (60, 400))
    assert [of.name for of in slices_of(Predictions.of(small))] == [
        of.name for of in slices_of(Predictions.of(large))
    ]


def test_the_pooled_auc_compares_fakes_with_the_reals_of_every_source():
    rows = [
        prediction(0, 0.1),
        prediction(1, 0.2, group="y"),
        prediction(0, 0.8, source="b"),
        prediction(1, 0.9, source="b", group="y"),
    ]
    results = results_of(rows, THRESHOLDS, resamples=20)
    assert (results.mean_of_sources.value, results.whole.auc.value) == (1.0, 0.75)


def test_shares_are_of_all_files_whatever_became_of_them():
    rows = [prediction(number % 2, 0.5 if number < 10 else None, group=str(number)) for number in range(20)]
    shares = results_of(rows, THRESHOLDS, resamples=200).whole.shares
    assert (shares.judged.value, shares.no_face.value, shares.unreadable.value, shares.uncertain.value) == (
        0.5,
        0.5,
        0.0,
        0.5,
    )
    assert 0 < shares.no_face.low < 0.5 < shares.no_face.high <= 1


def test_a_set_that_is_its_source_has_the_same_figure_under_its_own_kind():
    results = results_of([prediction(0, 0.3), prediction(1, 0.9, group="y")], THRESHOLDS, resamples=20)
    source, same = results.of("source")[0], results.of("set")[0]
    assert (source.kind, same.kind, results.whole.kind) == ("source", "set", "all")
    assert source.auc == same.auc == results.whole.auc


def test_errors_of_calibration_need_both_classes():
    rows = [prediction(0, 0.25, group="x"), prediction(1, 0.75, group="y"), prediction(1, 0.9, source="f")]
    assert figure(rows, "a", "source").calibration_error.value == pytest.approx(0.25)
    assert figure(rows, "f", "source").calibration_error is None
