"""The page as a whole: its tabs, how it is launched, and what it says when too many come."""

from __future__ import annotations

import threading
from typing import Any

import gradio as gr
from fastapi import Request
from fastapi.responses import JSONResponse
from markupsafe import Markup

from detector.settings import Settings
from detector.ui import texts, theme
from detector.ui.about import about_html, about_tab
from detector.ui.api import build_api
from detector.ui.backend import Backend
from detector.ui.detectors import detectors_tab
from detector.ui.html import render
from detector.ui.photo import photo_tab
from detector.ui.picker import offered
from detector.ui.video import video_tab
from detector.weights import find_assets

SWEEP_S = 60
"""Seconds between two looks for uploads that are old enough to go."""

LIGHT_EVENTS_AT_ONCE = 4

FULL = "Queue is full"
"""How Gradio begins the reason when it takes no more."""

UNAVAILABLE, TOO_MANY = 503, 429
"""HTTP codes. Gradio's script puts words of its own in place of a 503's, and shows those of any other."""

TRY_AGAIN_S = 60


def build_app(settings: Settings) -> gr.Blocks:
    """The page; the default detector warms up in the background while the page is already there."""
    backend = Backend(settings)
    backend.default()
    page = lay_out(backend)
    threading.Thread(target=backend.warm_up, name="warm-up", daemon=True).start()
    return page


def lay_out(backend: Backend) -> gr.Blocks:
    """The page on `backend`: its tabs, its API, its queue."""
    settings = backend.settings
    delete_cache = (min(SWEEP_S, settings.keep_uploads_s), settings.keep_uploads_s)
    page: gr.Blocks
    with gr.Blocks(title=texts.TITLE, analytics_enabled=False, delete_cache=delete_cache) as page:
        gr.HTML(masthead(), elem_id="masthead")
        dark = gr.Checkbox(visible=False)
        with gr.Tabs():
            with gr.Tab("Photo", id="photo"):
                pickers = [photo_tab(backend)]
            with gr.Tab("Video", id="video"):
                pickers.append(video_tab(backend, dark))
            with gr.Tab("Detectors", id="detectors") as tab:
                detectors_tab(backend, tab, dark)
            with gr.Tab("About", id="about"):
                about = about_tab(backend)
        build_api(backend)
        page.load(None, None, dark, js=theme.IS_DARK)
        _follow_publishing(page, backend, about, pickers)
        page.unload(backend.cancellation.cancel)
    page.queue(max_size=settings.queue_size, default_concurrency_limit=LIGHT_EVENTS_AT_ONCE)
    return page


def _follow_publishing(page: gr.Blocks, backend: Backend, about: gr.HTML, pickers: list[gr.HTML]) -> None:
    """Whoever opens the page after a publish sees what is published now, not what was when it started."""
    at_start = backend.default()

    def published_now() -> list[Any]:
        # never a gr.skip(): it empties a picker whose tab was not opened yet
        offers = [offered(backend, str(picker.elem_id)) for picker in pickers]
        for offer in offers:
            if offer["value"] == at_start:
                del offer["value"]  # the visitor may have chosen already
        return [about_html(backend), *(gr.update(**offer) for offer in offers)]

    page.load(
        published_now, None, [about, *pickers], queue=False, show_progress="hidden", api_visibility="private"
    )


def launch_options(settings: Settings) -> dict[str, Any]:
    """What `launch` is given besides ssr_mode."""
    largest_mb = max(settings.limits.photo_mb, settings.limits.video_mb)
    return {
        "server_name": settings.host,
        "server_port": settings.port,
        "max_file_size": f"{largest_mb:g}mb",
        "run_history": False,
        "footer_links": ["api", "settings"],
        "favicon_path": find_assets() / "favicon.png",
        "enable_monitoring": False,
        "show_error": True,
        "theme": theme.page_theme(),
        "css_paths": [theme.STYLE],
        "head": theme.head(),
        "app_kwargs": {"exception_handlers": {UNAVAILABLE: refuse}},
    }


async def refuse(request: Request, fault: Exception) -> JSONResponse:
    """Answer a 503: a full queue is told in our words, anything else as it is.

    Programs keep the 503, which Gradio's Python client knows as QueueError; a browser is known by its Origin.
    """
    detail = str(getattr(fault, "detail", ""))
    if not detail.startswith(FULL):
        return JSONResponse({"detail": detail}, UNAVAILABLE)
    status = TOO_MANY if "origin" in request.headers else UNAVAILABLE
    return JSONResponse({"detail": texts.QUEUE_FULL}, status, {"Retry-After": str(TRY_AGAIN_S)})


def masthead() -> Markup:
    """Logo, name and what the page does."""
    return render("masthead", logo=Markup((find_assets() / "logo.svg").read_text(encoding="utf-8")))
