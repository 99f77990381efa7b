"""Logits to likelihood ratios: logistic regression with a random shift of each set, and its bounds.

A score shifts from one collection of pictures to another. The shift u of a set is normal with the standard
deviation tau, so the ratio of a picture from a collection nobody has seen is the mean over u.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from detector.evidence.fitted import Bounds, Model
from detector.evidence.scores import Array

WEAK, MODERATE = math.log(2), math.log(10)
"""Natural log likelihood ratios from which support is called so (ENFSI guideline 2015)."""
EIGHT_OF_TEN = 1.28
"""Normal deviate: between minus and plus so many tau lie eight of ten new collections."""
NODES, NODE_WEIGHTS = np.polynomial.hermite_e.hermegauss(21)
"""Gauss-Hermite nodes and weights of the standard normal (weights sum to sqrt(2 pi))."""
LOG_NODE_WEIGHTS = np.log(NODE_WEIGHTS / math.sqrt(2 * math.pi))


@dataclass(frozen=True, eq=False)
class LogRatios:
    """Natural log likelihood ratios (N,), and where eight of ten new collections would put them."""

    ratio: Array
    low: Array
    high: Array


def log_ratios(logits: Array, model: Model, bounds: Bounds | None = None) -> LogRatios:
    """What `logits` (N,) are worth, within `bounds` where there are some."""
    middle = model.a * logits + model.b
    shifted = middle[:, None] + model.tau * NODES[None, :]
    fake = np.logaddexp.reduce(LOG_NODE_WEIGHTS - np.logaddexp(0, -shifted), axis=1)
    real = np.logaddexp.reduce(LOG_NODE_WEIGHTS - np.logaddexp(0, shifted), axis=1)
    ratio, reach = fake - real, EIGHT_OF_TEN * model.tau
    low, high = np.minimum(middle - reach, ratio), np.maximum(middle + reach, ratio)
    if bounds is not None:
        ratio, low, high = (np.clip(part, bounds.low, bounds.high) for part in (ratio, low, high))
    return LogRatios(ratio, low, high)
