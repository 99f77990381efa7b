"""What docs/doors.md prints is what the program knows: commands, settings, and refusals
that need no network.
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from detector.cli import build_parser, main
from detector.settings import MEANINGS, PREFIX
from tests.conftest import ROOT

DOORS = (ROOT / "docs" / "doors.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^\$ ((?:UNBLEND_\w+=\S+ )*)python -m detector (.+)\n(.*)", DOORS, flags=re.MULTILINE)
"""Settings, words and the first line of what was said."""


@pytest.mark.parametrize("words", sorted({words for _, words, _ in EXAMPLES}))
def test_every_printed_command_is_one(words: str) -> None:
    assert callable(build_parser().parse_args(shlex.split(words.split(" 2>")[0])).command)


def test_every_command_has_its_example() -> None:
    shown = {words.split()[0] for _, words, _ in EXAMPLES}
    assert shown >= {
        "scan",
        "analyze",
        "explain",
        "models",
        "doctor",
        "evaluate",
        "data",
        "train",
        "publish",
        "serve",
    }


def test_every_setting_is_named_and_none_besides() -> None:
    named = set(re.findall(rf"`{PREFIX}([A-Z_]+)`", DOORS))
    assert named == set(MEANINGS)


@pytest.mark.parametrize(
    ("environ", "words", "said"),
    [one for one in EXAMPLES if "UNBLEND_FRAME" in one[0] or "--port 80000" in one[1]],
)
def test_a_printed_refusal_is_what_is_said(
    environ: str, words: str, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for pair in environ.split():
        monkeypatch.setenv(*pair.split("="))
    assert main(shlex.split(words)) == 2
    assert capsys.readouterr().err.strip() == said


def test_readme_leads_to_the_doors() -> None:
    assert "docs/doors.md" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_link_of_the_doors_leads_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", DOORS):
        assert (Path(ROOT) / "docs" / target).exists(), target
