"""The tab Compare in a real browser."""

from __future__ import annotations

from pathlib import Path

import pytest

from detector.weights import read_manifest
from detector.zoo.specs import SPECS
from tests.e2e.conftest import SHOWN_MS, Visitor

DONE = "All detectors have looked"


def wait_until_done(visitor: Visitor, name: str) -> None:
    """Until every map of the face in the file `name` is drawn."""
    visitor.page.locator("#compare-status", has_text=f"{DONE} at {name}").wait_for(timeout=SHOWN_MS)


def test_one_face_by_all_detectors_a_cut_and_changes(visitor: Visitor, weights: Path) -> None:
    page = visitor.page
    names = [name for name in read_manifest(weights) if name in SPECS]
    visitor.open_tab("Compare")
    page.locator(".compare-tile").first.press("Enter")
    wait_until_done(visitor, "collins_selfblend.jpg")
    rows = page.locator("#compare-rows tr[data-name]")
    assert {row.get_attribute("data-name") for row in rows.all()} == set(names)
    maps = page.locator("#compare-rows img.over")
    assert maps.count() >= len(names) and all(one.get_attribute("alt") for one in maps.all())
    counts = page.locator("#compare-strips .strips:not([hidden]) output")
    if counts.count():
        before = counts.all_inner_texts()
        cut = page.locator("#compare-strips .strips:not([hidden]) [data-cut]")
        cut.press("Home")
        assert counts.all_inner_texts() != before
        assert all(
            words.startswith("100 %") or int(words.split()[0]) > 90 for words in counts.all_inner_texts()
        )
    curves = page.locator("#compare-curves [role=img]")
    before_words = curves.get_attribute("aria-label")
    page.get_by_label("mirror").check()
    page.wait_for_function(
        "(before) => document.querySelector('#compare-curves [role=img]').ariaLabel !== before",
        arg=before_words,
        timeout=SHOWN_MS,
    )
    assert "mirrored" in str(curves.get_attribute("aria-label"))
    page.locator("#compare-again").click()
    page.locator("#compare-deliveries", has_text="when the picture is saved again").wait_for(timeout=SHOWN_MS)


@pytest.mark.slow
def test_the_face_on_check_is_compared_and_another_of_the_file_can_be(visitor: Visitor, assets: Path) -> None:
    visitor.drop(assets / "group.jpg")
    visitor.heading()
    link = visitor.page.get_by_role("button", name="Compare detectors on this face")
    link.wait_for(timeout=SHOWN_MS)
    link.click()
    wait_until_done(visitor, "group.jpg")
    faces = visitor.page.locator("#compare-faces input")
    assert faces.count() == 3
    rows = visitor.page.locator("#compare-rows img").first
    before = rows.get_attribute("src")
    visitor.page.locator("#compare-faces label:not(:has(:checked))").first.click()
    visitor.page.wait_for_function(
        "(before) => document.querySelector('#compare-rows img').src !== before", arg=before, timeout=SHOWN_MS
    )
