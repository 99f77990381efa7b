"""Write docs/fidelity.md from docs/fidelity.toml and the tests marked with its points; `--check` compares."""

from __future__ import annotations

import argparse
import ast
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WORDS = ROOT / "docs" / "fidelity.toml"
PAGE = ROOT / "docs" / "fidelity.md"
POINTS = {0: 25, 1: 23, 2: 19, 3: 18, 4: 23}
"""Points of each system, counted from 1."""
STATES = ("as published", "mended", "otherwise", "not built")

HEAD = "| # | what | where | proof | note |\n|---|---|---|---|---|"


@dataclass(frozen=True)
class Point:
    """What a published system has or claims, and what of it is here.

    `where` holds paths, each with the name of a definition behind a colon where it is Python.
    """

    number: str
    what: str
    where: tuple[str, ...]
    state: str
    note: str = ""


@dataclass(frozen=True)
class System:
    """A published system and its points in order."""

    title: str
    intro: str
    points: tuple[Point, ...]


def read_words(path: Path = WORDS) -> tuple[str, list[System]]:
    """The opening of the page, with places for the counts of states, and the five systems."""
    words = tomllib.loads(path.read_text(encoding="utf-8"))
    systems = [
        System(
            system["title"],
            system["intro"],
            tuple(Point(**{**point, "where": tuple(point["where"])}) for point in system["points"]),
        )
        for system in words["systems"]
    ]
    return words["opening"], systems


def marked_points(function: ast.stmt) -> list[str]:
    """Numbers of the points that a test is marked with."""
    if not isinstance(function, ast.FunctionDef):
        return []
    return [
        number.value
        for mark in function.decorator_list
        if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.fidelity"
        for number in mark.args
        if isinstance(number, ast.Constant) and isinstance(number.value, str)
    ]


def find_proofs(root: Path = ROOT) -> dict[str, list[str]]:
    """Tests by the number of the point that they hold, as `path::name`, in the order of paths and lines."""
    proofs: dict[str, list[str]] = {}
    for path in sorted((root / "tests").rglob("test_*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            for number in marked_points(node):
                test = f"{path.relative_to(root).as_posix()}::{node.name}"  # type: ignore[attr-defined]
                proofs.setdefault(number, []).append(test)
    return proofs


def names_in(path: Path) -> set[str]:
    """What a module defines or assigns at its top level."""
    names: set[str] = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                names.add(node.name)
            case ast.Assign():
                names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
            case ast.AnnAssign(target=ast.Name(id=name)):
                names.add(name)
    return names


def place_exists(place: str, root: Path = ROOT) -> bool:
    """Whether the file of a place is there, and defines the name that stands behind a colon."""
    path, _, name = place.partition(": ")
    return (root / path).is_file() and (not name or name in names_in(root / path))


def find_faults(points: Iterable[Point], proofs: dict[str, list[str]], root: Path = ROOT) -> list[str]:
    """What is wrong with the rows, a line each; empty where all is well."""
    points = list(points)
    numbers = [f"{system}-{point}" for system, most in POINTS.items() for point in range(1, most + 1)]
    faults = [
        f"{number}: marked in {tests[0]}, but no such point"
        for number, tests in proofs.items()
        if number not in numbers
    ]
    if [point.number for point in points] != numbers:
        faults.append("the points are not those of the five systems, each once, in order")
    for point in points:
        faults += [
            f"{point.number}: {fault}" for fault in faults_of(point, proofs.get(point.number, []), root)
        ]
    return faults


def faults_of(point: Point, tests: list[str], root: Path = ROOT) -> list[str]:
    """What is wrong with one row."""
    is_built = point.state != "not built"
    faults = [f"{place} does not exist" for place in point.where if not place_exists(place, root)]
    if not point.what or point.state not in STATES:
        faults.append("does not say what it is about, or has no state")
    if bool(point.where) is not is_built:
        faults.append("names a place though nothing is built, or none though something is")
    if is_built and not tests:
        faults.append("no test is marked with it")
    if point.state != "as published" and not point.note:
        faults.append(f"does not say why it is {point.state}")
    return faults


def code(texts: Iterable[str]) -> str:
    """A cell of paths; a dash where there are none."""
    return ", ".join(f"`{text}`" for text in texts) or "–"


def row(point: Point, tests: list[str]) -> str:
    """A line of a table."""
    note = f"**{point.state}**. {point.note}" if point.note else f"**{point.state}**"
    return f"| {point.number} | {point.what} | {code(point.where)} | {code(tests)} | {note} |"


def render(opening: str, systems: list[System], proofs: dict[str, list[str]]) -> str:
    """The page as Markdown."""
    counts = Counter(point.state for system in systems for point in system.points)
    numbers = {state.replace(" ", "_"): counts[state] for state in STATES}
    parts = ["# Fidelity", opening.strip().format(total=counts.total(), **numbers)]
    for number, system in enumerate(systems):
        rows = [row(point, proofs.get(point.number, [])) for point in system.points]
        parts += [f"## System {number}: {system.title}", system.intro, "\n".join([HEAD, *rows])]
    return "\n\n".join(parts) + "\n"


def main() -> int:
    """Write or check the page; 1 where something is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="only compare; fail where the page is out of date"
    )
    check = parser.parse_args().check
    opening, systems = read_words()
    proofs = find_proofs()
    faults = find_faults((point for system in systems for point in system.points), proofs)
    page = render(opening, systems, proofs)
    if check and PAGE.read_text(encoding="utf-8") != page:
        faults.append("docs/fidelity.md is out of date: run tools/fidelity.py")
    if not check:
        PAGE.write_text(page, encoding="utf-8")
    for fault in faults:
        print(f"fidelity: {fault}", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
