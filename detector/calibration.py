"""The calibration of a detector: its fit on logits and labels, and the p_fake that it makes of a logit."""

from __future__ import annotations

from typing import overload

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize
from scipy.special import expit

from detector.structures import Calibration

LIKELIHOOD_RATIO_5_PERCENT = 3.841
"""95 % point of chi squared with one degree of freedom: b is kept where it lifts twice the log likelihood by
more.
"""

Array = NDArray[np.float64]


@overload
def probability(logit: float, calibration: Calibration) -> float: ...
@overload
def probability(logit: NDArray[np.floating], calibration: Calibration) -> Array: ...
def probability(logit: float | NDArray[np.floating], calibration: Calibration) -> float | Array:
    """The calibrated p_fake, 0..1, of a logit or of an array of them."""
    p_fake = expit(calibration.a * np.asarray(logit, dtype=np.float64) + calibration.b)
    return float(p_fake) if np.ndim(logit) == 0 else np.asarray(p_fake, dtype=np.float64)


def fit(logits: ArrayLike, labels: ArrayLike, fitted_on: str) -> Calibration:
    """Platt's a and b by log loss; temperature alone (b = 0) where b does not help. `labels` 1 is fake.

    The targets are Platt's, (n + 1) / (n + 2) and 1 / (n + 2), so that separable classes give a finite slope.
    b helps where a likelihood ratio test says so at 5 %.
    """
    z, fake = checked(logits, labels)
    platt, platt_loss = _fitted(z, fake, fitted_on, with_b=True)
    alone, alone_loss = _fitted(z, fake, fitted_on, with_b=False)
    calibration = platt if 2 * (alone_loss - platt_loss) > LIKELIHOOD_RATIO_5_PERCENT else alone
    if calibration.a <= 0:
        raise ValueError(
            f"logits do not rise with the label (slope {calibration.a:.3g} on {fitted_on}): is label 1 fake?"
        )
    return calibration


def fit_platt(logits: ArrayLike, labels: ArrayLike, fitted_on: str) -> Calibration:
    """Platt's a and b by log loss, whether b helps or not; a is not positive where logits do not rise with
    the label.
    """
    return _fitted(*checked(logits, labels), fitted_on, with_b=True)[0]


def fit_temperature(logits: ArrayLike, labels: ArrayLike, fitted_on: str) -> Calibration:
    """Temperature alone by log loss: a is one over it, b is 0 (Guo et al., arXiv:1706.04599); a as in
    `fit_platt`.
    """
    return _fitted(*checked(logits, labels), fitted_on, with_b=False)[0]


def smoothed(fakes: int, reals: int) -> tuple[float, float]:
    """The probabilities that `fakes` and `reals` pictures can vouch for at most, of being real and of being
    fake: Platt's targets.
    """
    return 1 / (reals + 2), (fakes + 1) / (fakes + 2)


def _fitted(z: Array, fake: NDArray[np.bool_], fitted_on: str, *, with_b: bool) -> tuple[Calibration, float]:
    """The calibration with the least log loss, and that loss, summed."""
    low, high = smoothed(int(fake.sum()), int((~fake).sum()))
    targets = np.where(fake, high, low)
    scale = max(float(z.std()), 1e-12)  # one unit of the search is one standard deviation
    columns = np.stack([z / scale, np.ones_like(z)] if with_b else [z / scale], axis=1)
    coefficients, loss = _least_log_loss(columns, targets)
    a, b = float(coefficients[0]) / scale, float(coefficients[1]) if with_b else 0.0
    return Calibration(a=a, b=b, fitted_on=fitted_on), loss


def _least_log_loss(columns: Array, targets: Array) -> tuple[Array, float]:
    """Coefficients (k,) of a logistic fit of `columns` (n, k) to soft `targets` (n,), and their summed log
    loss.
    """

    def loss(coefficients: Array) -> tuple[float, Array]:
        z = columns @ coefficients
        return float(np.sum(np.logaddexp(0, z) - targets * z)), columns.T @ (expit(z) - targets)

    optimum = minimize(
        loss, np.zeros(columns.shape[1]), jac=True, method="BFGS", options={"gtol": 1e-7 * len(targets)}
    )
    return np.asarray(optimum.x, dtype=np.float64), float(optimum.fun)


def checked(values: ArrayLike, labels: ArrayLike) -> tuple[Array, NDArray[np.bool_]]:
    """`values` (n,) as float64 and `labels` (n,), 1 fake, as bool.

    Raises ValueError unless all values are finite and both labels occur.
    """
    numbers, named = np.asarray(values, dtype=np.float64), np.asarray(labels)
    if numbers.ndim != 1 or numbers.shape != named.shape:
        raise ValueError(
            f"values of shape {numbers.shape} and labels of shape {named.shape} are not one a picture"
        )
    if not np.isfinite(numbers).all():
        raise ValueError(f"{int((~np.isfinite(numbers)).sum())} of {len(numbers)} values are not finite")
    if not np.isin(named, (0, 1)).all() or len(np.unique(named)) < 2:
        raise ValueError("labels are 0 (real) and 1 (fake), and both must occur")
    return numbers, named.astype(bool)
