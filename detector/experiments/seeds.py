"""Runs of one recipe with several random seeds to what chance does to its figures on `tune`, and to what they
are worth together.
"""

from __future__ import annotations

import json
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from detector.errors import SettingsError
from detector.evaluate.report.markdown import grid
from detector.experiments.sweep import Variant

TABLE = "seeds"
PREDICTIONS = "tune-logits.csv"
"""As `train.run_report` names it; written here too, so that what only supervises loads no torch."""


def write_spread(out: Path, runs: Sequence[Variant]) -> Path:
    """Write seeds.json and seeds.md into `out`: the AUCs of each run on `tune`, their mean and spread, and
    those of the ensemble.

    The ensemble's logit is the mean of the runs' logits. Raises SettingsError where a run has not been
    finished.
    """
    from detector.train.module import aucs_of  # here, so that what only supervises loads no torch

    tables = [_predictions(run.folder(out)) for run in runs]
    seeds = [run.random_seed for run in runs]
    first = tables[0]
    if not all(table[["source", "label"]].equals(first[["source", "label"]]) for table in tables):
        raise SettingsError(
            f"the runs in {out} were validated on different pictures; train them on the same index"
        )
    labels, sources = first["label"].to_numpy(), first["source"].to_numpy()
    logits = np.stack([table["logit"].to_numpy(np.float64) for table in tables])
    aucs = [_with_mean(aucs_of(row, labels, sources)) for row in logits]
    together = _with_mean(aucs_of(logits.mean(axis=0), labels, sources))
    spread = {name: _spread([one[name] for one in aucs], together[name]) for name in together}
    named = {str(seed): one for seed, one in zip(seeds, aucs, strict=True)}
    (out / f"{TABLE}.json").write_text(
        json.dumps({"seeds": named, "auc": spread}, indent=2) + "\n", encoding="utf-8"
    )
    head = ["AUC on tune", *(f"seed {seed}" for seed in seeds), "mean ± sd", f"mean logit of {len(seeds)}"]
    rows = [
        [
            name,
            *(f"{one[name]:.3f}" for one in aucs),
            f"{of['mean']:.3f} ± {of['sd']:.3f}",
            f"{of['ensemble']:.3f}",
        ]
        for name, of in spread.items()
    ]
    path = out / f"{TABLE}.md"
    path.write_text(f"{grid(head, rows)}\n", encoding="utf-8")
    return path


def _predictions(run: Path) -> pd.DataFrame:
    path = run / PREDICTIONS
    if not path.exists():
        raise SettingsError(
            f"{run} holds no {PREDICTIONS}, so its run has not been finished; go on with --resume"
        )
    return pd.read_csv(path, dtype={"source": str})


def _with_mean(aucs: dict[str, float]) -> dict[str, float]:
    return {**aucs, "mean": statistics.mean(aucs.values())}


def _spread(aucs: Sequence[float], ensemble: float) -> dict[str, Any]:
    """Mean, standard deviation (of the sample; 0 of a single run), and the ensemble's."""
    return {
        "mean": statistics.mean(aucs),
        "sd": statistics.stdev(aucs) if len(aucs) > 1 else 0.0,
        "ensemble": ensemble,
    }
