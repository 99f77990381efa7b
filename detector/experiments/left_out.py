"""Runs that each left one source out to what they are worth on it: transfer within the training data, whose
sets all differ in origin.
"""

from __future__ import annotations

import json
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from detector.data.index import INDEX
from detector.evaluate.metrics import Estimate
from detector.evaluate.predict import predict
from detector.evaluate.report.markdown import grid, in_words, number
from detector.evaluate.results import Figures
from detector.experiments.candidate import figures_on_trial, trial_detector
from detector.experiments.sweep import Variant
from detector.pipeline import Progress

TABLE, JUDGED, SPLIT = "left-out", "val.csv", "val"


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

    Judged are all pictures of the split `val`, faces found by the pipeline, by the best round on what was
    left of `tune`; predictions are kept in `out`/val.csv, so that an interrupted call goes on where it was.
    `size` None is the last of the recipe. Raises DetectorError.
    """
    detectors = [trial_detector(run.folder(out), size=size) for run in runs]
    found = predict(data / INDEX, detectors, out=out / JUDGED, split=SPLIT, progress=progress)
    by_run = dict(zip((run.leave_out for run in runs), figures_on_trial(detectors, found), strict=True))
    table = left_out_table(by_run)
    (out / f"{TABLE}.json").write_text(json.dumps(table, indent=2) + "\n", encoding="utf-8")
    path = out / f"{TABLE}.md"
    path.write_text(left_out_markdown(table), encoding="utf-8")
    return path


def left_out_table(by_run: Mapping[str, Figures]) -> dict[str, Any]:
    """Figures by the source that their run left out, to AUCs by source: of that run, and the mean of those
    that were trained on it.

    A source is in the table where a run left it out and it has an AUC; "mean" is over those sources.
    """
    aucs = {
        left: {one.name: one.auc for one in figures.of("source") if one.auc is not None}
        for left, figures in by_run.items()
    }
    sources = {}
    for name, own in aucs.items():
        if name not in own:
            continue
        others = [other[name].value for left, other in aucs.items() if left != name and name in other]
        sources[name] = {
            "left_out": own[name].value,
            "interval": [own[name].low, own[name].high],
            "trained_on": statistics.mean(others) if others else None,
        }
    known = [one["trained_on"] for one in sources.values() if one["trained_on"] is not None]
    return {
        "auc": sources,
        "mean": {
            "left_out": statistics.mean(one["left_out"] for one in sources.values()) if sources else None,
            "trained_on": statistics.mean(known) if known else None,
        },
    }


def left_out_markdown(table: Mapping[str, Any]) -> str:
    """The same as a table: what a source is judged like when it was never seen, and when it was."""
    head = ["AUC on val", "by the run that left it out", "mean of the runs that were trained on it"]
    rows = [
        [name, in_words(Estimate(one["left_out"], *one["interval"])), number(one["trained_on"])]
        for name, one in table["auc"].items()
    ]
    mean = table["mean"]
    return grid(head, [*rows, ["mean", number(mean["left_out"]), number(mean["trained_on"])]]) + "\n"
