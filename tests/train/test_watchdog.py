"""A training under a watchdog: begun again when it froze or was killed, and only then; one watchdog a run."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from detector.cli import build_parser
from detector.cli.train import training_command
from detector.errors import SettingsError, TrainingError
from detector.experiments.sweep import Variant
from detector.train.watchdog import LOCK, LOG, OUTPUT, Timings, watch_over
from tests.conftest import ROOT
from tests.train.makers import make_data, tiny

FAST = Timings(first_wait_s=0.05, check_s=0.05, active_checks=3, stale_checks=20, restart_s=0.05, stop_s=5)
"""Frozen after a second without a sign of work."""

CHILD = """
import os, signal, sys, time
from pathlib import Path

run = Path(sys.argv[1])
with (run / "calls").open("a") as calls:
    calls.write(" ".join(["call", *sys.argv[2:]]) + "\\n")
attempt = len((run / "calls").read_text().splitlines())

def work(seconds, loud=True):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if loud:
            print("step", flush=True)
            time.sleep(0.01)

"""


def fake_training(run: Path, body: str) -> list[str]:
    """A command that does `body`, Python that knows `run`, `attempt` (from 1) and `work(seconds)`; its calls
    are kept in a file.
    """
    run.mkdir(exist_ok=True)
    script = run / "child.py"
    script.write_text(CHILD + body)
    return [sys.executable, str(script), str(run)]


def calls(run: Path) -> list[str]:
    return (run / "calls").read_text().splitlines()


def wait_for(happened: Callable[[], object], most_s: float = 60.0) -> None:
    end = time.monotonic() + most_s
    while not happened():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_training_that_ends_well_is_run_once(tmp_path: Path) -> None:
    told: list[str] = []
    watch_over(fake_training(tmp_path, "print('done')"), tmp_path, told.append, FAST)
    assert calls(tmp_path) == ["call"]
    assert told[-1] == "training ended well"
    assert [line.split("  ", 1)[1] for line in (tmp_path / LOG).read_text().splitlines()] == told
    assert (tmp_path / OUTPUT).read_text() == "done\n"


@pytest.mark.fidelity("0-14")
@pytest.mark.parametrize(
    "freeze",
    ["os.kill(os.getpid(), signal.SIGSTOP)", pytest.param("time.sleep(60)", marks=pytest.mark.slow)],
)
def test_a_frozen_training_is_begun_again_from_its_last_checkpoint(tmp_path: Path, freeze: str) -> None:
    told: list[str] = []
    body = f"if attempt == 1:\n    (run / 'last.ckpt').touch()\n    work(2)\n    {freeze}"
    watch_over(fake_training(tmp_path, body), tmp_path, told.append, FAST)
    assert calls(tmp_path) == ["call", "call --resume"]
    assert (
        "training froze: no CPU time and no new line in 20 checks, 0.05 s apart; begun again in 0.05 s (1"
        " of 5)" in told
    )


@pytest.mark.fidelity("0-14")
@pytest.mark.parametrize(
    ("ending", "words"),
    [
        ("os.kill(os.getpid(), signal.SIGKILL)", "training was killed by signal 9"),
        ("sys.exit(137)", "training was killed by signal 9"),
        ("sys.exit(143)", "training was killed by signal 15"),
        ("sys.exit(1)", "training ended with exit code 1"),
    ],
)
def test_a_training_that_was_killed_or_failed_is_begun_again(tmp_path: Path, ending: str, words: str) -> None:
    told: list[str] = []
    watch_over(fake_training(tmp_path, f"if attempt == 1:\n    {ending}"), tmp_path, told.append, FAST)
    assert calls(tmp_path) == ["call", "call"]  # there is no checkpoint yet
    assert f"{words}; begun again in 0.05 s (1 of 5)" in told


@pytest.mark.fidelity("0-14")
def test_one_that_always_fails_is_given_up_and_the_error_names_the_log(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=f"exit code 3, and 2 restarts did not help; see .*{OUTPUT}"):
        watch_over(fake_training(tmp_path, "sys.exit(3)"), tmp_path, print, FAST, restarts=2)
    assert len(calls(tmp_path)) == 3


def test_wrong_use_is_not_repeated_and_is_told_in_the_words_of_the_training(tmp_path: Path) -> None:
    body = "print('unblend: starting weights w do not exist', file=sys.stderr)\nsys.exit(2)"
    with pytest.raises(SettingsError, match=r"^starting weights w do not exist$"):
        watch_over(fake_training(tmp_path, body), tmp_path, print, FAST)
    assert len(calls(tmp_path)) == 1


@pytest.mark.slow
@pytest.mark.fidelity("0-14")
def test_a_busy_training_without_log_lines_is_not_taken_for_frozen(tmp_path: Path) -> None:
    watch_over(fake_training(tmp_path, "work(3, loud=False)"), tmp_path, print, FAST)
    assert len(calls(tmp_path)) == 1


@pytest.mark.slow
def test_work_done_by_a_process_of_the_training_counts(tmp_path: Path) -> None:
    busy = "import time\\nend = time.monotonic() + 2.5\\nwhile time.monotonic() < end: pass"
    body = f"import subprocess\nsubprocess.run([sys.executable, '-c', '{busy}'])"
    watch_over(fake_training(tmp_path, body), tmp_path, print, FAST)
    assert len(calls(tmp_path)) == 1


@pytest.mark.slow
def test_figures_in_the_log_count_as_work(tmp_path: Path) -> None:
    body = "log = run / 'logs' / 'version_0' / 'metrics.csv'\nlog.parent.mkdir(parents=True)\n"
    body += "for _ in range(10):\n    log.open('a').write('1,2')\n    time.sleep(0.3)"
    watch_over(fake_training(tmp_path, body), tmp_path, print, FAST)
    assert len(calls(tmp_path)) == 1


@pytest.mark.slow
def test_one_that_was_never_seen_at_work_is_not_judged(tmp_path: Path) -> None:
    late = Timings(
        first_wait_s=1.5, check_s=0.05, active_checks=3, stale_checks=10, restart_s=0.05
    )  # it has started by then
    watch_over(fake_training(tmp_path, "time.sleep(3)"), tmp_path, print, late)
    assert len(calls(tmp_path)) == 1


def watchdog_of(run: Path, body: str) -> subprocess.Popen[str]:
    """A process that watches over a fake training, once that runs."""
    program = (
        "import signal, sys\nfrom pathlib import Path\nfrom detector.train.watchdog import Timings,"
        " watch_over\n"
        # ignored where the tests run in the background
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "watch_over(sys.argv[2:], Path(sys.argv[1]), print, Timings(stop_s=5))"
    )
    words = [
        sys.executable,
        "-c",
        program,
        str(run),
        *fake_training(run, f"(run / 'pid').write_text(str(os.getpid()))\n{body}"),
    ]
    process = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    wait_for(lambda: (run / "pid").exists() and (run / "pid").read_text())
    return process


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_what_stops_the_watchdog_stops_the_training(tmp_path: Path, number: signal.Signals) -> None:
    watchdog = watchdog_of(tmp_path, "time.sleep(60)")
    watchdog.send_signal(number)
    assert "stopped from outside" in watchdog.communicate(timeout=60)[0]
    assert not is_running(int((tmp_path / "pid").read_text()))


@pytest.mark.fidelity("0-14")
def test_a_second_watchdog_is_refused_until_the_first_and_its_training_are_gone(tmp_path: Path) -> None:
    watchdog = watchdog_of(tmp_path, "time.sleep(60)")
    training = int((tmp_path / "pid").read_text())
    second = fake_training(tmp_path, "")
    with pytest.raises(
        SettingsError,
        match=f"is being trained already .watchdog {watchdog.pid}, training {training}.; stop that",
    ):
        watch_over(second, tmp_path, print, FAST)
    watchdog.kill()
    watchdog.communicate(timeout=60)
    with pytest.raises(SettingsError, match="is being trained already"):
        watch_over(second, tmp_path, print, FAST)
    os.kill(training, signal.SIGKILL)
    wait_for(lambda: not is_running(training) or "Z" in Path(f"/proc/{training}/stat").read_text())
    watch_over(second, tmp_path, print, FAST)
    assert len(calls(tmp_path)) == 2


def test_the_lock_of_a_dead_watchdog_is_taken_over(tmp_path: Path) -> None:
    (tmp_path / LOCK).write_text("watchdog 1, training 2")
    watch_over(fake_training(tmp_path, ""), tmp_path, print, FAST)
    assert calls(tmp_path) == ["call"]


@pytest.mark.parametrize(
    "more", [[], ["--init", "i", "--resume", "--workers", "3", "--tensorboard", "--wandb"]]
)
def test_the_process_is_given_the_words_of_the_command_but_that_it_is_watched_over(more: list[str]) -> None:
    args = build_parser().parse_args(
        ["-v", "train", "r.json", "--data", "d", "--out", "o", *more, "--watchdog"]
    )
    command = training_command(args)
    assert command[:3] == [sys.executable, "-m", "detector"]
    assert vars(build_parser().parse_args(command[3:])) == {**vars(args), "watchdog": False}


def test_a_watched_run_of_several_seeds_is_a_process_for_each(tmp_path: Path) -> None:
    args = build_parser().parse_args(
        ["train", "r.json", "--data", "d", "--out", "o", "--seeds", "4,5", "--watchdog"]
    )
    again = build_parser().parse_args(training_command(args, Variant(random_seed=5), resume=True)[3:])
    assert vars(again) == {**vars(args), "watchdog": False, "seeds": "5", "resume": True}


@pytest.mark.fidelity("0-14")
@pytest.mark.slow
def test_a_training_stopped_once_and_killed_once_ends_with_the_weights_of_an_unbroken_one(
    tmp_path: Path,
) -> None:
    data, recipe = make_data(tmp_path / "data"), tmp_path / "recipe.json"
    recipe.write_text(json.dumps(tiny(epochs=8)))

    def command(run: Path) -> list[str]:
        words = [
            "train",
            str(recipe),
            "--data",
            str(data),
            "--out",
            str(run),
            "--workers",
            "1",
            "--watchdog",
        ]
        return training_command(build_parser().parse_args(words))

    told: list[str] = []

    def harm() -> None:
        """Stop the first process after its first checkpoint, kill the second in its first epoch."""
        for number, sign in enumerate((signal.SIGSTOP, signal.SIGKILL)):
            wait_for(
                lambda before=number: (
                    tmp_path / "run" / "logs" / f"version_{before}" / "metrics.csv"
                ).exists(),
                120,
            )
            wait_for((tmp_path / "run" / "last.ckpt").exists, 120)
            process = [
                words.split()[3].strip(",") for words in told if words.startswith("training is process")
            ][number]
            os.kill(int(process), sign)

    unbroken = subprocess.Popen(
        command(tmp_path / "whole"), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    helper = threading.Thread(target=harm, daemon=True)
    helper.start()
    patient = Timings(first_wait_s=0.5, check_s=0.5, stale_checks=10, restart_s=0.1)
    watch_over(command(tmp_path / "run"), tmp_path / "run", told.append, patient)
    helper.join()
    assert unbroken.wait(timeout=120) == 0
    assert [words.split(":")[0].split(";")[0] for words in told if "begun again" in words] == [
        "training froze",
        "training was killed by signal 9",
    ]
    first, second = (torch.load(tmp_path / run / "last.ckpt", weights_only=False) for run in ("whole", "run"))
    assert first["global_step"] == second["global_step"] == 16
    assert first["state_dict"].keys() == second["state_dict"].keys()
    assert all(
        torch.equal(first["state_dict"][key], second["state_dict"][key]) for key in first["state_dict"]
    )
