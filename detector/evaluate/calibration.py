"""Predictions on the data a calibration is fitted on, and on others, to what each way of calibrating is
worth.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, xlogy
from sklearn.isotonic import IsotonicRegression
from sklearn.model_selection import StratifiedGroupKFold

from detector.calibration import Array, fit_platt, fit_temperature, probability, smoothed
from detector.errors import DetectorError
from detector.evaluate.metrics import DRAWS, Estimate, draw, estimate, ratio
from detector.evaluate.predictions import Prediction
from detector.evaluate.reliability import calibration_error
from detector.manifest import Fit
from detector.structures import Calibration

TUNE = "tune"
BEFORE, TEMPERATURE, PLATT, ISOTONIC, SHIPPED = "none", "temperature", "Platt", "isotonic", "shipped"
FOLDS = 5
RANDOM_SEED = 0

Calibrator = Callable[[Array], Array]
"""Logits (N,) to p_fakes (N,)."""


@dataclass(frozen=True, eq=False)
class Sample:
    """Judged photos of one detector: `logits` (N,), `labels` (N,) 1 fake, their sets and sources, and the
    `groups` that belong together.
    """

    logits: Array
    labels: NDArray[np.int64]
    sets: NDArray[np.str_]
    sources: NDArray[np.str_]
    groups: NDArray[np.str_]


@dataclass(frozen=True)
class Comparison:
    """What each way of calibrating is worth, by data and then by way.

    On `tune` each is judged on groups that it was not fitted on; where those are too few, the ways that are
    fitted are missing there.

    `isotonic_gain` is the log loss of isotonic regression less that of the shipped calibration, by data:
    under 0 it is better.
    """

    pictures: Mapping[str, int]
    fits: Mapping[str, Mapping[str, Fit]]
    isotonic_gain: Mapping[str, Estimate | None]


def sample_of(predictions: Sequence[Prediction]) -> Sample:
    """The judged photos among the predictions of one detector; a video's p_fake is not that of one logit, so
    none is taken.
    """
    if len({one.detector for one in predictions}) > 1:
        raise ValueError("a sample is of one detector")
    kept = [one for one in predictions if one.logit is not None and one.kind != "video"]
    return Sample(
        logits=np.array([one.logit for one in kept], dtype=np.float64),
        labels=np.array([one.label for one in kept], dtype=np.int64),
        sets=np.array([one.set for one in kept], dtype=str),
        sources=np.array([one.source for one in kept], dtype=str),
        groups=np.array([f"{one.source} {one.group}" for one in kept], dtype=str),
    )


def isotonic(logits: Array, labels: NDArray[np.int64]) -> Calibrator:
    """Isotonic regression (Zadrozny and Elkan, KDD 2002); never surer than Platt's targets, or one wrong
    picture costs infinitely much.
    """
    low, high = smoothed(int((labels == 1).sum()), int((labels == 0).sum()))
    fitted = IsotonicRegression(y_min=low, y_max=high, out_of_bounds="clip").fit(logits, labels)
    return lambda z: np.asarray(fitted.predict(z), dtype=np.float64)


def fit_of(p_fake: Array, labels: NDArray[np.int64]) -> Fit:
    """How near `p_fake` (N,) comes to `labels` (N,), every picture alike.

    The error counts a label as the share of fakes among equal p_fakes: isotonic regression gives many, and a
    bin that ends among them would else hold those of one class only.
    """
    _, which = np.unique(p_fake, return_inverse=True)
    shares = np.bincount(which, weights=labels) / np.maximum(np.bincount(which), 1)
    error = calibration_error(p_fake, shares[which])
    if error is None:
        raise ValueError("no picture, so nothing is near or far")
    return Fit(
        log_loss=float(log_losses(p_fake, labels).mean()),
        brier=float(np.mean((p_fake - labels) ** 2)),
        ece=error,
    )


def log_losses(p_fake: Array, labels: NDArray[np.int64]) -> Array:
    """The log loss of each picture (N,), in nats; p_fake is held one rounding error off 0 and 1."""
    tiny = np.finfo(np.float64).eps
    p = np.clip(p_fake, tiny, 1 - tiny)
    return np.asarray(-xlogy(labels, p) - xlogy(1 - labels, 1 - p), dtype=np.float64)


def compare(
    tune: Sample, others: Mapping[str, Sample], shipped: Calibration, draws: int = DRAWS
) -> Comparison:
    """Temperature, Platt and isotonic regression fitted on `tune`, beside the raw logit and the `shipped`
    calibration.
    """
    if len(np.unique(tune.labels)) < 2:
        raise DetectorError(
            "calibrations are fitted on real and fake pictures, and a class is missing: give predictions of"
            " split tune"
        )
    fitted = {way: fit(tune.logits, tune.labels) for way, fit in _WAYS.items()}
    p_fakes = {
        name: {way: apply(one.logits) for way, apply in fitted.items()}
        for name, one in others.items()
        if len(one.labels)
    }
    on_tune = {way: _cross_validated(fit, tune) for way, fit in _FITTED.items()}
    raw = _WAYS[BEFORE](tune.logits, tune.labels)(tune.logits)
    p_fakes = {TUNE: {BEFORE: raw, **{way: p for way, p in on_tune.items() if p is not None}}, **p_fakes}
    samples = {TUNE: tune, **others}
    for name, ways in p_fakes.items():
        ways[SHIPPED] = probability(samples[name].logits, shipped)
    return Comparison(
        pictures={name: len(samples[name].labels) for name in p_fakes},
        fits={
            name: {way: fit_of(p, samples[name].labels) for way, p in ways.items()}
            for name, ways in p_fakes.items()
        },
        isotonic_gain={
            name: _gain(ways[ISOTONIC], ways[SHIPPED], samples[name], draws) if ISOTONIC in ways else None
            for name, ways in p_fakes.items()
        },
    )


def _parametric(
    fit: Callable[[Any, Any, str], Calibration],
) -> Callable[[Array, NDArray[np.int64]], Calibrator]:
    def fitted(logits: Array, labels: NDArray[np.int64]) -> Calibrator:
        calibration = fit(logits, labels, TUNE)
        return lambda z: probability(z, calibration)

    return fitted


_WAYS: Mapping[str, Callable[[Array, NDArray[np.int64]], Calibrator]] = {
    BEFORE: lambda logits, labels: lambda z: np.asarray(expit(z), dtype=np.float64),
    TEMPERATURE: _parametric(fit_temperature),
    PLATT: _parametric(fit_platt),
    ISOTONIC: isotonic,
}
"""Each way of calibrating by its name, in the order of the tables."""
_FITTED = {way: fit for way, fit in _WAYS.items() if way != BEFORE}


def _cross_validated(fit: Callable[[Array, NDArray[np.int64]], Calibrator], sample: Sample) -> Array | None:
    """p_fake (N,) of every picture by a fit that left its group out; None where the groups are too few, so
    that no picture is judged by a fit that saw it.
    """
    folds = min(FOLDS, *(len(np.unique(sample.groups[sample.labels == label])) for label in (0, 1)))
    if folds < 2:
        return None
    p_fake = np.zeros(len(sample.labels))
    splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=RANDOM_SEED)
    for kept, left_out in splitter.split(sample.logits, sample.labels, sample.groups):
        if len(np.unique(sample.labels[kept])) < 2:
            return None
        p_fake[left_out] = fit(sample.logits[kept], sample.labels[kept])(sample.logits[left_out])
    return p_fake


def _gain(one: Array, other: Array, sample: Sample, draws: int) -> Estimate | None:
    difference = log_losses(one, sample.labels) - log_losses(other, sample.labels)
    weights = draw(list(sample.sources), list(sample.groups), draws, RANDOM_SEED)
    return estimate(lambda drawn: ratio(drawn @ difference, drawn.sum(axis=1)), weights, list(sample.groups))
