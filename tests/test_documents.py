"""What the documents print is what the program prints."""

from __future__ import annotations

import re
import shlex

import pytest

from detector.cli import build_parser
from tests.conftest import ROOT
from tools.examples import DOCUMENTS, agree, rendered

PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *(ROOT / "docs").glob("*.md"),
    *(ROOT / "docs" / "experiments").glob("*.md"),
]
COMMAND = re.compile(r"^(?:\$ )?(?:UNBLEND_\w+=\S+ )*python -m detector ([^$\n]+)$", re.MULTILINE)
COMMANDS = {words for page in PAGES for words in COMMAND.findall(page.read_text(encoding="utf-8"))}


@pytest.mark.parametrize("page", DOCUMENTS)
def test_every_example_prints_what_the_document_says(page: str) -> None:
    documented = (ROOT / page).read_text(encoding="utf-8")
    printed = rendered(documented)
    assert agree(documented, printed), f"python -m tools.examples writes {page} anew:\n{printed}"


@pytest.mark.parametrize("words", sorted(COMMANDS))
def test_every_documented_command_is_one(words: str) -> None:
    assert callable(build_parser().parse_args(shlex.split(words.split(" 2>")[0], comments=True)).command)


@pytest.mark.parametrize(
    ("documented", "printed", "same"),
    [
        ("p_fake 0.6254", "p_fake 0.6255", True),
        ("p_fake 0.6254", "p_fake 0.6354", False),
        ("64 %", "63 %", False),
        ("multibranch-b4,e9da40ed974f,pytorch,0.188,", "multibranch-b4,e9da40ed974f,pytorch,0.268,", True),
        ("multibranch-b4 uncertain", "sbi-efficientnet-b4 uncertain", False),
        ("uncertain 0.6 3", "uncertain 0.6 3 4.0", False),
    ],
)
def test_texts_agree_but_for_seconds_and_the_last_decimals(documented: str, printed: str, same: bool) -> None:
    assert agree(documented, printed) is same
