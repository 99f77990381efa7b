"""How far the work is, on stderr: one line that is written over where stderr is a terminal."""

from __future__ import annotations

import shutil
import sys
import time
from types import TracebackType
from typing import TextIO

LEAST_PAUSE_S = 0.1


class ProgressLine:
    """Called with the share done, 0..1, and words; clears itself at the end. Where stderr is no terminal only
    `tell` writes.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._shown = self._stream.isatty()
        self._last = 0.0

    def __call__(self, share: float, words: str) -> None:
        now = time.monotonic()
        if self._shown and now - self._last >= LEAST_PAUSE_S:
            self._last = now
            width = shutil.get_terminal_size().columns - 1
            self._stream.write(f"\r\x1b[K{f'{share:4.0%}  {words}'[:width]}")
            self._stream.flush()

    def tell(self, words: str) -> None:
        """A line that stays."""
        self._clear()
        self._stream.write(words + "\n")

    def _clear(self) -> None:
        if self._shown:
            self._stream.write("\r\x1b[K")

    def __enter__(self) -> ProgressLine:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._clear()
        self._stream.flush()
