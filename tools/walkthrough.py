"""The pictures of docs/walkthrough.md: what a pupil, a fact-checker and an analyst see on the running page.

    python -m tools.walkthrough [ADDRESS [NAME...]]

Only what is named is photographed again (pupil, checker, analyst); else all. The report for people is saved
from the page, and opened.
"""

from __future__ import annotations

import io
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import PIL.Image
from playwright.sync_api import Browser, FilePayload, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
ASSETS, FOLDER = ROOT / "assets", ROOT / "docs" / "screenshots"
CHROMIUM = "/usr/bin/chromium"
WIDE, HIGH = 1280, 860
SAVED_PX, QUALITY = 960, 72
WAIT_MS, SETTLE_MS = 240_000, 1_200
CASE = ("blended_01", "blended_03", "generated_02", "generated_03", "genuine_01", "genuine_03", "genuine_05")


def pupil(browser: Browser, address: str) -> None:
    """Ten pairs, a blend, the odds, a fake that is hidden."""
    page = opened(browser, f"{address}/?class=1&__theme=light")
    board = page.locator("#learn-board")
    for number in range(10):
        board.locator("button.portrait").nth(number % 2).click(timeout=WAIT_MS)
        board.locator("table.scores").wait_for(timeout=WAIT_MS)
        if number == 0:
            photograph(page, "pupil-1-guess")
        board.locator("[data-act=next]").click()
    board.locator(".bars").wait_for(timeout=WAIT_MS)
    photograph(page, "pupil-2-score")
    step(page, 2, "#learn-blended table.dots")
    photograph(page, "pupil-3-blend", high=1330)  # README has it too
    step(page, 3, "[data-why]")
    page.locator("#why-prior").fill("4")
    photograph(page, "pupil-4-odds")
    step(page, 4, "#learn-fooled table.dots")
    noise = page.locator("#fool-noise input[type=number]")
    noise.fill("24")
    noise.press("Tab")
    page.locator("#learn-fooled figcaption", has_text="noise 24").wait_for(timeout=WAIT_MS)
    photograph(page, "pupil-5-fool", high=1000)
    page.close()


def checker(browser: Browser, address: str) -> None:
    """A clip, its curve, what to check next, the report."""
    page = opened(browser, f"{address}/?__theme=light")
    page.locator("#check-files input[type=file]").set_input_files(str(ASSETS / "clip_half_selfblend.mp4"))
    page.locator("#check-maps .map-sheet img").nth(1).wait_for(timeout=WAIT_MS)
    page.evaluate("window.scrollTo(0, 0)")
    photograph(page, "checker-1-answer")
    page.locator("#check-curve").evaluate("(part) => part.scrollIntoView({ block: 'start' })")
    photograph(page, "checker-2-over-time")
    page.get_by_role("button", name="What to check next").click()
    page.locator("#check-next").evaluate("(part) => part.scrollIntoView({ block: 'center' })")
    photograph(page, "checker-3-next")
    page.get_by_role("button", name="Report", exact=True).click()
    link = page.locator("#check-saves a").first
    link.wait_for(timeout=WAIT_MS)
    with tempfile.TemporaryDirectory() as folder, page.expect_download() as waiting:
        link.click()
        path = Path(folder) / "report.html"
        waiting.value.save_as(path)
        report = browser.new_page(viewport={"width": 1000, "height": HIGH})
        report.goto(path.as_uri())
        photograph(report, "checker-4-report")
        report.close()
    page.close()


def analyst(browser: Browser, address: str) -> None:
    """A folder in Batch, and one of its faces compared."""
    page = opened(browser, f"{address}/?__theme=light")
    page.get_by_role("tab", name="Batch", exact=True).click()
    paths = [ASSETS / "learn" / f"{name}.jpg" for name in CASE]
    paths += [ASSETS / name for name in ("group_selfblend.jpg", "no_face.jpg", "clip_half_selfblend.mp4")]
    files = [FilePayload(name=path.name, mimeType="image/jpeg", buffer=path.read_bytes()) for path in paths]
    files.append(FilePayload(name="broken.jpg", mimeType="image/jpeg", buffer=b"no picture"))
    page.locator("#batch-drop input[type=file]").set_input_files(files)
    page.locator("#batch-saves button").first.wait_for(timeout=WAIT_MS)
    photograph(page, "analyst-1-batch", high=1050)
    page.get_by_role("tab", name="Compare", exact=True).click()
    page.locator(".compare-tile").first.click()
    page.locator("#compare-status", has_text="All detectors have").wait_for(timeout=WAIT_MS)
    page.locator("#compare-rows").evaluate("(part) => part.scrollIntoView({ block: 'start' })")
    photograph(page, "analyst-2-compare", high=1050)
    page.locator("#compare-strips").evaluate("(part) => part.scrollIntoView({ block: 'start' })")
    photograph(page, "analyst-3-references", high=1050)
    page.close()


def opened(browser: Browser, address: str) -> Page:
    """The page, ready."""
    page = browser.new_page(viewport={"width": WIDE, "height": HIGH}, accept_downloads=True)
    page.goto(address, timeout=WAIT_MS)
    page.locator("#check-bar .bar").wait_for(state="attached", timeout=WAIT_MS)
    return page


def step(page: Page, number: int, shown: str) -> None:
    """Open a step of Learn."""
    page.locator(f"#learn .steps [data-step='{number}']").click()
    page.locator(shown).wait_for(timeout=WAIT_MS)


def photograph(page: Page, name: str, high: int = HIGH) -> None:
    """What is seen now, as docs/screenshots/walkthrough-NAME.webp."""
    size = page.viewport_size or {"width": WIDE, "height": HIGH}
    page.mouse.move(0, 0)
    page.set_viewport_size({"width": size["width"], "height": high})
    page.wait_for_timeout(SETTLE_MS)
    with PIL.Image.open(io.BytesIO(page.screenshot(timeout=WAIT_MS))) as picture:
        small = (SAVED_PX, round(picture.height * SAVED_PX / picture.width))
        shrunk = picture.convert("RGB").resize(small, PIL.Image.Resampling.LANCZOS)
    shrunk.save(FOLDER / f"walkthrough-{name}.webp", quality=QUALITY, method=6)
    page.set_viewport_size(size)


WALKS: dict[str, Callable[[Browser, str], None]] = {"pupil": pupil, "checker": checker, "analyst": analyst}


def main(address: str = "http://127.0.0.1:7860", *names: str) -> None:
    """Walk as those who are named."""
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        for name in names or WALKS:
            WALKS[name](browser, address)
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
