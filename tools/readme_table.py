"""The table of detectors in README.md, from the manifest and a clock: python -m tools.readme_table."""

from __future__ import annotations

import argparse
import re
import statistics
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from detector.evaluate.metrics import Estimate
from detector.evaluate.report.markdown import grid, in_words
from detector.manifest import Entry
from detector.metrics import CrossMetrics, Summary, mean_auc
from detector.pipeline import load_detector
from detector.structures import Question
from detector.thresholds import EVEN_ODDS
from detector.weights import find_weights, read_manifest
from detector.zoo.specs import SPECS

README = Path(__file__).resolve().parent.parent / "README.md"
TIMED = 15
"""Faces judged for the median time of one."""


def main() -> None:
    """Time every shipped detector and write the table."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    manifest = read_manifest(find_weights())
    fill_readme(manifest.default or "", dict(manifest), {name: latency_ms(name) for name in manifest})


COLUMNS = (
    "detector",
    "asked of a face",
    "input",
    "parameters",
    "file",
    "ms a face, 2 cores",
    "AUC in-domain",
    "AUC across datasets",
    "Cross-AUC",
    "its worst cell",
    "AUC videos",
)


ASKED = {
    Question.EITHER: "is it fake?",
    Question.ALTERED: "was it altered?",
    Question.GENERATED: "was it generated?",
}
"""What a detector is asked of a face, by its question."""


def fill_readme(
    default: str, entries: Mapping[str, Entry], ms_a_face: Mapping[str, float], path: Path = README
) -> None:
    """Write the table between the marks of README.md, the default first."""
    ordered = sorted(entries.items(), key=lambda item: item[0] != default)
    table = grid(COLUMNS, [row(name, entry, name == default, ms_a_face[name]) for name, entry in ordered])
    text = path.read_text(encoding="utf-8")
    filled = re.sub(
        r"(<!-- figures:begin[^\n]*-->\n).*?(\n<!-- figures:end -->)",
        lambda marks: marks[1] + table + marks[2],
        text,
        flags=re.DOTALL,
    )
    path.write_text(filled, encoding="utf-8")


def row(name: str, entry: Entry, is_default: bool, ms_a_face: float) -> list[str]:
    """A line of README's table."""
    summary, metrics = entry.metrics.summary, entry.metrics
    question = SPECS[name].question if name in SPECS else Question.EITHER
    across = metrics.cross_auc.get(question)
    return [
        f"`{name}`{' (default)' if is_default else ''}",
        ASKED[question],
        f"{entry.input.size} px",
        f"{entry.params / 1e6:.1f} M",
        f"{entry.bytes / 1e6:.1f} MB",
        f"{ms_a_face:.0f}",
        auc(summary.get("test"), mean_auc(metrics.test)),
        auc(summary.get("cross"), mean_auc(metrics.cross)),
        in_words(None if across is None else Estimate(across.mean, *(across.interval or (None, None)))),
        worst_of(across),
        auc(summary.get("videos"), None),
    ]


def worst_of(across: CrossMetrics | None) -> str:
    """The worst cell, and that it is worse than a coin where it is."""
    if across is None or across.worst is None:
        return in_words(None)
    worst = across.worst
    warning = ", worse than a coin" if worst.auc < EVEN_ODDS else ""
    return f"{worst.auc:.3f}{warning}: {worst.fakes} against {worst.reals}"


def auc(summary: Summary | None, mean: float | None) -> str:
    """The mean AUC with its interval, or `mean` without one where no summary was measured."""
    value = summary.auc if summary is not None else mean
    bounds = summary.interval if summary is not None else None
    return in_words(None if value is None else Estimate(value, *(bounds or (None, None))))


def latency_ms(name: str) -> float:
    """Median milliseconds of one face through the engine, on this machine."""
    detector = load_detector(name)
    shape = (1, 3, detector.input.size, detector.input.size)
    batch = np.random.default_rng(0).random(shape, dtype=np.float32)
    taken = []
    for _ in range(TIMED):
        started = time.perf_counter()
        detector.engine.logits(batch)
        taken.append(time.perf_counter() - started)
    return statistics.median(taken) * 1000


if __name__ == "__main__":
    main()
