"""The points of the curves by hand, and that pictures are written, whole and the same at every
call.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.patches import StepPatch
from PIL import Image

from detector.evaluate.predictions import Predictions
from detector.evaluate.report.plots import (
    _histogram,
    _matrix,
    _precision_recall,
    _roc,
    curves_of,
    plots_folder,
)
from detector.evaluate.report.report import DetectorResults
from detector.evaluate.results import results_of
from detector.evaluate.run import write_report
from tests.evaluate.made import INFO, made_index, made_report, prediction

PLOTS = ("histogram", "matrix", "precision-recall", "reliability", "roc")


def curves(rows, resamples=50):
    table = Predictions.of(rows).resampled(resamples)
    results = results_of(table, INFO.thresholds, resamples)
    return curves_of(DetectorResults(INFO, "photo", results, None), table)


def drawn_on(draw, drawing):
    """What `draw` puts on empty axes."""
    axes = Figure().subplots()
    draw(axes, drawing)
    return axes


def line(draw, drawing, label):
    """Points of the line whose label begins so."""
    drawn = next(
        candidate
        for candidate in drawn_on(draw, drawing).lines
        if str(candidate.get_label()).startswith(label)
    )
    return np.asarray(drawn.get_xdata()), np.asarray(drawn.get_ydata())


def four():
    return [prediction(label, p, group=str(p)) for label, p in ((0, 0.1), (0, 0.4), (1, 0.35), (1, 0.8))]


def test_the_roc_curve_goes_through_every_threshold():
    x, y = line(_roc, curves(four()), "AUC")
    assert list(zip(x, y, strict=True)) == [(0, 0), (0, 0.5), (0.5, 0.5), (0.5, 1), (1, 1)]


def test_the_area_under_the_curves_is_auc_and_average_precision():
    rng = np.random.default_rng(0)
    rows = [
        prediction(int(label), round(float(rng.random()), 1), file=f"{i}", group=str(i))
        for i, label in enumerate(rng.integers(0, 2, 80))
    ]
    drawing = curves(rows)
    x, y = line(_roc, drawing, "AUC")
    assert np.trapezoid(y, x) == pytest.approx(drawing.whole.auc.value)
    x, y = (points[::-1] for points in line(_precision_recall, drawing, "AP"))
    assert np.sum(np.diff(x) * y[1:]) == pytest.approx(drawing.whole.average_precision.value)


def test_the_band_holds_most_of_the_curve():
    rng = np.random.default_rng(1)
    rows = [
        prediction(
            i % 2, float(np.clip(rng.normal(0.4 + 0.2 * (i % 2), 0.15), 0, 1)), file=f"{i}", group=str(i)
        )
        for i in range(200)
    ]
    drawing = curves(rows, resamples=200)
    # of several recalls at one false-positive rate np.interp takes the last
    at_grid = np.interp(drawing.roc_band.x[1:-1], *line(_roc, drawing, "AUC"))
    inside = (drawing.roc_band.low[1:-1] - 0.05 <= at_grid) & (at_grid <= drawing.roc_band.high[1:-1] + 0.05)
    assert inside.mean() > 0.95
    assert (drawing.roc_band.low <= drawing.roc_band.high).all()
    assert np.mean(drawing.roc_band.high - drawing.roc_band.low) > 0.05


def test_one_class_has_a_histogram_and_no_curve():
    drawing = curves([prediction(1, p, group=str(p)) for p in (0.02, 0.5, 1.0)])
    assert (drawing.has_both, drawing.roc_band) == (False, None)
    steps = [patch for patch in drawn_on(_histogram, drawing).patches if isinstance(patch, StepPatch)]
    shares = {patch.get_label(): patch.get_data().values for patch in steps}
    fakes = shares["3 fake"] * 3
    assert (fakes[0], fakes[10], fakes[-1], fakes.sum()) == pytest.approx((1, 1, 1, 3))
    assert shares["0 real"].sum() == 0


def test_the_matrix_has_counts_and_the_share_of_each_class():
    words = [text.get_text() for text in drawn_on(_matrix, curves(four())).texts]
    assert words == ["2\n100.0%", "0\n0.0%", "1\n50.0%", "1\n50.0%"]


def test_files_that_were_not_judged_are_in_no_curve():
    assert curves([*four(), prediction(1, None)]).labels.sum() == 2


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """The report of one detector on photos and clips, and the folder of its curves."""
    folder = tmp_path_factory.mktemp("drawn")
    rows = four() + [
        replace(prediction, kind="video", file=f"{prediction.file}.mp4") for prediction in four()
    ]
    report = made_report(made_index(folder), rows)
    write_report(report, folder / "out.csv", plots=True)
    return report, plots_folder(folder / "out.csv")


@pytest.mark.fidelity("4-16")
def test_every_curve_on_photos_and_on_videos_is_a_picture(drawn):
    _, folder = drawn
    assert folder.name == "out_plots"
    pictures = {path.name for path in folder.glob("*.png")}
    assert pictures == {f"made-{kind}-{plot}.png" for kind in ("photos", "videos") for plot in PLOTS}
    for name in pictures:
        with Image.open(folder / name) as picture:
            assert min(picture.size) >= 500
            assert len(picture.convert("L").getcolors(1 << 16)) > 20  # something is drawn


def test_drawn_again_all_is_the_same_byte_for_byte(drawn, tmp_path):
    report, folder = drawn
    write_report(report, tmp_path / "out.csv", plots=True)
    again = {path.name: path.read_bytes() for path in plots_folder(tmp_path / "out.csv").iterdir()}
    assert again == {path.name: path.read_bytes() for path in folder.iterdir()}


def test_nothing_judged_draws_nothing(tmp_path):
    report = made_report(made_index(tmp_path), [prediction(0, None)], resamples=5)
    write_report(report, tmp_path / "out.csv", plots=True)
    assert [path.name for path in plots_folder(tmp_path / "out.csv").iterdir()] == []
