"""A full queue of Gradio's own, refused in our words."""

from __future__ import annotations

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator

import gradio as gr
import pytest

from detector.ui import texts
from detector.ui.app import TOO_MANY, UNAVAILABLE, refuse


@pytest.fixture
def busy() -> Iterator[str]:
    """Address of a page that is at work and whose queue of one is full."""
    free = threading.Event()
    with gr.Blocks(analytics_enabled=False) as page:
        gr.Button().click(lambda: free.wait(60) and None, api_name="wait", concurrency_limit=1)
    page.queue(max_size=1)
    refusal = {"exception_handlers": {UNAVAILABLE: refuse}}
    address = page.launch(prevent_thread_lock=True, ssr_mode=False, quiet=True, app_kwargs=refusal)[1].rstrip(
        "/"
    )
    while ask(address)[0] == 200:
        pass
    yield address
    free.set()
    page.close(verbose=False)


def ask(address: str, **headers: str) -> tuple[int, str]:
    """The status and detail of the answer to one more request."""
    body = urllib.request.Request(
        f"{address}/gradio_api/call/wait", b'{"data": []}', {"Content-Type": "application/json", **headers}
    )
    try:
        with urllib.request.urlopen(body, timeout=60) as answer:
            return answer.status, ""
    except urllib.error.HTTPError as refused:
        return refused.code, json.load(refused)["detail"]


def test_a_browser_gets_a_status_whose_words_gradio_shows(busy: str) -> None:
    assert ask(busy, Origin=busy) == (TOO_MANY, texts.QUEUE_FULL)


def test_a_program_gets_the_status_its_client_knows(busy: str) -> None:
    assert ask(busy) == (UNAVAILABLE, texts.QUEUE_FULL)
