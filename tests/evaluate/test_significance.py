"""Two detectors on the same files: differences by hand, and what chance looks like."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from detector.evaluate.significance import MEAN_OF_SETS, differences
from tests.evaluate.made import prediction


def of(name, labels, p_fakes, sets=None, groups=None):
    return [
        replace(
            prediction(
                int(label),
                None if p is None else float(p),
                source=(sets or ["a"] * len(labels))[i],
                file=f"{i}.jpg",
            ),
            detector=name,
            group=(groups or [str(n) for n in range(len(labels))])[i],
        )
        for i, (label, p) in enumerate(zip(labels, p_fakes, strict=True))
    ]


def test_the_difference_is_that_of_the_second_over_the_first():
    labels = [0, 0, 1, 1]
    (difference,) = differences(
        of("x", labels, [0.1, 0.6, 0.5, 0.9]) + of("y", labels, [0.1, 0.2, 0.8, 0.9]),
        ["x", "y"],
        resamples=200,
    )
    assert (difference.first, difference.second, difference.name, difference.files) == ("x", "y", "a", 4)
    assert (difference.auc_of_first, difference.auc_of_second, difference.difference.value) == (
        0.75,
        1.0,
        0.25,
    )


def test_only_files_that_both_judged_are_compared():
    labels = [0, 0, 1, 1, 1]
    rows = differences(
        of("x", labels, [0.1, 0.2, 0.8, 0.9, None]) + of("y", labels, [None, 0.2, 0.8, 0.9, 0.1]),
        ["x", "y"],
        resamples=20,
    )
    assert [(row.files, row.difference.value) for row in rows] == [(3, 0.0)]


def test_three_detectors_make_three_pairs_each_on_sets_their_mean_and_all_files():
    labels, sets = [0, 1, 0, 1], ["a", "a", "b", "b"]
    judged = [row for name in "xyz" for row in of(name, labels, [0.1, 0.9, 0.3, 0.2], sets)]
    rows = differences(judged, ["x", "y", "z"], resamples=20)
    assert [(row.first, row.second, row.name) for row in rows] == [
        (first, second, name)
        for first, second in ("xy", "xz", "yz")
        for name in ("a", "b", MEAN_OF_SETS, "all files")
    ]


def test_a_detector_alone_has_no_difference():
    assert differences(of("x", [0, 1], [0.1, 0.9]), ["x"]) == ()
    assert differences(of("x", [0, 1], [0.1, 0.9]) + of("y", [0, 1], [None, None]), ["x", "y"]) == ()


def test_one_group_has_a_difference_and_no_p_of_the_bootstrap():
    labels = [0, 0, 1, 1]
    judged = of("x", labels, [0.1, 0.6, 0.5, 0.9], groups=["g"] * 4) + of(
        "y", labels, [0.1, 0.2, 0.8, 0.9], groups=["g"] * 4
    )
    (difference,) = differences(judged, ["x", "y"], resamples=50)
    assert (difference.difference.low, difference.p_bootstrap) == (None, None)


def test_the_same_predictions_differ_by_nothing_at_all():
    labels, p = [0, 1] * 10, np.linspace(0.1, 0.9, 20)
    (difference,) = differences(of("x", labels, p) + of("y", labels, p), ["x", "y"], resamples=100)
    assert (difference.difference.low, difference.difference.value, difference.difference.high) == (
        0.0,
        0.0,
        0.0,
    )
    assert difference.p_bootstrap == 1.0


def two_rankings(files: int, gain: float, random_seed: int):
    """Labels and two noisy rankings, the second better by `gain` standard deviations."""
    rng = np.random.default_rng(random_seed)
    labels = rng.integers(0, 2, files)
    shared = rng.normal(labels * 0.8, 1)
    return labels, shared + rng.normal(0, 1, files), shared + labels * gain + rng.normal(0, 1, files)


def test_where_groups_hold_many_files_chance_explains_more():
    labels, first, second = two_rankings(200, 0.3, 3)
    squeeze = [1 / (1 + np.exp(-logits)) for logits in (first, second)]
    groups = [str(number // 40) for number in range(200)]
    order = np.argsort(
        (second - first) * (2 * labels - 1), kind="stable"
    )  # what is gained is gained in one group and lost in another
    alone, together = (
        differences(
            of("x", labels[order], squeeze[0][order], groups=g)
            + of("y", labels[order], squeeze[1][order], groups=g),
            ["x", "y"],
            500,
        )[0]
        for g in (None, groups)
    )
    assert together.difference.high - together.difference.low > alone.difference.high - alone.difference.low


@pytest.mark.slow
def test_under_no_difference_p_is_small_as_seldom_as_it_says():
    chances = []
    for seed in range(300):
        labels, first, second = two_rankings(80, 0.0, seed)
        squeeze = [1 / (1 + np.exp(-logits)) for logits in (first, second)]
        both = of("x", labels, squeeze[0]) + of("y", labels, squeeze[1])
        chances.append(differences(both, ["x", "y"], resamples=200)[0].p_bootstrap)
    assert np.mean(np.array(chances) < 0.1) == pytest.approx(0.1, abs=0.05)
