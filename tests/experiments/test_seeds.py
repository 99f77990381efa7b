"""Several random seeds: one run each, and a table of what chance does."""

from __future__ import annotations

import json
import statistics
from pathlib import Path

import pandas as pd
import pytest
import torch

from detector.cli import main
from detector.errors import SettingsError
from detector.experiments.candidate import write_spread
from detector.experiments.sweep import parse_seeds
from tests.train.makers import make_data
from tests.train.test_run import weights_of, write_recipe

LABELS = [0, 0, 1, 1]


def leave(out: Path, seed: int, logits: list[float], labels: list[int] = LABELS) -> None:
    """The predictions that a run of this seed leaves."""
    (out / f"seed-{seed}").mkdir(parents=True)
    pd.DataFrame({"source": "a", "label": labels, "logit": logits}).to_csv(
        out / f"seed-{seed}" / "tune-logits.csv", index=False
    )


@pytest.mark.fidelity("2-14", "3-17")
def test_the_spread_and_the_ensemble_by_hand(tmp_path: Path) -> None:
    leave(tmp_path, 1, [0.0, 3.0, 1.0, 4.0])  # 3 of 4 pairs in order
    leave(tmp_path, 2, [3.0, 0.0, 4.0, 1.0])  # 3 of 4
    leave(tmp_path, 3, [0.0, 0.0, 1.0, 1.0])  # 4 of 4
    write_spread(tmp_path, parse_seeds("1,2,3"))
    content = json.loads((tmp_path / "seeds.json").read_text())
    assert [content["seeds"][seed]["a"] for seed in "123"] == [0.75, 0.75, 1.0]
    assert content["auc"]["a"]["mean"] == pytest.approx(5 / 6)
    assert content["auc"]["a"]["sd"] == pytest.approx(statistics.stdev([0.75, 0.75, 1.0]))
    assert content["auc"]["mean"]["ensemble"] == 1.0  # mean logits 1, 1, 2, 2
    lines = (tmp_path / "seeds.md").read_text().splitlines()
    assert lines[0] == "| AUC on tune | seed 1 | seed 2 | seed 3 | mean ± sd | mean logit of 3 |"
    assert lines[2] == "| a | 0.750 | 0.750 | 1.000 | 0.833 ± 0.144 | 1.000 |"


def test_a_single_seed_has_no_spread(tmp_path: Path) -> None:
    leave(tmp_path, 5, [0.0, 1.0, 2.0, 3.0])
    write_spread(tmp_path, parse_seeds("5"))
    assert json.loads((tmp_path / "seeds.json").read_text())["auc"]["a"] == {
        "mean": 1.0,
        "sd": 0.0,
        "ensemble": 1.0,
    }


def test_runs_on_other_pictures_or_without_an_end_are_named(tmp_path: Path) -> None:
    leave(tmp_path, 1, [0.0, 1.0, 2.0, 3.0])
    leave(tmp_path, 2, [0.0, 1.0, 2.0, 3.0], labels=[1, 0, 1, 0])
    with pytest.raises(SettingsError, match="validated on different pictures"):
        write_spread(tmp_path, parse_seeds("1,2"))
    with pytest.raises(SettingsError, match=r"seed-3 holds no tune-logits\.csv"):
        write_spread(tmp_path, parse_seeds("1,3"))


@pytest.mark.fidelity("2-14", "3-17")
@pytest.mark.slow
def test_the_command_trains_a_run_for_each_seed_and_compares_them(tmp_path: Path) -> None:
    data, out = make_data(tmp_path / "data"), tmp_path / "runs"
    recipe = write_recipe(tmp_path, sizes={"0": 32}, epochs=1, epoch_steps=1)
    words = ["train", str(recipe), "--data", str(data), "--out", str(out), "--workers", "0", "--seeds", "7,8"]
    assert main(words) == 0
    first, second = (weights_of(out / f"seed-{seed}" / "last.ckpt") for seed in (7, 8))
    assert not all(torch.equal(first[key], second[key]) for key in first)
    assert json.loads((out / "seed-8" / "recipe.json").read_text())["random_seed"] == 8
    assert set(json.loads((out / "seeds.json").read_text())["seeds"]) == {"7", "8"}
    assert main(words) == 2  # the folders hold runs
