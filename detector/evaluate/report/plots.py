"""The curves of a report as pictures, one PNG each; the same report gives the same bytes."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from detector.errors import SettingsError
from detector.evaluate.calibration import Bin, reliability
from detector.evaluate.evidence import Held, Tippett, tippett_of
from detector.evaluate.metrics import COVERAGE, Array
from detector.evaluate.predictions import Predictions
from detector.evaluate.report.markdown import in_words
from detector.evaluate.report.report import KINDS, DetectorResults, Report
from detector.evaluate.results import SliceMetrics
from detector.structures import Thresholds

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SIDE_INCHES, DPI = 5.0, 120
BLUE, VERMILLION, GREY = "#0072B2", "#D55E00", "#8A8A8A"
"""Of Okabe and Ito's palette (jfly.uni-koeln.de/color): told apart with every kind of colour vision."""
REAL, FAKE = BLUE, VERMILLION
RATES = (-0.02, 1.02)
HISTOGRAM_BINS = 20
GRID = 101
"""False-positive rates at which the band about the ROC curve is measured."""
CHANCE = {"color": GREY, "linestyle": "--", "linewidth": 1}


def need_plots() -> None:
    """Raise SettingsError where pictures cannot be drawn."""
    if importlib.util.find_spec("matplotlib") is None:
        raise SettingsError(
            "--plots draws with matplotlib, which is not installed: pip install matplotlib -c constraints.txt"
        )


def plots_folder(out: Path) -> Path:
    """Where the curves of an evaluation lie: `OUT_plots` beside its predictions."""
    return out.with_name(f"{out.stem}_plots")


def write_plots(report: Report, folder: Path) -> list[Path]:
    """The curves of every detector on photos and on videos, each as a PNG; their paths."""
    need_plots()
    folder.mkdir(parents=True, exist_ok=True)
    environment = report.environment
    table = report.predictions.resampled(environment.resamples, environment.random_seed)
    written = []
    for detector in report.detectors:
        own = table.of_kind(detector.kind).of_detector(detector.info.name)
        if detector.results.whole.judged:
            stem = f"{detector.info.name}-{KINDS[detector.kind]}"
            written += _draw_all(curves_of(detector, own), folder, stem)
    for held in report.evidence or ():
        if held.answers is not None:
            path = folder / f"{held.detector}-photos-tippett-{held.question}.png"
            written.append(_figure(partial(_tippett, curves=tippett_of(held.answers)), _title_of(held), path))
    return written


@dataclass(frozen=True, eq=False)
class Band:
    """The central 95 % of a curve over the resamples: `low` and `high` at each of `x`."""

    x: Array
    low: Array
    high: Array


@dataclass(frozen=True, eq=False)
class Curves:
    """What is drawn of a detector: the judged files, as labels, p_fakes and ranks (N,), and what is measured
    of them.

    `roc_band` is None where a class is missing or there is one group.
    """

    name: str
    kind: str
    thresholds: Thresholds
    whole: SliceMetrics
    labels: NDArray[np.int64]
    p_fake: Array
    order: NDArray[np.int64]
    roc_band: Band | None
    bins: tuple[Bin, ...]

    @property
    def has_both(self) -> bool:
        """Whether there are reals and fakes, and so a ranking of them."""
        return len(np.unique(self.labels)) == 2


def curves_of(detector: DetectorResults, predictions: Predictions) -> Curves:
    """The curves over all judged files of one detector and kind together."""
    rows = np.flatnonzero(predictions.judged)
    labels, p_fake, order = predictions.label[rows], predictions.p_fake[rows], predictions.order[rows]
    weights, owners = predictions.weights_at(rows), predictions.owners(rows)
    several = len(set(owners)) > 1 and len(np.unique(labels)) == 2
    return Curves(
        name=detector.info.name,
        kind=detector.kind,
        thresholds=detector.info.thresholds,
        whole=detector.results.whole,
        labels=labels,
        p_fake=p_fake,
        order=order,
        roc_band=_roc_band(order, labels, weights) if several else None,
        bins=reliability(p_fake, labels, weights, owners),
    )


def _roc_band(
    order: NDArray[np.int64], labels: NDArray[np.int64], weights: NDArray[np.float32]
) -> Band | None:
    """The recall at each false-positive rate of a grid over the resamples that have both classes; None where
    there are none.
    """
    falling = np.argsort(-order, kind="stable")
    ends = np.flatnonzero(
        np.diff(order[falling], append=-1)
    )  # one point a distinct value: ties are passed at once
    fake, x = labels[falling] == 1, np.linspace(0, 1, GRID)
    curves = []
    for row in weights[:, falling].astype(np.float64):
        hits, alarms = np.cumsum(row * fake), np.cumsum(row * ~fake)
        if hits[-1] and alarms[-1]:
            curves.append(np.interp(x, np.r_[0, alarms[ends] / alarms[-1]], np.r_[0, hits[ends] / hits[-1]]))
    if not curves:
        return None
    low, high = np.quantile(np.stack(curves), [(1 - COVERAGE) / 2, (1 + COVERAGE) / 2], axis=0)
    return Band(x, low, high)


def _draw_all(curves: Curves, folder: Path, stem: str) -> list[Path]:
    """Write `STEM-roc.png`, `-precision-recall`, `-reliability`, `-histogram` and `-matrix`, those that there
    are, and give their paths.
    """
    drawings: dict[str, Callable[[Axes, Curves], None]] = {
        **({"roc": _roc, "precision-recall": _precision_recall} if curves.has_both else {}),
        "reliability": _reliability,
        "histogram": _histogram,
        "matrix": _matrix,
    }
    return [_drawn(draw, curves, folder / f"{stem}-{name}.png") for name, draw in drawings.items()]


def _drawn(draw: Callable[[Axes, Curves], None], curves: Curves, path: Path) -> Path:
    judged = f"{curves.name}, {curves.whole.judged} {KINDS[curves.kind]} judged"
    return _figure(lambda axes: draw(axes, curves), judged, path)


def _title_of(held: Held) -> str:
    assert held.fit is not None  # there are answers
    release = held.fit.release
    return f"{held.detector}, fakes: {held.question}, Cllr {release.cllr:.3f} (least {release.cllr_min:.3f})"


def _figure(draw: Callable[[Axes], None], subject: str, path: Path) -> Path:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(SIDE_INCHES, SIDE_INCHES), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    axes.grid(alpha=0.25)
    draw(axes)
    axes.set_title(f"{axes.get_title()}\n{subject}", fontsize="medium")
    figure.savefig(path, dpi=DPI)
    return path


def _roc(axes: Axes, curves: Curves) -> None:
    from sklearn.metrics import RocCurveDisplay

    if curves.roc_band is not None:
        band = curves.roc_band
        axes.fill_between(band.x, band.low, band.high, color=BLUE, alpha=0.15, label="95 % of the resamples")
    display = RocCurveDisplay.from_predictions(
        curves.labels,
        curves.order,
        ax=axes,
        plot_chance_level=True,
        chance_level_kw={**CHANCE, "label": "guessing"},
    )
    display.line_.set(color=BLUE, label=f"AUC {in_words(curves.whole.auc)}")
    rate = curves.whole.equal_error
    if rate is not None:
        axes.plot(rate.value, 1 - rate.value, "o", color=VERMILLION, label=f"EER {in_words(rate)}")
    axes.set(title="ROC", xlabel="real called fake", ylabel="fake called fake", xlim=RATES, ylim=RATES)
    axes.legend(loc="lower right", fontsize="small")


def _precision_recall(axes: Axes, curves: Curves) -> None:
    from sklearn.metrics import PrecisionRecallDisplay

    share = curves.whole.fake / (curves.whole.fake + curves.whole.real)
    display = PrecisionRecallDisplay.from_predictions(
        curves.labels,
        curves.order,
        ax=axes,
        drop_intermediate=True,
        plot_chance_level=True,
        chance_level_kw={**CHANCE, "label": f"guessing: {share:.3f} are fake"},
    )
    display.line_.set(color=BLUE, label=f"AP {in_words(curves.whole.average_precision)}")
    axes.set(title="Precision and recall", xlabel="recall of fake", ylabel="precision of fake")
    axes.set(xlim=RATES, ylim=RATES)
    axes.legend(loc="lower left", fontsize="small")


def _reliability(axes: Axes, curves: Curves) -> None:
    from sklearn.calibration import CalibrationDisplay

    shares = [of.fakes for of in curves.bins]
    x, y = np.array([of.p_fake for of in curves.bins]), np.array([share.value for share in shares])
    words = f"{len(curves.bins)} bins of equal numbers, ECE {in_words(curves.whole.calibration_error)}"
    CalibrationDisplay(prob_true=y, prob_pred=x, y_prob=curves.p_fake).plot(ax=axes, name=words, color=BLUE)
    bounds = [share.bounds or (share.value, share.value) for share in shares]
    reach = [
        np.maximum(y - [low for low, _ in bounds], 0),
        np.maximum(np.array([high for _, high in bounds]) - y, 0),
    ]
    axes.errorbar(x, y, yerr=reach, fmt="none", ecolor=BLUE, elinewidth=1, capsize=2)
    axes.set(title="Reliability", xlabel="mean p_fake", ylabel="share of fakes", xlim=RATES, ylim=RATES)
    axes.set_aspect("equal")
    axes.legend(loc="upper left", fontsize="small")


def _histogram(axes: Axes, curves: Curves) -> None:
    of, edges = curves.thresholds, np.linspace(0, 1, HISTOGRAM_BINS + 1)
    for label, colour, name, hatch in ((0, REAL, "real", ""), (1, FAKE, "fake", "//")):
        counts = np.histogram(curves.p_fake[curves.labels == label], edges)[0]
        share = counts / max(1, counts.sum())
        axes.stairs(
            share,
            edges,
            fill=True,
            facecolor=colour,
            edgecolor=colour,
            alpha=0.35,
            hatch=hatch,
            label=f"{counts.sum()} {name}",
        )
        axes.stairs(share, edges, color=colour, linewidth=1.5)
    axes.axvline(of.t, color="black", linestyle="--", linewidth=1, label=f"t = {of.t:.3f}")
    axes.set(title="p_fake by class", xlabel="p_fake", ylabel="share of the class", xlim=(0, 1))
    axes.legend(fontsize="small")


def _tippett(axes: Axes, curves: Tippett) -> None:
    x = np.concatenate([[curves.log10_ratio[0]], curves.log10_ratio])
    for shares, colour, name, line in (
        (curves.fakes, FAKE, "fake", "-"),
        (curves.reals, REAL, "real", "--"),
    ):
        axes.step(x, [1.0, *shares], where="pre", color=colour, linestyle=line, label=name)
    axes.axvline(0, color=GREY, linewidth=1)
    axes.axvline(-np.log10(2), color=GREY, linestyle=":", linewidth=1)
    axes.axvline(np.log10(2), color=GREY, linestyle=":", linewidth=1, label="weak support")
    axes.set(
        title="Tippett", xlabel="log10 LR, source left out", ylabel="share with at least this LR", ylim=RATES
    )
    axes.legend(loc="lower left", fontsize="small")


def _matrix(axes: Axes, curves: Curves) -> None:
    from sklearn.metrics import ConfusionMatrixDisplay

    matrix = curves.whole.at_threshold.matrix
    counts = np.array(
        [[matrix.real_as_real, matrix.real_as_fake], [matrix.fake_as_real, matrix.fake_as_fake]]
    )
    shares = counts / np.maximum(1, counts.sum(axis=1, keepdims=True))
    display = ConfusionMatrixDisplay(shares, display_labels=["real", "fake"])
    display.plot(ax=axes, cmap="Blues", colorbar=False, im_kw={"vmin": 0, "vmax": 1})
    for place, text in np.ndenumerate(display.text_):
        text.set_text(f"{counts[place]}\n{shares[place]:.1%}")
    axes.set(title=f"At t = {curves.thresholds.t:.3f}", xlabel="called", ylabel="is")
    axes.grid(visible=False)
