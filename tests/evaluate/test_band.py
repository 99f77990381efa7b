"""The band from predictions on several sets."""

from __future__ import annotations

import pytest

from detector.evaluate.selective import cross_band
from detector.thresholds import WIDE
from tests.evaluate.made import prediction


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
    assert (found.band.lo, found.band.hi) == WIDE
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
