"""The tools that write docs/results and README's table, on pages and entries made here."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from detector.structures import Thresholds
from tests.makers import make_entry, make_summary
from tools.readme_table import fill_readme, firm_as_shipped, row
from tools.results import MARK, PAGES, write_page

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize(
    ("lo", "hi", "said"),
    [
        (0.0, 1.0, "none"),
        (0.0, 0.765, "`likely fake` over 0.77"),
        (0.2, 1.0, "`likely real` under 0.20"),
        (0.2, 0.8, "`likely real` under 0.20, `likely fake` over 0.80"),
    ],
)
def test_a_side_of_the_band_that_never_commits_is_no_verdict(lo: float, hi: float, said: str) -> None:
    assert firm_as_shipped(Thresholds(t=0.5, lo=lo, hi=hi)) == said


def test_what_ships_and_what_a_band_elsewhere_would_say_stand_apart() -> None:
    entry = make_entry()
    summary = make_summary(
        auc=0.724,
        interval=(0.69, 0.76),
        coverage=0.0544,
        covered=65,
        risk=0.377,
        risk_interval=(0.27, 0.5),
        band="the band fitted without the judged source",
    )
    thresholds = Thresholds(t=0.5, lo=0.0, hi=1.0)
    entry = replace(entry, thresholds=thresholds, metrics=replace(entry.metrics, summary={"cross": summary}))
    cells = row("x", entry, True, 51.4)
    assert cells[0] == "`x` (default)" and cells[4] == "51"
    assert cells[-3:] == ["none", "5.4% (65 of 895)", "38% (27% to 50%)"]


def test_the_table_is_put_between_its_marks_the_default_first(tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text("before\n<!-- figures:begin (made) -->\nold\n<!-- figures:end -->\nafter\n")
    fill_readme("b", {"a": make_entry(), "b": make_entry()}, {"a": 1.0, "b": 2.0}, readme)
    lines = readme.read_text().splitlines()
    assert lines[0] == "before" and lines[-1] == "after" and "old" not in lines
    assert lines[4].startswith("| `b` (default) |") and lines[5].startswith("| `a` |")


def test_what_stands_above_the_mark_of_a_page_stays(tmp_path: Path) -> None:
    path = tmp_path / "docs" / "results" / "cross.md"
    path.parent.mkdir(parents=True)
    path.write_text(f"# Cross\n\nBy hand.\n\n{MARK}\n\nold\n")
    write_page("cross", "## New\n", tmp_path)
    assert path.read_text() == f"# Cross\n\nBy hand.\n\n{MARK}\n\n## New\n"


@pytest.mark.parametrize("page", PAGES)
def test_every_page_has_its_mark(page: str) -> None:
    assert MARK in (ROOT / "docs" / "results" / f"{page}.md").read_text(encoding="utf-8")
