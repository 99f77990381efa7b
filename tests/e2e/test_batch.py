"""The tab Batch in a real browser: sixteen files, Stop, a file that opens in Check, a folder of a hundred."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.e2e.conftest import SHOWN_MS, Visitor, visit
from tests.e2e.test_page import AXE_TAGS

BATCH_MS = 4 * SHOWN_MS


def files_of(assets: Path, folder: Path) -> list[Path]:
    """Eleven pictures and five files that cannot be read."""
    folder.mkdir()
    for path in [*sorted((assets / "learn").glob("*.jpg"))[:8], *sorted(assets.glob("portrait_*.jpg"))]:
        shutil.copy(path, folder)
    for number in range(5):
        (folder / f"broken_{number}.jpg").write_bytes(b"no picture")
    return sorted(folder.iterdir())


def drop(visitor: Visitor, paths: list[Path]) -> None:
    visitor.open_tab("Batch")
    visitor.page.locator("#batch-drop input[type=file]").set_input_files([str(path) for path in paths])


def status(visitor: Visitor, state: str) -> str:
    visitor.page.locator(f"#batch-status [data-state={state}]").wait_for(timeout=BATCH_MS)
    return visitor.page.locator("#batch-status h2").inner_text()


def test_sixteen_files_are_sorted_saved_and_open_in_check(
    visitor: Visitor, assets: Path, tmp_path: Path
) -> None:
    page = visitor.page
    drop(visitor, files_of(assets, tmp_path / "files"))
    assert status(visitor, "done") == "11 checked, 5 could not be read"
    assert page.locator("#batch-files .shot").count() == 11
    assert page.locator("#batch-files .refused tbody tr").count() == 5
    with page.expect_download() as waiting:
        page.locator("#batch-saves button", has_text="CSV").click()
    waiting.value.save_as(tmp_path / "saved.csv")
    with (tmp_path / "saved.csv").open(newline="") as table:
        assert len({row["file"] for row in csv.DictReader(table)}) == 16
    page.locator("#batch-files select").focus()
    first = page.locator("#batch-files .shot").first
    name = first.locator("b").inner_text()
    first.focus()
    page.keyboard.press("Enter")
    visitor.heading()
    assert page.locator("#room-check").is_visible()
    assert name in page.locator("#check-strip").inner_text() or name in page.content()


def test_a_stopped_batch_keeps_what_is_done_and_goes_on(
    visitor: Visitor, assets: Path, tmp_path: Path
) -> None:
    page = visitor.page
    drop(visitor, files_of(assets, tmp_path / "files"))
    page.locator("#batch-status [data-act=stop]").click(timeout=SHOWN_MS)
    assert status(visitor, "stopped").startswith("Stopped after ")
    page.locator("#batch-status [data-act=go-on]").click()
    assert status(visitor, "done") == "11 checked, 5 could not be read"


@pytest.mark.slow
def test_a_folder_of_a_hundred(visitor: Visitor, assets: Path, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    (folder / "below").mkdir(parents=True)
    pictures = sorted((assets / "learn").glob("*.jpg"))
    for number in range(100):
        where = folder / "below" if number % 2 else folder
        shutil.copy(pictures[number % len(pictures)], where / f"{number:03}.jpg")
    (folder / "notes.txt").write_text("left out")
    visitor.open_tab("Batch")
    visitor.page.locator("#batch-detector input").click()
    visitor.page.get_by_role("option").nth(1).click()
    with visitor.page.expect_file_chooser() as choosing:
        visitor.page.locator("#batch-folder").click()
    choosing.value.set_files(folder)
    assert status(visitor, "done") == "100 checked"
    assert visitor.page.locator("#batch-files .shot").count() == 100
    assert "1 other file was left out" in visitor.page.locator("#batch-status").inner_text()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_in_batch_bars_who_does_not_see_or_point(
    chromium, server: str, assets: Path, tmp_path: Path, theme: str
) -> None:
    visitor, axe, rules = visit(chromium, server, theme=theme), Axe(), {"runOnly": AXE_TAGS}
    visitor.open_tab("Batch")
    visitor.page.locator("#batch-drop input[type=file]").wait_for(state="attached", timeout=SHOWN_MS)
    found = axe.run(visitor.page, options=rules)
    assert found.violations_count == 0, found.generate_report()
    drop(visitor, files_of(assets, tmp_path / "files"))
    status(visitor, "done")
    visitor.page.locator("#batch-saves button").first.wait_for(timeout=SHOWN_MS)
    found = axe.run(visitor.page, options=rules)
    assert found.violations_count == 0, found.generate_report()
    visitor.page.context.close()
    assert visitor.complaints == []
