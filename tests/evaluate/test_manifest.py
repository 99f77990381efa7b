"""Results as metrics of a manifest entry."""

from __future__ import annotations

import pytest

from detector.evaluate.results import metrics_of, results_of
from detector.manifest import CommittedFigure
from detector.structures import Thresholds
from detector.thresholds import SelectiveRisk
from tests.evaluate.made import prediction

THRESHOLDS = Thresholds(t=0.5, lo=0.3, hi=0.7)


def test_metrics_have_val_by_source_and_cross_by_set():
    test = [prediction(0, 0.6, source="r", group="x"), prediction(1, 0.9, source="f", group="y")]
    cross = [
        prediction(label, p, source="ffpp", set="ffpp-c23", group=str(p)) for label, p in ((0, 0.2), (1, 0.9))
    ]
    committed = (SelectiveRisk("all sets", 2, 0.5, None),)
    found = metrics_of(
        results_of(test, THRESHOLDS, resamples=20), results_of(cross, THRESHOLDS, resamples=20), committed
    )
    assert (found.test["f"].auc, found.test["f"].n, found.test["f"].interval) == (1.0, 2, (1.0, 1.0))
    assert (found.test["r"].auc, found.test["r"].false_positives, found.test["r"].over_hi) == (None, 1.0, 0.0)
    assert list(found.cross) == ["ffpp-c23"]
    assert found.committed == {"all sets": CommittedFigure(2, 0.5, None)}
    assert found.ece["cross"] == pytest.approx(0.15)
