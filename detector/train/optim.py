"""A network and its recipe to the optimiser; SAM, which torch does not have."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from detector.train.optimisation import SAM, SGD
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
