"""Parts of the data that are quoted by themselves: declared parts of a source, and the sizes of faces."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from detector.evaluate.predictions import Prediction


@dataclass(frozen=True)
class Part:
    """Files of a source that are quoted by themselves.

    `pattern` is searched in `column` of the prediction. `within` names the column whose value a fake and a
    real must share to be compared; empty: all are.
    """

    name: str
    source: str
    column: Literal["file", "group"]
    pattern: str
    within: Literal["", "group", "repo"] = ""

    def holds(self, prediction: Prediction) -> bool:
        """Whether the prediction is of this part."""
        return (
            prediction.source == self.source
            and re.search(self.pattern, getattr(prediction, self.column)) is not None
        )


PARTS = (
    # source and class of the set are partly confounded; these fakes and reals come from the same three
    # repositories
    Part("diffusion, one repository", "diffusion", "file", r"/(lab_|ecuador_|gengap_(fake|real)_)"),
    Part(
        "diffusion, pairs within a repository",
        "diffusion",
        "file",
        r"/(lab_|ecuador_|gengap_(fake|real)_)",
        within="repo",
    ),
    # every FaceForensics++ person of the clips is also among the pictures
    Part("videos without FaceForensics++", "videos", "group", r"^(?!ffpp-)"),
    Part("videos, a fake and its original", "videos", "group", "", within="group"),
)


SIZES_PX = (80, 160, 320)
"""Where the sizes of faces are cut: the first is the least that is not marked (design 6), then an octave
each.
"""


@dataclass(frozen=True)
class Size:
    """Faces whose box has a longer side of at least `least_px` and less than `end_px` (None: no end)."""

    name: str
    least_px: float
    end_px: float | None

    def holds(self, face_px: float | None) -> bool:
        """Whether a face of this size is of it; None, where there is no face, is of none."""
        return (
            face_px is not None
            and self.least_px <= face_px
            and (self.end_px is None or face_px < self.end_px)
        )


SIZES = (
    Size(f"under {SIZES_PX[0]} px", 0, SIZES_PX[0]),
    *(Size(f"{least} to {end} px", least, end) for least, end in pairwise(SIZES_PX)),
    Size(f"{SIZES_PX[-1]} px and over", SIZES_PX[-1], None),
)
