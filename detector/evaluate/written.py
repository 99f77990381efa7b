"""A report to the files beside its predictions: tables as Markdown and JSON, and on request the curves as
pictures.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

from detector.errors import SettingsError
from detector.evaluate.metrics import DRAWS
from detector.evaluate.report.report import KINDS, Report


def need_plots() -> None:
    """Raise SettingsError where pictures cannot be drawn."""
    if importlib.util.find_spec("matplotlib") is None:
        raise SettingsError(
            "--plots draws with matplotlib, which is not installed: pip install matplotlib -c constraints.txt"
        )


def plots_folder(out: Path) -> Path:
    """Where the curves of an evaluation lie: `OUT_plots` beside its predictions."""
    return out.with_name(f"{out.stem}_plots")


def write_report(
    report: Report, out: Path, *, plots: bool = False, draws: int = DRAWS, random_seed: int = 0
) -> None:
    """Write the tables beside the predictions `out`, and where `plots` are asked for the curves; the same
    report gives the same bytes.
    """
    out.with_suffix(".md").write_text(report.markdown, encoding="utf-8")
    out.with_suffix(".json").write_text(report.json, encoding="utf-8")
    if plots:
        write_plots(report, plots_folder(out), draws, random_seed)


def write_plots(report: Report, folder: Path, draws: int = DRAWS, random_seed: int = 0) -> list[Path]:
    """The curves of every detector on photos and on videos, each as a PNG."""
    from detector.evaluate.curves import curves_of
    from detector.evaluate.report.plots import draw_all

    need_plots()
    folder.mkdir(parents=True, exist_ok=True)
    curves = []
    for judged in report.judged:
        own = [
            one for one in report.predictions if one.detector == judged.info.name and one.kind == judged.kind
        ]
        if judged.figures.whole.judged:
            curves.append(curves_of(judged, own, draws, random_seed))
    written = [path for one in curves for path in draw_all(one, folder, f"{one.name}-{KINDS[one.kind]}")]
    return written
