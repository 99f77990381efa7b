"""What was measured of maps: face by face, as a run keeps it, and what many faces come to."""

from __future__ import annotations

import json
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from detector.explain.maps import Method
from detector.schema import read_as

RANDOM, CENTRE = "random", "centre"
"""The controls, named as methods are."""

RESAMPLES = 2000


@dataclass(frozen=True)
class Faithfulness:
    """One map of one fake face. `deletion` and `insertion` are the means of p_fake over the curve
    (arXiv:1806.07421): a good map has little of the first and much of the second. `iou` is the overlap of the
    altered place with as many pixels that rank first; `hit` is 1 where the very first lies in it (the
    pointing game, arXiv:1608.00507), else 0. Of a method also the time of one core in `ms`, and `likeness`
    to the map of shuffled weights where that was made.
    """

    deletion: float
    insertion: float
    iou: float
    hit: float
    ms: float | None = None
    likeness: float | None = None

    @property
    def gap(self) -> float:
        """Insertion less deletion."""
        return self.insertion - self.deletion


@dataclass(frozen=True)
class KeptFace:
    """One self-blend as one detector saw it, its maps by the name of the method or control; of a detector
    with branches what they added to the log-odds of it and of the genuine picture.
    """

    face: int
    group: str
    p_fake: float
    maps: Mapping[str, Faithfulness]
    branches: Mapping[str, float] = field(default_factory=dict)
    branches_of_real: Mapping[str, float] = field(default_factory=dict)


def read_kept(path: Path) -> list[KeptFace]:
    """The faces kept in a file, a line of JSON each; none where there is no such file."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return [read_as(KeptFace, json.loads(line)) for line in lines]


def keep(face: KeptFace, path: Path) -> None:
    """Add a face to a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as lines:
        lines.write(json.dumps(asdict(face), allow_nan=False) + "\n")


@dataclass(frozen=True)
class Estimate:
    """A mean over faces and the ends of its 95 % interval."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class MapMeasures:
    """One method on `faces` self-blends. `gap` is insertion less deletion, in p_fake; `over_random` and
    `over_centre` how much more of it than the controls have, face by face; `iou` and `pointing` against the
    blending mask, and how much more than the centre's; `likeness` to the map of shuffled weights (mean of
    absolute rank correlations); `ms` of one core a face.
    """

    faces: int
    deletion: float
    insertion: float
    gap: Estimate
    over_random: Estimate
    over_centre: Estimate
    iou: Estimate
    iou_over_centre: Estimate
    pointing: Estimate
    pointing_over_centre: Estimate
    likeness: Estimate
    ms: float

    @property
    def beats_controls(self) -> bool:
        """Whether what it ranks first moves the answer more than by either control, with 95 % certainty."""
        return self.over_random.low > 0 and self.over_centre.low > 0

    @property
    def finds_altered(self) -> bool:
        """Whether it overlaps the altered place more than the centre does, with 95 % certainty."""
        return self.iou_over_centre.low > 0


@dataclass(frozen=True)
class DetectorMaps:
    """What was measured of one detector, with the weights of this `sha256`; by the name of the method."""

    sha256: str
    methods: Mapping[str, MapMeasures]


class Standing(StrEnum):
    """What a map's measures come to."""

    FAITHFUL = "faithful"  # beats both controls, and changes with the weights
    NO_BETTER = "no better"  # than a control
    SAME_UNLEARNED = "same unlearned"  # shuffled weights give much the same map
    NOT_MEASURED = "not measured"  # with these weights


@dataclass(frozen=True)
class Trust:
    """How far a map may be trusted; `measures` is None where it was not measured."""

    method: Method
    standing: Standing
    measures: MapMeasures | None = None


def summarised(faces: Sequence[KeptFace], sha256: str) -> DetectorMaps:
    """What the `faces` of one detector come to, by the name of the method."""
    names = [name for name in Method if name in faces[0].maps]
    return DetectorMaps(sha256, {name.value: _measures(faces, name) for name in names})


def _measures(faces: Sequence[KeptFace], method: str) -> MapMeasures:
    maps = [face.maps[method] for face in faces]
    centres, randoms = ([face.maps[control] for face in faces] for control in (CENTRE, RANDOM))
    gap, at_centre, at_random = (np.array([each.gap for each in some]) for some in (maps, centres, randoms))
    iou, iou_centre = (np.array([each.iou for each in some]) for some in (maps, centres))
    hit, hit_centre = (np.array([each.hit for each in some], np.float64) for some in (maps, centres))
    return MapMeasures(
        faces=len(faces),
        deletion=statistics.fmean(each.deletion for each in maps),
        insertion=statistics.fmean(each.insertion for each in maps),
        gap=estimate(gap),
        over_random=estimate(gap - at_random),
        over_centre=estimate(gap - at_centre),
        iou=estimate(iou),
        iou_over_centre=estimate(iou - iou_centre),
        pointing=estimate(hit),
        pointing_over_centre=estimate(hit - hit_centre),
        likeness=estimate([abs(each.likeness) for each in maps if each.likeness is not None]),
        ms=statistics.median(each.ms for each in maps if each.ms is not None),
    )


def estimate(values: ArrayLike) -> Estimate:
    """The mean of `values` (N,), a face each, and its 95 % interval by percentile bootstrap over the faces,
    random seed 0.
    """
    array: NDArray[np.float64] = np.asarray(values, dtype=np.float64)
    picked = np.random.default_rng(0).integers(len(array), size=(RESAMPLES, len(array)))
    low, high = np.percentile(array[picked].mean(axis=1), [2.5, 97.5])
    return Estimate(float(array.mean()), float(low), float(high))
