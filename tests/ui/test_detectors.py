"""The tab Detectors: its first screen, and what it folds."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

import pytest

from detector.manifest import Entry, Manifest, Speed
from detector.metrics import CrossMetrics, Metrics
from detector.structures import Question
from detector.ui.detectors import Ranking, Timing, first_screen, folded, ranking, rows
from detector.weights import find_weights, read_manifest
from detector.zoo.build import Cost, Sizes
from detector.zoo.specs import SPECS
from tests.makers import make_entry, make_summary

COST = Cost(params=5_000_000, gmacs=1.5, sizes=Sizes(20_000_000, 10_000_000, 5_000_000))
SPEED = Speed(40.2, "pytorch", "one of 2 CPU cores")


def measured(auc: float) -> Entry:
    """An entry whose AUC across data sets is `auc`."""
    summary = make_summary(auc=auc, interval=(auc - 0.05, auc + 0.05))
    return make_entry(metrics=Metrics(summary={"cross": summary}), speed=SPEED)


def text(html: str) -> str:
    """What a reader sees, in one line."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def card(html: str, name: str) -> str:
    """The row of one detector."""
    found = re.search(rf'<tr data-name="{name}".*?</tr>', html, re.DOTALL)
    assert found is not None
    return text(found[0])


TWO = Manifest(
    {"unblend-lite2": measured(0.63), "sbi-efficientnet-b4": measured(0.71), "gone": measured(0.9)}
)


def test_the_default_comes_first_and_the_others_by_how_well_they_rank() -> None:
    three = Manifest({**TWO.entries, "inspector-b0": measured(0.65), "bnext-t": make_entry()})
    names = [row.spec.name for row in rows(three, "unblend-lite2", {})]
    assert names == ["unblend-lite2", "sbi-efficientnet-b4", "inspector-b0", "bnext-t"]


def test_a_row_says_what_it_is_good_for_ranks_and_costs_from_the_manifest_alone() -> None:
    shown = card(first_screen(TWO, "unblend-lite2", {}), "unblend-lite2")
    spec = SPECS["unblend-lite2"]
    assert shown.startswith(f"{spec.short} default Asked: altered or generated? {spec.good_for}")
    assert "63 of 100 (58 to 68)" in shown and " 40 0 4.9 8 100 faces of 1 collection" in shown


def test_what_was_measured_here_replaces_the_time_of_the_manifest() -> None:
    timings = {"unblend-lite2": Timing(TWO["unblend-lite2"].sha256, 12.4)}
    shown = first_screen(TWO, "unblend-lite2", timings)
    assert "12 here" in card(shown, "unblend-lite2") and "40" in card(shown, "sbi-efficientnet-b4")


def test_a_time_measured_of_other_weights_goes_with_them() -> None:
    timings = {"unblend-lite2": Timing("0" * 64, 12.4)}
    assert rows(TWO, "unblend-lite2", timings)[0].ms == 40.2


@pytest.mark.parametrize("metrics", [Metrics(), Metrics(summary={"cross": make_summary(auc=None)})])
def test_what_was_not_measured_is_said_so(metrics: Metrics) -> None:
    entry = make_entry(metrics=metrics)
    assert ranking(entry, Question.EITHER) is None
    shown = first_screen(Manifest({"unblend-lite2": entry}), "unblend-lite2", {})
    assert "not measured" in card(shown, "unblend-lite2") and "speed-chart" not in shown


def test_an_auc_without_interval_has_no_ends() -> None:
    entry = make_entry(metrics=Metrics(summary={"cross": make_summary(auc=0.7, interval=None)}))
    assert ranking(entry, Question.EITHER) == Ranking(0.7)


def test_cross_auc_for_the_question_asked_goes_before_the_mean_over_sets() -> None:
    pooled = {
        Question.ALTERED: CrossMetrics(0.68, (0.6, 0.75), cells=56),
        Question.EITHER: CrossMetrics(0.61, None, cells=56),
    }
    within = measured(0.7)
    entry = replace(within, metrics=replace(within.metrics, cross_auc=pooled))
    assert ranking(entry, Question.ALTERED) == Ranking(0.68, 0.6, 0.75)
    assert ranking(entry, Question.GENERATED) == ranking(within, Question.GENERATED)


def test_faces_that_an_earlier_training_was_shown_are_owned_up_to() -> None:
    manifest = read_manifest(find_weights())
    earlier = manifest["sbi-efficientnet-b4"].trained_on.samples
    shown = first_screen(manifest, "multibranch-b4", {})
    assert f"after {earlier:,} as SBI B4" in card(shown, "multibranch-b4")


def test_the_chart_says_in_words_what_it_draws() -> None:
    shown = first_screen(TWO, "unblend-lite2", {})
    words = "SBI B4: ranks 71 of 100 pairs right in 40 ms per face; Lite2: ranks 63 of 100 pairs right"
    assert f'role="img" aria-label="{words}' in shown


def test_untrained_architectures_are_folded_with_what_they_would_cost() -> None:
    shown = folded(TWO, "unblend-lite2", {}, {"bnext-t": COST})
    assert set(re.findall(r'data-name="([^"]+)"', shown.split('data-fold="sizes"')[0])) == set(SPECS) - {
        "unblend-lite2",
        "sbi-efficientnet-b4",
    }
    assert "5.0 1.50 224" in card(shown, "bnext-t") and "being counted" in card(shown, "bnext-s")


def test_sizes_by_precision_and_claims_are_folded() -> None:
    shown = folded(TWO, "unblend-lite2", {}, dict.fromkeys(SPECS, COST))
    sizes = shown.split('data-fold="sizes"')[1]
    assert "20.0 10.0 5.0 –" in card(sizes, "unblend-lite2")
    claims = text(shown.split('data-fold="claims"')[1])
    assert "5.00 million" in claims and "20.0 MB at 32 bits" in claims
