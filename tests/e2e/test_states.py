"""States that a visitor may meet: a drawing, sixteen files, a class; on a phone, by keyboard, unseen."""

from __future__ import annotations

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.e2e.conftest import SHOWN_MS, Visitor, visit
from tests.e2e.test_page import AXE_TAGS, SUPPORT


def test_a_drawing_is_said_to_be_one_and_judged_only_when_asked(visitor: Visitor, assets: Path) -> None:
    visitor.drop(assets / "cartoon.jpg")
    assert visitor.heading() == "This may not be a photograph"
    assert visitor.page.locator("#check-row input").count() == 0
    visitor.page.get_by_role("button", name="Judge it anyway").click()
    visitor.page.locator("#check-answer .card.answer").wait_for(timeout=SHOWN_MS)
    assert "No support either way" in visitor.heading()
    assert "so no strength is given" in visitor.answer()


def test_the_card_has_a_line_for_each_question_that_was_asked(visitor: Visitor, assets: Path) -> None:
    visitor.drop(assets / "portrait_collins.jpg")
    visitor.map()
    questions = visitor.page.locator("#check-answer .headline .question").all_inner_texts()
    assert questions == ["Altered or generated?", "Generated?"]
    assert len(SUPPORT.findall(visitor.page.locator("#check-answer h2").inner_text())) == 2


def test_sixteen_files_go_to_batch_by_keyboard_and_back(
    visitor: Visitor, assets: Path, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_text("no picture")
    page = visitor.page
    visitor.drop(*sorted((assets / "learn").glob("*.jpg"))[:15], broken)
    page.locator("#batch-status h2", has_text="15 checked, 1 could not be read").wait_for(timeout=SHOWN_MS)
    page.locator("#batch-files .shot").first.focus()
    page.keyboard.press("Enter")
    assert SUPPORT.search(visitor.heading())
    assert "16 files are in Batch" in page.locator("#check-progress").inner_text()
    page.get_by_role("button", name="Go to Batch").focus()
    page.keyboard.press("Enter")
    page.locator("#batch-status").wait_for(state="visible", timeout=SHOWN_MS)
    page.get_by_role("button", name="Back to Check").focus()
    page.keyboard.press("Enter")
    page.locator("#check-answer").wait_for(state="visible", timeout=SHOWN_MS)


def test_on_a_phone_the_order_is_drop_answer_picture_detectors_examples(
    chromium, server: str, assets: Path
) -> None:
    phone = visit(chromium, server, width=390)
    phone.drop(assets / "portrait_collins.jpg")
    phone.map()
    parts = ("#check-bar .drop", "#check-answer", "#check-picture", "#check-row", "#check-bar .try")
    tops = [phone.page.locator(part).bounding_box()["y"] for part in parts]
    assert tops == sorted(tops)
    assert phone.complaints == []
    phone.page.context.close()


def test_a_class_is_asked_for_no_upload(chromium, server: str) -> None:
    visitor = visit(chromium, server)
    visitor.page.goto(f"{server}/?class=1", timeout=SHOWN_MS)
    visitor.page.locator("#learn").wait_for(timeout=SHOWN_MS)  # a class begins there
    visitor.open_tab("Check")
    empty = visitor.page.locator("#check-answer .empty")
    empty.wait_for(timeout=SHOWN_MS)
    assert "in class nothing is uploaded" in empty.inner_text()
    assert "Drop a photo" not in empty.inner_text()
    assert not visitor.page.locator("#check-bar .drop").is_visible()
    visitor.page.context.close()


@pytest.mark.parametrize("theme, width", [("light", 1280), ("dark", 1280), ("light", 390)])
def test_the_tables_bar_nobody_who_does_not_see_or_point(
    chromium, server: str, theme: str, width: int
) -> None:
    visitor, axe = visit(chromium, server, theme=theme, width=width), Axe()
    page = visitor.page
    for tab in ("Compare", "Detectors", "About"):
        visitor.open_tab(tab)
        if tab == "Compare":
            page.locator(".compare-tile").first.click()
            page.locator("#compare-status", has_text="All detectors have").wait_for(timeout=SHOWN_MS)
            page.locator("#compare-again").click()
            page.locator("#compare-deliveries table").wait_for(timeout=SHOWN_MS)
        visitor.settle()
        found = axe.run(page, options={"runOnly": AXE_TAGS})
        assert found.violations_count == 0, f"{tab}: {found.generate_report()}"
    assert visitor.complaints == []
    page.context.close()
