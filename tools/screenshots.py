"""The running page to docs/screenshots: every tab and state, light, dark and at 390 px.

python -m tools.screenshots [ADDRESS [NAME...]]

NAME is one like check-dark or queued-narrow; left out: all. A picture is a WebP of some 100 KB. Nobody else
may use the page meanwhile: who waits, and how long, is what some of them show.
"""

from __future__ import annotations

import io
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
from PIL import Image
from playwright.sync_api import FilePayload, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "screenshots"
CHROMIUM = "/usr/bin/chromium"
WAIT_MS = 240_000
SETTLE_MS = 2_500
"""Time for figures to be drawn and pictures to be shown."""

QUALITY = 62
"""Of the WebP files."""

LONG_FRAMES, LONG_PX = 40, (2400, 900)
"""Of a clip that is worked on for long enough to be stopped, and to be waited for."""

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


def show_drawn(page: Page) -> None:
    """Look at a drawing."""
    _drop(page, ROOT / "assets" / "cartoon.jpg")
    page.locator("#check-answer .drawn").wait_for(timeout=WAIT_MS)


def show_anyway(page: Page) -> None:
    """Have a drawing judged all the same."""
    show_drawn(page)
    page.get_by_role("button", name="Judge it anyway").click()
    page.locator("#check-answer .card.answer").wait_for(timeout=WAIT_MS)
    page.locator("#check-maps .map-sheet img").nth(1).wait_for(timeout=WAIT_MS)


def show_unreadable(page: Page) -> None:
    """Drop what is no picture."""
    file = FilePayload(name="holiday.jpg", mimeType="image/jpeg", buffer=b"no picture")
    page.locator("#check-files input[type=file]").set_input_files([file])
    page.locator("#check-answer .unreadable").wait_for(timeout=WAIT_MS)


def show_next_steps(page: Page) -> None:
    """What to check beside the score, and the report's links."""
    show_check(page)
    page.get_by_role("button", name="What to check next").click()
    page.get_by_role("button", name="Report").click()
    page.locator("#check-saves .saves").wait_for(timeout=WAIT_MS)


def show_class(page: Page) -> None:
    """As a class sees it."""
    page.goto(f"{page.url}&class=1", timeout=WAIT_MS)
    _open(page, "Check")
    page.locator("#check-answer .empty").wait_for(timeout=WAIT_MS)


def show_working(page: Page) -> None:
    """A clip whose faces are being found."""
    _drop(page, long_clip())
    page.locator("#check-progress .working .said", has_text="frame 8 of").wait_for(timeout=WAIT_MS)


def show_stopped(page: Page) -> None:
    """A clip at rest."""
    show_working(page)
    page.get_by_role("button", name="Stop").click()
    page.locator("#check-progress .stopped").wait_for(timeout=WAIT_MS)


def show_queued(page: Page) -> None:
    """Wait behind two visitors, after one clip has shown how long such take."""
    others = [_another(page), _another(page)]
    _drop(others[0], long_clip())
    others[0].locator("#check-curve polyline").first.wait_for(state="attached", timeout=WAIT_MS)
    for number, other in enumerate(others):
        _drop(other, long_clip(number + 1))
        other.locator("#check-progress .said").wait_for(timeout=WAIT_MS)
    page.bring_to_front()
    _drop(page, ROOT / "assets" / "group.jpg")
    page.locator("#check-progress .said", has_text="You are second, about").wait_for(timeout=WAIT_MS)


def long_clip(number: int = 0) -> Path:
    """Three people for long, at a size that takes its time; each `number` is a file of its own."""
    path = Path(tempfile.gettempdir()) / f"meeting-{number}.mp4"
    group = Image.open(ROOT / "assets" / "group.jpg").convert("RGB").resize(LONG_PX)
    frame = av.VideoFrame.from_ndarray(np.roll(np.asarray(group), number, axis=1), format="rgb24")
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=8)
        stream.width, stream.height, stream.pix_fmt = *LONG_PX, "yuv420p"
        for _ in range(LONG_FRAMES):
            frame.pts = None
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def _another(page: Page) -> Page:
    """Another visitor."""
    other = page.context.browser.new_context().new_page()  # type: ignore[union-attr]
    other.goto(page.url, timeout=WAIT_MS)
    other.locator("#check-bar .bar").wait_for(timeout=WAIT_MS)
    return other


def _drop(page: Page, path: Path) -> None:
    page.locator("#check-files input[type=file]").set_input_files([str(path)])


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
    """Drop sixteen files on Check, one of which is no picture."""
    page.locator("#check-files input[type=file]").set_input_files(sixteen())
    page.locator("#batch-saves button").first.wait_for(timeout=WAIT_MS)


def show_batch_opened(page: Page) -> None:
    """One of them opened on Check, with the way back."""
    show_batch(page)
    page.locator("#batch-files .shot").first.click()
    page.locator("#check-maps .map-sheet img").nth(1).wait_for(timeout=WAIT_MS)


def show_batch_working(page: Page) -> None:
    """Half of them done."""
    page.locator("#check-files input[type=file]").set_input_files(sixteen())
    page.locator("#batch-status h2", has_text="Checking 9 of 16").wait_for(timeout=WAIT_MS)


def sixteen() -> list[FilePayload]:
    """Fifteen pictures, and a file that is none."""
    pictures = sorted((ROOT / "assets" / "learn").glob("*.jpg"))
    some = [pictures[round(place)] for place in np.linspace(0, len(pictures) - 1, 14)]
    contents = {path.name: path.read_bytes() for path in (*some, ROOT / "assets" / "group.jpg")}
    return [
        FilePayload(name=name, mimeType="image/jpeg", buffer=content)
        for name, content in {**contents, "broken.jpg": b"no picture"}.items()
    ]


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
    "check-drawn": show_drawn,
    "check-anyway": show_anyway,
    "check-unreadable": show_unreadable,
    "check-next": show_next_steps,
    "check-class": show_class,
    "queued": show_queued,
    "working": show_working,
    "stopped": show_stopped,
    "compare": show_compare,
    "learn": show_learn,
    "learn-blend": show_blend,
    "learn-why": show_why,
    "learn-fool": show_fool,
    "batch": show_batch,
    "batch-working": show_batch_working,
    "batch-opened": show_batch_opened,
    "detectors": show_detectors,
    "about": show_about,
}


MOVING = {"queued", "working", "batch-working"}
"""What is over soon, so that nothing is waited for."""


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
                page.wait_for_timeout(0 if tab in MOVING else SETTLE_MS)
                taken = page.screenshot(full_page=True, timeout=WAIT_MS)
                with Image.open(io.BytesIO(taken)) as picture:
                    picture.convert("RGB").save(FOLDER / f"{tab}-{look}.webp", quality=QUALITY, method=6)
                for context in browser.contexts:  # other visitors leave too
                    context.close()
                print(f"{tab}-{look}", file=sys.stderr)
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:7860", set(sys.argv[2:]))
