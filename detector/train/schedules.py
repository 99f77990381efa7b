"""A step and the rounds before it to the learning rate."""

from __future__ import annotations

import math
from collections.abc import Sequence

from detector.train.optimisation import PLATEAU, POLYNOMIAL, RESTARTS
from detector.train.recipe import Recipe

BETTER = 1e-4
"""A mean AUC is better when it is so by this share of the best one: as torch's ReduceLROnPlateau has it."""


def learning_rate(recipe: Recipe, step: int, aucs: Sequence[float] = (), peak: float | None = None) -> float:
    """The rate at optimiser step `step` (from 0), after rounds with the mean AUCs `aucs`.

    A function of these alone, so that a resumed run goes on as an unbroken one does. `peak` None is the
    recipe's.
    """
    highest = recipe.learning_rate if peak is None else peak
    lowest = min(recipe.lowest_rate, highest)
    risen = min(1.0, (step + 1) / recipe.warmup_steps) if recipe.warmup_steps else 1.0
    return (lowest + (highest - lowest) * _share(recipe, step, aucs)) * risen


def _share(recipe: Recipe, step: int, aucs: Sequence[float]) -> float:
    """How much of the way from the lowest to the highest rate is left, 0..1, the rise apart."""
    if recipe.schedule == RESTARTS:
        return half_cosine(step / recipe.round_steps, recipe.restart_rounds, recipe.restart_factor)
    if recipe.schedule == POLYNOMIAL:
        return max(0.0, 1 - step / (recipe.decay_steps or recipe.steps)) ** recipe.decay_power
    if recipe.schedule == PLATEAU:
        return plateau_share(aucs, recipe.plateau_rounds, recipe.plateau_factor)
    done = step / recipe.steps
    return (
        1.0
        if done < recipe.decay_from
        else max(0.0, (1 - done) / (1 - recipe.decay_from))
        if recipe.decay_from < 1
        else 0.0
    )


def half_cosine(rounds_done: float, first: int, factor: int) -> float:
    """From 1 to 0 in `first` rounds, then anew from 1 in `factor` times as many, and so on (arXiv:1608.03983,
    equation 5).
    """
    length = float(first)
    while rounds_done >= length:
        rounds_done, length = rounds_done - length, length * factor
    return (1 + math.cos(math.pi * rounds_done / length)) / 2


def plateau_share(aucs: Sequence[float], patience: int, factor: float) -> float:
    """1, times `factor` for every time that more than `patience` rounds in a row were no better than the best
    before them.
    """
    best, waited, share = -math.inf, 0, 1.0
    for auc in aucs:
        if auc > best * (1 + BETTER):
            best, waited = auc, 0
        else:
            waited += 1
        if waited > patience:
            waited, share = 0, share * factor
    return share
