"""Coverage and risk: the band from predictions on several sets, and a detector's line in every table."""

from __future__ import annotations

from dataclasses import replace

import pytest
from scipy.stats import binomtest

from detector import thresholds
from detector.evaluate.metrics import wilson
from detector.evaluate.predictions import Prediction
from detector.evaluate.results import results_of
from detector.evaluate.selective import LEFT_OUT_BAND, SHIPPED_BAND, cross_band, summary_of
from detector.structures import Thresholds, Verdict
from tests.evaluate.made import prediction

WIDE = Thresholds(t=0.5, lo=0.2, hi=0.8)


def summed(predictions: list[Prediction], fitted_here: bool = False):
    return summary_of(predictions, results_of(predictions, WIDE, resamples=50), WIDE, fitted_here=fitted_here)


def verdicts(*counts: tuple[Verdict, int, int], source: str = "a") -> list[Prediction]:
    """As many predictions as each (verdict, label, count) says, every one a group."""
    rows = [(verdict, label) for verdict, label, count in counts for _ in range(count)]
    return [
        replace(prediction(label, 0.5, source=source, group=f"g{number}"), verdict=verdict)
        for number, (verdict, label) in enumerate(rows)
    ]


@pytest.mark.parametrize(("wrong", "trials"), [(0, 7), (3, 30), (10, 10)])
def test_wilsons_interval_is_that_of_scipy(wrong: int, trials: int) -> None:
    theirs = binomtest(wrong, trials).proportion_ci(0.95, method="wilson")
    assert wilson(wrong / trials, trials) == pytest.approx((theirs.low, theirs.high), abs=1e-6)


def test_sure_verdicts_are_counted_with_classes_alike() -> None:
    rows = verdicts((Verdict.LIKELY_FAKE, 1, 10), (Verdict.LIKELY_FAKE, 0, 2), (Verdict.UNCERTAIN, 0, 18))
    found = summed(rows)
    assert found is not None
    assert (found.files, found.groups, found.covered, found.band) == (30, 30, 12, SHIPPED_BAND)
    # all fakes and a tenth of the reals: of 1.1 by weight 0.1 are wrong
    assert (found.coverage, found.risk) == (pytest.approx(0.55), pytest.approx(0.1 / 1.1))
    assert found.risk_interval == pytest.approx(wilson(0.1 / 1.1, 12))


def test_likely_real_of_a_fake_is_wrong_too() -> None:
    found = summed(verdicts((Verdict.LIKELY_REAL, 1, 5), (Verdict.LIKELY_REAL, 0, 5)))
    assert found is not None and found.risk == 0.5


def test_where_nothing_is_sure_nothing_is_wrong() -> None:
    found = summed(verdicts((Verdict.UNCERTAIN, 1, 5), (Verdict.UNCERTAIN, 0, 5)))
    assert found is not None
    assert (found.covered, found.coverage, found.risk, found.risk_interval) == (0, 0.0, None, None)


def test_a_face_that_is_marked_is_not_sure_however_high_its_probability() -> None:
    rows = [
        replace(one, p_fake=0.99) for one in verdicts((Verdict.UNCERTAIN, 1, 5), (Verdict.UNCERTAIN, 0, 5))
    ]
    found = summed(rows)
    assert found is not None and found.covered == 0


def test_where_the_band_was_fitted_each_source_is_judged_by_a_band_without_it() -> None:
    # source c has its labels turned: the band of a and b is wrong on all of it, one fitted on all three would
    # commit nowhere
    told = [
        prediction(
            label if source != "c" else 1 - label, 0.1 + 0.8 * label, source=source, group=f"{label}{number}"
        )
        for source in "abc"
        for label in (0, 1)
        for number in range(40)
    ]
    found = summed(told, fitted_here=True)
    assert found is not None
    assert (found.band, found.parts, found.files) == (LEFT_OUT_BAND, 3, 240)
    assert found.covered == 80 and found.risk == 1.0


def test_the_auc_is_the_mean_over_sources_or_the_one_there_is() -> None:
    good = [
        prediction(label, 0.1 + 0.8 * label, source="a", group=f"{label}{n}")
        for label in (0, 1)
        for n in range(4)
    ]
    blind = [prediction(label, 0.5, source="b", group=f"{label}{n}") for label in (0, 1) for n in range(4)]
    one, two = summed(good), summed(good + blind)
    assert one is not None and (one.auc, one.parts) == (1.0, 1)
    assert two is not None and (two.auc, two.parts) == (0.75, 2)


def test_of_one_class_there_is_no_summary() -> None:
    assert summed([prediction(0, 0.5), prediction(0, 0.6)]) is None
    assert summed([prediction(0, None)]) is None


def separable(source, set=""):
    """30 reals under 0.3 and 30 fakes over 0.7."""
    reals = [prediction(0, 0.3 * i / 30, source=source, set=set, group=f"r{i}") for i in range(30)]
    return reals + [prediction(1, 1 - 0.3 * i / 30, source=source, set=set, group=f"f{i}") for i in range(30)]


def test_sets_that_are_told_apart_leave_nothing_uncertain():
    found = cross_band(separable("a") + separable("b"), t=0.5)
    assert (found.band.lo, found.band.hi) == (0.5, 0.5)
    assert [(one.coverage, one.risk) for one in found.selective] == [(1.0, 0.0)] * 3
    assert found.pictures == 120


@pytest.mark.fidelity("3-17")
def test_figures_leave_out_the_whole_source_of_a_file():
    # all others are told apart, so the source that is judged, its labels turned, is wrong wherever the band
    # commits
    turned = [
        prediction(1 - one.label, one.p_fake, source="c", set=one.set, group=one.group)
        for one in separable("c", "c-x") + separable("c", "c-y")
    ]
    found = {one.name: one for one in cross_band(separable("a") + separable("b") + turned, t=0.5).selective}
    assert found["c-x"].risk == found["c-y"].risk == 1.0


def test_files_that_were_not_judged_do_not_count():
    rows = separable("a")
    assert cross_band([*rows, prediction(0, None)], t=0.5) == cross_band(rows, t=0.5)


def test_without_both_classes_the_band_is_the_wide_one():
    found = cross_band([prediction(1, 0.9)], t=0.5)
    assert (found.band.lo, found.band.hi) == thresholds.WIDE
    assert found.selective == ()


def test_a_band_is_of_one_detector():
    with pytest.raises(ValueError, match="one detector"):
        cross_band(
            [
                prediction(1, 0.9),
                prediction(0, 0.1).__class__(**{**vars(prediction(0, 0.1)), "detector": "other"}),
            ],
            t=0.5,
        )
