"""Runs that are not published, measured and compared: by random seed, and on the sources they left out."""

from __future__ import annotations

import json
import statistics
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from detector.data.tables import INDEX
from detector.engines import make_engine
from detector.errors import SettingsError
from detector.evaluate.metrics import Estimate
from detector.evaluate.predict import predict
from detector.evaluate.predictions import Predictions
from detector.evaluate.report.markdown import grid, in_words, number
from detector.evaluate.results import Results, results_of
from detector.experiments.sweep import Variant
from detector.files import write_atomically
from detector.manifest import TrainedInput
from detector.pipeline import Detector, Progress
from detector.publish.weights import write_weights
from detector.structures import InputSpec, Thresholds
from detector.train.checkpoints import best_checkpoint, recipe_behind
from detector.train.module import aucs_of
from detector.train.run_report import PREDICTIONS
from detector.weights import load_network
from detector.zoo.specs import SPECS, with_head

EVEN_ODDS = Thresholds(t=0.5, fitted_on="nothing: a candidate")


def candidate_detector(run: Path, *, size: int | None = None) -> Detector:
    """The detector of the folder `run`, called "NAME@RUN", with weights rounded as they would ship.

    It is the epoch with the best mean AUC over the sources of `tune`; `size` None is the last of the recipe.
    Raises DetectorError where there is no finished epoch or the recipe is of a baseline.
    """
    checkpoint = best_checkpoint(run)
    recipe = recipe_behind(checkpoint, run)
    shown = TrainedInput(size=size or recipe.final_size, margin=recipe.margin)
    spec = with_head(SPECS[recipe.detector], recipe.head)
    with tempfile.TemporaryDirectory() as folder:
        entry = write_weights(checkpoint, recipe, Path(folder), shown)
        network = load_network(recipe.detector, entry, Path(folder))
    return Detector(
        spec=replace(spec, name=f"{spec.name}@{run.resolve().name}"),
        entry=replace(entry, thresholds=EVEN_ODDS),
        input=InputSpec(size=shown.size, margin=shown.margin, mean=spec.input.mean, std=spec.input.std),
        engine=make_engine("pytorch", network, "cpu", shown.size),
    )


def candidate_results(detectors: Iterable[Detector], predictions: Predictions) -> list[Results]:
    """The results of each of `detectors`, in their order, from the predictions of all of them."""
    return [results_of(predictions.of_detector(detector.spec.name), EVEN_ODDS) for detector in detectors]


@dataclass(frozen=True)
class Spread:
    """An AUC over runs of several seeds: mean, standard deviation of the sample (0 of a single run), and that
    of the mean of their logits.
    """

    mean: float
    sd: float
    ensemble: float


def write_spread(out: Path, runs: Sequence[Variant]) -> Path:
    """Write seeds.json and seeds.md into `out`: the AUCs of each run on `tune`, their mean and spread, and
    those of the ensemble.

    The ensemble's logit is the mean of the runs' logits. Raises SettingsError where a run has not been
    finished.
    """
    tables = [_predictions(run.folder(out)) for run in runs]
    first = tables[0]
    if not all(table[["source", "label"]].equals(first[["source", "label"]]) for table in tables):
        raise SettingsError(
            f"the runs in {out} were validated on different pictures; train them on the same index"
        )
    labels, sources = first["label"].to_numpy(), first["source"].to_numpy()
    logits = np.stack([table["logit"].to_numpy(np.float64) for table in tables])
    aucs = {
        str(run.random_seed): _with_mean(aucs_of(row, labels, sources))
        for run, row in zip(runs, logits, strict=True)
    }
    together = _with_mean(aucs_of(logits.mean(axis=0), labels, sources))
    spreads = {
        name: _spread([of_seed[name] for of_seed in aucs.values()], auc) for name, auc in together.items()
    }
    told = {"seeds": aucs, "auc": {name: asdict(spread) for name, spread in spreads.items()}}
    write_atomically(out / "seeds.json", json.dumps(told, indent=2) + "\n")
    path = out / "seeds.md"
    write_atomically(path, seeds_markdown(aucs, spreads))
    return path


def seeds_markdown(aucs: Mapping[str, Mapping[str, float]], spreads: Mapping[str, Spread]) -> str:
    """A line for each source: its AUC by every seed, their mean and spread, and that of the ensemble."""
    head = ["AUC on tune", *(f"seed {seed}" for seed in aucs), "mean ± sd", f"mean logit of {len(aucs)}"]
    rows = [
        [
            name,
            *(number(of_seed[name]) for of_seed in aucs.values()),
            f"{spread.mean:.3f} ± {spread.sd:.3f}",
            number(spread.ensemble),
        ]
        for name, spread in spreads.items()
    ]
    return grid(head, rows) + "\n"


def _predictions(run: Path) -> pd.DataFrame:
    path = run / PREDICTIONS
    if not path.exists():
        raise SettingsError(
            f"{run} holds no {PREDICTIONS}, so its run has not been finished; go on with --resume"
        )
    return pd.read_csv(path, dtype={"source": str})


def _with_mean(aucs: dict[str, float]) -> dict[str, float]:
    return {**aucs, "mean": statistics.mean(aucs.values())}


def _spread(aucs: Sequence[float], ensemble: float) -> Spread:
    return Spread(statistics.mean(aucs), statistics.stdev(aucs) if len(aucs) > 1 else 0.0, ensemble)


LEFT_OUT, JUDGED, SPLIT = "left-out", "test.csv", "test"


@dataclass(frozen=True)
class Transfer:
    """AUCs of a source: by the run that left it out, and the mean of those that were trained on it (None
    where there is none).
    """

    left_out: Estimate
    trained_on: float | None


@dataclass(frozen=True)
class MeanTransfer:
    """Means over sources, each weighted alike; None of none."""

    left_out: float | None
    trained_on: float | None


def write_left_out(
    out: Path,
    runs: Sequence[Variant],
    data: Path,
    *,
    size: int | None = None,
    progress: Progress | None = None,
) -> Path:
    """Write left-out.json and left-out.md into `out`: the AUC of each run on the source it left out, beside
    that of the others on it.

    Judged are all pictures of the split `test`, faces found by the pipeline, by the best epoch on what was
    left of `tune`; predictions are kept in `out`/test.csv, so that an interrupted call goes on where it was.
    `size` None is the last of the recipe. Raises DetectorError.
    """
    detectors = [candidate_detector(run.folder(out), size=size) for run in runs]
    predictions = predict(data / INDEX, detectors, out=out / JUDGED, split=SPLIT, progress=progress)
    by_run = dict(
        zip((run.leave_out for run in runs), candidate_results(detectors, predictions), strict=True)
    )
    transfers = transfers_of(by_run)
    write_atomically(out / f"{LEFT_OUT}.json", json.dumps(left_out_dict(transfers), indent=2) + "\n")
    path = out / f"{LEFT_OUT}.md"
    write_atomically(path, left_out_markdown(transfers))
    return path


def transfers_of(by_run: Mapping[str, Results]) -> dict[str, Transfer]:
    """The transfer to each source, from the results of the runs by the source that they left out.

    A source has one where a run left it out and it has an AUC.
    """
    aucs = {
        left: {source.name: source.auc for source in results.of("source") if source.auc is not None}
        for left, results in by_run.items()
    }
    transfers = {}
    for name, own in aucs.items():
        if name in own:
            others = [other[name].value for left, other in aucs.items() if left != name and name in other]
            transfers[name] = Transfer(own[name], statistics.mean(others) if others else None)
    return transfers


def mean_transfer(transfers: Iterable[Transfer]) -> MeanTransfer:
    """The means over sources."""
    left_out = [transfer.left_out.value for transfer in transfers]
    trained_on = [transfer.trained_on for transfer in transfers if transfer.trained_on is not None]
    return MeanTransfer(*(statistics.mean(aucs) if aucs else None for aucs in (left_out, trained_on)))


def left_out_dict(transfers: Mapping[str, Transfer]) -> dict[str, object]:
    """The same for JSON."""
    aucs = {
        name: {
            "left_out": transfer.left_out.value,
            "interval": [transfer.left_out.low, transfer.left_out.high],
            "trained_on": transfer.trained_on,
        }
        for name, transfer in transfers.items()
    }
    return {"auc": aucs, "mean": asdict(mean_transfer(transfers.values()))}


def left_out_markdown(transfers: Mapping[str, Transfer]) -> str:
    """The same as a table: what a source is judged like when it was never seen, and when it was."""
    head = ["AUC on test", "by the run that left it out", "mean of the runs that were trained on it"]
    rows = [
        [name, in_words(transfer.left_out), number(transfer.trained_on)]
        for name, transfer in transfers.items()
    ]
    mean = mean_transfer(transfers.values())
    return grid(head, [*rows, ["mean", number(mean.left_out), number(mean.trained_on)]]) + "\n"


def aucs_of_parts(results: Results) -> dict[str, float]:
    """The AUC of each part, and their mean: of the sets where there are several, else of the sources; else of
    all files alone.
    """
    sets, sources = results.of("set"), results.of("source")
    kind, mean = (
        (sets, results.mean_of_sets)
        if results.mean_of_sets is not None
        else (sources, results.mean_of_sources)
    )
    named: dict[str, Estimate | None] = (
        {part.name: part.auc for part in kind} if mean is not None else {"all": results.whole.auc}
    )
    named |= {"mean": mean} if mean is not None else {}
    return {name: auc.value for name, auc in named.items() if auc is not None}


def spread_markdown(by_run: Mapping[str, Results]) -> str:
    """A table of the AUC of each part by each run, their mean and the standard deviation of the sample (of
    one run: none).
    """
    aucs = {run: aucs_of_parts(results) for run, results in by_run.items()}
    parts = [name for name in next(iter(aucs.values())) if all(name in of_run for of_run in aucs.values())]
    rows = [
        [
            name,
            *(number(of_run[name]) for of_run in aucs.values()),
            mean_and_spread([of_run[name] for of_run in aucs.values()]),
        ]
        for name in parts
    ]
    return grid(["AUC", *aucs, "mean ± sd"], rows)


def mean_and_spread(values: Sequence[float]) -> str:
    """Mean and standard deviation in words."""
    return f"{statistics.mean(values):.3f}" + (
        f" ± {statistics.stdev(values):.3f}" if len(values) > 1 else ""
    )
