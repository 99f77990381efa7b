"""A run that is not published, as a detector that can be measured; it answers `uncertain` to everything."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from detector.engines import make_engine
from detector.evaluate.predictions import Predictions
from detector.evaluate.results import Results, results_of
from detector.manifest import TrainedInput
from detector.pipeline import Detector
from detector.publish.weights import write_weights
from detector.structures import InputSpec, Thresholds
from detector.train.checkpoints import best_checkpoint
from detector.train.recipe import read_recipe
from detector.weights import load_network
from detector.zoo.specs import SPECS, with_head

ALWAYS_UNCERTAIN = Thresholds(t=0.5, lo=0.0, hi=1.0, fitted_on="nothing: a candidate")


def candidate_detector(run: Path, *, size: int | None = None) -> Detector:
    """The detector of the folder `run`, called "NAME@RUN", with weights rounded as they would ship.

    It is the epoch with the best mean AUC over the sources of `tune`; `size` None is the last of the recipe.
    Raises DetectorError where there is no finished epoch or the recipe is of a baseline.
    """
    recipe = read_recipe(run / "recipe.json")
    shown = TrainedInput(size=size or recipe.final_size, margin=recipe.margin)
    spec = with_head(SPECS[recipe.detector], recipe.head)
    with tempfile.TemporaryDirectory() as folder:
        entry = write_weights(best_checkpoint(run), recipe, Path(folder), shown)
        network = load_network(recipe.detector, entry, Path(folder))
    return Detector(
        spec=replace(spec, name=f"{spec.name}@{run.resolve().name}"),
        entry=replace(entry, thresholds=ALWAYS_UNCERTAIN),
        input=InputSpec(size=shown.size, margin=shown.margin, mean=spec.input.mean, std=spec.input.std),
        engine=make_engine("pytorch", network, "cpu", shown.size),
    )


def candidate_results(detectors: Iterable[Detector], predictions: Predictions) -> list[Results]:
    """The results of each of `detectors`, in their order, from the predictions of all of them."""
    return [
        results_of(predictions.of_detector(detector.spec.name), ALWAYS_UNCERTAIN) for detector in detectors
    ]
