"""The running page to docs/screenshots: every tab with a result, light, dark and at 390 px. Usage:
screenshots.py [ADDRESS [NAME...]].
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "screenshots"
CHROMIUM = "/usr/bin/chromium"
WAIT_MS = 240_000
SETTLE_MS = 2_500
"""Time for figures to be drawn and pictures to be shown."""

LOOKS = {"light": ("light", 1280), "dark": ("dark", 1280), "narrow": ("light", 390)}


def show_photo(page: Page) -> None:
    """Judge the group of the examples."""
    page.locator("#photo-examples [data-pick='2']").click()
    page.locator("#photo-verdict h2[data-verdict]").wait_for(timeout=WAIT_MS)
    _show_heat_map(page, "photo-heat")


def show_video(page: Page) -> None:
    """Judge the second clip of the examples."""
    page.get_by_role("tab", name="Video").click()
    page.locator("#video-examples [data-pick='1']").click()
    page.locator("#video-verdict h2[data-verdict]").wait_for(timeout=WAIT_MS)
    page.locator("#timeline .js-plotly-plot .point").first.wait_for(state="attached", timeout=WAIT_MS)
    _show_heat_map(page, "video-heat")


def show_compare(page: Page) -> None:
    """Compare on the first example, and save it again."""
    page.get_by_role("tab", name="Compare").click()
    page.locator(".compare-tile").first.click()
    page.locator("#compare-status", has_text="All detectors have").wait_for(timeout=WAIT_MS)
    page.locator("#compare-again").click()
    page.locator("#compare-deliveries table").wait_for(timeout=WAIT_MS)


def show_detectors(page: Page) -> None:
    """Open the tab, and wait for what is folded."""
    page.get_by_role("tab", name="Detectors").click()
    page.locator("[data-fold=sizes] tr[data-name]").first.wait_for(state="attached", timeout=WAIT_MS)


def show_about(page: Page) -> None:
    """Open the tab."""
    page.get_by_role("tab", name="About").click()
    page.locator("#about h2").first.wait_for()


def _show_heat_map(page: Page, name: str) -> None:
    """Its pictures are fetched when they are scrolled to."""
    page.locator(f"#{name}").scroll_into_view_if_needed(timeout=WAIT_MS)
    fetched = (
        "(id) => [...document.querySelectorAll(`#${id} img`)]"
        ".filter((image) => image.naturalWidth).length > 1"
    )
    page.wait_for_function(fetched, arg=name, timeout=WAIT_MS)
    page.wait_for_timeout(SETTLE_MS)
    page.evaluate("window.scrollTo(0, 0)")


TABS: dict[str, Callable[[Page], None]] = {
    "photo": show_photo,
    "video": show_video,
    "compare": show_compare,
    "detectors": show_detectors,
    "about": show_about,
}


def main(address: str, wanted: set[str]) -> None:
    """Take `wanted` ones, names like photo-dark; all where empty."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        for look, (theme, width) in LOOKS.items():
            for tab, show in TABS.items():
                if wanted and f"{tab}-{look}" not in wanted:
                    continue
                page = browser.new_page(viewport={"width": width, "height": 900})
                page.goto(f"{address}/?__theme={theme}", timeout=WAIT_MS)
                page.locator("#photo-drop").wait_for(timeout=WAIT_MS)
                show(page)
                page.wait_for_timeout(SETTLE_MS)
                page.screenshot(path=FOLDER / f"{tab}-{look}.png", full_page=True, timeout=WAIT_MS)
                page.close()
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:7860", set(sys.argv[2:]))
