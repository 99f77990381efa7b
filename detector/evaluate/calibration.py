"""How near p_fake comes to the share of fakes: bins, the expected calibration error, and what each way of
calibrating is worth.

The error is that of Guo et al., "On Calibration of Modern Neural Networks", arXiv:1706.04599; its bins hold
equal numbers of files, as in Nixon et al., "Measuring Calibration in Deep Learning", arXiv:1904.01685,
because p_fakes crowd together and bins of equal width stand empty.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, xlogy
from sklearn.isotonic import IsotonicRegression
from sklearn.model_selection import StratifiedGroupKFold

from detector.calibration import Array, fit_platt, fit_temperature, probability, smoothed
from detector.errors import DetectorError
from detector.evaluate.metrics import (
    RESAMPLES,
    Estimate,
    estimate,
    estimates,
    plain_and_resampled,
    ratio,
    resample_weights,
    with_interval,
)
from detector.evaluate.predictions import Prediction, Predictions
from detector.metrics import Fit
from detector.structures import Calibration

BINS = 15
TUNE = "tune"
BEFORE, TEMPERATURE, PLATT, ISOTONIC, SHIPPED = "none", "temperature", "Platt", "isotonic", "shipped"
FOLDS = 5
RANDOM_SEED = 0

Calibrator = Callable[[Array], Array]
"""Logits (N,) to p_fakes (N,)."""


@dataclass(frozen=True)
class Bin:
    """Files of neighbouring p_fakes: how many, the mean of their p_fakes, and the share
    of fakes among them.
    """

    files: int
    p_fake: float
    fakes: Estimate


def calibration_error(p_fake: ArrayLike, labels: ArrayLike, bins: int = BINS) -> float | None:
    """Expected calibration error over `bins` bins of equal numbers of files (fewer where there are fewer
    files); None of none.
    """
    number = len(np.asarray(p_fake))
    return (
        float(weighted_calibration_error(p_fake, labels, np.ones((1, number)), bins)[0]) if number else None
    )


def weighted_calibration_error(
    p_fake: ArrayLike, labels: ArrayLike, weights: Array, bins: int = BINS
) -> Array:
    """Expected calibration error of each resample, (D,): the bins hold equal numbers of the files drawn; NaN
    where none is.

    `weights` are those of `metrics`: whole numbers. Bins differ by one file at most, the fuller first, as
    `numpy.array_split` cuts.
    """
    p, y = np.asarray(p_fake, dtype=np.float64), np.asarray(labels, dtype=np.float64)
    order = _order(p, y)
    gap = (p - y)[order]
    drawn = weights[:, order]
    counts = np.pad(np.cumsum(drawn, axis=1), ((0, 0), (1, 0)))
    gaps = np.pad(np.cumsum(drawn * gap, axis=1), ((0, 0), (1, 0)))
    totals = counts[:, -1]
    ends = np.arange(bins + 1)
    bounds = ends * (totals[:, None] // bins) + np.minimum(ends, totals[:, None] % bins)
    # a file drawn w times takes w neighbouring places, and what it adds grows along them in a line
    at_bounds = np.array([np.interp(*row) for row in zip(bounds, counts, gaps, strict=True)]).reshape(
        -1, bins + 1
    )
    error = np.abs(np.diff(at_bounds, axis=1)).sum(axis=1)
    return ratio(error, totals)


def estimate_calibration_error(
    p_fake: ArrayLike, labels: ArrayLike, weights: NDArray[Any], groups: Sequence[str], bins: int = BINS
) -> Estimate | None:
    """The expected calibration error with an interval: how far it spreads over the resamples, about itself
    and not under 0.

    The error of few files comes out too high, because chance alone parts p_fake and share; a resample has
    fewer different files than there are, and so comes out higher still. That second excess is taken off; the
    first stays in the metric.
    """
    rows = plain_and_resampled(lambda drawn: weighted_calibration_error(p_fake, labels, drawn, bins), weights)
    known = rows[1:][np.isfinite(rows[1:])]
    return with_interval(
        float(rows[0]), np.maximum(rows[1:] - known.mean() + rows[0], 0) if len(known) else rows[1:], groups
    )


def reliability(
    p_fake: Array, labels: NDArray[np.int64], weights: NDArray[Any], groups: Sequence[str], bins: int = BINS
) -> tuple[Bin, ...]:
    """The bins of all files, by rising p_fake; the share of fakes in each with its interval over the
    resamples `weights` (D, N).
    """
    filled = []
    for part in np.array_split(_order(p_fake, labels.astype(np.float64)), bins):
        if not len(part):
            continue
        fake = labels[part].astype(np.float64)

        def share(drawn: Array, fake: Array = fake) -> Array:
            return ratio(drawn @ fake, drawn.sum(axis=1))[:, None]

        (fakes,) = estimates(share, weights[:, part], [groups[i] for i in part])
        if fakes is not None:
            filled.append(Bin(files=len(part), p_fake=float(p_fake[part].mean()), fakes=fakes))
    return tuple(filled)


def _order(p: Array, y: Array) -> NDArray[np.intp]:
    """By p_fake; of equal ones reals first, so that no metric hangs on the order of the rows."""
    return np.lexsort((y, p))


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
    table = Predictions.of(predictions)
    if len(set(table.detector)) > 1:
        raise ValueError("a sample is of one detector")
    kept = table.take(~np.isnan(table.logit) & (table.kind != "video"))
    return Sample(
        logits=kept.logit,
        labels=kept.label,
        sets=kept.set.astype(str),
        sources=kept.source.astype(str),
        groups=kept.owner.astype(str),
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
    tune: Sample, others: Mapping[str, Sample], shipped: Calibration, resamples: int = RESAMPLES
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
        name: {way: apply(sample.logits) for way, apply in fitted.items()}
        for name, sample in others.items()
        if len(sample.labels)
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
            name: _gain(ways[ISOTONIC], ways[SHIPPED], samples[name], resamples) if ISOTONIC in ways else None
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


def _gain(p_fake: Array, other: Array, sample: Sample, resamples: int) -> Estimate | None:
    difference = log_losses(p_fake, sample.labels) - log_losses(other, sample.labels)
    weights = resample_weights(list(sample.sources), list(sample.groups), resamples, RANDOM_SEED)
    return estimate(lambda drawn: ratio(drawn @ difference, drawn.sum(axis=1)), weights, list(sample.groups))
