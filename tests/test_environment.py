"""What a process asks of its libraries before it loads them: silence, and a number of threads."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest


def printed(program: str, **variables: str) -> str:
    """What a new Python prints; of our own and the libraries' variables it has those given."""
    dropped = ("UNBLEND_", "HF_", "GRADIO_", "WANDB_", "OMP_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        timeout=300,
        env={**kept, **variables},
        check=True,
    )
    return done.stdout.strip()


def test_the_number_of_threads_that_is_set_is_used_in_every_thread() -> None:
    program = (
        "from detector.environment import use_threads; use_threads(1)\n"
        "import torch, threading\n"
        "def work(): torch.rand(64, 64) @ torch.rand(64, 64); print(torch.get_num_threads())\n"
        "thread = threading.Thread(target=work); thread.start(); thread.join(); work()"
    )
    assert printed(program).split() == ["1", "1"]


def test_every_command_runs_on_the_threads_of_the_settings(tmp_path: Path) -> None:
    program = "from detector.cli import main; main(['doctor'])"
    no_weights = str(tmp_path)  # it would try them all
    assert "threads                 1 of" in printed(program, UNBLEND_THREADS="1", UNBLEND_WEIGHTS=no_weights)


@pytest.mark.parametrize("variables, off", [({}, True), ({"HF_HUB_DISABLE_TELEMETRY": "0"}, False)])
def test_libraries_report_nothing_unless_asked_to(variables: dict[str, str], off: bool) -> None:
    program = (
        "import detector, huggingface_hub.constants as constants; print(constants.HF_HUB_DISABLE_TELEMETRY)"
    )
    assert printed(program, **variables) == str(off)
