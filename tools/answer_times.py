"""How long a visitor of the page waits, in Chromium, from a click to what it shows.

    python -m tools.answer_times [--rounds 7] [--address http://127.0.0.1:7860] [--out FILE.md]

Starts the page in a process of its own, unless it is given an address. Run it on an idle machine: the times
are wall times. Exit code 1 where a median is over its limit.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import PIL.Image
from playwright.sync_api import sync_playwright

from tools.stopwatch import ROOT, SOON_S, STOPWATCH, WAIT_MS, Goals, Timed, Visit, page_at

ASSETS = ROOT / "assets"
OUT = ROOT / "docs" / "results" / "answer-times.md"
CHROMIUM = "/usr/bin/chromium"
ROUNDS = 7
ALL_S = 2.0
"""What may be waited for the answers of all detectors."""
PHONE_PX = (4000, 3000)
"""A photo of 12 megapixels, as a phone takes it."""

ANSWER = "fresh('#check-answer [data-fresh]')"
ALL_ANSWERED = f"{ANSWER} && count('#check-row .detector') && !count('#check-row .waiting')"
MAP = f"{ANSWER} && fresh('#check-maps img.map') && drawn('#check-maps .map-sheet img')"
ROWS = "fresh('#compare-rows table')"
MAPS = f"{ROWS} && !count('#compare-rows .waiting') && drawn('#compare-rows img')"
"""What holds once a visitor sees it."""

BLEND_SLIDERS = {
    "shift": ("blend-shift", "ArrowRight"),
    "feather": ("blend-feather", "ArrowRight"),
    "ratio": ("blend-ratio", "ArrowLeft"),
}
FOOL_SLIDERS = {"JPEG quality": ("fool-quality", "ArrowLeft"), "noise": ("fool-noise", "ArrowRight")}
"""Sliders of Learn by their words: name, and the key that moves them."""

HEAD = """# Answer times

How long a visitor waits, in Chromium, from a click, a key or a file chosen to the first frame that shows
the outcome. Written by

```bash
python -m tools.answer_times
```

Medians of {runs} times after the first since the page started, on {cores} cores ({processor}); load average
{before:.1f} before, {after:.1f} after. A file is new each time: faces are found in it, and every trained
detector is asked. {said}

"""


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, write the page, say what is over its limit."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"times of each action ({ROUNDS})")
    parser.add_argument("--address", help="of a page that runs already")
    parser.add_argument("--out", type=Path, default=OUT)
    args = parser.parse_args(argv)
    load = [os.getloadavg()[0]]
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        with page_at(args.address, Path(folder)) as address:
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            page.add_init_script(STOPWATCH)
            page.goto(address, timeout=WAIT_MS)
            page.locator("#check-bar .bar").wait_for(timeout=WAIT_MS)
            visit = Visit(page)
            check(visit, Path(folder), args.rounds + 1)
            learn(visit, args.rounds + 1)
            compare(visit, args.rounds + 1)
        browser.close()
    load.append(os.getloadavg()[0])
    args.out.write_text(written(visit.timed, load), encoding="utf-8")
    slow = [one for one in visit.timed if not one.kept]
    for one in slow:
        print(f"{one.room}, {one.words}: {one.median_s:.2f} s, {one.limit_s:g} s allowed", file=sys.stderr)
    return 1 if slow else 0


def check(visit: Visit, folder: Path, rounds: int) -> None:
    """Photos uploaded: the default's answer, all answers, the map. Two pictures take turns, no byte alike."""
    visit.open("Check")
    field = visit.page.locator("#check-files input[type=file]")
    for what, pair in photos(folder).items():
        goals = {
            (f"{what}: answer of the default", SOON_S): ANSWER,
            (f"{what}: answers of all detectors", ALL_S): ALL_ANSWERED,
            (f"{what}: and the map", None): MAP,
        }
        for number in range(rounds):
            path = folder / f"{number}-{pair[number % 2].name}"
            path.write_bytes(pair[number % 2].read_bytes() + bytes([number]))
            visit.note(partial(field.set_input_files, str(path)), goals)


def photos(folder: Path) -> dict[str, tuple[Path, Path]]:
    """By what they are two photos each."""
    portraits = (ASSETS / "portrait_collins.jpg", ASSETS / "portrait_hopper.jpg")
    groups = (ASSETS / "group.jpg", ASSETS / "group_selfblend.jpg")
    large = (folder / "large-1.jpg", folder / "large-2.jpg")
    for source, path in zip(portraits, large, strict=True):
        with PIL.Image.open(source) as picture:
            picture.convert("RGB").resize(PHONE_PX, PIL.Image.Resampling.BICUBIC).save(path, quality=92)
    return {"portrait": portraits, "three faces": groups, "12 megapixels": large}


def learn(visit: Visit, rounds: int) -> None:
    """Each action of the four steps."""
    visit.page.set_viewport_size({"width": 1280, "height": 1400})
    visit.open("Learn")
    visit.page.locator("#learn-board button.portrait").first.wait_for(timeout=WAIT_MS)
    play(visit, rounds)
    go_to(visit, 2, "#learn-blended table.dots")
    blended = "fresh('#learn-blended section')"
    turn(visit, rounds, blended, ("another face to blend", ".learn-step-2 .subjects label"), BLEND_SLIDERS)
    turn(visit, rounds, blended, ("another mask", ".learn-step-2 .wrap label:has([type=radio])"), {})
    go_to(visit, 3, "[data-why]")
    prior, expected = visit.page.locator("#why-prior"), "fresh('[data-why] [data-prior]')"
    for number in range(rounds):
        key = "ArrowLeft" if number % 20 > 10 else "ArrowRight"
        visit.soon("the slider of the base rate", partial(prior.press, key), expected)
    go_to(visit, 4, "#learn-fooled table.dots")
    fooled = "fresh('#learn-fooled section')"
    turn(visit, rounds, fooled, ("another fake", ".learn-step-4 .subjects label"), FOOL_SLIDERS)


def play(visit: Visit, rounds: int) -> None:
    """Guess one pair after another, at once."""
    board = visit.page.locator("#learn-board")
    for number in range(rounds):
        guess = board.locator("button.portrait").nth(number % 2).click
        visit.soon("a guess, with those of all detectors", guess, "count('#learn-board table.scores')")
        following = board.locator("[data-act=next]")
        if board.locator(".count").inner_text().startswith("Pair 10"):
            following.click()
            following = board.locator("[data-act=again]")
        visit.soon("the next pair", following.click, "count('#learn-board button.portrait')")


def go_to(visit: Visit, step: int, shown: str) -> None:
    """Open a step of Learn."""
    visit.page.locator(f"#learn .steps [data-step='{step}']").click()
    visit.page.locator(shown).wait_for(timeout=WAIT_MS)


def turn(
    visit: Visit, rounds: int, goal: str, choice: tuple[str, str], sliders: Mapping[str, tuple[str, str]]
) -> None:
    """Take the next of `choice` (words, selector), then move every slider by a step (its key), in turns."""
    words, selector = choice
    options = visit.page.locator(selector)
    for number in range(rounds):
        visit.soon(words, options.nth((number + 1) % options.count()).click, goal)
        for said, (name, key) in sliders.items():
            slider = visit.page.locator(f"#{name} input[type=range]")
            visit.soon(f"the slider {said}", partial(slider.press, key), goal)


def compare(visit: Visit, rounds: int) -> None:
    """Each change to the face of an example; the examples take turns."""
    page = visit.page
    visit.open("Compare")
    tiles = page.locator(".compare-tile")
    room = page.locator("#room-compare")
    for number in range(rounds):
        shown: Goals = {("a face: what all detectors say", None): ROWS, ("a face: and every map", None): MAPS}
        visit.note(tiles.nth(number % tiles.count()).click, shown)
        for change in ("size", "mirror", "blur", "noise", "jpeg"):
            option = room.locator(f"input[value={change}]")
            visit.soon(f"curves over {change}", option.check, "fresh('#compare-curves [role=img]')")
        other = room.locator("input[name=compare-strips]").nth(1 + number % 2)
        visit.soon("the references of another detector", other.check, "fresh('#compare-strips section')")
        cut = page.locator("#compare-strips .strips:not([hidden]) [data-cut]")
        key = "ArrowLeft" if number % 2 else "ArrowRight"
        visit.soon("the cut", partial(cut.press, key), "fresh('#compare-strips .strips:not([hidden])')")
        visit.soon("saved again", page.locator("#compare-again").click, "fresh('#compare-deliveries table')")


def written(timed: Sequence[Timed], load: Sequence[float]) -> str:
    """The page of results."""
    rows = []
    for one in timed:
        limit = "–" if one.limit_s is None else f"{one.limit_s:g}"
        median = f"{one.median_s:.2f}" if one.kept else f"**{one.median_s:.2f}**"
        rows.append(
            f"| {one.room} | {one.words} | {limit} | {median} | {max(one.seconds):.2f} | {one.first_s:.2f} |"
        )
    over = sum(not one.kept for one in timed)
    said = "Every median is within its limit." if not over else f"Over their limit: {over}, in bold."
    head = HEAD.format(
        runs=min(len(one.seconds) for one in timed),
        cores=os.cpu_count(),
        processor=processor(),
        before=load[0],
        after=load[-1],
        said=said,
    )
    titles = ("| room | action | s allowed | median s | longest s | first s |", "|---|---|---|---|---|---|")
    return head + "\n".join([*titles, *rows, ""])


def processor() -> str:
    """What the machine calls its processor."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "unknown")


if __name__ == "__main__":
    sys.exit(main())
