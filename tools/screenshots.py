"""The running page to docs/screenshots: every tab with a result, light, dark and at 390 px. Usage:
screenshots.py [ADDRESS [NAME...]].
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import FilePayload, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "screenshots"
CHROMIUM = "/usr/bin/chromium"
WAIT_MS = 240_000
SETTLE_MS = 2_500
"""Time for figures to be drawn and pictures to be shown."""

LOOKS = {"light": ("light", 1440), "dark": ("dark", 1440), "narrow": ("light", 390)}


def show_check(page: Page) -> None:
    """Look at the blended face of the examples."""
    _look_at(page, 0)


def show_group(page: Page) -> None:
    """Look at several faces."""
    _look_at(page, 2)


def show_video(page: Page) -> None:
    """Look at the clip that is blended halfway."""
    _look_at(page, 3)
    page.locator("#check-curve polyline").first.wait_for(state="attached", timeout=WAIT_MS)


def show_no_face(page: Page) -> None:
    """Look at a picture without a face."""
    page.locator("#check-bar [data-act=example][data-value='5']").click()
    page.locator("#check-answer .no-face").wait_for(timeout=WAIT_MS)


def show_empty(page: Page) -> None:
    """Nothing yet."""
    page.locator("#check-answer .empty").wait_for(timeout=WAIT_MS)


def _look_at(page: Page, number: int) -> None:
    page.locator(f"#check-bar [data-act=example][data-value='{number}']").click()
    page.locator("#check-maps .map-sheet img").nth(1).wait_for(timeout=WAIT_MS)
    page.mouse.move(0, 0)
    page.evaluate("window.scrollTo(0, 0)")


def show_compare(page: Page) -> None:
    """Compare on the first example, and save it again."""
    _open(page, "Compare")
    page.locator(".compare-tile").first.click()
    page.locator("#compare-status", has_text="All detectors have").wait_for(timeout=WAIT_MS)
    page.locator("#compare-again").click()
    page.locator("#compare-deliveries table").wait_for(timeout=WAIT_MS)


def show_learn(page: Page) -> None:
    """Guess the first pair."""
    _open(page, "Learn")
    page.locator("#learn-board button.portrait").first.click(timeout=WAIT_MS)
    page.locator("#learn-board table.scores").wait_for(timeout=WAIT_MS)


def show_blend(page: Page) -> None:
    """Blend the first face."""
    _learn(page, 2)
    page.locator("#learn-blended table.dots").wait_for(timeout=WAIT_MS)


def show_why(page: Page) -> None:
    """Expect that two pictures in a hundred are fake."""
    _learn(page, 3)
    page.locator("#why-prior").fill("5")


def show_fool(page: Page) -> None:
    """Hide the first fake under noise."""
    _learn(page, 4)
    page.locator("#learn-fooled table.dots").wait_for(timeout=WAIT_MS)
    noise = page.locator("#fool-noise input[type=number]")
    noise.fill("20")
    noise.press("Tab")
    page.locator("#learn-fooled figcaption", has_text="noise 20").wait_for(timeout=WAIT_MS)


def _learn(page: Page, step: int) -> None:
    _open(page, "Learn")
    page.locator("#learn-board button.portrait").first.wait_for(timeout=WAIT_MS)
    page.locator(f"#learn .steps [data-step='{step}']").click()


def show_batch(page: Page) -> None:
    """Check eleven pictures and a file that is none."""
    _open(page, "Batch")
    pictures = sorted((ROOT / "assets" / "learn").glob("*.jpg"))[::3]
    contents = {path.name: path.read_bytes() for path in (*pictures, ROOT / "assets" / "group.jpg")}
    files = [
        FilePayload(name=name, mimeType="image/jpeg", buffer=content)
        for name, content in {**contents, "broken.jpg": b"no picture"}.items()
    ]
    page.locator("#batch-drop input[type=file]").set_input_files(files)
    page.locator("#batch-saves button").first.wait_for(timeout=WAIT_MS)


def show_detectors(page: Page) -> None:
    """Open the tab, and wait for what is folded."""
    _open(page, "Detectors")
    page.locator("[data-fold=sizes] tr[data-name]").first.wait_for(state="attached", timeout=WAIT_MS)


def show_about(page: Page) -> None:
    """Open the tab."""
    _open(page, "About")
    page.locator("#about h2").first.wait_for()


def _open(page: Page, tab: str) -> None:
    """Open a tab while the page is wide: on a phone some hide behind a menu."""
    size = page.viewport_size or {"width": 1440, "height": 900}
    page.set_viewport_size({"width": 1440, "height": 900})
    page.get_by_role("tab", name=tab, exact=True).click(timeout=WAIT_MS)
    page.set_viewport_size({"width": size["width"], "height": size["height"]})


TABS: dict[str, Callable[[Page], None]] = {
    "check": show_check,
    "check-group": show_group,
    "check-video": show_video,
    "check-no-face": show_no_face,
    "check-empty": show_empty,
    "compare": show_compare,
    "learn": show_learn,
    "learn-blend": show_blend,
    "learn-why": show_why,
    "learn-fool": show_fool,
    "batch": show_batch,
    "detectors": show_detectors,
    "about": show_about,
}


def main(address: str, wanted: set[str]) -> None:
    """Take `wanted` ones, names like check-dark; all where empty."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        for look, (theme, width) in LOOKS.items():
            for tab, show in TABS.items():
                if wanted and f"{tab}-{look}" not in wanted:
                    continue
                page = browser.new_page(viewport={"width": width, "height": 900})
                page.goto(f"{address}/?__theme={theme}", timeout=WAIT_MS)
                page.locator("#check-bar .bar").wait_for(timeout=WAIT_MS)
                show(page)
                page.wait_for_timeout(SETTLE_MS)
                page.screenshot(path=FOLDER / f"{tab}-{look}.png", full_page=True, timeout=WAIT_MS)
                page.close()
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:7860", set(sys.argv[2:]))
