"""A run to pictures: the loss of its steps, the AUC of its rounds on each source of `tune`, and the confusion
matrix of its best.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

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
    rounds = logs.dropna(subset=["auc_mean"])
    for column in sorted(name for name in logs if name.startswith("auc/")):
        right.plot(
            rounds["step"],
            rounds[column],
            marker="o",
            markersize=3,
            linewidth=1,
            label=column.removeprefix("auc/"),
        )
    right.plot(rounds["step"], rounds["auc_mean"], marker="o", linewidth=2.5, color="black", label="mean")
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
