"""How weights are moved: the optimiser of a recipe, SAM among them, and the learning rate of a step."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from detector.train.freezing import backbone_of
from detector.train.optimisation import Schedule
from detector.train.recipe import Recipe

SMALLEST_NORM = 1e-12
"""Added to the norm of the gradient, so that none at all is no division by zero: as SBI's code has it."""


def make_optimiser(network: nn.Module, recipe: Recipe) -> torch.optim.Optimizer:
    """The optimiser that the recipe names, each group at its peak rate."""
    groups, keys = parameter_groups(network, recipe), recipe.optimiser
    match keys.name:
        case "sgd":
            return torch.optim.SGD(groups, lr=keys.learning_rate, momentum=keys.momentum, nesterov=True)
        case "sam":
            return SharpnessAware(
                groups, network, keys.sam_radius, lr=keys.learning_rate, momentum=keys.momentum
            )
        case "adamw":
            return torch.optim.AdamW(groups, lr=keys.learning_rate)


def parameter_groups(network: nn.Module, recipe: Recipe) -> list[dict[str, Any]]:
    """Groups of parameters: with and without weight decay, of the network or, where its rate differs, of the
    backbone and of the rest.
    """
    everything, keys = list(network.parameters()), recipe.optimiser
    if keys.backbone_rate_share == 1:
        return _by_decay(everything, keys.learning_rate, keys.weight_decay)
    inside = {id(parameter) for parameter in backbone_of(network).parameters()}
    backbone = [parameter for parameter in everything if id(parameter) in inside]
    rest = [parameter for parameter in everything if id(parameter) not in inside]
    slow = _by_decay(backbone, keys.learning_rate * keys.backbone_rate_share, keys.weight_decay)
    return slow + _by_decay(rest, keys.learning_rate, keys.weight_decay)


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
        self, groups: Sequence[dict[str, Any]], network: nn.Module, radius: float, lr: float, momentum: float
    ) -> None:
        super().__init__(groups, lr=lr, momentum=momentum)
        self._network = network
        self.radius = radius
        self.climbed = False

    @torch.no_grad()
    def step(self, closure: Callable[[], Any]) -> Any:  # type: ignore[override]  # without one there is no second pass
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
        gradients = [parameter.grad for parameter in learning if parameter.grad is not None]
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
    """The rate at optimiser step `step` (from 0), after epochs with the mean AUCs `aucs`.

    A function of these alone, so that a resumed run goes on as an unbroken one does. `peak` None is the
    recipe's.
    """
    highest = recipe.optimiser.learning_rate if peak is None else peak
    lowest = min(recipe.schedule.lowest_rate, highest)
    risen = min(1.0, (step + 1) / recipe.schedule.warmup_steps) if recipe.schedule.warmup_steps else 1.0
    return (lowest + (highest - lowest) * _share(recipe.schedule, step, aucs)) * risen


def _share(schedule: Schedule, step: int, aucs: Sequence[float]) -> float:
    """How much of the way from the lowest to the highest rate is left, 0..1, the rise apart."""
    match schedule.name:
        case "cosine-restarts":
            done = step / schedule.epoch_steps
            return half_cosine(done, schedule.restart_epochs, schedule.restart_factor)
        case "polynomial":
            left = max(0.0, 1 - step / (schedule.decay_steps or schedule.steps))
            return float(left**schedule.decay_power)
        case "plateau":
            return plateau_share(aucs, schedule.plateau_epochs, schedule.plateau_factor)
        case "constant-then-linear":
            done = step / schedule.steps
            if done < schedule.decay_from:
                return 1.0
            return max(0.0, (1 - done) / (1 - schedule.decay_from)) if schedule.decay_from < 1 else 0.0


def half_cosine(epochs_done: float, first: int, factor: int) -> float:
    """From 1 to 0 in `first` epochs, then anew from 1 in `factor` times as many, and so on (arXiv:1608.03983,
    equation 5).
    """
    length = float(first)
    while epochs_done >= length:
        epochs_done, length = epochs_done - length, length * factor
    return (1 + math.cos(math.pi * epochs_done / length)) / 2


def plateau_share(aucs: Sequence[float], patience: int, factor: float) -> float:
    """1, times `factor` for every time that more than `patience` epochs in a row were no better than the best
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
