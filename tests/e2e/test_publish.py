"""Weights published while the page runs, as who opens it afterwards sees them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from detector.metrics import Metrics, SourceMetrics
from detector.weights import read_manifest, write_entry
from tests.e2e.conftest import Visitor, running_page, visit
from tests.makers import add_random_detector

FIRST, SECOND = "unblend-lite2", "inspector-b0"


def figures(auc: float) -> Metrics:
    return Metrics(test={"a": SourceMetrics(n=9, auc=auc)}, cross={"b": SourceMetrics(n=9, auc=auc - 0.2)})


def publish(weights: Path, name: str, auc: float, default: str | None = None) -> None:
    """Random weights with figures, as if measured."""
    add_random_detector(weights, name, size=64)
    write_entry(weights, name, replace(read_manifest(weights)[name], metrics=figures(auc)), default=default)


def offered(visitor: Visitor) -> list[str]:
    """The detectors that the room Check offers."""
    options = visitor.page.locator("#check-bar option")
    return list(options.evaluate_all("(all) => all.map((one) => one.value)"))


def test_who_opens_the_page_after_a_publish_sees_its_figures_and_can_choose(chromium, tmp_path: Path) -> None:
    weights = tmp_path / "weights"
    weights.mkdir()
    publish(weights, FIRST, 0.91)
    with running_page(weights, tmp_path) as address:
        visitor = visit(chromium, address)
        assert offered(visitor) == ["all", FIRST]
        publish(weights, FIRST, 0.83)
        publish(weights, SECOND, 0.72, default=SECOND)
        visitor.page.reload()
        visitor.settle()
        visitor.page.locator(f"#check-bar option[value={SECOND}]").wait_for(state="attached")
        assert offered(visitor) == ["all", SECOND, FIRST]
        visitor.open_tab("About")
        visitor.page.locator("#about .collections li").first.wait_for()
        visitor.open_tab("Detectors")
        rows = visitor.page.locator("#detectors-first tr[data-name]")
        rows.nth(1).wait_for()
        assert [rows.nth(place).get_attribute("data-name") for place in (0, 1)] == [SECOND, FIRST]
        assert visitor.complaints == []
        visitor.page.context.close()
