"""docs/fidelity.md has a row for every point of the five systems, and what it points at is there."""

from __future__ import annotations

import ast
import functools
import re
from collections import Counter
from dataclasses import dataclass

from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "fidelity.md").read_text(encoding="utf-8")
POINTS = {0: 25, 1: 23, 2: 19, 3: 18, 4: 23}
"""Points of each system, counted from 1."""
STATES = ("as published", "mended", "otherwise", "not built")


@dataclass(frozen=True)
class Row:
    """A line of a table; `proof` holds paths with the name of a test behind two colons."""

    number: str
    what: str
    where: str
    proof: str
    note: str

    @property
    def state(self) -> str:
        """The words in bold that the note begins with."""
        found = re.match(r"\*\*([a-z ]+)\*\*", self.note)
        return found[1] if found else ""

    @property
    def places(self) -> list[str]:
        """Path and, behind a colon, the name in it."""
        return re.findall(r"`([^`]+)`", self.where)

    @property
    def tests(self) -> list[str]:
        return re.findall(r"`([^`]+)`", self.proof)


ROWS = [
    Row(*(cell.strip() for cell in line.strip("|").split("|")))
    for line in PAGE.splitlines()
    if re.match(r"\| \d-\d", line)
]


@functools.cache
def names_in(path: str) -> set[str]:
    """What a module defines or assigns at its top level."""
    names: set[str] = set()
    for node in ast.parse((ROOT / path).read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        targets = (
            node.targets
            if isinstance(node, ast.Assign)
            else [node.target]
            if isinstance(node, ast.AnnAssign)
            else []
        )
        names |= {target.id for target in targets if isinstance(target, ast.Name)}
    return names


def test_every_point_has_one_row_in_order() -> None:
    expected = [f"{system}-{point}" for system, most in POINTS.items() for point in range(1, most + 1)]
    assert len(expected) == 108
    assert [row.number for row in ROWS] == expected


def test_every_row_says_what_it_is_about_and_has_a_state() -> None:
    assert [row.number for row in ROWS if not row.what or row.state not in STATES] == []


def test_a_row_names_a_place_exactly_where_something_is_built() -> None:
    assert [row.number for row in ROWS if bool(row.places) is (row.state == "not built")] == []


def test_all_but_what_is_as_published_says_why() -> None:
    assert [
        row.number for row in ROWS if row.state != "as published" and row.note == f"**{row.state}**"
    ] == []


def test_a_place_exists_with_the_name_that_is_said_of_it() -> None:
    for row in ROWS:
        for place in row.places:
            path, _, name = place.partition(": ")
            assert (ROOT / path).is_file(), f"{row.number}: {path}"
            assert not name or name in names_in(path), f"{row.number}: {place}"


def test_every_cited_test_is_defined() -> None:
    for row in ROWS:
        for test in row.tests:
            path, _, name = test.partition("::")
            assert path.startswith("tests/") and name.startswith("test_"), f"{row.number}: {test}"
            assert name in names_in(path), f"{row.number}: {test}"


def test_every_other_path_of_the_page_exists() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", PAGE):
        assert (ROOT / "docs" / target).is_file(), target
    for path in re.findall(r"`((?:detector|docs|tests|tools|weights|assets)/[\w./-]+)", PAGE):
        assert (ROOT / path).is_file(), path


def test_the_counts_at_the_top_are_those_of_the_tables() -> None:
    opening = " ".join(PAGE.split("| state |")[0].split())
    counted = Counter(row.state for row in ROWS)
    assert f"Each of the {len(ROWS)} rows" in opening
    words = re.search(r"(\d+) are as published, (\d+) mended, (\d+) otherwise, (\d+) not built\.", opening)
    assert words
    assert [int(number) for number in words.groups()] == [counted[state] for state in STATES]
