"""A recipe: the JSON file that says everything about a training run."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from detector.errors import SettingsError
from detector.train.freezing import ALL, is_stage
from detector.train.optimisation import Optimisation, check_optimisation

RECIPES = Path(__file__).parent / "recipes"
"""The recipes that ship with the program."""

SHARES = (
    "self_blend_share",
    "donor_share",
    "generated_donors",
    "part_share",
    "teacher_share",
    "retouch_share",
    "reconstruct_share",
    "reconstruct_sources",
    "seamless_share",
    "backdrop_share",
    "source_balance",
)
MULTIBRANCH = "multibranch"
AUGMENTATIONS = ("", MULTIBRANCH)
PRECISIONS = ("auto", "32-true", "bf16-mixed")
BASELINES = ("", "cnn", "transformer")
SUBSETS = {"mini": 1068, "middle": 5517, "big": 10905, "full": 0}
"""Pictures of the subsets that DeepFake Inspector was tried on; half of them real here."""


@dataclass(frozen=True, kw_only=True)
class Recipe(Optimisation):
    """What is trained, on what, and for how long. A run copies its recipe, so that a checkpoint tells how it
    came to be.

    How weights are moved is said by the keys of `Optimisation`. The others:

    detector             name of a DetectorSpec
    why                  what this recipe is for and where it differs from the published one, in words
    start                file of starting weights in the folder given by --init: a backbone's, published ones
                         of a detector, or the
                         checkpoint of another run (.ckpt); None: random
    teacher              name of a shipped detector whose probabilities are learned beside the labels; None:
                         labels alone
    teacher_share        weight of the teacher's part of the loss; the label has the rest
    head                 widths of the inspector's dense layers, features to logit: [1024, 512, 256] is its
                         code's; empty: its paper's
    baseline             "cnn" or "transformer": only that half of a distilled transformer, to compare it
                         with; cannot be published
    sizes                input side by share of the run already done, e.g. {"0": 160, "0.5": 224}; the last is
                         the size that is published
    margin               margin of the crop, share of the box's longer side; the centre of the range below
    margin_jitter        the margin is drawn from margin ± this in training
    centre_jitter        the crop's centre moves by up to this share of the box's longer side
    rounds, round_steps  a round is `round_steps` optimiser steps, then a validation and a checkpoint
    tune_most            at most so many pictures of each source and class of `tune` validate a round, and two
                         thirds as many self-blends
    kept_rounds          rounds whose checkpoints are kept, the best by mean AUC on `tune`; 0: all, to choose
                         by sets left out
    self_blend_share     share of the pairs whose fake is a self-blend of the pair's own real picture
    donor_share          share of the blends that take their source from another person, aligned and
                         colour-matched (a swap made here)
    generated_donors     share of those donors that are ready-made fakes: a generated face inside a genuine
                         picture
    donor_mix            weight of each source among those generated donors; empty: as in fake_mix. A source
                         whose pictures show by their
                         setting alone what they are (studio portraits) serves as donor without being set
                         against other people's snapshots
    part_share           share of the blends whose mask is the eyes, the nose or the mouth alone
    retouch_share        share of the pairs made here whose fake is the real picture with one to three local
                         edits of a retoucher
    reconstruct_share    share of the pairs made here whose fake is the real picture given back by an
                         autoencoder: whole, or inside a mask
    reconstruct_sources  share of the regenerated sources of blends that an autoencoder gives back
    seamless_share       share of the swaps made here that are put in by Poisson blending
    backdrop_share       share of all pairs whose two people are both put before the same plain backdrop, so
                         that a studio's tells nothing
    forgers              file of autoencoders in the folder given by --init, which the two before need
    stages               what learns, by share of the run already done: "head", "last N" (layers of the
                         backbone) or "all"
    patience             rounds without a better mean AUC on `tune` after which the run stops; 0: it goes to
                         its end
    most_pictures        at most so many training pictures, as many real as fake, drawn once; 0: all; or
                         "mini", "middle", "big", "full"
    precision            "32-true", "bf16-mixed", or "auto": the faster of the two on the machine that begins
                         the run
    checkpointing        keep fewer activations and compute them again: less memory, more time
    focal_gamma          how much less an easy picture counts (arXiv:1708.02002); 0: cross-entropy
    real_weight          what the loss of a genuine picture counts against that of a fake; over 1: fewer false
                         alarms, more misses
    real_mix, fake_mix   weight of each source among the reals that are blended, and among the ready-made
                         fakes
    partner_mix          weight of each source among the reals set against a ready-made fake that has no
                         original
    leave_out            sources that are neither trained nor validated on, whatever the mixes say, so that
                         they can show transfer
    source_balance       1: those weights count whatever the sources' sizes; 0: every picture counts alike,
                         times the weight of its source;
                         between: a source of n pictures counts n to the power 1 - this
    label_smoothing      targets are this far from 0 and 1
    augment              "multibranch": the eighteen random transforms of its published code, on each crop for
                         itself; empty: none of them
    degrade              share or range of each kind of damage that both of a pair get, by name;
                         `data.draw_look` has the names and defaults
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
    donor_mix: dict[str, float] = field(default_factory=dict)
    part_share: float = 0.0
    retouch_share: float = 0.0
    reconstruct_share: float = 0.0
    reconstruct_sources: float = 0.0
    seamless_share: float = 0.0
    backdrop_share: float = 0.0
    forgers: str | None = None
    round_steps: int = 250
    tune_most: int = 240
    kept_rounds: int = 3
    margin_jitter: float = 0.1
    centre_jitter: float = 0.05
    label_smoothing: float = 0.0
    teacher: str | None = None
    teacher_share: float = 0.5
    random_seed: int = 0
    leave_out: tuple[str, ...] = ()
    head: tuple[int, ...] = ()
    baseline: str = ""
    stages: dict[str, str] = field(default_factory=lambda: {"0": ALL})
    patience: int = 0
    most_pictures: int = 0
    precision: str = "auto"
    checkpointing: bool = False
    focal_gamma: float = 0.0
    real_weight: float = 1.0
    source_balance: float = 1.0
    augment: str = ""
    degrade: dict[str, Any] = field(default_factory=dict)

    @property
    def generated_mix(self) -> dict[str, float]:
        """Weight of each source among the donors that are ready-made fakes."""
        return self.donor_mix or self.fake_mix

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
    """The recipe in a JSON file. Raises SettingsError that names an unknown, a missing or
    an impossible key.
    """
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
        raise SettingsError(
            f"{name}: unknown key {unknown[0]!r}; a recipe has {', '.join(f.name for f in fields)}"
        )
    required = [
        f.name
        for f in fields
        if f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING
    ]
    missing = [key for key in required if key not in values]
    if missing:
        raise SettingsError(f"{name}: key {missing[0]!r} is missing")
    subset = values.get("most_pictures", 0)
    lists = {key: tuple(values.get(key, ())) for key in ("head", "leave_out")}
    recipe = Recipe(**{**values, "most_pictures": SUBSETS.get(subset, subset), **lists})
    _check(recipe, name)
    return recipe


def _check(recipe: Recipe, name: str) -> None:
    check_optimisation(recipe, name)
    _check_loss(recipe, name)
    if "0" not in recipe.sizes:
        raise SettingsError(f'{name}: sizes must say the size at the start of the run, e.g. {{"0": 224}}')
    if "0" not in recipe.stages or not all(is_stage(stage) for stage in recipe.stages.values()):
        raise SettingsError(
            f'{name}: stages is {recipe.stages}; say "head", "last N" or "all" from share "0" on, e.g. {{"0":'
            ' "all"}'
        )
    if recipe.augment not in AUGMENTATIONS:
        raise SettingsError(f"{name}: augment is {recipe.augment!r}; it must be {MULTIBRANCH!r}, or left out")
    if recipe.precision not in PRECISIONS:
        raise SettingsError(
            f"{name}: precision is {recipe.precision!r}; it must be one of {', '.join(PRECISIONS)}"
        )
    for key in SHARES:
        if not 0 <= getattr(recipe, key) <= 1:
            raise SettingsError(f"{name}: {key} is {getattr(recipe, key)}; it is a share, 0 to 1")
    if recipe.forgers is None and (recipe.reconstruct_share or recipe.reconstruct_sources):
        raise SettingsError(
            f"{name}: reconstruct_share and reconstruct_sources need `forgers`, the file of autoencoders in"
            " --init"
        )
    for key in ("rounds", "round_steps", "tune_most"):
        if getattr(recipe, key) < 1:
            raise SettingsError(f"{name}: {key} is {getattr(recipe, key)}; it must be 1 or more")
    if not isinstance(recipe.most_pictures, int):
        raise SettingsError(
            f"{name}: most_pictures is {recipe.most_pictures!r}; it must be a number or one of"
            f" {', '.join(SUBSETS)}"
        )
    for key in ("patience", "most_pictures", "focal_gamma", "kept_rounds"):
        if getattr(recipe, key) < 0:
            raise SettingsError(f"{name}: {key} is {getattr(recipe, key)}; it must not be negative")


def _check_loss(recipe: Recipe, name: str) -> None:
    if recipe.baseline not in BASELINES:
        raise SettingsError(
            f"{name}: baseline is {recipe.baseline!r}; it must be one of {', '.join(BASELINES[1:])}, or"
            " left out"
        )
    if recipe.teacher and recipe.focal_gamma:
        raise SettingsError(
            f"{name}: focal_gamma does not go together with a teacher, whose loss is not focal; leave one of"
            " them out"
        )
    if recipe.real_weight <= 0:
        raise SettingsError(f"{name}: real_weight is {recipe.real_weight}; it must be over 0")
    if not 0 <= recipe.label_smoothing < 0.5:
        raise SettingsError(
            f"{name}: label_smoothing is {recipe.label_smoothing}; it must be at least 0 and under 0.5"
        )
