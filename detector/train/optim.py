"""How weights are moved: the optimiser of a recipe, SAM among them, and the learning rate of a step."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from detector.train.optimisation import PLATEAU, POLYNOMIAL, RESTARTS, SAM, SGD
from detector.train.recipe import Recipe

SMALLEST_NORM = 1e-12
"""Added to the norm of the gradient, so that none at all is no division by zero: as SBI's code has it."""


def make_optimiser(network: nn.Module, recipe: Recipe) -> torch.optim.Optimizer:
    """The optimiser that the recipe names, each group at its peak rate."""
    groups = parameter_groups(network, recipe)
    if recipe.optimiser == SGD:
        return torch.optim.SGD(groups, lr=recipe.learning_rate, momentum=recipe.momentum, nesterov=True)
    if recipe.optimiser == SAM:
        return SharpnessAware(
            groups, network, recipe.sam_radius, lr=recipe.learning_rate, momentum=recipe.momentum
        )
    return torch.optim.AdamW(groups, lr=recipe.learning_rate)


def parameter_groups(network: nn.Module, recipe: Recipe) -> list[dict[str, Any]]:
    """Groups of parameters: with and without weight decay, of the network or, where its rate differs, of the
    backbone and of the rest.
    """
    everything = list(network.parameters())
    if recipe.backbone_rate_share == 1:
        return _by_decay(everything, recipe.learning_rate, recipe.weight_decay)
    inside = {id(parameter) for parameter in network.backbone.parameters()}
    backbone = [parameter for parameter in everything if id(parameter) in inside]
    rest = [parameter for parameter in everything if id(parameter) not in inside]
    slow = _by_decay(backbone, recipe.learning_rate * recipe.backbone_rate_share, recipe.weight_decay)
    return slow + _by_decay(rest, recipe.learning_rate, recipe.weight_decay)


def _by_decay(parameters: Sequence[nn.Parameter], rate: float, decay: float) -> list[dict[str, Any]]:
    matrices = [parameter for parameter in parameters if parameter.ndim > 1]
    vectors = [parameter for parameter in parameters if parameter.ndim <= 1]
    return [
        {"params": matrices, "lr": rate, "weight_decay": decay},
        {"params": vectors, "lr": rate, "weight_decay": 0.0},
    ]


class SharpnessAware(torch.optim.SGD):
    """SGD by the gradient at the worst place near the weights (arXiv:2010.01412, algorithm 1).

    A step calls its closure, which must set the gradients to nothing and fill them, twice: at the weights,
    and `radius` away from them, up the first gradient. The weights are put back bit for bit and moved by the
    second gradient. Batch normalisation of `network` gathers statistics in the first pass only. `climbed`
    says that the second is on.
    """

    def __init__(
        self, groups: Sequence[dict[str, Any]], network: nn.Module, radius: float, **of_sgd: float
    ) -> None:
        super().__init__(groups, **of_sgd)
        self._network = network
        self.radius = radius
        self.climbed = False

    @torch.no_grad()
    def step(self, closure: Callable[[], Any]) -> Any:
        with torch.enable_grad():
            loss = closure()
        learning = [p for group in self.param_groups for p in group["params"] if p.grad is not None]
        before = [parameter.clone() for parameter in learning]
        self._climb(learning)
        try:
            with self._second_pass(), torch.enable_grad():
                closure()
        finally:
            for parameter, value in zip(learning, before, strict=True):
                parameter.copy_(value)
        super().step()
        return loss

    def _climb(self, learning: Sequence[nn.Parameter]) -> None:
        gradients = [parameter.grad for parameter in learning]
        reach = self.radius / (nn.utils.get_total_norm(gradients) + SMALLEST_NORM)
        for parameter, gradient in zip(learning, gradients, strict=True):
            parameter.add_(gradient * reach.to(gradient.device))

    @contextlib.contextmanager
    def _second_pass(self) -> Iterator[None]:
        norms = [
            module
            for module in self._network.modules()
            if isinstance(module, _BatchNorm) and module.track_running_stats
        ]
        for norm in norms:
            norm.track_running_stats = False  # in training it then uses those of the batch and stores nothing
        self.climbed = True
        try:
            yield
        finally:
            self.climbed = False
            for norm in norms:
                norm.track_running_stats = True


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
