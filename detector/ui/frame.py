"""What each room of the page is given to lay itself out with, and what becomes of a fault in its events."""

from __future__ import annotations

import functools
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, Protocol, TypeVar

import gradio as gr

if TYPE_CHECKING:
    from detector.ui.backend import Backend


PRIVATE: dict[str, Any] = {"api_visibility": "private"}
"""Event arguments of all but the API."""

AT_ONCE: dict[str, Any] = {"queue": False, "show_progress": "hidden", **PRIVATE}
"""Event arguments of what takes no time."""

Updates = dict[Any, Any]
"""Component to its new value, as an event's function may return it."""

log = logging.getLogger(__name__)


class Room(Protocol):
    """What holds the events of a room; `outputs` are the components that they write to."""

    outputs: list[Any]

    def broken(self, fault: Exception) -> Updates:
        """The card of the room, saying that the page itself is at fault."""


R = TypeVar("R", bound=Room)
P = ParamSpec("P")


def told_in_one_line(
    event: Callable[Concatenate[R, P], AsyncIterator[Updates]],
) -> Callable[Concatenate[R, P], AsyncGenerator[Updates]]:
    """An event whose unexpected faults stand in the room's card, and whole in the log; one that tells nothing
    changes nothing (of an event without a yield Gradio would empty every output).
    """

    @functools.wraps(event)
    async def told(room: R, /, *given: P.args, **named: P.kwargs) -> AsyncGenerator[Updates]:
        async with aclosing(event(room, *given, **named)) as updates:  # type: ignore[type-var]  # it is a generator
            silent = True
            try:
                async for update in updates:
                    silent = False
                    yield update
                if silent:
                    yield {room.outputs[0]: gr.skip()}
            except Exception as fault:
                log.exception("the event %s broke", event.__name__)
                yield room.broken(fault)

    return told


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
