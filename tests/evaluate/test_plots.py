"""The points of the curves by hand, and that pictures are written, whole and the same at every
call.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from detector.evaluate.curves import curves_of
from detector.evaluate.judged import judged_of
from detector.evaluate.predictions import Index, Row
from detector.evaluate.report.report import report_of
from detector.evaluate.written import plots_folder, write_report
from tests.evaluate.made import prediction
from tests.evaluate.test_report import INFO

PLOTS = ("histogram", "matrix", "precision-recall", "reliability", "roc")


def curves(rows, draws=50, info=INFO):
    return curves_of(judged_of(info, "photo", rows, draws, 0), rows, draws)


def four():
    return [prediction(label, p, group=str(p)) for label, p in ((0, 0.1), (0, 0.4), (1, 0.35), (1, 0.8))]


def test_the_roc_curve_goes_through_every_threshold():
    found = curves(four()).roc
    assert list(zip(found.x, found.y, strict=True)) == [(0, 0), (0, 0.5), (0.5, 0.5), (0.5, 1), (1, 1)]


def test_the_area_under_the_curves_is_auc_and_average_precision():
    rng = np.random.default_rng(0)
    rows = [
        prediction(int(label), round(float(rng.random()), 1), file=f"{i}", group=str(i))
        for i, label in enumerate(rng.integers(0, 2, 80))
    ]
    found = curves(rows)
    assert np.trapezoid(found.roc.y, found.roc.x) == pytest.approx(found.whole.auc.value)
    line = found.precision_recall
    assert np.sum(np.diff(line.x) * line.y[1:]) == pytest.approx(found.whole.average_precision.value)


def test_the_band_holds_most_of_the_curve():
    rng = np.random.default_rng(1)
    rows = [
        prediction(
            i % 2, float(np.clip(rng.normal(0.4 + 0.2 * (i % 2), 0.15), 0, 1)), file=f"{i}", group=str(i)
        )
        for i in range(200)
    ]
    found = curves(rows, draws=200)
    # of several recalls at one false-positive rate np.interp takes the last
    at_grid = np.interp(found.roc_band.x[1:-1], found.roc.x, found.roc.y)
    inside = (found.roc_band.low[1:-1] - 0.05 <= at_grid) & (at_grid <= found.roc_band.high[1:-1] + 0.05)
    assert inside.mean() > 0.95
    assert (found.roc_band.low <= found.roc_band.high).all()
    assert np.mean(found.roc_band.high - found.roc_band.low) > 0.05


def test_one_class_has_a_histogram_and_no_curve():
    found = curves([prediction(1, p, group=str(p)) for p in (0.02, 0.5, 1.0)])
    assert (found.roc, found.roc_band, found.precision_recall) == (None, None, None)
    assert (found.fakes[0], found.fakes[10], found.fakes[-1], found.fakes.sum(), found.reals.sum()) == (
        1,
        1,
        1,
        3,
        0,
    )


def test_files_that_were_not_judged_are_in_no_curve():
    assert curves([*four(), prediction(1, None)]).fakes.sum() == 2


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """The report of one detector on photos and clips, and the folder of its curves."""
    folder = tmp_path_factory.mktemp("drawn")
    (folder / "index.csv").write_text("file,label\n")
    index = Index(folder / "index.csv", rows=(Row("a.jpg", 0, "a", "a"),))
    rows = four() + [replace(one, kind="video", file=f"{one.file}.mp4") for one in four()]
    report = report_of(index, [INFO], rows, command="x", draws=50)
    write_report(report, folder / "out.csv", plots=True, draws=50)
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
    write_report(report, tmp_path / "out.csv", plots=True, draws=50)
    again = {path.name: path.read_bytes() for path in plots_folder(tmp_path / "out.csv").iterdir()}
    assert again == {path.name: path.read_bytes() for path in folder.iterdir()}


def test_nothing_judged_draws_nothing(tmp_path):
    (tmp_path / "index.csv").write_text("file,label\n")
    index = Index(tmp_path / "index.csv", rows=(Row("a.jpg", 0, "a", "a"),))
    write_report(
        report_of(index, [INFO], [prediction(0, None)], command="x", draws=5),
        tmp_path / "out.csv",
        plots=True,
        draws=5,
    )
    assert [path.name for path in plots_folder(tmp_path / "out.csv").iterdir()] == []
