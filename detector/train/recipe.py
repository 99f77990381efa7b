"""A recipe: the JSON file that says everything about a training run."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from detector.errors import SettingsError
from detector.train.stages import ALL, is_stage

PRECISIONS = ("auto", "32-true", "bf16-mixed")


@dataclass(frozen=True)
class Recipe:
    """What is trained, on what, and for how long. A run copies its recipe, so that a checkpoint tells how it came to be.

    detector             name of a DetectorSpec
    why                  what this recipe is for and where it differs from the published one, in words
    start                file of starting weights in the folder given by --init: a backbone's, or published ones of a detector; None: random
    teacher              name of a shipped detector whose probabilities are learned beside the labels; None: labels alone
    teacher_share        weight of the teacher's part of the loss; the label has the rest
    head                 widths of the inspector's dense layers, features to logit: [1024, 512, 256] is its code's; empty: its paper's
    sizes                input side by share of the run already done, e.g. {"0": 160, "0.5": 224}; the last is the size that is published
    margin               margin of the crop, share of the box's longer side; the centre of the range below
    margin_jitter        the margin is drawn from margin ± this in training
    centre_jitter        the crop's centre moves by up to this share of the box's longer side
    rounds, round_steps  a round is `round_steps` optimiser steps, then a validation and a checkpoint
    batch_pairs          pairs (one real, one fake) a step
    self_blend_share     share of the pairs whose fake is a self-blend of the pair's own real picture
    donor_share          share of the blends that take their source from another person, aligned and colour-matched (a swap made here)
    generated_donors     share of those donors that are ready-made fakes: a generated face inside a genuine picture
    part_share           share of the blends whose mask is the eyes, the nose or the mouth alone
    stages               what learns, by share of the run already done: "head", "last N" (layers of the backbone) or "all"
    patience             rounds without a better mean AUC on `tune` after which the run stops; 0: it goes to its end
    most_pictures        at most so many training pictures, as many real as fake, drawn once; 0: all
    precision            "32-true", "bf16-mixed", or "auto": the faster of the two on the machine that begins the run
    checkpointing        keep fewer activations and compute them again: less memory, more time
    focal_gamma          how much less an easy picture counts (arXiv:1708.02002); 0: cross-entropy
    real_mix, fake_mix   weight of each source among the reals that are blended, and among the ready-made fakes
    partner_mix          weight of each source among the reals set against a ready-made fake that has no original
    learning_rate        peak of AdamW's; `warmup_steps` rise to it, from `decay_from` (share of the run) it falls to 0 in a straight line
    average_decay        decay of the moving average of weights, which is what is validated and published
    label_smoothing      targets are this far from 0 and 1
    clip_norm            largest global norm of a gradient
    random_seed          everything drawn follows from it and the number of the sample
    """

    detector: str
    why: str
    start: str | None
    sizes: dict[str, int]
    margin: float
    rounds: int
    real_mix: dict[str, float]
    fake_mix: dict[str, float]
    partner_mix: dict[str, float]
    self_blend_share: float
    donor_share: float = 0.0
    generated_donors: float = 0.0
    part_share: float = 0.0
    round_steps: int = 250
    batch_pairs: int = 8
    margin_jitter: float = 0.1
    centre_jitter: float = 0.05
    learning_rate: float = 3e-4
    weight_decay: float = 0.01
    warmup_steps: int = 200
    decay_from: float = 0.6
    average_decay: float = 0.999
    label_smoothing: float = 0.0
    teacher: str | None = None
    teacher_share: float = 0.5
    clip_norm: float = 5.0
    random_seed: int = 0
    head: tuple[int, ...] = ()
    stages: dict[str, str] = field(default_factory=lambda: {"0": ALL})
    patience: int = 0
    most_pictures: int = 0
    precision: str = "auto"
    checkpointing: bool = False
    focal_gamma: float = 0.0
    degrade: dict[str, Any] = field(default_factory=dict)

    def size_at(self, share: float) -> int:
        """Input side when `share` 0..1 of the run is done."""
        return self.sizes[_begun(self.sizes, share)]

    def stage_at(self, share: float) -> str:
        """What learns when `share` 0..1 of the run is done."""
        return self.stages[_begun(self.stages, share)]

    @property
    def steps(self) -> int:
        return self.rounds * self.round_steps

    @property
    def final_size(self) -> int:
        return self.size_at(1.0)


def _begun(starts: Iterable[str], share: float) -> str:
    """The latest of `starts` (shares of the run, as text) that is reached at `share`."""
    return max((start for start in starts if float(start) <= share + 1e-9), key=float)


def read_recipe(path: Path) -> Recipe:
    """The recipe in a JSON file. Raises SettingsError that names an unknown, a missing or an impossible key."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SettingsError(f"{path} is no recipe: {error}") from error
    return parse_recipe(values, path.name)


def parse_recipe(values: dict[str, Any], name: str) -> Recipe:
    """The recipe in a dict of JSON values; `name` stands in the errors."""
    fields = dataclasses.fields(Recipe)
    unknown = sorted(set(values) - {f.name for f in fields})
    if unknown:
        raise SettingsError(f"{name}: unknown key {unknown[0]!r}; a recipe has {', '.join(f.name for f in fields)}")
    required = [f.name for f in fields if f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING]
    missing = [key for key in required if key not in values]
    if missing:
        raise SettingsError(f"{name}: key {missing[0]!r} is missing")
    recipe = Recipe(**values)
    _check(recipe, name)
    return recipe


def _check(recipe: Recipe, name: str) -> None:
    if "0" not in recipe.sizes:
        raise SettingsError(f'{name}: sizes must say the size at the start of the run, e.g. {{"0": 224}}')
    if "0" not in recipe.stages or not all(is_stage(stage) for stage in recipe.stages.values()):
        raise SettingsError(f'{name}: stages is {recipe.stages}; say "head", "last N" or "all" from share "0" on, e.g. {{"0": "all"}}')
    if recipe.precision not in PRECISIONS:
        raise SettingsError(f"{name}: precision is {recipe.precision!r}; it must be one of {', '.join(PRECISIONS)}")
    for key in ("self_blend_share", "donor_share", "generated_donors", "part_share", "teacher_share"):
        if not 0 <= getattr(recipe, key) <= 1:
            raise SettingsError(f"{name}: {key} is {getattr(recipe, key)}; it is a share, 0 to 1")
    for key in ("rounds", "round_steps", "batch_pairs"):
        if getattr(recipe, key) < 1:
            raise SettingsError(f"{name}: {key} is {getattr(recipe, key)}; it must be 1 or more")
    for key in ("patience", "most_pictures", "focal_gamma"):
        if getattr(recipe, key) < 0:
            raise SettingsError(f"{name}: {key} is {getattr(recipe, key)}; it must not be negative")
