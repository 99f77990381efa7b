"""Several processes of `torchrun`: what each sees of a step, and that together they make the step of one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from detector.cli import build_parser
from detector.cli.train import train_command
from detector.errors import SettingsError
from detector.train.distributed import ALONE, Processes, join_processes, own_parts, started_processes
from detector.train.run import train
from tests.conftest import ROOT
from tests.train.makers import make_data, tiny


def test_one_process_gets_every_pair_in_order() -> None:
    assert own_parts(6, 3) == [[0, 1, 2], [3, 4, 5]]


@pytest.mark.fidelity("4-21")
def test_processes_share_every_part_without_overlap() -> None:
    first, second = (own_parts(8, 4, Processes(2, rank, 2)) for rank in (0, 1))
    assert first == [[0, 1], [4, 5]]
    assert second == [[2, 3], [6, 7]]


def test_a_part_that_cannot_be_shared_is_refused() -> None:
    with pytest.raises(SettingsError, match="3 pairs cannot be shared by 2 processes"):
        own_parts(6, 3, Processes(2, 0, 2))


def test_without_torchrun_a_process_is_alone_and_writes() -> None:
    assert join_processes() == ALONE
    assert ALONE.writes
    assert ALONE.agree("32-true") == "32-true"
    assert not Processes(2, 1, 2).writes


@pytest.mark.fidelity("4-21")
@pytest.mark.slow
def test_two_processes_of_four_pairs_have_the_gradients_of_one_with_eight(tmp_path: Path) -> None:
    data, recipe = make_data(tmp_path / "data"), tmp_path / "recipe.json"
    step = {
        "optimiser": {"name": "sgd"},
        "learning_rate": 1.0,
        "weight_decay": 0.0,
        "clip_norm": 1e6,
        "warmup_steps": 0,
        "frozen_norms": True,
    }
    recipe.write_text(json.dumps(tiny(sizes={"0": 32}, epochs=1, epoch_steps=1, batch_pairs=8, **step)))
    train(recipe, data, tmp_path / "one", workers=0)
    words = [
        sys.executable,
        "-m",
        "torch.distributed.run",
        "--standalone",
        "--nproc_per_node=2",
        "-m",
        "detector",
        "train",
        str(recipe),
    ]
    words += ["--data", str(data), "--out", str(tmp_path / "two"), "--workers", "0"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.splitlines().count(str(tmp_path / "two")) == 1  # told by one of them
    one, two = (torch.load(tmp_path / name / "last.ckpt", weights_only=False) for name in ("one", "two"))
    buffers = [
        run["optimizer_states"][0]["state"] for run in (one, two)
    ]  # Nesterov's momentum after one step: the gradient
    assert len(buffers[0]) == len(buffers[1]) > 50
    assert max(state["momentum_buffer"].abs().max().item() for state in buffers[0].values()) > 1e-3
    for number, state in buffers[0].items():
        assert torch.allclose(
            state["momentum_buffer"], buffers[1][number]["momentum_buffer"], rtol=0, atol=1e-5
        )
    for key, value in one["state_dict"].items():  # the average of weights too
        assert torch.allclose(value.float(), two["state_dict"][key].float(), rtol=0, atol=1e-5)
    assert len(list((tmp_path / "two" / "logs").glob("*"))) == 1
    assert json.loads((tmp_path / "two" / "metrics.json").read_text())["processes"] == 2


def test_what_torchrun_started_has_no_watchdog(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "TORCHELASTIC_RUN_ID": "none",
        "WORLD_SIZE": "4",
        "RANK": "3",
        "LOCAL_WORLD_SIZE": "2",
    }.items():
        monkeypatch.setenv(name, value)
    assert started_processes() == Processes(4, 3, 2)
    assert started_processes().machines == 2
    args = build_parser().parse_args(["train", "r.json", "--data", "d", "--out", str(tmp_path), "--watchdog"])
    with pytest.raises(
        SettingsError,
        match="--watchdog watches one process; with several give torchrun its own --max-restarts",
    ):
        train_command(args)


def test_what_watches_loads_no_torch() -> None:
    program = (
        "import sys, detector.train.watchdog, detector.experiments.sweep, detector.train.distributed;"
        " sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT).returncode == 0
