"""Settings into the page and its launch options."""

from __future__ import annotations

import threading
from typing import Any

import gradio as gr

from detector.settings import Settings
from detector.ui import crowd, texts, theme
from detector.ui.about import about_tab
from detector.ui.api import build_api
from detector.ui.backend import Lane
from detector.ui.detectors import detectors_tab
from detector.ui.photo import photo_tab
from detector.ui.video import video_tab
from detector.weights import find_assets

SWEEP_S = 60
"""Seconds between two looks for uploads that are old enough to go."""

LIGHT_EVENTS_AT_ONCE = 4


def build_app(settings: Settings) -> gr.Blocks:
    """The page; the default detector warms up in the background while the page is already there."""
    lane = Lane(settings)
    lane.default()
    page = lay_out(lane)
    threading.Thread(target=lane.warm_up, name="warm-up", daemon=True).start()
    return page


def lay_out(lane: Lane) -> gr.Blocks:
    """The page on `lane`: its tabs, its API, its queue."""
    settings = lane.settings
    delete_cache = (min(SWEEP_S, settings.keep_uploads_s), settings.keep_uploads_s)
    page: gr.Blocks
    with gr.Blocks(title=texts.TITLE, analytics_enabled=False, delete_cache=delete_cache) as page:
        gr.HTML(masthead(), elem_id="masthead")
        dark = gr.Checkbox(visible=False)
        with gr.Tabs():
            with gr.Tab("Photo", id="photo"):
                photo_tab(lane)
            with gr.Tab("Video", id="video"):
                video_tab(lane, dark)
            with gr.Tab("Detectors", id="detectors") as tab:
                detectors_tab(lane, tab, dark)
            with gr.Tab("About", id="about"):
                about_tab(lane)
        build_api(lane)
        page.load(None, None, dark, js=theme.IS_DARK)
        page.unload(lane.departures.left)
    page.queue(max_size=settings.queue_size, default_concurrency_limit=LIGHT_EVENTS_AT_ONCE)
    return page


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
        "head": theme.HEAD,
        "app_kwargs": {"exception_handlers": {crowd.UNAVAILABLE: crowd.refuse}},
    }


def masthead() -> str:
    """Logo, name and what the page does."""
    logo = (find_assets() / "logo.svg").read_text(encoding="utf-8")
    return f'<header class="masthead">{logo}<div><h1>{texts.TITLE}</h1><p>{texts.TAGLINE}</p></div></header>'
