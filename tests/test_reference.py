"""docs/cli.md and docs/settings.md are what the program says of itself."""

from __future__ import annotations

import re
from argparse import ArgumentParser

import pytest

from detector.cli import build_parser
from detector.settings import MEANINGS, PREFIX
from tools.reference import cli_page, commands_of, pages, settings_page


def test_the_pages_are_what_the_program_says() -> None:
    for page, said in pages().items():
        assert page.read_text(encoding="utf-8") == said, "python -m tools.reference"


def test_every_command_has_its_part_in_the_order_of_the_help() -> None:
    headings = re.findall("^## (.+)$", cli_page(build_parser()), re.MULTILINE)
    assert headings == [command.name for command in commands_of(build_parser())]
    assert "data prepare" in headings and headings[0] == "scan"


def test_a_command_of_its_own_is_told_with_its_sentence_and_options(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    parser = ArgumentParser(prog="unblend")
    commands = parser.add_subparsers()
    commands.add_parser("sing", help="make a sound").add_argument("--loud", help="wake the neighbours")
    told = cli_page(parser).partition("## sing")[2]
    assert "\nMake a sound.\n" in told
    assert re.search(r"--loud LOUD +wake the neighbours", told)


def test_every_setting_is_named_once_and_none_besides() -> None:
    assert re.findall(rf"`{PREFIX}([A-Z_]+)`", settings_page()) == list(MEANINGS)
