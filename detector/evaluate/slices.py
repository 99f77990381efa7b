"""One detector's predictions to columns, and to the slices that figures are quoted for: by source, set,
method, face size, part.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from detector.evaluate.metrics import DRAWS, Array, draw, order_of
from detector.evaluate.parts import PARTS, SIZES
from detector.evaluate.predictions import Prediction

Kind = Literal["source", "set", "method", "size", "part", "all"]
Against = Literal["own reals", "all reals", "nothing"]
Mask = NDArray[np.bool_]
Rows = NDArray[np.intp]

ALL_FILES = "all files"


@dataclass(frozen=True, eq=False)
class Columns:
    """Columns of the predictions: all (N,), `weights` (D, N); `order` ranks the judged ones, 0 elsewhere."""

    predictions: Sequence[Prediction]
    judged: Mask
    labels: NDArray[np.int64]
    order: NDArray[np.int64]
    p_fake: Array
    weights: NDArray[np.float32]

    def groups(self, rows: Rows) -> list[str]:
        """What the files of `rows` belong to: a person or a video of a source."""
        return [f"{self.predictions[i].source} {self.predictions[i].group}" for i in rows]


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


def columns_of(predictions: Sequence[Prediction], draws: int = DRAWS, random_seed: int = 0) -> Columns:
    """The columns of one detector's predictions; the weights hang on sources, groups and the random seed
    alone.
    """
    judged = np.array([prediction.p_fake is not None for prediction in predictions], dtype=bool)
    p_fake = np.array([prediction.p_fake or 0.0 for prediction in predictions], dtype=np.float64)
    logits = np.array([prediction.logit or 0.0 for prediction in predictions], dtype=np.float64)
    order = np.zeros(len(predictions), dtype=np.int64)
    order[judged] = order_of(p_fake[judged], logits[judged])
    return Columns(
        predictions=predictions,
        judged=judged,
        labels=np.array([prediction.label for prediction in predictions], dtype=np.int64),
        order=order,
        p_fake=p_fake,
        weights=draw([p.source for p in predictions], [p.group for p in predictions], draws, random_seed),
    )


def slices_of(columns: Columns) -> Iterator[Slice]:
    """Every source, set, method of fakes and declared part that has files, and every size of face, each kind
    in its order.
    """
    predictions = columns.predictions
    if not predictions:
        return
    sources, labels = _names(predictions, "source"), columns.labels
    kinds: tuple[Literal["source"], Literal["set"]] = ("source", "set")
    for kind in kinds:
        names = _names(predictions, kind)
        yield from (
            _compared(columns, name, kind, names == name, names == name) for name in sorted(set(names))
        )
    methods = _names(predictions, "method")
    for source, method in sorted(
        {(one.source, one.method) for one in predictions if one.label == 1 and one.method}
    ):
        of_source = sources == source
        yield _compared(
            columns,
            _called(source, method),
            "method",
            of_source & (methods == method) & (labels == 1),
            of_source,
        )
    for size in SIZES:  # empty ones too: another detector may decide by another face
        yield _within(
            columns, size.name, "size", np.array([size.holds(one.face_px) for one in predictions], dtype=bool)
        )
    for part in PARTS:
        inside = np.array([part.holds(one) for one in predictions], dtype=bool)
        if inside.any():
            yield _within(columns, part.name, "part", inside, part.within)


def whole_of(columns: Columns) -> Slice:
    """All files together, in one ranking."""
    return _within(columns, ALL_FILES, "all", np.ones(len(columns.predictions), dtype=bool))


def _names(predictions: Sequence[Prediction], column: str) -> NDArray[np.object_]:
    return np.array([getattr(one, column) for one in predictions], dtype=object)


def _called(source: str, method: str) -> str:
    return method if method.startswith(source) else f"{source}: {method}"


def _within(
    columns: Columns, name: str, kind: Kind, inside: Mask, within: Literal["", "group", "repo"] = ""
) -> Slice:
    """A slice that is compared within itself."""
    has_fakes = bool((inside & columns.judged & (columns.labels == 1)).any())
    return Slice(
        name,
        kind,
        inside,
        np.flatnonzero(inside & columns.judged),
        "own reals" if has_fakes else "nothing",
        within,
    )


def _compared(columns: Columns, name: str, kind: Kind, inside: Mask, beside: Mask) -> Slice:
    """Its fakes against the reals of `beside`, or where that has fakes only against all reals."""
    is_real = columns.labels == 0
    fakes = inside & columns.judged & ~is_real
    if not fakes.any():
        return Slice(name, kind, inside, np.flatnonzero(inside & columns.judged), "nothing")
    # judged or not, its reals make it a source of both classes
    has_reals = bool((beside & is_real).any())
    reals = columns.judged & is_real & (beside if has_reals else True)
    return Slice(name, kind, inside, np.flatnonzero(fakes | reals), "own reals" if has_reals else "all reals")
