"""What is quoted by itself: the predictions by source, set, method, size of the face and declared part."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np

from detector.evaluate.metrics import Array
from detector.evaluate.predictions import Mask, Predictions, Rows

Kind = Literal["source", "set", "method", "size", "part", "all"]
Against = Literal["own reals", "all reals", "nothing"]

ALL_FILES = "all files"


@dataclass(frozen=True, eq=False)
class Slice:
    """Some files: `own` (N,) are its own, `compared` the rows that its AUC compares (the judged ones, and the
    reals it is set against).

    `within` names the column whose value a fake and a real must share to be compared; empty: all are.
    """

    name: str
    kind: Kind
    own: Mask
    compared: Rows
    against: Against
    within: Literal["", "group", "repo"] = ""


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

    def holds(self, predictions: Predictions) -> Mask:
        """Which of the predictions are of this part, (N,)."""
        columns = zip(predictions.source, getattr(predictions, self.column), strict=True)
        return np.array(
            [source == self.source and re.search(self.pattern, text) is not None for source, text in columns],
            dtype=bool,
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

    def holds(self, face_px: Array) -> Mask:
        """Which faces are of this size, (N,); NaN, where there is no face, is of none."""
        end_px = math.inf if self.end_px is None else self.end_px
        return np.asarray((face_px >= self.least_px) & (face_px < end_px))


SIZES = (
    Size(f"under {SIZES_PX[0]} px", 0, SIZES_PX[0]),
    *(Size(f"{least} to {end} px", least, end) for least, end in pairwise(SIZES_PX)),
    Size(f"{SIZES_PX[-1]} px and over", SIZES_PX[-1], None),
)


def slices_of(predictions: Predictions) -> Iterator[Slice]:
    """Every source, set, method of fakes and declared part that has files, and every size of face, each kind
    in its order; the predictions are of one detector.
    """
    if not len(predictions):
        return
    kinds: tuple[Literal["source"], Literal["set"]] = ("source", "set")
    for kind in kinds:
        names = getattr(predictions, kind)
        yield from (
            _compared(predictions, name, kind, names == name, names == name) for name in sorted(set(names))
        )
    is_fake = predictions.label == 1
    methods = zip(predictions.source[is_fake], predictions.method[is_fake], strict=True)
    for source, method in sorted({(source, method) for source, method in methods if method}):
        of_source = predictions.source == source
        inside = of_source & (predictions.method == method) & is_fake
        yield _compared(predictions, _called(source, method), "method", inside, of_source)
    for size in SIZES:  # empty ones too: another detector may decide by another face
        yield _within(predictions, size.name, "size", size.holds(predictions.face_px))
    for part in PARTS:
        inside = part.holds(predictions)
        if inside.any():
            yield _within(predictions, part.name, "part", inside, part.within)


def sets_of(predictions: Predictions) -> list[Slice]:
    """The sets that have fakes, and so an AUC."""
    return [part for part in slices_of(predictions) if part.kind == "set" and part.against != "nothing"]


def whole_of(predictions: Predictions) -> Slice:
    """All files together, in one ranking."""
    return _within(predictions, ALL_FILES, "all", np.ones(len(predictions), dtype=bool))


def _called(source: str, method: str) -> str:
    return method if method.startswith(source) else f"{source}: {method}"


def _within(
    predictions: Predictions, name: str, kind: Kind, inside: Mask, within: Literal["", "group", "repo"] = ""
) -> Slice:
    """A slice that is compared within itself."""
    judged = inside & predictions.judged
    against: Against = "own reals" if (judged & (predictions.label == 1)).any() else "nothing"
    return Slice(name, kind, inside, np.flatnonzero(judged), against, within)


def _compared(predictions: Predictions, name: str, kind: Kind, inside: Mask, beside: Mask) -> Slice:
    """Its fakes against the reals of `beside`, or where that has fakes only against all reals."""
    is_real = predictions.label == 0
    fakes = inside & predictions.judged & ~is_real
    if not fakes.any():
        return Slice(name, kind, inside, np.flatnonzero(inside & predictions.judged), "nothing")
    # judged or not, its reals make it a source of both classes
    has_reals = bool((beside & is_real).any())
    reals = predictions.judged & is_real & (beside if has_reals else True)
    return Slice(name, kind, inside, np.flatnonzero(fakes | reals), "own reals" if has_reals else "all reals")
