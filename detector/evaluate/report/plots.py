"""The curves of a detector to pictures, one PNG each; the same curves give the same bytes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from detector.evaluate.curves import Curves
from detector.evaluate.report.markdown import in_words
from detector.evaluate.report.report import KINDS
from detector.plots import BLUE, GREY, VERMILLION

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SIDE_INCHES, DPI = 5.0, 120
REAL, FAKE = BLUE, VERMILLION
RATES = (-0.02, 1.02)


def draw_all(curves: Curves, folder: Path, stem: str) -> list[Path]:
    """Write `STEM-roc.png`, `-precision-recall`, `-reliability`, `-histogram` and `-matrix`, those that there
    are, and give their paths.
    """
    drawn: dict[str, Callable[[Axes, Curves], None]] = {
        **({"roc": _roc, "precision-recall": _precision_recall} if curves.roc is not None else {}),
        "reliability": _reliability,
        "histogram": _histogram,
        "matrix": _matrix,
    }
    return [_drawn(draw, curves, folder / f"{stem}-{name}.png") for name, draw in drawn.items()]


def _drawn(draw: Callable[[Axes, Curves], None], curves: Curves, path: Path) -> Path:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(SIDE_INCHES, SIDE_INCHES), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    axes.grid(alpha=0.25)
    draw(axes, curves)
    axes.set_title(
        f"{axes.get_title()}\n{curves.name}, {curves.whole.judged} {KINDS[curves.kind]} judged",
        fontsize="medium",
    )
    figure.savefig(path, dpi=DPI)
    return path


def _roc(axes: Axes, curves: Curves) -> None:
    assert curves.roc is not None
    axes.plot([0, 1], [0, 1], color=GREY, linestyle="--", linewidth=1, label="guessing")
    if curves.roc_band is not None:
        axes.fill_between(
            curves.roc_band.x,
            curves.roc_band.low,
            curves.roc_band.high,
            color=BLUE,
            alpha=0.15,
            label="95 % of the draws",
        )
    axes.plot(curves.roc.x, curves.roc.y, color=BLUE, label=f"AUC {in_words(curves.whole.auc)}")
    rate = curves.whole.equal_error
    if rate is not None:
        axes.plot(rate.value, 1 - rate.value, "o", color=VERMILLION, label=f"EER {in_words(rate)}")
    axes.set(
        title="ROC",
        xlabel="real called fake",
        ylabel="fake called fake",
        xlim=RATES,
        ylim=RATES,
        aspect="equal",
    )
    axes.legend(loc="lower right", fontsize="small")


def _precision_recall(axes: Axes, curves: Curves) -> None:
    assert curves.precision_recall is not None
    share = curves.whole.fake / (curves.whole.fake + curves.whole.real)
    axes.axhline(share, color=GREY, linestyle="--", linewidth=1, label=f"guessing: {share:.3f} are fake")
    line = curves.precision_recall
    axes.plot(
        line.x,
        line.y,
        color=BLUE,
        drawstyle="steps-pre",
        label=f"AP {in_words(curves.whole.average_precision)}",
    )
    axes.set(
        title="Precision and recall",
        xlabel="recall of fake",
        ylabel="precision of fake",
        xlim=RATES,
        ylim=RATES,
        aspect="equal",
    )
    axes.legend(loc="lower left", fontsize="small")


def _reliability(axes: Axes, curves: Curves) -> None:
    axes.plot([0, 1], [0, 1], color=GREY, linestyle="--", linewidth=1, label="calibrated")
    x, y = np.array([one.p_fake for one in curves.bins]), np.array([one.fakes.value for one in curves.bins])
    low = np.array([one.fakes.value if one.fakes.low is None else one.fakes.low for one in curves.bins])
    high = np.array([one.fakes.value if one.fakes.high is None else one.fakes.high for one in curves.bins])
    reach = [np.maximum(y - low, 0), np.maximum(high - y, 0)]
    words = f"{len(curves.bins)} bins of equal numbers, ECE {in_words(curves.whole.calibration_error)}"
    axes.errorbar(
        x,
        y,
        yerr=reach,
        fmt="o-",
        color=BLUE,
        ecolor=BLUE,
        elinewidth=1,
        capsize=2,
        markersize=4,
        label=words,
    )
    axes.set(
        title="Reliability",
        xlabel="mean p_fake",
        ylabel="share of fakes",
        xlim=RATES,
        ylim=RATES,
        aspect="equal",
    )
    axes.legend(loc="upper left", fontsize="small")


def _histogram(axes: Axes, curves: Curves) -> None:
    of = curves.thresholds
    for counts, colour, name, hatch in ((curves.reals, REAL, "real", ""), (curves.fakes, FAKE, "fake", "//")):
        share = counts / max(1, counts.sum())
        axes.stairs(
            share,
            curves.edges,
            fill=True,
            facecolor=colour,
            edgecolor=colour,
            alpha=0.35,
            hatch=hatch,
            label=f"{counts.sum()} {name}",
        )
        axes.stairs(share, curves.edges, color=colour, linewidth=1.5)
    if of.lo < of.hi:
        axes.axvspan(of.lo, of.hi, color=GREY, alpha=0.15, zorder=0, label="uncertain")
    axes.axvline(of.t, color="black", linestyle="--", linewidth=1, label=f"t = {of.t:.3f}")
    axes.set(title="p_fake by class", xlabel="p_fake", ylabel="share of the class", xlim=(0, 1))
    axes.legend(fontsize="small")


def _matrix(axes: Axes, curves: Curves) -> None:
    matrix = curves.whole.at_threshold.matrix
    counts = np.array(
        [[matrix.real_as_real, matrix.real_as_fake], [matrix.fake_as_real, matrix.fake_as_fake]]
    )
    shares = counts / np.maximum(1, counts.sum(axis=1, keepdims=True))
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for row, column in np.ndindex(2, 2):
        words = f"{counts[row, column]}\n{shares[row, column]:.1%}"
        axes.text(
            column,
            row,
            words,
            ha="center",
            va="center",
            color="white" if shares[row, column] > 0.55 else "black",
        )
    axes.set(title=f"At t = {curves.thresholds.t:.3f}", xticks=[0, 1], yticks=[0, 1])
    axes.set_xticklabels(["called real", "called fake"])
    axes.set_yticklabels(["real", "fake"])
    axes.grid(visible=False)
