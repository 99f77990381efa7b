"""Run the examples of the documents and write what they print; `--check` says which are out of date.

Usage: python -m tools.examples [--check]

An example is a block below the line `<!-- run -->`: ```console with commands, or ```python with a ```text
block below it that holds what it prints.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import math
import os
import re
import shlex
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from detector.cli import main as run_command_line
from detector.settings import PREFIX

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = ("README.md", "docs/examples.md", "docs/python.md")
NOTES = Path("/tmp/notes.jpg")
"""A text under the name of a photo, which some examples are given."""

CONSOLE = re.compile(r"(<!-- run -->\n```console\n)(.*?)(```\n)", re.DOTALL)
PYTHON = re.compile(r"(<!-- run -->\n```python\n)(.*?)(```\n+```text\n)(.*?)(```\n)", re.DOTALL)
COMMAND = re.compile(rf"((?:{PREFIX}\w+=\S+ )*)python -m detector (.*?)( 2> /dev/null)?$")
NUMBER = re.compile(r"\d+\.\d+")
SECONDS = re.compile(r"((?<=,pytorch,)|(?<=,openvino,))\d+\.\d+")
"""The column of a CSV row that differs from run to run."""


def rendered(text: str) -> str:
    """`text` with every example run anew in the checkout."""
    NOTES.write_text("not a picture\n", encoding="utf-8")
    with contextlib.chdir(ROOT):
        text = CONSOLE.sub(lambda block: block[1] + console(block[2]) + block[3], text)
        return PYTHON.sub(lambda block: "".join(block.group(1, 2, 3)) + python(block[2]) + block[5], text)


def console(block: str) -> str:
    """The commands of a block, each with what it prints now."""
    commands = [line.removeprefix("$ ") for line in block.splitlines() if line.startswith("$ ")]
    return "".join(f"$ {command}\n{command_output(command)}" for command in commands)


def command_output(command: str) -> str:
    """What a command line prints, stderr included; ValueError where it is none of ours."""
    parts = COMMAND.fullmatch(command)
    if parts is None:
        raise ValueError(f"{command!r} is not a command that an example may run")
    variables = dict(pair.split("=", 1) for pair in parts[1].split())
    out = io.StringIO()
    err = io.StringIO() if parts[3] else out
    with environment(variables), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        run_command_line(shlex.split(parts[2]))
    return out.getvalue().replace("\r\n", "\n")


@contextlib.contextmanager
def environment(variables: dict[str, str]) -> Iterator[None]:
    """The settings of this process are `variables` and no others."""
    before = {name: value for name, value in os.environ.items() if name.startswith(PREFIX)}
    for name in before:
        del os.environ[name]
    os.environ.update(variables)
    try:
        yield
    finally:
        for name in variables:
            del os.environ[name]
        os.environ.update(before)


def python(block: str) -> str:
    """What the statements of a block print."""
    out = io.StringIO()
    with environment({}), contextlib.redirect_stdout(out):
        exec(compile(block, "example", "exec"), {})
    return out.getvalue()


def agree(documented: str, printed: str) -> bool:
    """Whether two texts are the same but for the seconds taken, and decimals less than 0.002 apart."""
    left, right = SECONDS.sub("", documented), SECONDS.sub("", printed)
    if NUMBER.sub("#", left) != NUMBER.sub("#", right):
        return False
    pairs = zip(NUMBER.findall(left), NUMBER.findall(right), strict=True)
    return all(math.isclose(float(ours), float(theirs), abs_tol=0.002) for ours, theirs in pairs)


def main(tell: Callable[[str], None] = print) -> int:
    """Write the documents anew, or compare them; 1 where one is out of date."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--check", action="store_true", help="write nothing, end with 1 where one differs")
    args = arguments.parse_args()
    stale = []
    for name in DOCUMENTS:
        path = ROOT / name
        documented = path.read_text(encoding="utf-8")
        printed = rendered(documented)
        if not agree(documented, printed):
            stale.append(name)
            if not args.check:
                path.write_text(printed, encoding="utf-8")
    for name in stale:
        tell(f"{name} {'is out of date: python -m tools.examples' if args.check else 'is written anew'}")
    return int(bool(stale) and args.check)


if __name__ == "__main__":
    sys.exit(main())
