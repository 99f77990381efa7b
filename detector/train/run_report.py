"""What a run leaves to be read: curves, predictions and metrics on `tune`, stages, a summary."""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from scipy.special import expit
from torch import nn

from detector.evaluate.metrics import average_precision
from detector.evaluate.report.markdown import grid
from detector.evaluate.thresholds import measure_at
from detector.thresholds import best_threshold
from detector.train.checkpoints import best_checkpoint, load_averaged
from detector.train.dataset import SELF_BLENDS
from detector.train.module import DetectorModule, aucs_of
from detector.train.recipe import Recipe

METRICS, STAGES, SUMMARY, PREDICTIONS = "metrics.json", "stages", "summary.md", "tune-logits.csv"
BATCH = 16
MEASURES = ("accuracy", "balanced_accuracy", "precision", "recall", "specificity", "f1", "log_loss", "brier")


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
    metrics: dict[str, Any] = {
        "checkpoint": checkpoint.name,
        "steps": int(state["global_step"]),
        "hours": round(float(state["trained_s"]) / 3600, 3),
        "random_seed": module.recipe.random_seed,
        "train_pictures": module.picture_count,
        "trained_in": precision,
        "batch_pairs": module.recipe.optimiser.batch_pairs,
        "accumulate": module.recipe.optimiser.accumulate,
        "processes": processes,
        "torch": torch.__version__,
        **figures(table),
    }
    (run / METRICS).write_text(json.dumps(metrics, indent=2) + "\n", encoding="utf-8")
    draw_confusion(run, metrics["confusion"], metrics["threshold"])
    stages = stage_table(run, module.recipe, module.learning_parameters)
    (run / f"{STAGES}.json").write_text(json.dumps(stages, indent=2) + "\n", encoding="utf-8")
    (run / f"{STAGES}.md").write_text(stages_markdown(stages), encoding="utf-8")
    (run / SUMMARY).write_text(summary(module.recipe, metrics, stages), encoding="utf-8")


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


def figures(table: pd.DataFrame) -> dict[str, Any]:
    """AUC of each source and their mean; of all pictures but self-blends what they are worth at the threshold
    of the best F1.
    """
    aucs = aucs_of(table["logit"].to_numpy(), table["label"].to_numpy(), table["source"].to_numpy())
    pictures = table[table["source"] != SELF_BLENDS]
    p_fake, labels = expit(pictures["logit"].to_numpy(np.float64)), pictures["label"].to_numpy()
    threshold = best_threshold(p_fake, labels)
    measured = measure_at(threshold, labels, p_fake, np.ones((0, len(labels))), [""] * len(labels))
    estimates = {name: getattr(measured, name) for name in MEASURES}
    return {
        "pictures": len(pictures),
        "auc": {**aucs, "mean": statistics.mean(aucs.values())},
        "average_precision": average_precision(p_fake, labels),
        "threshold": threshold,
        "confusion": asdict(measured.matrix),
        **{name: getattr(found, "value", found) for name, found in estimates.items()},
    }


def stage_table(run: Path, recipe: Recipe, learning: Callable[[str], int]) -> list[dict[str, Any]]:
    """For every stage with a logged epoch: `learning` parameters of it, from which epoch to which, and the
    AUCs on `tune` at its end.

    A run that was killed between a checkpoint and its line of the log goes on without that line, so an epoch
    may be missing.
    """
    logs = read_logs(run)
    epochs = logs.dropna(subset=["auc_mean"]).groupby("epoch").last()
    names = auc_columns(logs)
    table: list[dict[str, Any]] = []
    for number in sorted(epochs.index):
        stage, row = recipe.stage_at(number / recipe.schedule.epochs), epochs.loc[number]
        if not table or table[-1]["stage"] != stage:
            table.append({"stage": stage, "first_epoch": int(number), "learning_parameters": learning(stage)})
        table[-1] |= {
            "last_epoch": int(number),
            "size": recipe.size_at(number / recipe.schedule.epochs),
            "auc": (
                {name.removeprefix("auc/"): float(row[name]) for name in names}
                | {"mean": float(row["auc_mean"])}
            ),
        }
    return table


def stages_markdown(stages: list[dict[str, Any]]) -> str:
    """The table of stages; epochs are counted from 0."""
    names = list(stages[0]["auc"]) if stages else []
    head = ["stage", "epochs", "size", "parameters that learn", *(f"AUC {name}" for name in names)]
    rows = [
        [
            one["stage"],
            f"{one['first_epoch']} to {one['last_epoch']}",
            f"{one['size']} px",
            f"{one['learning_parameters']:,}",
        ]
        + [f"{one['auc'][name]:.3f}" for name in names]
        for one in stages
    ]
    return f"{grid(head, rows)}\n"


def summary(recipe: Recipe, metrics: dict[str, Any], stages: list[dict[str, Any]]) -> str:
    """A page about the run for people: what it was, what it reached, at which stage."""
    cells = metrics["confusion"]
    sizes = ", ".join(f"{size} px from {share:.0%}" for share, size in recipe.sizes.items())
    parts = [
        f"# {recipe.detector}, random seed {recipe.random_seed}",
        recipe.why,
        (
            f"- best epoch: `{metrics['checkpoint']}`, after {metrics['steps']:,} steps of"
            f" {metrics['batch_pairs']} pairs in {metrics['accumulate']} parts and {metrics['processes']}"
            f" processes, {metrics['hours']:g} h, {metrics['trained_in']}\n- {recipe.optimiser.name},"
            f" learning rate {recipe.optimiser.learning_rate:g} ({recipe.schedule.name}), sizes {sizes},"
            f" margin {recipe.margin:g}"
        ),
        "## On tune",
        grid(["source", "AUC"], [[name, f"{value:.3f}"] for name, value in metrics["auc"].items()]),
        (
            f"At the best F1, sigmoid(logit) over {metrics['threshold']:.3f} (not calibrated),"
            f" {metrics['pictures']:,} pictures:"
        ),
        grid(
            ["", "called real", "called fake"],
            [
                ["real", f"{cells['real_as_real']:,}", f"{cells['real_as_fake']:,}"],
                ["fake", f"{cells['fake_as_real']:,}", f"{cells['fake_as_fake']:,}"],
            ],
        ),
        (
            "Epoch and threshold were chosen on these pictures, so the figures flatter. What counts is"
            " measured by `publish`, on others."
        ),
        "## Stages",
        stages_markdown(stages),
    ]
    return "\n\n".join(part.rstrip("\n") for part in parts) + "\n"


SMOOTHED = 8
"""Logged steps whose loss is averaged for the heavy line."""


def read_logs(run: Path) -> pd.DataFrame:
    """Everything logged in `run`, in order of step; of a step that was done twice, in a run that broke off,
    the later one.

    What a killed process had not written yet is missing, be it all of it; epoch, step and auc_mean are
    columns all the same.
    """
    logs = sorted((run / "logs").glob("version_*/metrics.csv"), key=_version)
    parts = [
        pd.read_csv(path) for path in logs if path.stat().st_size
    ]  # one killed as it began to write leaves an empty file
    columns = pd.DataFrame({name: pd.Series(dtype=float) for name in ("epoch", "step", "auc_mean")})
    table = pd.concat(
        [columns, *(part.assign(part=number) for number, part in enumerate(parts))], ignore_index=True
    )
    if table.empty:
        return table
    begins = table.groupby("part")["step"].min()
    redone = [
        any(row.step >= begins[part] for part in begins.index if part > row.part)
        for row in table.itertuples()
    ]
    return table[[not again for again in redone]].sort_values("step", kind="stable")


def auc_columns(logs: pd.DataFrame) -> list[str]:
    """The columns of logs that hold the AUC of a source."""
    return [column for column in map(str, logs.columns) if column.startswith("auc/")]


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


def draw_confusion(run: Path, cells: dict[str, int], threshold: float) -> Path:
    """Write `confusion.png` into the folder of a run and give back its path; `cells` are those of
    `at_threshold.Matrix`.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    counts = [[cells["real_as_real"], cells["real_as_fake"]], [cells["fake_as_real"], cells["fake_as_fake"]]]
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


def _version(path: Path) -> int:
    return int(path.parent.name.removeprefix("version_"))
