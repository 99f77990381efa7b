"""The tab Learn in a real browser: a game by keyboard, a blend, the slider, a fake that fools, a class."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image as Pictures

from tests.e2e.conftest import SHOWN_MS, Visitor, visit
from tests.e2e.test_page import AXE_TAGS


@pytest.fixture
def pupil(visitor: Visitor) -> Visitor:
    """A visitor on the tab Learn, its first pair on show."""
    visitor.open_tab("Learn")
    visitor.page.locator("#learn-board button.portrait").first.wait_for(timeout=SHOWN_MS)
    return visitor


def go_to(pupil: Visitor, step: int) -> None:
    pupil.page.locator(f"#learn .steps [data-step='{step}']").click()


def test_ten_pairs_are_played_by_keyboard_alone(pupil: Visitor) -> None:
    page = pupil.page
    page.locator("#learn-board button.portrait").first.focus()
    for number in range(1, 11):
        assert page.locator("#learn-board .count").inner_text() == f"Pair {number} of 10"
        page.keyboard.press("Enter")
        page.locator("#learn-board table.scores").wait_for(timeout=SHOWN_MS)
        focused = page.evaluate("document.activeElement.innerText")
        assert re.search(r"(Right|Wrong): the (left|right) one is fake", focused)
        for _ in range(3):  # past nothing but the button
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.dataset.act") == "next":
                break
        page.keyboard.press("Enter")
        page.wait_for_function(
            "() => /Which one|You found/.test(document.activeElement.innerText)", timeout=SHOWN_MS
        )
        if number < 10:
            page.keyboard.press("Tab")
    assert re.search(r"You found \d+ of 10", page.locator("#learn-board h2").inner_text())
    scores = page.locator("#learn-board .bars li")
    assert scores.count() > 1 and all(" of 10" in line for line in scores.all_inner_texts())
    page.locator("#learn-board [data-act=again]").click()
    page.locator("#learn-board .count", has_text="Pair 1 of 10").wait_for(timeout=SHOWN_MS)


def test_a_blend_follows_its_sliders_and_is_saved_with_its_banner(pupil: Visitor, tmp_path: Path) -> None:
    page = pupil.page
    go_to(pupil, 2)
    outcome = page.locator("#learn-blended")
    outcome.locator("table.dots tbody tr").first.wait_for(timeout=SHOWN_MS)
    first = outcome.locator("img").first.get_attribute("src")
    page.locator("#blend-ratio input[type=number]").fill("0")
    page.locator("#blend-ratio input[type=number]").press("Tab")
    outcome.get_by_text("Nothing is altered").wait_for(timeout=SHOWN_MS)
    assert outcome.locator("img").first.get_attribute("src") != first
    page.locator("#learn .learn-step-2 .subjects label").nth(2).click()
    page.wait_for_function(
        "() => document.querySelector('#learn-blended img').alt.startsWith('Man with a beard')",
        timeout=SHOWN_MS,
    )
    with page.expect_download() as waiting:
        outcome.get_by_role("link", name="Download this blend").click()
    path = tmp_path / "saved.jpg"
    waiting.value.save_as(path)
    with Pictures.open(path) as picture:
        assert picture.height > picture.width and b"altered" in picture.info["comment"]


def test_the_slider_starts_with_no_assumption_and_counts_in_the_browser(pupil: Visitor) -> None:
    page = pupil.page
    go_to(pupil, 3)
    sentence = page.locator("[data-sentence]")
    assert sentence.inner_text().startswith("The odds become 3 times what they were.")
    assert page.locator(".hundred rect.on").count() == 0
    slider = page.locator("#why-prior")
    slider.focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    assert slider.get_attribute("aria-valuetext") == "2 in 100 are fake"
    # odds 2 to 98, times 3: 6 of 104
    assert sentence.inner_text() == "Of 100 pictures like yours with such a score about 6 are fake."
    assert page.locator(".hundred rect.on").count() == 6
    page.get_by_label("100 times").check()
    assert "about 67 are fake" in sentence.inner_text()
    page.keyboard.press("Tab")
    page.locator("#why-prior").focus()
    page.keyboard.press("Home")
    assert sentence.inner_text().startswith("The odds become 100 times")


def test_damage_is_told_and_listed(pupil: Visitor) -> None:
    page = pupil.page
    go_to(pupil, 4)
    outcome = page.locator("#learn-fooled")
    outcome.locator("table.dots tbody tr").first.wait_for(timeout=SHOWN_MS)
    page.locator("#fool-quality input[type=number]").fill("10")
    page.locator("#fool-quality input[type=number]").press("Tab")
    outcome.get_by_text("JPEG quality 10").wait_for(timeout=SHOWN_MS)
    outcome.get_by_text("What you tried").click()
    assert outcome.locator(".tried tbody tr").count() >= 2


@pytest.fixture
def in_class(chromium, server: str) -> Iterator[Visitor]:
    """A visitor on the page of a class."""
    visitor = visit(chromium, server)
    visitor.page.goto(f"{server}/?class=1", timeout=SHOWN_MS)
    visitor.page.get_by_role("tab", name="Learn").wait_for(timeout=SHOWN_MS)
    yield visitor
    visitor.page.context.close()
    assert visitor.complaints == []


def test_in_class_nobody_uploads_anything(in_class: Visitor) -> None:
    page = in_class.page
    page.locator("#learn-board button.portrait").first.wait_for(timeout=SHOWN_MS)  # it begins in Learn
    in_class.open_tab("Check")
    assert page.locator(".drop:visible").count() == 0
    page.evaluate(
        "() => { const parcel = new DataTransfer(); parcel.items.add(new File(['x'], 'x.jpg'));"
        " const paste = new ClipboardEvent('paste', { clipboardData: parcel, bubbles: true,"
        " cancelable: true }); window.stopped = !document.body.dispatchEvent(paste); }"
    )
    assert page.evaluate("window.stopped")
    in_class.open_tab("Batch")
    page.locator("p.class-note").wait_for(timeout=SHOWN_MS)
    assert not page.locator("#batch-drop").is_visible() and not page.locator("#batch-folder").is_visible()
    in_class.open_tab("Learn")
    page.locator("#learn-board button.portrait").first.wait_for(timeout=SHOWN_MS)


def test_learn_fits_a_phone(chromium, server: str) -> None:
    visitor = visit(chromium, server, width=390, theme="dark")
    visitor.open_tab("Learn")
    visitor.page.locator("#learn-board button.portrait").first.wait_for(timeout=SHOWN_MS)
    for step in (1, 3):
        go_to(visitor, step)
        assert visitor.page.evaluate("document.documentElement.scrollWidth") <= 390
    visitor.page.context.close()
    assert visitor.complaints == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_in_learn_bars_who_does_not_see_or_point(chromium, server: str, theme: str) -> None:
    pupil, axe, rules = visit(chromium, server, theme=theme), Axe(), {"runOnly": AXE_TAGS}
    pupil.open_tab("Learn")
    page = pupil.page
    page.locator("#learn-board button.portrait").first.wait_for(timeout=SHOWN_MS)
    ready = {2: "#learn-blended table.dots", 3: "[data-why]", 4: "#learn-fooled table.dots"}
    for step in (1, 2, 3, 4):
        go_to(pupil, step)
        page.locator(ready.get(step, "#learn-board h2")).wait_for(timeout=SHOWN_MS)
        found = axe.run(page, options=rules)
        assert found.violations_count == 0, found.generate_report()
    go_to(pupil, 1)
    page.locator("#learn-board button.portrait").first.click()
    page.locator("#learn-board table.scores").wait_for(timeout=SHOWN_MS)
    found = axe.run(page, options=rules)
    assert found.violations_count == 0, found.generate_report()
    page.context.close()
    assert pupil.complaints == []
