"""Which faces count; apart from the finder, so that settings load no torch."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class FinderOptions:
    """Which faces count: least finder score 0..1, least longer side in pixels of the frame, most faces a
    frame.
    """

    min_score: float = 0.9
    min_side_px: int = 40
    max_faces: int = 64
