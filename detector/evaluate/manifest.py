"""Figures on test and on cross to the metrics of a manifest entry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from detector.calibration import probability
from detector.evaluate import results as measured
from detector.evaluate.predictions import Prediction
from detector.manifest import CommittedFigure, Figure, Metrics
from detector.structures import Calibration
from detector.thresholds import SelectiveRisk


def metrics_of(
    test: measured.Figures, cross: measured.Figures, committed: Sequence[SelectiveRisk]
) -> Metrics:
    """Of `test` its sources, of `cross` its sets; `committed` are the figures of `band.cross_band`."""
    errors = {"test": test.whole.calibration_error, "cross": cross.whole.calibration_error}
    return Metrics(
        test=_by_name(test.of("source")),
        cross=_by_name(cross.of("set")),
        ece={name: error.value for name, error in errors.items() if error is not None},
        committed={
            one.name: CommittedFigure(n=one.pictures, committed=one.coverage, wrong=one.risk)
            for one in committed
        },
    )


def calibrated(predictions: Sequence[Prediction], calibration: Calibration) -> list[Prediction]:
    """Predictions on photos with p_fake by another calibration, without judging again; the verdicts are not
    decided anew.

    A photo's p_fake is that of its deciding face, the one with the highest logit under any calibration.
    """
    if any(one.kind == "video" for one in predictions):
        raise ValueError("a video's p_fake is not that of one logit: judge it again")
    return [
        one if one.logit is None else replace(one, p_fake=probability(one.logit, calibration))
        for one in predictions
    ]


def _by_name(figures: Sequence[measured.Figure]) -> Mapping[str, Figure]:
    return {one.name: _figure(one) for one in figures}


def _figure(figure: measured.Figure) -> Figure:
    auc, reals, over_hi = figure.auc, figure.false_positives, figure.reals_over_hi
    bounds = (auc.low, auc.high) if auc is not None and auc.low is not None and auc.high is not None else None
    return Figure(
        n=figure.real + figure.fake,
        auc=auc.value if auc is not None else None,
        ap=figure.average_precision.value if figure.average_precision is not None else None,
        interval=bounds,
        false_positives=reals.value if reals is not None else None,
        over_hi=over_hi.value if over_hi is not None else None,
    )
