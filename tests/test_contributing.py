"""CONTRIBUTING's ten lines for a new detector, followed to the letter in a folder of their own: from spec to
verdict; and its walks, whose places are there.
"""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.train.makers import make_data, tiny

CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
NAME = "sbi-efficientnet-lite0"
SHORT = tiny(
    detector=NAME,
    why="an example",
    sizes={"0": 64},
    epochs=2,
    epoch_steps=15,
    learning_rate=0.002,
    synthesis={"share": 0.0},
    average_decay=0.8,
)
"""What makes the copied recipe fit drawn faces and half a minute."""


def lines() -> list[str]:
    """The ten lines, in order."""
    text = CONTRIBUTING.split("To add a fifteenth:")[1].split("`tests/test_contributing.py`")[0]
    return re.split(r"^\d+\. ", text, flags=re.MULTILINE)[1:]


def merged(value: object, short: object) -> object:
    """A key of the copied recipe as the example has it; what it does not name of a section stays."""
    both = isinstance(value, dict) and isinstance(short, dict)
    return {**value, **short} if both and "0" not in short else short  # type: ignore[dict-item]


def command_of(line: str) -> str:
    match = re.search(r"`([^`]+)`", line)
    assert match, line
    return match[1]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the package with the pictures beside it, and no weights."""
    shutil.copytree(ROOT / "detector", tmp_path / "detector", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "assets").symlink_to(ROOT / "assets")
    make_data(tmp_path / "data", each=8)
    return tmp_path


def run(command: str, folder: Path) -> str:
    """What a line's command prints in `folder`, its DATA being the drawn faces."""
    words = command.replace("DATA", "data").split()
    words[0] = sys.executable if words[0] == "python" else words[0]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("UNBLEND_")}
    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, f"{command}\n{done.stderr[-3000:]}"
    return done.stdout


def definitions(module: Path) -> set[str]:
    """Functions, classes and methods of a module, as in `Pairs.__getitem__`."""
    names = set()
    for node in ast.parse(module.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        if isinstance(node, ast.ClassDef):
            names |= {
                f"{node.name}.{inner.name}" for inner in node.body if isinstance(inner, ast.FunctionDef)
            }
    return names


def test_every_place_of_the_three_walks_is_there() -> None:
    walks = CONTRIBUTING.split("## Three walks")[1]
    places = re.findall(r"`(detector/\S+\.py): (\S+)`", walks)
    assert len(places) >= 30
    assert [(path, name) for path, name in places if name not in definitions(ROOT / path)] == []


@pytest.mark.slow
def test_a_new_detector_comes_from_its_spec_to_a_verdict(checkout: Path) -> None:
    _, spec, _, copy, _, train, publish, analyze, *_ = lines()
    block = re.search(r"```python\n(.*?)```", spec, re.DOTALL)
    assert block
    specs = checkout / "detector" / "zoo" / "specs.py"
    before, after = specs.read_text(encoding="utf-8").split("    for spec in (\n")
    specs.write_text(before + "    for spec in (\n" + block[1].rstrip() + ",\n" + after, encoding="utf-8")

    run(command_of(copy), checkout)
    recipe = checkout / command_of(copy).split()[-1]
    recipe.write_text(
        json.dumps(
            {
                key: merged(value, SHORT.get(key, value))
                for key, value in json.loads(recipe.read_text()).items()
            }
        )
    )
    run(command_of(train), checkout)
    run(command_of(publish), checkout)

    assert (checkout / "weights" / f"{NAME}.md").exists()
    answer = json.loads(run(command_of(analyze) + " --json", checkout))
    assert answer["detector"]["name"] == NAME
    assert answer["verdict"] in ("likely real", "likely fake", "uncertain")
    assert 0 < answer["p_fake"] < 1
    listed = {row["name"]: row for row in json.loads(run("python -m detector models --json", checkout))}
    assert listed[NAME]["trained"] and listed[NAME]["file_mb"] > 5
    assert len(listed) == 15
