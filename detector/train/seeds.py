"""One recipe trained with several random seeds to what chance does to its figures, and to what the runs are worth together."""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from detector.errors import SettingsError

TABLE, PREDICTIONS = "seeds", "tune-logits.csv"


def parse_seeds(words: str) -> list[int]:
    """The random seeds in "1,2,3"; raises SettingsError where that is no list of different whole numbers."""
    names = [name.strip() for name in words.split(",")]
    if not all(name.isascii() and name.isdigit() for name in names) or len(set(map(int, names))) < len(names):
        raise SettingsError(f"--seeds is {words!r}; it must be different whole numbers joined by commas, e.g. 1,2,3")
    return [int(name) for name in names]


def seed_folder(out: Path, seed: int) -> Path:
    """Where the run with this random seed lies, inside the folder of all of them."""
    return out / f"seed-{seed}"


def train_seeds(out: Path, seeds: Sequence[int], train_one: Callable[[int, Path, bool], object], resume: bool = False) -> None:
    """Call `train_one` (random seed, folder, whether it goes on from a checkpoint) for each of `seeds`, one after the other.

    With `resume` a run that was begun goes on, and a finished one is left as it is; else a folder that holds one is refused.
    """
    for seed in seeds:
        folder = seed_folder(out, seed)
        begun = (folder / "last.ckpt").exists()
        if begun and not resume:
            raise SettingsError(f"{folder} already holds a run; give --resume to go on with it, or another folder")
        train_one(seed, folder, begun)


def write_spread(out: Path, seeds: Sequence[int]) -> Path:
    """Write seeds.json and seeds.md into `out`: the AUCs of each run on `tune`, their mean and spread, and those of the ensemble.

    The ensemble's logit is the mean of the runs' logits. Raises SettingsError where a run has not been finished.
    """
    from detector.train.module import aucs_of  # here, so that what only supervises loads no torch
    from detector.train.outcome import markdown

    tables = [_predictions(seed_folder(out, seed)) for seed in seeds]
    first = tables[0]
    if not all(table[["source", "label"]].equals(first[["source", "label"]]) for table in tables):
        raise SettingsError(f"the runs in {out} were validated on different pictures; train them on the same index")
    labels, sources = first["label"].to_numpy(), first["source"].to_numpy()
    logits = np.stack([table["logit"].to_numpy(np.float64) for table in tables])
    aucs = [_with_mean(aucs_of(row, labels, sources)) for row in logits]
    together = _with_mean(aucs_of(logits.mean(axis=0), labels, sources))
    spread = {name: _spread([one[name] for one in aucs], together[name]) for name in together}
    named = {str(seed): one for seed, one in zip(seeds, aucs, strict=True)}
    (out / f"{TABLE}.json").write_text(json.dumps({"seeds": named, "auc": spread}, indent=2) + "\n", encoding="utf-8")
    head = ["AUC on tune", *(f"seed {seed}" for seed in seeds), "mean ± sd", f"mean logit of {len(seeds)}"]
    rows = [
        [name, *(f"{one[name]:.3f}" for one in aucs), f"{of['mean']:.3f} ± {of['sd']:.3f}", f"{of['ensemble']:.3f}"]
        for name, of in spread.items()
    ]
    path = out / f"{TABLE}.md"
    path.write_text(markdown([head, *rows]), encoding="utf-8")
    return path


def _predictions(run: Path) -> pd.DataFrame:
    path = run / PREDICTIONS
    if not path.exists():
        raise SettingsError(f"{run} holds no {PREDICTIONS}, so its run has not been finished; go on with --resume")
    return pd.read_csv(path, dtype={"source": str})


def _with_mean(aucs: dict[str, float]) -> dict[str, float]:
    return {**aucs, "mean": statistics.mean(aucs.values())}


def _spread(aucs: Sequence[float], ensemble: float) -> dict[str, Any]:
    """Mean, standard deviation (of the sample; 0 of a single run), and the ensemble's."""
    return {"mean": statistics.mean(aucs), "sd": statistics.stdev(aucs) if len(aucs) > 1 else 0.0, "ensemble": ensemble}
