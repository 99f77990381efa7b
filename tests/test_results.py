"""The tools that write docs/results and README's table, on pages and entries made here."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from detector.metrics import CrossMetrics, Metrics, WorstCell
from tests.makers import make_entry, make_summary
from tools.readme_table import fill_readme, row
from tools.results import MARK, PAGES, write_page

ROOT = Path(__file__).resolve().parent.parent


def test_a_row_has_its_means_with_their_intervals() -> None:
    entry = make_entry()
    summary = make_summary(auc=0.724, interval=(0.69, 0.76))
    cells = row("x", replace(entry, metrics=replace(entry.metrics, summary={"cross": summary})), True, 51.4)
    assert (cells[0], cells[5], cells[7]) == ("`x` (default)", "51", "0.724 (0.690 to 0.760)")


@pytest.mark.parametrize(
    "auc, said",
    [(0.328, "0.328, worse than a coin: ciplab against diffusion"), (0.6, "0.600: ciplab against")],
)
def test_a_row_says_where_the_worst_cell_is_worse_than_a_coin(auc: float, said: str) -> None:
    across = CrossMetrics(0.694, (0.661, 0.725), 56, WorstCell("ciplab", "diffusion", auc))
    entry = make_entry(metrics=Metrics(cross_auc={"either": across}))
    cells = row("multibranch-b4", entry, True, 51.4)
    assert cells[8] == "0.694 (0.661 to 0.725)" and cells[9].startswith(said)
    assert row("multibranch-b4", make_entry(), True, 51.4)[8:10] == ["–", "–"]


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
