"""Figures of several runs of one recipe to their mean and spread, so that one lucky run is not taken for a
better recipe.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence

from detector.evaluate.metrics import Estimate
from detector.evaluate.report.markdown import grid, number
from detector.evaluate.results import Figures


def aucs_of_parts(figures: Figures) -> dict[str, float]:
    """The AUC of each part, and their mean: of the sets where there are several, else of the sources; else of
    all files alone.
    """
    sets, sources = figures.of("set"), figures.of("source")
    kind, mean = (
        (sets, figures.mean_of_sets)
        if figures.mean_of_sets is not None
        else (sources, figures.mean_of_sources)
    )
    named: dict[str, Estimate | None] = (
        {one.name: one.auc for one in kind} if mean is not None else {"all": figures.whole.auc}
    )
    named |= {"mean": mean} if mean is not None else {}
    return {name: auc.value for name, auc in named.items() if auc is not None}


def spread_markdown(by_run: Mapping[str, Figures]) -> str:
    """A table of the AUC of each part by each run, their mean and the standard deviation of the sample (of
    one run: none).
    """
    aucs = {run: aucs_of_parts(figures) for run, figures in by_run.items()}
    parts = [name for name in next(iter(aucs.values())) if all(name in one for one in aucs.values())]
    rows = [
        [
            name,
            *(number(one[name]) for one in aucs.values()),
            mean_and_spread([one[name] for one in aucs.values()]),
        ]
        for name in parts
    ]
    return grid(["AUC", *aucs, "mean ± sd"], rows)


def mean_and_spread(values: Sequence[float]) -> str:
    """Mean and standard deviation in words."""
    return f"{statistics.mean(values):.3f}" + (
        f" ± {statistics.stdev(values):.3f}" if len(values) > 1 else ""
    )
