"""What a run is logged to: CSV always, TensorBoard and Weights & Biases on demand, and nothing is sent."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from detector.train.loggers import (
    CSV_ALONE,
    CSVLogger,
    Logs,
    TensorBoardLogger,
    loggers,
)  # not from Lightning before `detector` is there
from detector.train.recipe import parse_recipe
from tests.conftest import ROOT
from tests.train.makers import TINY, make_data
from tests.train.test_run import write_recipe

RECIPE = parse_recipe(TINY, "r")


@pytest.mark.fidelity("0-15")
def test_csv_alone_is_what_nobody_has_to_ask_for(tmp_path: Path) -> None:
    (only,) = loggers(tmp_path, CSV_ALONE, RECIPE)
    assert isinstance(only, CSVLogger)
    assert Path(only.log_dir) == tmp_path / "logs" / "version_0"


def test_a_resumed_run_has_a_csv_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "logs" / "version_0").mkdir(parents=True)
    assert Path(loggers(tmp_path, CSV_ALONE, RECIPE)[0].log_dir).name == "version_1"


@pytest.mark.fidelity("0-15")
def test_tensorboard_writes_events_into_the_run(tmp_path: Path) -> None:
    of_csv, of_tensorboard = loggers(tmp_path, Logs(tensorboard=True), RECIPE)
    assert isinstance(of_csv, CSVLogger) and isinstance(of_tensorboard, TensorBoardLogger)
    of_tensorboard.log_metrics({"loss": 0.5}, step=1)
    of_tensorboard.save()
    assert list((tmp_path / "tensorboard").glob("events.*"))


@pytest.mark.fidelity("0-15")
@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("wandb") is None, reason="the package wandb is not installed")
def test_wandb_without_a_key_writes_into_the_run_and_sends_nothing(tmp_path: Path) -> None:
    data = make_data(tmp_path / "data")
    recipe, out = write_recipe(tmp_path, sizes={"0": 32}, epochs=1, epoch_steps=1), tmp_path / "run"
    without = {name: value for name, value in os.environ.items() if not name.startswith("WANDB_")}
    words = [
        sys.executable,
        "-m",
        "detector",
        "train",
        str(recipe),
        "--data",
        str(data),
        "--out",
        str(out),
        "--workers",
        "0",
        "--wandb",
    ]
    done = subprocess.run(words, cwd=ROOT, env=without, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-3000:]
    (folder,) = (out / "wandb").glob("offline-run-*")
    (kept,) = folder.glob("run-*.wandb")
    assert b"auc_mean" in kept.read_bytes()
    assert (out / "metrics.json").exists()
