"""Thresholds of other rules on the files of an evaluation, by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from detector.evaluate.report.report import thresholds_of
from detector.evaluate.thresholds import Confusion, at_rules
from tests.evaluate.made import prediction


def four():
    return [prediction(label, p, group=str(p)) for label, p in ((0, 0.1), (0, 0.4), (1, 0.35), (1, 0.8))]


def test_every_rule_cuts_the_same_files_at_its_own_threshold():
    found = at_rules([*four(), prediction(1, None)], {"low": 0.3, "high": 0.5}, resamples=20)
    assert found["low"].matrix == Confusion(1, 1, 0, 2)
    assert found["high"].matrix == Confusion(2, 0, 1, 1)
    assert (found["high"].threshold, found["high"].recall.value, found["high"].specificity.value) == (
        0.5,
        0.5,
        1.0,
    )


def test_detectors_and_kinds_have_tables_of_their_own():
    rows = [*four(), *(replace(one, kind="video", file=f"{one.file}.mp4") for one in four()[:2])]
    rows += [replace(one, detector="other") for one in four()]
    found = thresholds_of({"made": {"low": 0.3}, "other": {"high": 0.5}}, rows, resamples=20)
    assert [(one.detector, one.kind) for one in found] == [
        ("made", "photo"),
        ("made", "video"),
        ("other", "photo"),
    ]
    assert found[0].rules["low"].accuracy.value == pytest.approx(3 / 4)


def test_a_detector_without_other_rules_has_none():
    (found,) = thresholds_of({"made": {}}, four(), resamples=5)
    assert (found.detector, dict(found.rules)) == ("made", {})
