"""The app started for real on a free port, and browsers that report what goes wrong in them."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from detector.weights import find_weights, read_manifest
from tests.conftest import ROOT
from tests.makers import add_random_detector

playwright = pytest.importorskip("playwright.sync_api")

CHROMIUM = Path("/usr/bin/chromium")
START_S = 240
SHOWN_MS = 120_000
"""Generous: the tests must pass on a machine that does other work."""

HARMLESS = ("Method not implemented",)
"""Gradio's own words on the console that mean nothing is wrong."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.e2e)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped weights. Where only one detector is trained, a copy with a second,
    random one to switch to.
    """
    folder = find_weights()
    manifest = read_manifest(folder)
    if len(manifest) > 1:
        return folder
    copy = tmp_path_factory.mktemp("weights")
    shutil.copytree(folder, copy, dirs_exist_ok=True)
    add_random_detector(copy, "sbi-efficientnet-b4", size=224)
    return copy


@contextmanager
def running_page(weights: Path, folder: Path) -> Iterator[str]:
    """Address of the page in a process of its own, which writes into `folder` and ends with the block."""
    port, log = _free_port(), folder / "server.log"
    environment = {
        **os.environ,
        "UNBLEND_WEIGHTS": str(weights),
        "UNBLEND_PORT": str(port),
        "GRADIO_TEMP_DIR": str(folder / "uploads"),
        "GRADIO_MCP_SERVER": "True",
    }
    with (
        log.open("w") as written,
        subprocess.Popen(
            [sys.executable, "app.py"], cwd=ROOT, env=environment, stdout=written, stderr=written
        ) as app,
    ):
        address = f"http://127.0.0.1:{port}"
        try:
            _wait(address, app, log)
            yield address
        finally:
            app.terminate()
    said = log.read_text()
    assert "Traceback" not in said, said[-3000:]


@pytest.fixture(scope="session")
def server(weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of the page that all tests share."""
    with running_page(weights, tmp_path_factory.mktemp("page")) as address:
        yield address


def _wait(address: str, app: subprocess.Popen[bytes], log: Path) -> None:
    begin = time.monotonic()
    while time.monotonic() - begin < START_S:
        assert app.poll() is None, log.read_text()[-3000:]
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"the page was not up after {START_S} s")


@pytest.fixture(scope="session")
def chromium() -> Iterator[playwright.Browser]:
    if not CHROMIUM.exists():
        pytest.skip("no chromium")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        browser.close()


@dataclass
class Visitor:
    """A browser of its own on the page, and what it complained about."""

    page: playwright.Page
    complaints: list[str] = field(default_factory=list)
    pending: set[playwright.Request] = field(default_factory=set)

    def settle(self) -> None:
        """Wait until the page has all it asked for when it was opened, and nothing fades any more."""
        quiet, until = 0, time.monotonic() + SHOWN_MS / 1000
        while quiet < 3:
            assert time.monotonic() < until, sorted(request.url for request in self.pending)
            self.page.wait_for_timeout(100)
            waiting = any("heartbeat" not in request.url for request in self.pending)
            quiet = 0 if waiting else quiet + 1

    def open_tab(self, name: str) -> None:
        self.page.get_by_role("tab", name=name).click()

    def drop(self, *paths: Path) -> None:
        """Upload files."""
        self.page.locator("#check-files input[type=file]").set_input_files([str(path) for path in paths])

    def heading(self, timeout_ms: float = SHOWN_MS) -> str:
        """The heading of the answer, once there is one."""
        heading = self.page.locator("#check-answer [data-fresh] h2")
        heading.wait_for(timeout=timeout_ms)
        return heading.inner_text()

    def answer(self) -> str:
        """The whole card."""
        return self.page.locator("#check-answer").inner_text()

    def map(self) -> int:
        """Width in pixels of the face under its map, once both are drawn: the work is done then."""
        self.page.wait_for_function(
            "() => { const all = [...document.querySelectorAll('#check-maps .map-sheet img')];"
            " return all.length > 1 && all.every((image) => image.naturalWidth); }",
            timeout=SHOWN_MS,
        )
        face = self.page.locator("#check-maps img.face")
        return int(face.evaluate("(image) => image.naturalWidth"))

    def save(self, label: str, folder: Path) -> Path:
        """Download a report or table."""
        link = self.page.locator("#check-saves a", has_text=label)
        if not link.count():
            self.page.get_by_role("button", name="Report").click()
        with self.page.expect_download(timeout=SHOWN_MS) as waiting:
            link.first.click(timeout=SHOWN_MS)
        path = folder / waiting.value.suggested_filename
        waiting.value.save_as(path)
        return path


def visit(chromium: playwright.Browser, server: str, width: int = 1280, theme: str = "light") -> Visitor:
    page = chromium.new_context(viewport={"width": width, "height": 900}, accept_downloads=True).new_page()
    visitor = Visitor(page)

    def heard(message: playwright.ConsoleMessage) -> None:
        if message.type == "error" and not any(words in message.text for words in HARMLESS):
            visitor.complaints.append(f"console: {message.text}")

    def asked(request: playwright.Request) -> None:
        if not request.url.startswith((server, "data:", "blob:")):
            visitor.complaints.append(f"request to {request.url}")

    page.on("console", heard)
    page.on("pageerror", lambda error: visitor.complaints.append(f"page: {error}"))
    page.on("request", asked)
    page.on("request", lambda request: visitor.pending.add(request))
    page.on("requestfinished", lambda request: visitor.pending.discard(request))
    page.on("requestfailed", lambda request: visitor.pending.discard(request))
    page.goto(f"{server}/?__theme={theme}", timeout=SHOWN_MS)
    page.locator("#check-bar .bar").wait_for(timeout=SHOWN_MS)
    visitor.settle()
    return visitor


@pytest.fixture
def visitor(chromium: playwright.Browser, server: str) -> Iterator[Visitor]:
    """A visitor in whose browser nothing may go wrong and nothing may be asked of another host."""
    visitor = visit(chromium, server)
    yield visitor
    visitor.page.context.close()
    assert visitor.complaints == []
