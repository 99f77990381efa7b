"""A stopwatch in the browser: from what a visitor does to the first frame that shows what came of it."""

from __future__ import annotations

import os
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page

ROOT = Path(__file__).resolve().parent.parent
WAIT_MS, LATE_MS = 120_000, 30_000
"""The longest that the page may take to be there, and what a click shows."""
SOON_S = 1.0
"""What may be waited for what a click shows."""

Goals = Mapping[tuple[str, float | None], str]
"""By words and limit in seconds what must hold, in the words of the script."""

STOPWATCH = """
window.stopwatch = (goals) => {
  // goals are by name what must hold; times, in ms, count from the visitor's next act to the first frame
  const all = (selector) => [...document.querySelectorAll(selector)];
  const html = (selector) => all(selector)[0]?.outerHTML;
  const before = {};
  const fresh = (selector) => {
    if (!(selector in before)) before[selector] = html(selector);
    return html(selector) !== undefined && html(selector) !== before[selector];
  };
  const count = (selector) => all(selector).length;
  const drawn = (selector) => count(selector)
    && all(selector).every((one) => one.complete && one.naturalWidth);
  const tests = Object.entries(goals).map(([name, holds]) =>
    [name, new Function('fresh', 'count', 'drawn', `return ${holds}`).bind(null, fresh, count, drawn)]);
  tests.forEach(([, holds]) => holds());
  const times = window.stopwatchTimes = {};
  let began = null;
  ['click', 'input', 'change'].forEach((kind) => document.addEventListener(
    kind, () => { began ??= performance.now(); }, { capture: true, once: true }));
  const look = () => {
    tests.forEach(([name, holds]) => {
      if (began !== null && !(name in times) && holds()) times[name] = performance.now() - began;
    });
    if (Object.keys(times).length < tests.length) requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
};
"""


@dataclass(frozen=True)
class Timed:
    """What a visitor waits for: its room, in how many seconds it should be there, and the seconds taken: the
    first time after the start, and later.
    """

    room: str
    words: str
    limit_s: float | None
    first_s: float
    seconds: tuple[float, ...]

    @property
    def median_s(self) -> float:
        """The middle one."""
        return statistics.median(self.seconds)

    @property
    def kept(self) -> bool:
        """Whether the median is within the limit; what has none keeps it."""
        return self.limit_s is None or self.median_s <= self.limit_s


class Visit:
    """A visitor with a stopwatch; `taken` are the seconds of each action, by room, words and limit."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.room = ""
        self.taken: dict[tuple[str, str, float | None], list[float]] = defaultdict(list)

    def open(self, tab: str) -> None:
        """Show a room."""
        self.room = tab
        self.page.get_by_role("tab", name=tab, exact=True).click()

    def note(self, act: Callable[[], object], goals: Goals) -> None:
        """Do `act`, and note the seconds until each of `goals` holds, which are by their words and limit."""
        named = {words: goal for (words, _), goal in goals.items()}
        self.page.evaluate("(goals) => window.stopwatch(goals)", named)
        act()
        self.page.wait_for_function(
            "(count) => Object.keys(window.stopwatchTimes).length === count", arg=len(named), timeout=LATE_MS
        )
        times: dict[str, float] = self.page.evaluate("window.stopwatchTimes")
        for words, limit_s in goals:
            self.taken[self.room, words, limit_s].append(times[words] / 1000)

    def soon(self, words: str, act: Callable[[], object], goal: str) -> None:
        """Do `act`, after which `goal` should hold within a second."""
        self.note(act, {(words, SOON_S): goal})

    @property
    def timed(self) -> list[Timed]:
        """All actions that were done more than once."""
        return [
            Timed(*action, all_s[0], tuple(all_s[1:]))
            for action, all_s in self.taken.items()
            if len(all_s) > 1
        ]


@contextmanager
def page_at(address: str | None, folder: Path) -> Iterator[str]:
    """The address of the page: the one given, or one that is started here and ends with the block."""
    if address is not None:
        yield address
        return
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    environment = {**os.environ, "UNBLEND_PORT": str(port), "GRADIO_TEMP_DIR": str(folder / "uploads")}
    said = subprocess.DEVNULL
    with subprocess.Popen(
        [sys.executable, "app.py"], cwd=ROOT, env=environment, stdout=said, stderr=said
    ) as app:
        try:
            wait_for(f"http://127.0.0.1:{port}", app)
            yield f"http://127.0.0.1:{port}"
        finally:
            app.terminate()


def wait_for(address: str, app: subprocess.Popen[bytes]) -> None:
    """Wait until the page answers."""
    until = time.monotonic() + WAIT_MS / 1000
    while time.monotonic() < until and app.poll() is None:
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except OSError:
            time.sleep(0.2)
    raise SystemExit("the page did not start; see what `python app.py` says")
