"""A function to one that borrows a GPU for its call on a ZeroGPU Space; anywhere else the function itself."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

P = ParamSpec("P")
R = TypeVar("R")

DURATION_S = 15
"""Asked of the visitor's quota before each call, so kept short: the longest clip takes a few seconds."""


def gpu(function: Callable[P, R]) -> Callable[P, R]:
    """`function` under `spaces.GPU` where the package `spaces` is installed, which is itself without effect outside ZeroGPU.

    On ZeroGPU the function runs in a forked worker: arguments and result are pickled, what it changes elsewhere is lost.
    """
    if importlib.util.find_spec("spaces") is None:
        return function
    import spaces

    return cast("Callable[P, R]", spaces.GPU(duration=DURATION_S)(function))
