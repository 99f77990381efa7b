"""What the manifest says of a calibrated detector: figures on all development data, its fitted range."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from detector.data.tables import INDEX
from detector.engines import PYTORCH
from detector.engines.speed import measure_speed
from detector.errors import SettingsError
from detector.evaluate.calibration import TUNE, compare, sample_of
from detector.evaluate.predict import predict
from detector.evaluate.predictions import Prediction, Predictions, read_predictions
from detector.evaluate.results import in_manifest, results_of, summary_of
from detector.evaluate.thresholds import cuts_of
from detector.manifest import Entry
from detector.pipeline import Detector, Progress, load_detector
from detector.publish.across import cross_metrics, kind_metrics
from detector.publish.atomic import alone, manifest_of
from detector.publish.card import write_card
from detector.publish.fit import fitted_on, fitted_range_of, tune_pictures
from detector.train.recipe import RECIPES, Recipe, read_recipe
from detector.weights import read_manifest, write_entry
from detector.zoo.specs import SPECS

TEST, CROSS, VIDEOS = "test", "cross", "videos"
FILES = {TUNE: "tune.csv", TEST: "test.csv", CROSS: "cross.csv", VIDEOS: "development-videos.csv"}
"""Where predictions are kept in a folder; `tools/results.py` names them so too, so that no picture is judged
twice.
"""

Tables = Mapping[str, Sequence[Prediction]]
"""The predictions of one detector by `tune`, `test`, `cross`, `videos`."""


@dataclass(frozen=True)
class Sources:
    """Folders with an index.csv: `data` holds the splits tune and test, `cross` the sets from elsewhere,
    `videos` clips; None: no figure. `deliveries`: `cross` is judged again as pictures commonly come.
    """

    data: Path | None
    cross: Path | None = None
    videos: Path | None = None
    deliveries: bool = False


def predict_all(
    detectors: Sequence[Detector], sources: Sources, work: Path, progress: Progress | None = None
) -> dict[str, Predictions]:
    """The predictions of `detectors` on all the data there is, kept in the folder `work` and taken from there
    where they stand.
    """
    asked = {
        TUNE: (sources.data, TUNE),
        TEST: (sources.data, TEST),
        CROSS: (sources.cross, None),
        VIDEOS: (sources.videos, None),
    }
    if (work / "val.csv").exists() and not (work / FILES[TEST]).exists():
        (work / "val.csv").rename(work / FILES[TEST])  # as the split was called once
    return {
        name: predict(folder / INDEX, detectors, out=work / FILES[name], split=split, progress=progress)
        for name, (folder, split) in asked.items()
        if folder is not None
    }


def kept_predictions(path: Path, detector: Detector) -> Predictions:
    """The predictions of `detector` in a file of `evaluate --out`; SettingsError where there are none by its
    present weights.
    """
    predictions = read_predictions(path).of_detector(detector.info.name)
    predictions = predictions.take(predictions.weights == detector.info.weights_sha256)
    if not len(predictions):
        raise SettingsError(
            f"{path} holds nothing that the present weights of {detector.info.name} said: evaluate it again"
            " with --out"
        )
    return predictions


def with_figures(entry: Entry, tables: Tables, deliveries: Mapping[str, Predictions] | None = None) -> Entry:
    """`entry` with every figure that its predictions give, `deliveries` those of `cross` as pictures commonly
    come; what there are none for stays as it was.

    Without judged faces of both classes on `tune` calibrations and thresholds are not compared.
    """
    measured = entry.metrics
    figures = {
        name: results_of(predictions, entry.thresholds)
        for name, predictions in tables.items()
        if name != TUNE
    }
    summary = {
        name: summary_of(predictions, figures[name], "set" if name == CROSS else "source")
        for name, predictions in tables.items()
        if name != TUNE
    }
    errors = {
        name: figures[name].whole.calibration_error for name in (TEST, CROSS, VIDEOS) if name in figures
    }
    metrics = replace(
        measured,
        test=in_manifest(figures[TEST].of("source")) if TEST in figures else measured.test,
        ece={**measured.ece, **{name: error.value for name, error in errors.items() if error is not None}},
        summary={**measured.summary, **{name: part for name, part in summary.items() if part is not None}},
    )
    if CROSS in tables:
        across = Predictions.of(tables[CROSS])
        metrics = replace(
            metrics,
            cross=in_manifest(figures[CROSS].of("set")),
            cross_auc=cross_metrics(across, deliveries),
            kinds=kind_metrics(across),
        )
    if TUNE in tables:
        tune = sample_of(tables[TUNE])
        others = {name: sample_of(tables[name]) for name in (TEST, CROSS) if name in tables}
        comparable = len(set(tune.labels)) == 2
        metrics = replace(
            metrics,
            fits=compare(tune, others, entry.calibration, resamples=0).fits if comparable else {},
            cuts=cuts_of(tune, others, entry.calibration, entry.thresholds) if comparable else {},
        )
    return replace(entry, metrics=metrics)


def remeasure(
    names: Sequence[str], sources: Sources, weights: Path, work: Path, progress: Progress | None = None
) -> None:
    """Measure published detectors anew, and write their manifest entries and cards; calibration, thresholds
    and weights stay.

    Raises SettingsError where `sources.data` is not what a detector was calibrated on.
    """
    detectors = [load_detector(name, PYTORCH, weights=weights) for name in names]
    if sources.data is None:
        raise SettingsError("figures in-domain are measured on --data FOLDER: name it")
    pictures = tune_pictures(sources.data)
    for detector in detectors:
        if detector.entry.calibration.fitted_on != fitted_on(pictures):
            told = f"{detector.entry.calibration.fitted_on}, but {sources.data} holds {fitted_on(pictures)}"
            raise SettingsError(
                f"{detector.spec.name} was calibrated on {told}: name the data it was calibrated on"
            )
    seen = fitted_range_of(pictures)
    tables = predict_all(detectors, sources, work, progress)
    for detector in detectors:
        name = detector.spec.name
        mine = {data: predictions.of_detector(name) for data, predictions in tables.items()}
        speed = measure_speed(detector.engine, detector.input.size)
        entry = with_figures(replace(detector.entry, seen=seen, speed=speed), mine)
        with manifest_of(weights):
            write_entry(weights, name, entry)
    rewrite_cards(names, weights)


def time_again(names: Sequence[str], weights: Path) -> None:
    """Measure how long a face takes published detectors on this machine, and write it into their manifest
    entries and cards.
    """
    for name in names:
        detector = load_detector(name, PYTORCH, weights=weights)
        speed = measure_speed(detector.engine, detector.input.size)
        with manifest_of(weights):
            write_entry(weights, name, replace(detector.entry, speed=speed))
    rewrite_cards(names, weights)


def rewrite_cards(names: Sequence[str], weights: Path) -> None:
    """Write the cards of published detectors from the manifest in `weights` and their recipes, without
    measuring anything.
    """
    for name in names:
        with alone(weights, name):
            entry = published_entry(weights, name)
            write_card(weights / f"{name}.md", SPECS[name], entry, recipe_of(entry, weights))


def recipe_of(entry: Entry, weights: Path) -> Recipe:
    """The recipe that made an entry: the run's own beside the weights, else the one that ships."""
    return read_recipe((weights if entry.trained_on.has_own_recipe else RECIPES) / entry.trained_on.recipe)


def published_entry(weights: Path, name: str) -> Entry:
    """The entry of a published detector; SettingsError where there is none."""
    manifest = read_manifest(weights)
    if name not in manifest:
        raise SettingsError(
            f"{name} is not in the manifest of {weights}; there are: {', '.join(manifest) or 'none'}"
        )
    return manifest[name]
