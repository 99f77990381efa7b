"""What is fitted and measured of weights that are there: calibration, evidence, goldens, figures, card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from detector.data.labels import read_index
from detector.data.tables import INDEX
from detector.engines import PYTORCH, make_engine
from detector.engines.golden import golden_logits, golden_picture
from detector.engines.speed import measure_speed
from detector.errors import SettingsError
from detector.evaluate.predictions import Predictions
from detector.evaluate.robustness import predict_corrupted
from detector.evidence import Fitted, Scores, Variant, to_bytes
from detector.evidence.fit import fit
from detector.files import sha256_of
from detector.manifest import Entry, EvidenceFile
from detector.perturb import DELIVERIES
from detector.pipeline import Detector, Progress, load_detector
from detector.publish.atomic import building, file_name, move_in
from detector.publish.card import write_card
from detector.publish.fit import fit_on_tune
from detector.publish.former import link
from detector.publish.measure import (
    CROSS,
    FILES,
    Sources,
    predict_all,
    published_entry,
    recipe_of,
    with_figures,
)
from detector.publish.scores import scores_of
from detector.train.recipe import Recipe
from detector.weights import find_assets, load_network, write_entry
from detector.zoo.specs import SPECS

SCORES = "scores"
"""The folder in that of predictions with the scores that evidence is fitted on."""


def refit(
    names: Sequence[str], sources: Sources, weights: Path, work: Path, progress: Progress | None = None
) -> None:
    """Fit and measure published detectors anew, each moved in as one step that can be undone; their weights
    stay.

    What `sources` has no data for stays as it is: without `data` the calibration, without `cross` the
    evidence. Each file is scanned once for all. Predictions and scores are kept in the folder `work`. Raises
    SettingsError where a detector is not published, or there is nothing to fit on.
    """
    if sources.data is None and sources.cross is None:
        raise SettingsError("there is nothing to fit on: name --data FOLDER, --cross FOLDER or both")
    with ExitStack() as stack:
        staged = {name: stack.enter_context(building(weights, name)) for name in names}
        recipes = {}
        for name, folder in staged.items():
            recipes[name] = stage_published(weights, name, folder)
        for name, entry in fit_and_measure(staged, sources, work, progress).items():
            write_card(staged[name] / f"{name}.md", SPECS[name], entry, recipes[name])
            move_in(staged[name], weights, name)


def stage_published(weights: Path, name: str, staged: Path) -> Recipe:
    """Put what is published of a detector into the folder `staged`, to build on; the recipe that made it.
    Raises SettingsError where nothing is.
    """
    entry = published_entry(weights, name)
    for file in (entry.file, *((entry.evidence.file,) if entry.evidence is not None else ())):
        link(weights / file, staged / file)
    write_entry(staged, name, entry)
    return recipe_of(entry, weights)


def fit_and_measure(
    staged: Mapping[str, Path], sources: Sources, work: Path, progress: Progress | None
) -> dict[str, Entry]:
    """The entries of the detectors that are built aside in the folders `staged`, by name, with all that is
    fitted and measured; as they are written there, with their evidence.
    """
    detectors = [_calibrated(name, folder, sources) for name, folder in staged.items()]
    tables = predict_all(detectors, sources, work, progress)
    deliveries = _predict_deliveries(detectors, sources, tables, work, progress)
    scores = {}
    if sources.cross is not None:
        scores = scores_of(read_index(sources.cross / INDEX), detectors, work / SCORES, progress=progress)
    entries = {}
    for detector in detectors:
        name = detector.spec.name
        entry = with_figures(
            detector.entry,
            {data: predictions.of_detector(name) for data, predictions in tables.items()},
            {delivery: predictions.of_detector(name) for delivery, predictions in deliveries.items()},
        )
        if sources.cross is not None:
            fitted = fit_evidence(detector, scores[name], sources.cross.name)
            entry = replace(entry, evidence=write_evidence(staged[name], name, fitted))
        write_entry(staged[name], name, entry)
        entries[name] = entry
    return entries


def _calibrated(name: str, staged: Path, sources: Sources) -> Detector:
    """The detector built aside in `staged`, with goldens and speed of this machine, calibrated where there is
    data.
    """
    entry = published_entry(staged, name)
    engine = make_engine(PYTORCH, load_network(name, entry, staged), "cpu", entry.input.size)
    golden = golden_logits(engine, entry.input.size, golden_picture(find_assets()))
    entry = replace(entry, golden=golden, speed=measure_speed(engine, entry.input.size))
    if sources.data is not None:
        entry = fit_on_tune(name, entry, engine, sources.data)
    write_entry(staged, name, entry)
    return load_detector(name, PYTORCH, weights=staged)


def _predict_deliveries(
    detectors: Sequence[Detector],
    sources: Sources,
    tables: Mapping[str, Predictions],
    work: Path,
    progress: Progress | None,
) -> dict[str, Predictions]:
    """Predictions on the pictures across datasets after each delivery, by its name; empty unless asked."""
    if sources.cross is None or not sources.deliveries:
        return {}
    corrupted = predict_corrupted(
        read_index(sources.cross / INDEX),
        detectors,
        tables[CROSS],
        work / FILES[CROSS],
        photos=DELIVERIES,
        videos=(),
        progress=progress,
    )
    return {of.corruption.name: of.predictions for of in corrupted}


def fit_evidence(detector: Detector, scores: Scores, where: str) -> Fitted:
    """The evidence of a detector on its scores of the data called `where`, for the question that it is
    asked.
    """
    pictures = scores.of_variant(Variant.PLAIN)
    return fit(
        scores,
        detector.spec.question,
        detector=detector.spec.name,
        weights=detector.entry.sha256,
        fitted_on=f"{len(pictures):,} faces of {where}: {', '.join(sorted(set(pictures.set)))}",
    )


def write_evidence(folder: Path, name: str, fitted: Fitted) -> EvidenceFile:
    """Write fitted evidence into `folder`, called by its content."""
    content = to_bytes(fitted)
    sha256 = sha256_of(content)
    file = file_name(name, sha256, ".evidence.json")
    (folder / file).write_bytes(content)
    return EvidenceFile(file, sha256)
