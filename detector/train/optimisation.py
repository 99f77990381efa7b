"""The sections of a recipe that say how weights are moved: loss, optimiser, schedule; the types of keys."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Share = Annotated[float, Meta(ge=0, le=1)]
NotNegative = Annotated[float, Meta(ge=0)]
Positive = Annotated[float, Meta(gt=0)]
Count = Annotated[int, Meta(ge=0)]
OneOrMore = Annotated[int, Meta(ge=1)]
Stage = Annotated[
    str, Meta(pattern=r"^(head|all|last [1-9]\d*)$", description='"head", "last N" (layers) or "all"')
]


class Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of a recipe."""


class Loss(Section, frozen=True, kw_only=True):
    """What is minimised.

    label_smoothing      targets are this far from 0 and 1
    focal_gamma          how much less an easy picture counts (arXiv:1708.02002); 0: cross-entropy
    real_weight          what the loss of a genuine picture counts against that of a fake; over 1: fewer false
                         positives, more misses
    teacher              name of a shipped detector whose probabilities are learned beside the labels; null:
                         labels alone
    teacher_share        weight of the teacher's part of the loss; the label has the rest
    """

    label_smoothing: Annotated[float, Meta(ge=0, lt=0.5)] = 0.0
    focal_gamma: NotNegative = 0.0
    real_weight: Positive = 1.0
    teacher: str | None = None
    teacher_share: Share = 0.5

    def __post_init__(self) -> None:
        if self.teacher and self.focal_gamma:
            raise ValueError(
                "focal_gamma does not go together with a teacher, whose loss is not focal; leave one of"
                " them out"
            )


class Optimiser(Section, frozen=True, kw_only=True):
    """How a step moves the weights, and what it costs in memory.

    name                 "adamw"; "sgd": with Nesterov's momentum; "sam": sharpness-aware, two passes a step,
                         over SGD with momentum (arXiv:2010.01412)
    learning_rate        its peak
    backbone_rate_share  the backbone's peak as a share of that: 0.1 is a tenth
    weight_decay         on matrices and kernels; norms and biases have none
    momentum             of "sgd" and "sam"
    sam_radius           how far "sam" climbs before its second pass: rho, the length of the step over all
                         weights
    clip_norm            largest global norm of a gradient
    batch_pairs          pairs (one real, one fake) a step; 0: as many as the memory of the machine that
                         begins the run holds, 32 at most
    accumulate           parts in which a step's pairs go through the network one after the other: less
                         memory, same step but for the statistics of batch normalisation; it divides
                         `batch_pairs`. 0: as few as memory allows
    frozen_norms         batch normalisation keeps the statistics of the starting weights
    average_decay        decay of the exponential moving average of weights, which is what is validated and
                         published
    precision            "32-true", "bf16-mixed", or "auto": the faster of the two on the machine that begins
                         the run
    checkpointing        keep fewer activations and compute them again: less memory, more time
    """

    name: Literal["adamw", "sgd", "sam"] = "adamw"
    learning_rate: NotNegative = 3e-4
    backbone_rate_share: Share = 1.0
    weight_decay: NotNegative = 0.01
    momentum: Share = 0.9
    sam_radius: Positive = 0.05
    clip_norm: Positive = 5.0
    batch_pairs: Count = 8
    accumulate: Count = 1
    frozen_norms: bool = False
    average_decay: Share = 0.999
    precision: Literal["auto", "32-true", "bf16-mixed"] = "auto"
    checkpointing: bool = False

    def __post_init__(self) -> None:
        if self.name == "sam" and self.accumulate != 1:
            raise ValueError(
                'optimiser "sam" needs all pairs of a step at once in both passes; set accumulate to 1'
            )
        if self.name == "sgd" and self.momentum == 0:
            raise ValueError(
                'momentum is 0, but optimiser "sgd" is Nesterov\'s; give one over 0, 0.9 as published'
            )
        if self.accumulate > 1 and self.batch_pairs % self.accumulate:
            raise ValueError(
                f"{self.batch_pairs} batch_pairs do not fall into {self.accumulate} equal parts; choose"
                " others to accumulate"
            )


class Schedule(Section, frozen=True, kw_only=True):
    """How long a run goes on, what learns when, and the learning rate from step to step.

    epochs, epoch_steps  an epoch is `epoch_steps` optimiser steps, then a validation and a checkpoint
    kept_epochs          epochs whose checkpoints are kept, the best by mean AUC on `tune`; 0: all, to choose
                         by sets left out
    patience             epochs without a better mean AUC on `tune` after which the run stops; 0: it goes to
                         its end
    stages               what learns, by share of the run already done: "head", "last N" (layers of the
                         backbone) or "all"; the rest is frozen
    name                 how the learning rate goes on after `warmup_steps`, in which it rises in a straight
                         line:
                         "constant-then-linear": from `decay_from` (share of the run) it falls in a straight
                         line; "cosine-restarts": half a cosine from the peak down, then again
                         (arXiv:1608.03983); "polynomial": (1 - steps done / `decay_steps`) to the power
                         `decay_power`; "plateau": times `plateau_factor` when the mean AUC on `tune` was no
                         better for more than `plateau_epochs` epochs
    lowest_rate          what a schedule falls to
    decay_steps          0: as many as the run has
    restart_epochs       epochs of the first cosine; each of the next has `restart_factor` times as many as
                         the one before
    """

    epochs: OneOrMore
    epoch_steps: OneOrMore = 250
    kept_epochs: Count = 3
    patience: Count = 0
    stages: dict[Share, Stage] = msgspec.field(default_factory=lambda: {0.0: "all"})
    name: Literal["constant-then-linear", "cosine-restarts", "polynomial", "plateau"] = "constant-then-linear"
    warmup_steps: Count = 200
    decay_from: Share = 0.6
    decay_power: Positive = 0.9
    decay_steps: Count = 0
    restart_epochs: OneOrMore = 10
    restart_factor: OneOrMore = 2
    plateau_epochs: Count = 3
    plateau_factor: Share = 0.5
    lowest_rate: NotNegative = 0.0

    def __post_init__(self) -> None:
        if 0.0 not in self.stages:
            raise ValueError('stages must say what learns at the start of the run, e.g. {"0": "all"}')

    @property
    def steps(self) -> int:
        """Optimiser steps of the whole run."""
        return self.epochs * self.epoch_steps
