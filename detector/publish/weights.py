"""The weights of a run as they ship: the file, its manifest entry, its card and the run's own recipe."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import replace
from pathlib import Path

from safetensors.torch import save_file
from torch import nn

from detector.engines.speed import hardware
from detector.errors import SettingsError
from detector.files import READABLE, sha256_of
from detector.manifest import OWN_RECIPE, Entry, Precision, TrainedInput, TrainedOn
from detector.pipeline import Progress
from detector.publish.atomic import building, file_name, move_in
from detector.publish.card import write_card
from detector.publish.fit import UNFITTED
from detector.publish.measure import Sources
from detector.publish.refit import fit_and_measure
from detector.structures import Calibration
from detector.train.checkpoints import best_checkpoint, load_averaged, recipe_behind
from detector.train.recipe import Recipe, write_recipe
from detector.train.run_report import METRICS
from detector.weights import write_entry
from detector.zoo.bnext.packing import save_packed
from detector.zoo.build import build_network, cost
from detector.zoo.specs import SPECS, Family, with_head


def publish(
    run: Path,
    sources: Sources,
    weights: Path,
    *,
    checkpoint: Path | None = None,
    size: int | None = None,
    margin: float | None = None,
    progress: Progress | None = None,
) -> Entry:
    """Publish `run` into the folder `weights`: the file, its manifest entry, its card and the run's own
    recipe, all in one step at the end; returns the entry.

    Everything is built aside. What breaks off before the end, be it a refusal or a killed process, leaves
    what was there. `checkpoint` None takes the epoch with the best mean AUC over the sources of `tune`,
    `size` and `margin` None those of the recipe (its last size). The calibration and t are fitted on `tune`,
    evidence on `cross` (without it there is none); `test` is only measured. Predictions and scores are kept
    in the run folder, so that an interrupted call goes on where it was. Raises DetectorError.
    """
    checkpoint = checkpoint or best_checkpoint(run)
    recipe = recipe_behind(checkpoint, run)
    name = recipe.detector
    shown = TrainedInput(size=size or recipe.final_size, margin=recipe.margin if margin is None else margin)
    weights.mkdir(parents=True, exist_ok=True)
    with building(weights, name) as staged:
        entry = write_weights(checkpoint, recipe, staged, shown)
        trained_on = replace(entry.trained_on, pictures=_pictures_of(run))
        write_entry(staged, name, replace(entry, trained_on=trained_on))
        entry = fit_and_measure({name: staged}, sources, run, progress)[name]
        write_recipe(recipe, staged / entry.trained_on.recipe)
        write_card(staged / f"{name}.md", SPECS[name], entry, recipe)
        move_in(staged, weights, name)
    return entry


def _pictures_of(run: Path) -> int | None:
    """How many different pictures a run drew from; None where it did not write that down."""
    path = run / METRICS
    if not path.exists():
        return None
    told = json.loads(path.read_text(encoding="utf-8")).get("train_pictures")
    return None if told is None else int(told)


def write_weights(checkpoint: Path, recipe: Recipe, weights: Path, shown: TrainedInput) -> Entry:
    """The averaged weights of `checkpoint` as safetensors in `weights`; the entry is complete but for what is
    fitted and measured.

    Raises WeightsError where weights that are to be binary are not yet.
    """
    if recipe.baseline:
        raise SettingsError(
            f"{recipe.detector} was trained as its {recipe.baseline} alone, a baseline to compare it with;"
            " not to be published"
        )
    spec = with_head(SPECS[recipe.detector], recipe.head)
    network = build_network(spec)
    state = load_averaged(network, checkpoint)
    weights.mkdir(parents=True, exist_ok=True)
    unnamed = weights / f"{spec.name}.safetensors"
    precision = save_weights(network, spec.family, unnamed)
    sha256 = sha256_of(unnamed)
    file = unnamed.rename(weights / file_name(spec.name, sha256))
    os.chmod(file, READABLE)
    counted = cost(spec, shown.size)
    steps = int(state["global_step"])
    return Entry(
        file=file.name,
        sha256=sha256,
        bytes=file.stat().st_size,
        params=counted.params,
        gmacs=round(counted.gmacs, 3),
        precision=precision,
        input=shown,
        golden=(),
        trained_on=TrainedOn(
            sources=tuple(sorted(recipe.sources)),
            samples=steps * recipe.optimiser.batch_pairs * 2,
            steps=steps,
            recipe=f"{spec.name}{OWN_RECIPE}",
            commit=_commit(),
            hardware=hardware(),
            hours=round(float(state.get("trained_s", 0.0)) / 3600, 2),
            start=recipe.start,
            averaged=tuple(state.get("averaged_of", ())),
        ),
        calibration=Calibration(a=1.0, b=0.0, fitted_on="nothing yet"),
        thresholds=UNFITTED,
        head=tuple(recipe.head),
    )


def save_weights(network: nn.Module, family: Family, file: Path) -> Precision:
    """Write the state of `network` as safetensors, as small as its family allows; returns how."""
    if family == "bnext":
        save_packed(network, file)
        return "1 bit + fp16"
    state = network.state_dict()
    save_file(
        {
            key: (value.half() if value.is_floating_point() else value).contiguous()
            for key, value in state.items()
        },
        file,
    )
    return "fp16"


def _commit() -> str:
    """The commit of the checkout that publishes, or "unknown" outside of one."""
    process = subprocess.run(
        ["git", "rev-parse", "--short=12", "HEAD"],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        check=False,
    )
    return process.stdout.strip() or "unknown"
