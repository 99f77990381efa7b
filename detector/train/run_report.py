"""What a run leaves to be read: curves, predictions and metrics on `tune`, stages, a summary."""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from scipy.special import expit
from torch import nn

from detector.evaluate.metrics import average_precision
from detector.evaluate.report.markdown import grid
from detector.evaluate.thresholds import AtThreshold, Confusion, measure_at
from detector.files import write_atomically
from detector.thresholds import best_threshold
from detector.train.checkpoints import best_checkpoint, load_averaged
from detector.train.dataset import SELF_BLENDS
from detector.train.loggers import auc_columns, read_logs
from detector.train.module import DetectorModule, aucs_of
from detector.train.recipe import Recipe

METRICS, STAGES, SUMMARY, PREDICTIONS = "metrics.json", "stages", "summary.md", "tune-logits.csv"
BATCH = 16
MEASURES = ("accuracy", "balanced_accuracy", "precision", "recall", "specificity", "f1", "log_loss", "brier")


@dataclass(frozen=True)
class OnTune:
    """What a network is worth on the crops of `tune`: the AUC of each source and their mean ("mean"); of all
    `pictures` but self-blends the average precision, and the metrics at the threshold of the best F1 on
    sigmoid(logit).
    """

    pictures: int
    auc: Mapping[str, float]
    average_precision: float | None
    at: AtThreshold


@dataclass(frozen=True)
class Outcome:
    """What a run was and what its best epoch reached. `checkpoint` is its file, `hours` those of training,
    `train_pictures` the different pictures that pairs were drawn from, `trained_in` a precision.
    """

    checkpoint: str
    steps: int
    hours: float
    random_seed: int
    train_pictures: int
    trained_in: str
    batch_pairs: int
    accumulate: int
    processes: int
    torch: str
    tune: OnTune


@dataclass(frozen=True)
class StageReached:
    """A stage of a run: the epochs (from 0) in which it learned, and the AUCs on `tune` at its end, with
    their mean ("mean").
    """

    stage: str
    first_epoch: int
    last_epoch: int
    size: int
    learning_parameters: int
    auc: Mapping[str, float]


def write_outcome(run: Path, module: DetectorModule, precision: str, processes: int) -> None:
    """Write tune-logits.csv, metrics.json, confusion.png, stages.json, stages.md and summary.md into the
    folder of a run.

    Judged are the crops that every epoch is validated on, by the averaged weights of the best epoch: at most
    `tune_most` of each source and class, and self-blends. The threshold is that of the best F1, found on the
    same pictures; its metrics are of the pictures as they are.
    """
    checkpoint = best_checkpoint(run)
    state = load_averaged(module.network, checkpoint)
    table = pd.DataFrame(
        {
            "source": [crop.source for crop in module.tune_crops],
            "label": [crop.label for crop in module.tune_crops],
            "logit": tune_logits(module.network, [crop.crop for crop in module.tune_crops]),
        }
    )
    table.to_csv(run / PREDICTIONS, index=False)
    recipe = module.recipe
    outcome = Outcome(
        checkpoint=checkpoint.name,
        steps=int(state["global_step"]),
        hours=round(float(state["trained_s"]) / 3600, 3),
        random_seed=recipe.random_seed,
        train_pictures=module.picture_count,
        trained_in=precision,
        batch_pairs=recipe.optimiser.batch_pairs,
        accumulate=recipe.optimiser.accumulate,
        processes=processes,
        torch=torch.__version__,
        tune=on_tune(table),
    )
    stages = stages_reached(run, recipe, module.learning_parameters)
    write_atomically(run / METRICS, json.dumps(metrics_dict(outcome), indent=2) + "\n")
    draw_confusion(run, outcome.tune.at.matrix, outcome.tune.at.threshold)
    write_atomically(run / f"{STAGES}.json", json.dumps([asdict(stage) for stage in stages], indent=2) + "\n")
    write_atomically(run / f"{STAGES}.md", stages_markdown(stages))
    write_atomically(run / SUMMARY, summary(recipe, outcome, stages))


def metrics_dict(outcome: Outcome) -> dict[str, Any]:
    """The outcome for JSON, on one level."""
    run, tune, at = asdict(outcome), outcome.tune, outcome.tune.at
    del run["tune"]
    estimates = {name: getattr(at, name) for name in MEASURES}
    return {
        **run,
        "pictures": tune.pictures,
        "auc": dict(tune.auc),
        "average_precision": tune.average_precision,
        "threshold": at.threshold,
        "confusion": asdict(at.matrix),
        **{name: None if estimate is None else estimate.value for name, estimate in estimates.items()},
    }


@torch.no_grad()
def tune_logits(network: nn.Module, crops: list[np.ndarray]) -> np.ndarray:
    """Logits (N,) of crops (S, S, 3) uint8 RGB."""
    network.eval()
    device = next(network.parameters()).device
    logits = []
    for start in range(0, len(crops), BATCH):
        images = torch.from_numpy(np.stack(crops[start : start + BATCH]).transpose(0, 3, 1, 2).copy()).to(
            device
        )
        logits.append(
            network((images.float() / 255).contiguous(memory_format=torch.channels_last))
            .float()
            .cpu()
            .numpy()
        )
    return np.concatenate(logits)


def on_tune(table: pd.DataFrame) -> OnTune:
    """The metrics of predictions: a row a crop, with source, label and logit."""
    aucs = aucs_of(table["logit"].to_numpy(), table["label"].to_numpy(), table["source"].to_numpy())
    pictures = table[table["source"] != SELF_BLENDS]
    p_fake, labels = expit(pictures["logit"].to_numpy(np.float64)), pictures["label"].to_numpy()
    resamples = np.ones((0, len(labels)))
    return OnTune(
        pictures=len(pictures),
        auc={**aucs, "mean": statistics.mean(aucs.values())},
        average_precision=average_precision(p_fake, labels),
        at=measure_at(best_threshold(p_fake, labels), labels, p_fake, resamples, [""] * len(labels)),
    )


def stages_reached(run: Path, recipe: Recipe, learning: Callable[[str], int]) -> list[StageReached]:
    """Every stage with a logged epoch; `learning` says how many numbers learn in one.

    A run that was killed between a checkpoint and its line of the log goes on without that line, so an epoch
    may be missing.
    """
    logs = read_logs(run)
    epochs = logs.dropna(subset=["auc_mean"]).groupby("epoch").last()
    names = auc_columns(logs)
    reached: list[StageReached] = []
    for epoch in sorted(epochs.index):
        stage, row = recipe.stage_at(epoch / recipe.schedule.epochs), epochs.loc[epoch]
        goes_on = bool(reached) and reached[-1].stage == stage
        now = StageReached(
            stage=stage,
            first_epoch=reached[-1].first_epoch if goes_on else int(epoch),
            last_epoch=int(epoch),
            size=recipe.size_at(epoch / recipe.schedule.epochs),
            learning_parameters=reached[-1].learning_parameters if goes_on else learning(stage),
            auc={name.removeprefix("auc/"): float(row[name]) for name in names}
            | {"mean": float(row["auc_mean"])},
        )
        reached = [*(reached[:-1] if goes_on else reached), now]
    return reached


def stages_markdown(stages: Sequence[StageReached]) -> str:
    """The table of stages; epochs are counted from 0."""
    names = list(stages[0].auc) if stages else []
    head = ["stage", "epochs", "size", "parameters that learn", *(f"AUC {name}" for name in names)]
    rows = [
        [
            reached.stage,
            f"{reached.first_epoch} to {reached.last_epoch}",
            f"{reached.size} px",
            f"{reached.learning_parameters:,}",
            *(f"{reached.auc[name]:.3f}" for name in names),
        ]
        for reached in stages
    ]
    return f"{grid(head, rows)}\n"


def summary(recipe: Recipe, outcome: Outcome, stages: Sequence[StageReached]) -> str:
    """A page about the run for people: what it was, what it reached, at which stage."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        undefined=StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
    )
    template = environment.get_template("run_summary.md.j2")
    return template.render(recipe=recipe, run=outcome, tune=outcome.tune, stages=stages_markdown(stages))


SMOOTHED = 8
"""Logged steps whose loss is averaged for the heavy line."""


def draw_curves(run: Path) -> Path:
    """Write `curves.png` into the folder of a run and give back its path."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    logs = read_logs(run)
    figure = Figure(figsize=(10, 4), layout="constrained")
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2)
    if "loss_step" in logs:
        loss = logs.dropna(subset=["loss_step"])
        left.plot(loss["step"], loss["loss_step"], linewidth=0.6, alpha=0.5, label="each")
        left.plot(
            loss["step"],
            loss["loss_step"].rolling(SMOOTHED, min_periods=1).mean(),
            label=f"mean of {SMOOTHED}",
        )
        left.legend()
    left.set(title="Loss", xlabel="step")
    epochs = logs.dropna(subset=["auc_mean"])
    for column in sorted(auc_columns(logs)):
        right.plot(
            epochs["step"],
            epochs[column],
            marker="o",
            markersize=3,
            linewidth=1,
            label=column.removeprefix("auc/"),
        )
    right.plot(epochs["step"], epochs["auc_mean"], marker="o", linewidth=2.5, color="black", label="mean")
    right.set(title="AUC on tune, average of weights", xlabel="step")
    right.legend(fontsize="small")
    path = run / "curves.png"
    figure.savefig(path, dpi=120)
    return path


def draw_confusion(run: Path, confusion: Confusion, threshold: float) -> Path:
    """Write `confusion.png` into the folder of a run and give back its path."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    counts = [
        [confusion.real_as_real, confusion.real_as_fake],
        [confusion.fake_as_real, confusion.fake_as_fake],
    ]
    figure = Figure(figsize=(5, 4.5), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    shares = [[count / max(1, sum(row)) for count in row] for row in counts]
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for row in range(2):
        for column in range(2):
            ink = "white" if shares[row][column] > 0.5 else "black"
            axes.text(
                column,
                row,
                f"{counts[row][column]:,}\n{shares[row][column]:.0%}",
                ha="center",
                va="center",
                color=ink,
            )
    axes.set_xticks([0, 1], ["called real", "called fake"])
    axes.set_yticks([0, 1], ["real", "fake"])
    axes.set_title(f"tune, threshold {threshold:.3f} (best F1)")
    path = run / "confusion.png"
    figure.savefig(path, dpi=120)
    return path
