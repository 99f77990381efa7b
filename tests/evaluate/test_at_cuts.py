"""Thresholds of other rules on the files of an evaluation, by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from detector.evaluate.at_cuts import UNKNOWN, at_cuts, cuts_section
from detector.evaluate.thresholds import Matrix
from tests.evaluate.made import prediction


def four():
    return [prediction(label, p, group=str(p)) for label, p in ((0, 0.1), (0, 0.4), (1, 0.35), (1, 0.8))]


def test_every_rule_cuts_the_same_files_at_its_own_threshold():
    found = at_cuts([*four(), prediction(1, None)], {"low": 0.3, "high": 0.5}, draws=20)
    assert found["low"].matrix == Matrix(1, 1, 0, 2)
    assert found["high"].matrix == Matrix(2, 0, 1, 1)
    assert (found["high"].threshold, found["high"].recall.value, found["high"].specificity.value) == (
        0.5,
        0.5,
        1.0,
    )


def test_detectors_and_kinds_have_tables_of_their_own():
    rows = [*four(), *(replace(one, kind="video", file=f"{one.file}.mp4") for one in four()[:2])]
    rows += [replace(one, detector="other") for one in four()]
    found = cuts_section({"made": {"low": 0.3}, "other": {"high": 0.5}}, rows, draws=20)
    assert found.markdown.count("| low | 0.300 |") == 2 and found.markdown.count("| high | 0.500 |") == 1
    assert [(one["detector"], one["kind"]) for one in found.content["measured"]] == [
        ("made", "photo"),
        ("made", "video"),
        ("other", "photo"),
    ]
    assert found.content["measured"][0]["rules"]["low"]["accuracy"]["value"] == pytest.approx(3 / 4)


def test_a_detector_without_other_rules_says_so():
    assert f"`made`: {UNKNOWN}" in cuts_section({"made": {}}, four(), draws=5).markdown
