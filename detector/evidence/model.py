"""Logits to likelihood ratios: logistic regression with a random shift of each set.

A score shifts from one collection of pictures to another. The shift u of a set is normal with the standard
deviation tau, so the ratio of a picture from a collection nobody has seen is the mean over u.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from detector.evidence.fitted import Bounds, Model
from detector.evidence.scores import Array, Mask, Scores, Variant

WEAK, MODERATE = math.log(2), math.log(10)
"""Natural log likelihood ratios from which support is called so (ENFSI guideline 2015)."""
EIGHT_OF_TEN = 1.28
"""Normal deviate: between minus and plus so many tau lie eight of ten new collections."""
NODES = 21
STARTS = (0.3, 1.0)
"""tau where the search begins: at 0 the likelihood is flat in it."""
STEEPEST = 50.0
"""Log odds that one standard deviation of the logits is worth at most: of classes that do not overlap."""
NEWTON_STEPS, LONGEST_STEP = 30, 2.0


@dataclass(frozen=True, eq=False)
class LogRatios:
    """Natural log likelihood ratios (N,), and where eight of ten new collections would put them."""

    ratio: Array
    low: Array
    high: Array


@dataclass(frozen=True, eq=False)
class SetRows:
    """The rows of one set with both classes: logits (n,), labels (n,) and weights (n,) by which each group of
    a class counts alike; each class sums to 1. `fewest` is the smaller class's number of groups.
    """

    name: str
    source: str
    logit: Array
    is_fake: Mask
    weight: Array
    fewest: int


def log_ratios(logits: Array, model: Model, bounds: Bounds | None = None) -> LogRatios:
    """What `logits` (N,) are worth, within `bounds` where there are some."""
    nodes, log_weights = _nodes()
    middle = model.a * logits + model.b
    shifted = middle[:, None] + model.tau * nodes[None, :]
    fake = np.logaddexp.reduce(log_weights - np.logaddexp(0, -shifted), axis=1)
    real = np.logaddexp.reduce(log_weights - np.logaddexp(0, shifted), axis=1)
    ratio, reach = fake - real, EIGHT_OF_TEN * model.tau
    low, high = np.minimum(middle - reach, ratio), np.maximum(middle + reach, ratio)
    if bounds is not None:
        ratio, low, high = (np.clip(part, bounds.low, bounds.high) for part in (ratio, low, high))
    return LogRatios(ratio, low, high)


def rows_of(scores: Scores) -> tuple[SetRows, ...]:
    """What a model is fitted on: the sets that have both classes, frames of one clip averaged."""
    plain = scores.of_variant(Variant.PLAIN)
    sets = (plain.take(plain.set == name) for name in sorted(set(plain.set)))
    return tuple(_set_rows(of) for of in sets if of.is_fake.any() and not of.is_fake.all())


def _set_rows(scores: Scores) -> SetRows:
    clips: dict[tuple[bool, str, str], list[float]] = {}
    columns = zip(scores.is_fake, scores.owner, scores.clip, scores.file, scores.logit, strict=True)
    for is_fake, owner, clip, file, logit in columns:
        clips.setdefault((bool(is_fake), owner, clip or f"\0{file}"), []).append(float(logit))
    keys = sorted(clips)
    is_fake = np.array([key[0] for key in keys])
    owners = np.array([key[1] for key in keys])
    weight, groups = np.zeros(len(keys)), []
    for label in (False, True):
        of_class = is_fake == label
        _, which, counts = np.unique(owners[of_class], return_inverse=True, return_counts=True)
        weight[of_class] = 1 / counts[which] / len(counts)
        groups.append(len(counts))
    logit = np.array([math.fsum(clips[key]) / len(clips[key]) for key in keys])
    return SetRows(scores.set[0], scores.source[0], logit, is_fake, weight, min(groups))


def fit_model(sets: Sequence[SetRows]) -> Model:
    """The a >= 0, b and tau of highest likelihood, the shift of each set integrated out.

    Each class of each set weighs m, the median over sets of the smaller class's number of groups. The
    integrals are by 21 Gauss-Hermite nodes about the mode of each set (J. C. Pinheiro and D. M. Bates,
    J. Comput. Graph. Stat. 4, 1995). Raises ValueError where there is no set.
    """
    from scipy.optimize import minimize

    if not sets:
        raise ValueError("there is no set with both classes")
    most = float(np.median([of.fewest for of in sets]))
    every = np.concatenate([of.logit for of in sets])
    middle, scale = float(every.mean()), max(float(every.std()), 1e-12)
    scaled = [((of.logit - middle) / scale, of.is_fake.astype(float), of.weight * most) for of in sets]

    def loss(parameters: Array) -> tuple[float, Array]:
        parts = [_marginal(parameters, *of) for of in scaled]
        return -math.fsum(part[0] for part in parts), -np.sum([part[1] for part in parts], axis=0)

    limits = [(0.0, STEEPEST), (None, None), (0.0, None)]
    found = [
        minimize(
            loss,
            np.array([1.0, 0.0, tau]),
            jac=True,
            method="L-BFGS-B",
            bounds=limits,
            options={"ftol": 1e-13, "gtol": 1e-7 * most},
        )
        for tau in STARTS
    ]
    a, b, tau = min(found, key=lambda optimum: float(optimum.fun)).x
    return Model(a=float(a / scale), b=float(b - a * middle / scale), tau=float(tau))


def _marginal(parameters: Array, logit: Array, fake: Array, weight: Array) -> tuple[float, Array]:
    """The log of the integrated likelihood of one set, and its gradient in (a, b, tau)."""
    nodes, log_weights = _nodes()
    a, b, tau = parameters
    middle = a * logit + b
    mode, width = _mode(middle, fake, weight, tau)
    shifts = mode + width * nodes
    odds = middle[:, None] + tau * shifts[None, :]
    likelihood = weight @ (fake[:, None] * odds - np.logaddexp(0, odds))
    parts = log_weights + likelihood + (nodes**2 - shifts**2) / 2
    total = float(np.logaddexp.reduce(parts))
    at_nodes = np.exp(parts - total)
    residuals = weight[:, None] * (fake[:, None] - _sigmoid(odds))
    of_set = residuals.sum(axis=0)
    gradient = np.array([(logit @ residuals) @ at_nodes, of_set @ at_nodes, (of_set * shifts) @ at_nodes])
    return total + math.log(width), gradient


def _mode(middle: Array, fake: Array, weight: Array, tau: float) -> tuple[float, float]:
    """Where the integrand of a standard normal shift is highest, and its width there; it is concave."""
    mode, curve = 0.0, 1.0
    for _ in range(NEWTON_STEPS):
        p = _sigmoid(middle + tau * mode)
        slope = tau * float(weight @ (fake - p)) - mode
        curve = tau**2 * float(weight @ (p * (1 - p))) + 1
        step = min(max(slope / curve, -LONGEST_STEP), LONGEST_STEP)
        mode += step
        if abs(step) < 1e-10:
            break
    return mode, 1 / math.sqrt(curve)


def _sigmoid(odds: Array) -> Array:
    return np.asarray((1 + np.tanh(odds / 2)) / 2, dtype=np.float64)


@cache
def _nodes() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Gauss-Hermite nodes of the standard normal and the logs of their weights, which sum to 1."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(NODES)
    return nodes, np.log(weights / weights.sum())
