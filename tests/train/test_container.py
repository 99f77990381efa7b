"""The container of training and the example of its environment: read, not built."""

from __future__ import annotations

import fnmatch
import re
import subprocess
from pathlib import Path

import pytest

from detector.settings import MEANINGS, PREFIX, Settings
from tests.conftest import ROOT

CONTAINER, EXAMPLE = ROOT / "Dockerfile.train", ROOT / ".env.example"
KNOWN = {"ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "FROM", "RUN", "USER", "VOLUME", "WORKDIR"}


def instructions() -> list[tuple[str, str]]:
    """The lines of the Dockerfile, continued ones joined: the word they begin with, and the rest."""
    kept = [
        line
        for line in CONTAINER.read_text(encoding="utf-8").splitlines()
        if line.strip() and not line.startswith("#")
    ]
    joined = re.sub(r"\\\n\s*", "", "\n".join(kept)).splitlines()
    return [(line.split(maxsplit=1)[0], line.split(maxsplit=1)[1]) for line in joined]


def variables() -> dict[str, str]:
    """The variables of the example, as if every # before one had been taken away."""
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    matches = [re.fullmatch(r"# ([A-Z_]+)=(\S*)", line) for line in lines]
    return {match[1]: match[2] for match in matches if match}


@pytest.mark.fidelity("0-22")
def test_every_line_is_an_instruction_and_its_shell_can_be_parsed() -> None:
    assert {name for name, _ in instructions()} <= KNOWN
    for name, words in instructions():
        if name == "RUN":
            done = subprocess.run(["sh", "-n", "-c", words], capture_output=True, text=True)
            assert done.returncode == 0, done.stderr


@pytest.mark.fidelity("0-22")
def test_what_is_copied_exists_and_is_not_left_out_of_the_build() -> None:
    ignored = (ROOT / "Dockerfile.train.dockerignore").read_text(encoding="utf-8").split()
    named = [
        source
        for name, words in instructions()
        if name == "COPY" and "--from" not in words
        for source in words.split()[:-1]
    ]
    files = [source for source in named if not source.startswith("--")]
    assert "requirements-train.txt" in files
    for source in files:
        assert (ROOT / source).exists()
        assert not [pattern for pattern in ignored if fnmatch.fnmatch(source, pattern)]
    assert {".git", ".env", "runs", "*.ckpt"} <= set(ignored)


@pytest.mark.fidelity("0-22", "3-18")
def test_versions_are_those_of_the_constraints_and_nobody_is_root() -> None:
    installs = [
        part
        for name, words in instructions()
        if name == "RUN"
        for part in words.split("&&")
        if "pip install" in part
    ]
    assert installs
    assert all("-c constraints.txt" in part for part in installs)
    users = [words for name, words in instructions() if name == "USER"]
    assert users == ["user"]
    assert instructions()[-2] == ("ENTRYPOINT", '["python", "-m", "detector"]')


@pytest.mark.parametrize("path", [CONTAINER, EXAMPLE], ids=lambda path: path.name)
def test_no_place_of_one_person_is_named(path: Path) -> None:
    assert not re.findall(r"/home/|/Users/|/root|~/|[A-Z]:\\", path.read_text(encoding="utf-8"))


@pytest.mark.fidelity("0-22")
def test_the_example_names_every_setting_with_its_default() -> None:
    ours = {name.removeprefix(PREFIX) for name in variables() if name.startswith(PREFIX)}
    assert ours == set(MEANINGS)
    assert Settings.from_env(variables()) == Settings.from_env({})


@pytest.mark.fidelity("0-22")
def test_the_example_sets_nothing_and_sends_nothing() -> None:
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    assert not [line for line in lines if line and not line.startswith("#")]
    assert variables()["WANDB_MODE"] == "offline"
    assert variables()["WANDB_API_KEY"] == ""
