"""The tabs Detectors and About in a real browser."""

from __future__ import annotations

from pathlib import Path

import pytest

from detector.weights import read_manifest
from detector.zoo.specs import SPECS
from tests.e2e.conftest import SHOWN_MS, Visitor


@pytest.mark.fidelity("0-20")
def test_trained_detectors_are_there_at_once_and_timed_on_demand(visitor: Visitor, weights: Path) -> None:
    page, manifest = visitor.page, read_manifest(weights)
    visitor.open_tab("Detectors")
    rows = page.locator("#detectors-first tr[data-name]")
    rows.first.wait_for(timeout=SHOWN_MS)
    assert rows.count() == len([name for name in manifest if name in SPECS])
    assert rows.first.get_attribute("data-name") == manifest.default
    assert (
        "default" in rows.first.inner_text()
        and SPECS[manifest.default or ""].good_for in rows.first.inner_text()
    )
    assert page.locator("#detectors-first [role=img]").count()
    measure = page.locator("#detectors-first [data-act=measure]")
    measure.focus()
    page.keyboard.press("Enter")
    page.locator("#detectors-status [role=status]", has_text="Timed").wait_for(timeout=SHOWN_MS)
    assert page.locator("#detectors-first td", has_text="here").count() == rows.count()
    assert page.evaluate("document.activeElement.dataset.act") == "measure"


def test_the_rest_of_the_zoo_is_folded(visitor: Visitor, weights: Path) -> None:
    page, manifest = visitor.page, read_manifest(weights)
    visitor.open_tab("Detectors")
    untrained = page.locator("[data-fold=untrained]")
    assert not untrained.locator("table").is_visible()
    untrained.locator("summary").click()
    known = untrained.locator("tr[data-name]").evaluate_all("(all) => all.map((row) => row.dataset.name)")
    assert set(known) == set(SPECS) - set(manifest)
    page.locator("[data-fold=sizes] tr[data-name]").first.wait_for(state="attached", timeout=SHOWN_MS)
    page.locator("[data-fold=claims] > summary").click()
    claim = page.locator(".claim[data-name=sbi-efficientnet-b4]")
    line = claim.locator("tr", has=page.get_by_text("faces a second", exact=True))
    assert line.locator("td").first.inner_text() == "62" and "ms a face" in line.inner_text()
    assert "Claimed there, unverified" in claim.inner_text() and "no data named" in claim.inner_text()


def test_about_names_the_collections(visitor: Visitor) -> None:
    visitor.open_tab("Detectors")
    visitor.page.locator("#detectors-first [data-tab=About]").click()
    about = visitor.page.locator("#about")
    about.get_by_text("Deepfake Detection Challenge (DFDC)").wait_for(timeout=SHOWN_MS)
    headings = about.locator("h2").all_inner_texts()
    assert headings[1] == "How evidence is worked out" and "Citations" in headings
