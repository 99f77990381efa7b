"""A run folder to shipped weights: the file, its manifest entry with calibration, thresholds and measured
figures, and its card.
"""

from __future__ import annotations

import hashlib
import os
import platform
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import nn

from detector.calibration import fit, probability
from detector.data.index import INDEX
from detector.engines import Engine, make_engine
from detector.engines.golden import golden_logits, golden_picture
from detector.errors import SettingsError
from detector.evaluate.predict import predict
from detector.evaluate.selective import CrossBand, cross_band
from detector.manifest import Entry, Manifest, Precision, TrainedInput, TrainedOn, mean_auc
from detector.pipeline import Progress, load_detector
from detector.publish.card import write_card
from detector.publish.measure import (
    CROSS,
    FILES,
    Sources,
    fitted_on,
    fitted_range_of,
    predict_all,
    tune_pictures,
    with_figures,
)
from detector.structures import Calibration, Thresholds
from detector.thresholds import best_threshold
from detector.train.checkpoints import best_checkpoint, load_averaged
from detector.train.dataset import tuning_crops
from detector.train.recipe import RECIPES, Recipe, read_recipe
from detector.weights import find_assets, load_network, read_manifest, write_entry
from detector.zoo.bnext.packing import save_packed
from detector.zoo.build import build_network, cost
from detector.zoo.specs import SPECS, Family, with_head

UNFITTED = Thresholds(t=0.5, lo=0.2, hi=0.8, fitted_on="nothing yet")


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
    """Write weights, manifest entry and card of `run` into the folder `weights`; returns the entry.

    `checkpoint` None takes the round with the best mean AUC over the sources of `tune`, `size` and `margin`
    None those of the recipe (its last size). The calibration and t are fitted on `tune`, the band on `cross`;
    `test` is only measured. Predictions are kept in the run folder, so that an interrupted call goes on where
    it was. Raises DetectorError.
    """
    recipe = read_recipe(run / "recipe.json")
    name = recipe.detector
    shown = TrainedInput(size=size or recipe.final_size, margin=recipe.margin if margin is None else margin)
    entry = write_weights(checkpoint or best_checkpoint(run), recipe, weights, shown)
    engine = _engine(entry, name, weights)
    entry = replace(entry, golden=golden_logits(engine, entry.input.size, golden_picture(find_assets())))
    entry = fit_on_tune(entry, engine, sources.data)
    write_entry(weights, name, entry)
    found = {}
    if (
        sources.cross is not None
    ):  # judged before there is a band: its verdicts, which no figure looks at, are those of the widest
        detector = load_detector(name, weights=weights)
        found[CROSS] = predict(sources.cross / INDEX, [detector], out=run / FILES[CROSS], progress=progress)
        thresholds = _with_band(
            entry.thresholds, cross_band(found[CROSS], entry.thresholds.t), sources.cross.name
        )
        entry = replace(entry, thresholds=thresholds)
        write_entry(weights, name, entry)
    found |= predict_all([load_detector(name, weights=weights)], replace(sources, cross=None), run, progress)
    entry = with_figures(entry, found)
    write_entry(
        weights, name, entry, default=better_across(Manifest({**read_manifest(weights), name: entry}))
    )
    write_card(weights / f"{name}.md", SPECS[name], entry, recipe)
    return entry


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
    file = weights / f"{spec.name}.safetensors"
    precision = save_weights(network, spec.family, file)
    stored = file.read_bytes()
    counted = cost(spec, shown.size)
    steps = int(state["global_step"])
    return Entry(
        file=file.name,
        sha256=hashlib.sha256(stored).hexdigest(),
        bytes=len(stored),
        params=counted.params,
        gmacs=round(counted.gmacs, 3),
        precision=precision,
        input=shown,
        golden=(),
        trained_on=TrainedOn(
            sources=tuple(sorted(recipe.sources)),
            pictures=steps * recipe.optimiser.batch_pairs * 2,
            steps=steps,
            recipe=recipe_file(recipe),
            commit=_commit(),
            hardware=_hardware(),
            hours=round(float(state.get("trained_s", 0.0)) / 3600, 2),
            start=recipe.start,
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
    os.chmod(file, 0o644)
    return "fp16"


def recipe_file(recipe: Recipe) -> str:
    """Name of the shipped recipe that is `recipe`; one that was changed on the way, or is not shipped, has
    the detector's name.
    """
    same = [path.name for path in sorted(RECIPES.glob("*.json")) if read_recipe(path) == recipe]
    return same[0] if same else f"{recipe.detector}.json"


def fit_on_tune(entry: Entry, engine: Engine, data: Path) -> Entry:
    """`entry` with calibration and t fitted on the split `tune` of `data`, every picture of it, without
    self-blends; and what it saw.
    """
    pictures = tune_pictures(data)
    shown = list(tuning_crops(pictures, entry.input.margin, entry.input.size, most=None, blends=0))
    labels = np.array([picture.label for picture in shown])
    crops = np.stack([picture.crop for picture in shown]).transpose(0, 3, 1, 2)
    logits = np.concatenate(
        [
            engine.logits(crops[start : start + 16].astype(np.float32) / 255)
            for start in range(0, len(crops), 16)
        ]
    )
    calibration = fit(logits, labels, fitted_on(pictures))
    t = best_threshold(probability(logits, calibration), labels)
    thresholds = Thresholds(t, min(t, UNFITTED.lo), max(t, UNFITTED.hi), "t: best F1 on tune")
    return replace(entry, calibration=calibration, thresholds=thresholds, seen=fitted_range_of(pictures))


def better_across(manifest: Manifest) -> str | None:
    """The detector with the best mean AUC over the sets of cross, which every door takes; None where nothing
    was measured across.
    """
    means = {
        name: mean for name, entry in manifest.items() if (mean := mean_auc(entry.metrics.cross)) is not None
    }
    return max(means, key=lambda name: means[name]) if means else None


def _engine(entry: Entry, name: str, weights: Path) -> Engine:
    network = load_network(name, entry, weights)
    return make_engine("pytorch", network, "cpu", entry.input.size)


def _with_band(thresholds: Thresholds, band: CrossBand, where: str) -> Thresholds:
    return Thresholds(
        thresholds.t,
        band.band.lo,
        band.band.hi,
        f"{thresholds.fitted_on}; band: {band.pictures} pictures of {where}",
    )


def _commit() -> str:
    """The commit of the checkout that publishes, or "unknown" outside of one."""
    found = subprocess.run(
        ["git", "rev-parse", "--short=12", "HEAD"],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        check=False,
    )
    return found.stdout.strip() or "unknown"


def _hardware() -> str:
    if torch.cuda.is_available():
        return torch.cuda.get_device_name()
    return f"{os.cpu_count()} CPU cores, {platform.machine()}, {torch.backends.cpu.get_cpu_capability()}"
