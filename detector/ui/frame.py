"""What each room of the page is given to lay itself out with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gradio as gr

if TYPE_CHECKING:
    from detector.ui.backend import Backend


PRIVATE: dict[str, Any] = {"api_visibility": "private"}
"""Event arguments of all but the API."""

AT_ONCE: dict[str, Any] = {"queue": False, "show_progress": "hidden", **PRIVATE}
"""Event arguments of what takes no time."""


@dataclass(frozen=True, eq=False)
class Frame:
    """The page around a room.

    `page.load` is for what must follow a publish. `dark` says which theme figures are drawn for. `several`
    holds the paths of files dropped together: Check fills it and opens the tab `batch`, whose room listens to
    its `change`. `tabs` is what `gr.Tabs(selected="batch")` goes to, `rooms` the ids of all.
    """

    backend: Backend
    page: gr.Blocks
    dark: gr.Checkbox
    tabs: gr.Tabs
    several: gr.State
    rooms: tuple[str, ...] = ()
