"""The page as a whole: its rooms, how it is launched, and what it says when too many come.

A room is a module, `LABEL` its tab's words; `lay_out(frame, tab)` lays it out and wires it, what its events
do stands in ROOM_events. `ROOMS` lists them. For a room there are

- `frame`: the backend, the page, the theme, the tabs, files dropped together (`ui.frame.Frame`);
- `backend.visits.of(request)`: the visitor's files, scanned and judged once (`ui.visits.Looked`);
  `visit.looked` is the one on Check, and a button with `data-open=KEY` shows another there;
- `backend.lane.turn("map")`: what runs a network does it in its turn (`ui.lane`); the backend's own methods
  take it by themselves;
- `html.render("ROOM", ...)` for `templates/ROOM.html`; `ui.evidence` lists the macros of evidence;
- `css/ROOM.css`, each rule beginning with `#room-ROOM`; `js/ROOM.js`; `theme.ACT` for buttons and fields.
"""

from __future__ import annotations

import threading
from typing import Any, Protocol

import gradio as gr
from fastapi import Request
from fastapi.responses import JSONResponse
from markupsafe import Markup

from detector.settings import Settings
from detector.ui import about, batch, check, compare, detectors, learn, texts, theme
from detector.ui.api import build_api
from detector.ui.backend import Backend
from detector.ui.frame import Frame
from detector.ui.html import render
from detector.weights import find_assets


class Room(Protocol):
    """A module that lays a tab out."""

    LABEL: str

    def lay_out(self, frame: Frame, tab: gr.Tab) -> None:
        """Fill the tab, and wire what is in it."""


ROOMS: dict[str, Room] = {
    "check": check,
    "compare": compare,
    "learn": learn,
    "batch": batch,
    "detectors": detectors,
    "about": about,
}
"""By the id of their tabs, in order."""

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
    # no daemon: a thread of torch that is cut off when the program ends aborts it
    threading.Thread(target=backend.warm_up, name="warm-up").start()
    return page


def lay_out(backend: Backend) -> gr.Blocks:
    """The page on `backend`: its tabs, its API, its queue."""
    settings = backend.settings
    delete_cache = (min(SWEEP_S, settings.keep_uploads_s), settings.keep_uploads_s)
    page: gr.Blocks
    with gr.Blocks(title=texts.TITLE, analytics_enabled=False, delete_cache=delete_cache) as page:
        gr.HTML(masthead(backend), elem_id="masthead")
        dark = gr.Checkbox(visible=False)
        several = gr.State((), time_to_live=settings.keep_uploads_s)
        with gr.Tabs(elem_id="rooms") as tabs:
            frame = Frame(backend, page, dark, tabs, several, tuple(ROOMS))
            for name, room in ROOMS.items():
                with gr.Tab(room.LABEL, id=name, elem_id=f"room-{name}") as tab:
                    room.lay_out(frame, tab)
        build_api(backend)
        page.load(None, None, dark, js=theme.IS_DARK)
        page.unload(backend.leave)
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
        "css_paths": list(theme.STYLES),
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


def masthead(backend: Backend) -> Markup:
    """Logo, name, what becomes of a file, and what is read out to who does not see the page."""
    logo = Markup((find_assets() / "logo.svg").read_text(encoding="utf-8"))
    return render("masthead", logo=logo, privacy=texts.PRIVACY.format(minutes=backend.minutes_kept))
