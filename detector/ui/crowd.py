"""A full queue into a polite refusal, for browsers and programs."""

from __future__ import annotations

from fastapi import Request
from fastapi.responses import JSONResponse

from detector.ui import texts

FULL = "Queue is full"
"""How Gradio begins the reason when it takes no more."""

UNAVAILABLE, TOO_MANY = 503, 429
"""HTTP codes. Gradio's script puts words of its own in place of a 503's, and shows those of any other."""

TRY_AGAIN_S = 60


async def refuse(request: Request, fault: Exception) -> JSONResponse:
    """Answer a 503: a full queue is told in our words, anything else as it is.

    Programs keep the 503, which Gradio's Python client knows as QueueError; a browser is known by its Origin.
    """
    detail = str(getattr(fault, "detail", ""))
    if not detail.startswith(FULL):
        return JSONResponse({"detail": detail}, UNAVAILABLE)
    status = TOO_MANY if "origin" in request.headers else UNAVAILABLE
    return JSONResponse({"detail": texts.QUEUE_FULL}, status, {"Retry-After": str(TRY_AGAIN_S)})
