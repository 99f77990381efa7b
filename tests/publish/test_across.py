"""What the manifest says of predictions across datasets, what the default is, and what a card says of it."""

from __future__ import annotations

import pytest

from detector.evaluate.predictions import Predictions
from detector.manifest import Manifest
from detector.metrics import CrossMetrics, Metrics, SourceMetrics, WorstCell
from detector.publish.across import cross_metrics, kind_metrics
from detector.publish.card import card
from detector.publish.fit import better_across
from detector.train.recipe import RECIPES, read_recipe
from detector.zoo.specs import SPECS
from tests.evaluate.made import prediction
from tests.makers import make_entry

FAKES = {"a": "swap", "b": "gan"}


def elsewhere(shift: float = 0.0) -> Predictions:
    """Two sets of 20 snapshots and 20 studio portraits, swaps and GAN faces; every studio portrait of `b`
    scores over every fake, and `shift` moves the fakes down.
    """
    rows = []
    for name in "ab":
        for number in range(20):
            share = number / 100
            of = {"source": name, "set": name, "group": str(number)}
            rows += [
                prediction(0, 0.1 + share, file=f"{name}/r{number}", category="snapshot", **of),
                prediction(
                    1,
                    0.6 + share - shift,
                    file=f"{name}/f{number}",
                    category="swap" if name == "a" else "gan",
                    **of,
                ),
            ]
            if name == "b":
                rows.append(prediction(0, 0.9, file=f"b/s{number}", category="studio", **of))
    return Predictions.of(rows)


def test_cross_auc_is_kept_by_question_with_its_worst_cell_and_delivery() -> None:
    told = cross_metrics(elsewhere(), {"saved again": elsewhere(0.5), "as good": elsewhere()})
    assert list(told) == ["either", "altered", "generated"]
    assert told["altered"].cells == told["generated"].cells == 2 and told["either"].cells == 4
    assert told["either"].mean == pytest.approx(0.75)
    worst = told["either"].worst
    assert worst is not None and worst.reals == "b" and worst.auc == pytest.approx(0.5)
    delivery = told["either"].worst_delivery
    assert delivery is not None and delivery.name == "saved again" and delivery.mean < 0.6
    assert cross_metrics(elsewhere())["either"].worst_delivery is None
    better = cross_metrics(elsewhere(), {"as good": elsewhere()})["either"].worst_delivery
    assert better is not None and better.name == "as it is"


def test_figures_by_kind_are_aucs_of_fakes_and_false_alarms_of_genuine_pictures() -> None:
    kinds = kind_metrics(elsewhere())
    assert {kind: (of.is_fake, of.n, of.groups) for kind, of in kinds.items()} == {
        "gan": (True, 20, 20),
        "swap": (True, 20, 20),
        "snapshot": (False, 40, 40),
        "studio": (False, 20, 20),
    }
    assert kinds["swap"].auc == pytest.approx(0.75)
    assert (kinds["studio"].false_alarms, kinds["snapshot"].false_alarms) == (
        1.0,
        pytest.approx(0.1, abs=0.06),
    )
    assert kinds["studio"].auc is None and kinds["gan"].false_alarms is None


def test_without_snapshots_there_are_no_false_alarms() -> None:
    table = elsewhere()
    kinds = kind_metrics(table.take(table.category != "snapshot"))
    assert kinds["studio"].false_alarms is None


def measured(mean: float, question: str = "either", worst: WorstCell | None = None) -> Metrics:
    """Metrics with one mean Cross-AUC."""
    return Metrics(cross_auc={question: CrossMetrics(mean, None, 4, worst)})


def test_the_default_has_the_best_mean_cross_auc_over_every_kind() -> None:
    by_sets = make_entry(metrics=Metrics(cross={"x": SourceMetrics(n=9, auc=0.99)}))
    low, high = (make_entry(metrics=measured(mean)) for mean in (0.6, 0.7))
    other = make_entry(metrics=measured(0.95, "generated"))
    manifest = Manifest({"sets": by_sets, "low": low, "high": high, "other": other})
    assert better_across(manifest) == "high"


@pytest.mark.parametrize("auc, said", [(0.49, True), (0.51, False)])
def test_a_card_says_where_the_worst_cell_is_worse_than_a_coin(auc: float, said: bool) -> None:
    entry = make_entry(metrics=measured(0.7, worst=WorstCell("swaps", "studio", auc, (0.4, 0.6))))
    told = card(SPECS["unblend-lite2"], entry, read_recipe(RECIPES / "unblend-lite2.json"))
    assert ("**On swaps against studio it is worse than a coin" in told) is said
    assert "fakes of swaps, genuine pictures of studio" in told and "not measured" in told


def test_a_card_without_evidence_says_so() -> None:
    told = card(SPECS["unblend-lite2"], make_entry(), read_recipe(RECIPES / "unblend-lite2.json"))
    assert "None was fitted" in told and "by question and kind" not in told
