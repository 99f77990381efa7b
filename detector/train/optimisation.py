"""How a recipe moves the weights: the optimiser, its learning rate from step to step, and what a step costs
in memory.
"""

from __future__ import annotations

from dataclasses import dataclass

from detector.errors import SettingsError

ADAMW, SGD, SAM = OPTIMISERS = ("adamw", "sgd", "sam")
LINEAR, RESTARTS, POLYNOMIAL, PLATEAU = SCHEDULES = (
    "constant-then-linear",
    "cosine-restarts",
    "polynomial",
    "plateau",
)


@dataclass(frozen=True, kw_only=True)
class Optimisation:
    """The keys of a recipe that say how weights are moved.

    optimiser            "adamw"; "sgd": with Nesterov's momentum; "sam": sharpness-aware, two passes a step,
                         over SGD with momentum
                         (arXiv:2010.01412)
    learning_rate        its peak
    backbone_rate_share  the backbone's peak as a share of that: 0.1 is a tenth
    weight_decay         on matrices and kernels; norms and biases have none
    momentum             of "sgd" and "sam"
    sam_radius           how far "sam" climbs before its second pass: rho, the length of the step over all
                         weights
    clip_norm            largest global norm of a gradient
    schedule             how the learning rate goes on after `warmup_steps`, in which it rises in a straight
                         line:
                         "constant-then-linear": from `decay_from` (share of the run) it falls in a straight
                         line; "cosine-restarts": half a cosine from the peak down, then again
                         (arXiv:1608.03983); "polynomial": (1 - steps done / `decay_steps`) to the power
                         `decay_power`; "plateau": times `plateau_factor` when the mean AUC on `tune` was no
                         better for more than `plateau_rounds` rounds
    lowest_rate          what a schedule falls to
    decay_steps          0: as many as the run has
    restart_rounds       rounds of the first cosine; each of the next has `restart_factor` times as many as
                         the one before
    batch_pairs          pairs (one real, one fake) a step; 0: as many as the memory of the machine that
                         begins the run holds, 32 at most
    accumulate           parts in which a step's pairs go through the network one after the other: less
                         memory, same step but for the
                         statistics of batch normalisation; it divides `batch_pairs`. 0: as few as memory
                         allows
    frozen_norms         batch normalisation keeps the statistics of the starting weights
    average_decay        decay of the moving average of weights, which is what is validated and published
    """

    optimiser: str = ADAMW
    learning_rate: float = 3e-4
    backbone_rate_share: float = 1.0
    weight_decay: float = 0.01
    momentum: float = 0.9
    sam_radius: float = 0.05
    clip_norm: float = 5.0
    schedule: str = LINEAR
    warmup_steps: int = 200
    decay_from: float = 0.6
    decay_power: float = 0.9
    decay_steps: int = 0
    restart_rounds: int = 10
    restart_factor: int = 2
    plateau_rounds: int = 3
    plateau_factor: float = 0.5
    lowest_rate: float = 0.0
    batch_pairs: int = 8
    accumulate: int = 1
    frozen_norms: bool = False
    average_decay: float = 0.999


def check_optimisation(keys: Optimisation, name: str) -> None:
    """Raise SettingsError where a key is impossible, or two do not go together; `name` stands in it."""
    for key, value, known in (
        ("optimiser", keys.optimiser, OPTIMISERS),
        ("schedule", keys.schedule, SCHEDULES),
    ):
        if value not in known:
            raise SettingsError(f"{name}: {key} is {value!r}; it must be one of {', '.join(known)}")
    for key in ("backbone_rate_share", "momentum", "plateau_factor", "decay_from", "average_decay"):
        if not 0 <= getattr(keys, key) <= 1:
            raise SettingsError(f"{name}: {key} is {getattr(keys, key)}; it is a share, 0 to 1")
    for key in (
        "learning_rate",
        "weight_decay",
        "lowest_rate",
        "warmup_steps",
        "decay_steps",
        "plateau_rounds",
        "batch_pairs",
        "accumulate",
    ):
        if getattr(keys, key) < 0:
            raise SettingsError(f"{name}: {key} is {getattr(keys, key)}; it must not be negative")
    for key in ("restart_rounds", "restart_factor"):
        if getattr(keys, key) < 1:
            raise SettingsError(f"{name}: {key} is {getattr(keys, key)}; it must be 1 or more")
    for key in ("sam_radius", "clip_norm", "decay_power"):
        if getattr(keys, key) <= 0:
            raise SettingsError(f"{name}: {key} is {getattr(keys, key)}; it must be over 0")
    if keys.optimiser == SAM and keys.accumulate != 1:
        raise SettingsError(
            f'{name}: optimiser "sam" needs all pairs of a step at once in both passes; set accumulate to 1'
        )
    if keys.optimiser == SGD and keys.momentum == 0:
        raise SettingsError(
            f'{name}: momentum is 0, but optimiser "sgd" is Nesterov\'s; give one over 0, 0.9 as published'
        )
    if keys.accumulate > 1 and keys.batch_pairs % keys.accumulate:
        raise SettingsError(
            f"{name}: {keys.batch_pairs} batch_pairs do not fall into {keys.accumulate} equal parts; choose"
            " others to accumulate"
        )
