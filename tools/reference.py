"""Write docs/cli.md and docs/settings.md from what the program says of itself; `--check` compares.

Usage: python -m tools.reference [--check]
"""

from __future__ import annotations

import argparse
import os
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from detector.cli import build_parser
from detector.settings import MEANINGS, PREFIX

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
COLUMNS = "80"
"""Of the help texts, wherever this runs."""

GENERATED = "<!-- Written by python -m tools.reference from what the program says. -->"

CLI = """# Command line

{generated}

What each command takes, as `--help` says it. What they print: [examples](examples.md). Data goes to stdout,
progress and messages to stderr; a message begins with `unblend:`. In a checkout, `python -m detector` stands
for `unblend`.

| exit code | means |
|---|---|
| 0 | done; `no face found` and `uncertain` are answers |
| 1 | a file could not be read, `doctor` found something to mend, or there was nothing to draw |
| 2 | wrong use: words, settings, weights, engine |
| 130, 141 | Ctrl-C; a reader of the output that went away |
"""

SETTINGS = """# Settings

{generated}

Environment variables, for every door. One that is not set, or empty, takes the default in brackets; an
unknown name or an impossible value is refused in one line, with exit code 2. `unblend doctor` prints them and
what they are set to.

| variable | what it is |
|---|---|
"""


@dataclass(frozen=True)
class Command:
    """A command by its words, with the sentence of the list of commands."""

    name: str
    sentence: str
    parser: ArgumentParser


def commands_of(parser: ArgumentParser, prefix: str = "") -> Iterator[Command]:
    """The commands of a parser in the order of its help, those of commands among them."""
    for action in parser._actions:  # argparse has no public way
        if isinstance(action, argparse._SubParsersAction):
            sentences = {choice.dest: choice.help or "" for choice in action._choices_actions}
            for name, command in action.choices.items():
                yield Command(prefix + name, sentences[name], command)
                yield from commands_of(command, f"{prefix}{name} ")


def cli_page(parser: ArgumentParser) -> str:
    """The page of all commands."""
    parts = [CLI.format(generated=GENERATED), _shown(parser)]
    for command in commands_of(parser):
        sentence = command.sentence[:1].upper() + command.sentence[1:] + "."
        parts += [f"## {command.name}\n\n{sentence}\n", _shown(command.parser)]
    return "\n".join(parts)


def settings_page() -> str:
    """The page of all variables."""
    rows = [f"| `{PREFIX}{name}` | {meaning} |" for name, meaning in MEANINGS.items()]
    return SETTINGS.format(generated=GENERATED) + "\n".join(rows) + "\n"


def pages() -> dict[Path, str]:
    """What each page must say."""
    os.environ["COLUMNS"] = COLUMNS
    return {DOCS / "cli.md": cli_page(build_parser()), DOCS / "settings.md": settings_page()}


def _shown(parser: ArgumentParser) -> str:
    return f"```text\n{parser.format_help().rstrip()}\n```\n"


def main() -> int:
    """Write or check the pages; 1 where one is out of date."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="only compare; fail where a page is out of date")
    check, fault = parser.parse_args().check, False
    for page, said in pages().items():
        if not check:
            page.write_text(said, encoding="utf-8")
        elif not page.exists() or page.read_text(encoding="utf-8") != said:
            print(f"docs/{page.name} is out of date: python -m tools.reference", file=sys.stderr)
            fault = True
    return int(fault)


if __name__ == "__main__":
    sys.exit(main())
