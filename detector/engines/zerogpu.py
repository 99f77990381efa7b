"""A function to one that borrows a GPU for its call on a ZeroGPU Space; anywhere else the function itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

try:
    import spaces
except ImportError:  # installed on Spaces only
    spaces = None

P = ParamSpec("P")
R = TypeVar("R")

DURATION_S = 15
"""Asked of the visitor's quota before each call, so kept short: the longest clip takes a few seconds."""

LENT = spaces is not None and bool(spaces.config.Config.zero_gpu)
"""Whether marked functions run in another process: their arguments and results are pickled there and back."""


def gpu(function: Callable[P, R]) -> Callable[P, R]:
    """`function` under `spaces.GPU` on a ZeroGPU Space.

    There it runs in a forked worker: arguments and result are pickled, what it changes elsewhere is lost. A
    call inside another runs in the same worker.
    """
    if not LENT:
        return function
    borrowed: Callable[P, R] = spaces.GPU(duration=DURATION_S)(function)
    return borrowed
