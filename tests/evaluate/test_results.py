"""Figures by source, set and part on predictions made by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from detector.evaluate.results import in_manifest, results_of
from detector.evaluate.thresholds import AtThreshold, Confusion
from detector.structures import Thresholds, Verdict
from tests.evaluate.made import prediction

THRESHOLDS = Thresholds(t=0.5)


def figure(predictions, name, kind="source"):
    found = results_of(predictions, THRESHOLDS, resamples=50)
    return next(one for one in found.of(kind) if one.name == name)


def test_a_source_with_both_classes_is_judged_by_itself():
    found = figure(
        [prediction(0, 0.2, group="x"), prediction(1, 0.9, group="y"), prediction(0, 0.95, source="b")], "a"
    )
    assert found.auc.value == 1.0
    assert (found.real, found.fake, found.against) == (1, 1, "own reals")


def test_a_source_of_fakes_is_set_against_all_reals():
    rows = [
        prediction(1, 0.6, source="f", group="x"),
        prediction(0, 0.2, group="y"),
        prediction(0, 0.9, source="b", group="z"),
    ]
    found = figure(rows, "f")
    assert found.auc.value == 0.5
    assert (found.real, found.fake, found.against) == (2, 1, "all reals")
    assert found.false_positives is None


@pytest.mark.fidelity("4-17")
def test_a_source_of_reals_has_its_false_positives_and_no_auc():
    rows = [prediction(0, p, group=str(p)) for p in (0.5, 0.51, 0.7)] + [prediction(1, 0.9, source="f")]
    rows.append(replace(prediction(0, 0.71, group="x"), verdict=Verdict.LIKELY_FAKE))
    found = figure(rows, "a")
    assert found.auc is None and found.average_precision is None
    assert found.false_positives.value == 0.75
    assert found.reals_likely_fake.value == 0.25


def test_a_source_whose_reals_have_no_face_is_not_set_against_others():
    rows = [
        prediction(0, None, group="x"),
        prediction(1, 0.9, group="y"),
        prediction(0, 0.1, source="b", group="z"),
    ]
    assert figure(rows, "a").auc is None


def test_files_that_were_not_judged_are_counted_and_change_no_figure():
    rows = [prediction(0, 0.2, group="x"), prediction(1, 0.9, group="y")]
    more = [*rows, prediction(1, None, group="z")]
    found = figure(more, "a")
    assert (found.files, found.judged, found.no_face, found.unreadable) == (3, 2, 1, 0)
    assert found.auc.value == figure(rows, "a").auc.value


def test_means_are_over_those_with_fakes_each_weighted_alike():
    rows = [prediction(0, 0.2, group="x"), prediction(1, 0.9, group="y")] * 10
    rows += [prediction(0, 0.6, source="b", group="x"), prediction(1, 0.1, source="b", group="y")]
    rows += [prediction(0, 0.1, source="r", group="x")]
    found = results_of(rows, THRESHOLDS, resamples=50)
    assert found.mean_of_sources.value == 0.5
    assert found.mean_of_sets.value == 0.5

    def test_a_single_source_has_no_mean():
        assert (
            results_of([prediction(0, 0.2), prediction(1, 0.9)], THRESHOLDS, resamples=10).mean_of_sources
            is None
        )


def test_sets_of_a_source_have_their_own_figures():
    rows = [
        prediction(0, 0.2, source="ffpp", set="ffpp-c23", group="x"),
        prediction(1, 0.9, source="ffpp", set="ffpp-c23", group="y"),
        prediction(0, 0.8, source="ffpp", set="ffpp-c40", group="x"),
        prediction(1, 0.3, source="ffpp", set="ffpp-c40", group="y"),
    ]
    assert figure(rows, "ffpp-c23", "set").auc.value == 1.0
    assert figure(rows, "ffpp-c40", "set").auc.value == 0.0
    assert figure(rows, "ffpp").auc.value == 0.75


def test_diffusion_is_quoted_for_pairs_within_a_repository_too():
    def row(label, p_fake, name, repo):
        return prediction(
            label, p_fake, source="diffusion", group=name, repo=repo, file=f"diffusion/x/{name}.jpg"
        )

    rows = [
        row(1, 0.9, "lab_ai_1", "Laboratoriet"),
        row(0, 0.8, "lab_real_1", "Laboratoriet"),
        row(1, 0.5, "ecuador_1", "T0NY24"),
        row(0, 0.4, "ecuador_2", "T0NY24"),
        row(1, 0.1, "gengap_class_11", "GenGap"),
        row(0, 0.7, "gengap_real_real_1", "GenGap"),
    ]
    together = figure(rows, "diffusion, one repository", "part")
    assert (together.fake, together.real) == (2, 3)
    assert together.auc.value == pytest.approx(4 / 6)
    pairs = figure(rows, "diffusion, pairs within a repository", "part")
    assert pairs.auc.value == 1.0
    assert pairs.pairs == 2


def test_clips_are_quoted_without_faceforensics_and_by_pairs_of_an_original_too():
    rows = [
        prediction(1, 0.2, source="videos", group="ffpp-672"),
        prediction(0, 0.3, source="videos", group="ffpp-672"),
        prediction(1, 0.6, source="videos", group="uadfv-0017"),
        prediction(0, 0.1, source="videos", group="grid"),
    ]
    assert figure(rows, "videos").auc.value == 0.75
    assert figure(rows, "videos without FaceForensics++", "part").auc.value == 1.0
    pairs = figure(rows, "videos, a fake and its original", "part")
    assert (pairs.auc.value, pairs.pairs) == (0.0, 1)


def test_a_part_of_fakes_alone_is_not_set_against_other_reals():
    rows = [prediction(1, 0.9, source="videos", group="uadfv"), prediction(0, 0.1, source="grid", group="x")]
    assert figure(rows, "videos").auc.value == 1.0
    assert figure(rows, "videos without FaceForensics++", "part").auc is None


def test_a_source_of_fakes_is_cut_at_t_by_itself():
    rows = [
        prediction(1, 0.6, source="f", group="x"),
        prediction(1, 0.5, source="f", group="y"),
        prediction(0, 0.9, group="z"),
    ]
    found = figure(rows, "f").at_threshold
    assert found.matrix == Confusion(0, 0, 1, 1)
    assert (found.recall.value, found.specificity, found.f1) == (0.5, None, None)


def test_all_files_are_cut_at_t_together():
    rows = [
        prediction(1, 0.6, source="f"),
        prediction(1, None, source="f"),
        prediction(0, 0.9),
        prediction(0, 0.1, group="y"),
    ]
    found = results_of(rows, THRESHOLDS, resamples=10).whole
    assert found.at_threshold.matrix == Confusion(1, 1, 0, 1)
    assert (
        found.at_threshold.threshold,
        found.at_threshold.precision.value,
        found.average_precision.value,
    ) == (0.5, 0.5, 0.5)


@pytest.mark.fidelity("4-17")
def test_one_less_the_false_positives_is_the_specificity():
    rows = [prediction(0, p, group=str(p)) for p in (0.5, 0.51, 0.7, 0.71)]
    found = figure(rows, "a")
    assert found.false_positives.value == 1 - found.at_threshold.specificity.value


def test_nothing_judged_gives_no_figures():
    found = results_of([prediction(0, None), prediction(1, None)], THRESHOLDS, resamples=10)
    assert found.slices[0].at_threshold == found.whole.at_threshold == AtThreshold(0.5, Confusion(0, 0, 0, 0))
    assert (
        found.whole.auc,
        found.whole.average_precision,
        found.whole.equal_error,
        found.whole.calibration_error,
    ) == (None,) * 4
    assert found.slices[0].auc is None
    nothing = results_of([], THRESHOLDS, resamples=10)
    assert (nothing.slices, nothing.whole.files, nothing.whole.shares.judged) == ((), 0, None)


def test_the_manifest_has_slices_by_name():
    test = [prediction(0, 0.6, source="r", group="x"), prediction(1, 0.9, source="f", group="y")]
    found = in_manifest(results_of(test, THRESHOLDS, resamples=20).of("source"))
    assert (found["f"].auc, found["f"].n, found["f"].interval) == (1.0, 2, (1.0, 1.0))
    assert (found["r"].auc, found["r"].false_positives) == (None, 1.0)
