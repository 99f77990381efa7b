"""docs/fidelity.md is made of its words and the marked tests, and what a row points at is there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tools.fidelity import PAGE, POINTS, Point, find_faults, find_proofs, read_words, render

OPENING, SYSTEMS = read_words()
ROWS = [point for system in SYSTEMS for point in system.points]


def made_rows() -> Iterator[Point]:
    """All 108 points, nothing of them built."""
    for system, most in POINTS.items():
        for number in range(1, most + 1):
            yield Point(f"{system}-{number}", "a thing", (), "not built", "why not")


def faults_with(first: Point, proofs: dict[str, list[str]], root: Path = ROOT) -> list[str]:
    return find_faults([first, *list(made_rows())[1:]], proofs, root)


def test_there_are_108_points_and_their_rows_have_no_fault() -> None:
    assert sum(POINTS.values()) == 108
    assert len(ROWS) == 108
    assert find_faults(ROWS, find_proofs()) == []


def test_the_page_is_what_its_words_and_the_marked_tests_make() -> None:
    assert PAGE.read_text(encoding="utf-8") == render(OPENING, SYSTEMS, find_proofs())


def test_every_path_that_the_page_names_exists() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)\)", page):
        assert (ROOT / "docs" / target).is_file(), target
    for path in re.findall(r"`((?:detector|docs|tests|tools|weights|assets)/[\w./-]+)", page):
        assert (ROOT / path).is_file(), path


def test_rows_without_a_fault_have_none() -> None:
    assert find_faults(made_rows(), {}) == []


@pytest.mark.parametrize(
    "rows", [list(made_rows())[1:], [*made_rows(), *made_rows()], list(made_rows())[::-1]]
)
def test_a_point_that_is_missing_twice_or_elsewhere_is_a_fault(rows: list[Point]) -> None:
    assert find_faults(rows, {}) == ["the points are not those of the five systems, each once, in order"]


BUILT = Point("0-1", "a thing", ("here.py: built", "notes.txt"), "as published")
PROOF = {"0-1": ["tests/test_here.py::test_it"]}


@pytest.mark.parametrize(
    ("row", "proofs", "fault"),
    [
        (BUILT, PROOF, None),
        (BUILT, {}, "no test is marked"),
        (
            BUILT,
            {**PROOF, "0-26": PROOF["0-1"]},
            "0-26: marked in tests/test_here.py",
        ),
        (replace(BUILT, where=("here.py: absent",)), PROOF, "here.py: absent does not exist"),
        (replace(BUILT, where=("absent.py",)), PROOF, "absent.py does not exist"),
        (replace(BUILT, where=()), PROOF, "names a place though nothing is built, or none"),
        (
            replace(BUILT, state="not built", note="why"),
            PROOF,
            "names a place though nothing is built, or none",
        ),
        (replace(BUILT, state="mended"), PROOF, "does not say why it is mended"),
        (replace(BUILT, state="perfect", note="why"), PROOF, "has no state"),
        (replace(BUILT, what=""), PROOF, "does not say what it is about"),
    ],
)
def test_a_row_that_points_at_nothing_or_says_nothing_is_a_fault(
    row: Point, proofs: dict[str, list[str]], fault: str | None, tmp_path: Path
) -> None:
    (tmp_path / "here.py").write_text("def built(): ...\n")
    (tmp_path / "notes.txt").write_text("")
    faults = faults_with(row, proofs, tmp_path)
    assert (faults == []) if fault is None else (len(faults) == 1 and fault in faults[0])


def test_proofs_are_the_marked_tests_in_order_of_paths_and_lines(tmp_path: Path) -> None:
    folder = tmp_path / "tests" / "zoo"
    folder.mkdir(parents=True)
    marked = "@pytest.mark.fidelity({})\n@pytest.mark.slow\ndef {}(): ...\n"
    (folder / "test_b.py").write_text(marked.format('"1-2"', "test_later"))
    (folder / "test_a.py").write_text(
        marked.format('"1-2", "0-7"', "test_two")
        + "def test_none(): ...\n"
        + marked.format('"0-7"', "test_one")
    )
    assert find_proofs(tmp_path) == {
        "1-2": ["tests/zoo/test_a.py::test_two", "tests/zoo/test_b.py::test_later"],
        "0-7": ["tests/zoo/test_a.py::test_two", "tests/zoo/test_a.py::test_one"],
    }
