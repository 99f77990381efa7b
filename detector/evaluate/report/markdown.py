"""Figures to cells, and cells to a Markdown table."""

from __future__ import annotations

from collections.abc import Sequence

from detector.evaluate.metrics import Estimate

NONE = "–"


def in_words(estimate: Estimate | None, form: str = ".3f") -> str:
    """A figure with its interval where it has one, each in `form`; a dash where there is none."""
    if estimate is None or estimate.low is None or estimate.high is None:
        return number(estimate.value if estimate is not None else None, form)
    return f"{estimate.value:{form}} ({estimate.low:{form}} to {estimate.high:{form}})"


def number(value: float | None, form: str = ".3f") -> str:
    """A number in `form`, a dash where there is none."""
    return NONE if value is None else f"{value:{form}}"


def grid(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table; an upright bar in a cell is written so that it does not end it."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |" for cells in lines)
