"""What is fitted of one detector's evidence, and its file beside the weights: NAME.evidence.json."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec

from detector.errors import WeightsError
from detector.files import write_atomically
from detector.structures import Condition, Direction, Question, Strength

SCHEMA: Literal[1] = 1
ENDING = ".evidence.json"


@dataclass(frozen=True)
class Interval:
    """A measured value and the ends of its 95 % interval over resamples of groups."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Model:
    """log odds of a fake = a x logit + b + u at equal prior odds; u of a new collection is normal with the
    standard deviation `tau`.
    """

    a: float
    b: float
    tau: float


@dataclass(frozen=True)
class Bounds:
    """What log likelihood ratios (natural) may be at most: `low` <= 0 <= `high`."""

    low: float
    high: float


@dataclass(frozen=True)
class Gate:
    """How evidence fared in a condition, with ratios fitted without the judged source.

    `fake` is P(LR >= 2 | fake) / P(LR >= 2 | real), `real` is P(LR <= 1/2 | real) / P(LR <= 1/2 | fake);
    None where no face is in the condition. Groups are people or videos.
    """

    condition: Condition
    fake_groups: int
    real_groups: int
    fake: Interval | None
    real: Interval | None


@dataclass(frozen=True)
class SetFigures:
    """How answers fared on one set that nothing was fitted on.

    `cllr` is 1 for an answer that always says 1; `cllr_min` is what is left of it after the best monotone
    rescaling (PAV); None where a class is missing, as `cllr_fitted` is, before conditions and bounds.
    `misleading_fake` is the share of LR >= 2 among genuine pictures, `misleading_real` that of LR <= 1/2
    among fakes, outside withheld conditions; None where none is left.
    """

    name: str
    source: str
    fake_groups: int
    real_groups: int
    cllr: float | None
    cllr_min: float | None
    cllr_fitted: float | None
    misleading_fake: float | None
    misleading_real: float | None

    def misleading_of(self, direction: Direction) -> float | None:
        """The share that misleads towards `direction`."""
        return self.misleading_fake if direction is Direction.FAKE else self.misleading_real


@dataclass(frozen=True)
class Bin:
    """Answers of one word of strength in a direction: how much more common they are in truth in the class
    they point to, outside withheld conditions, and in how many groups of each class they occurred.
    """

    direction: Direction
    strength: Strength
    fake_groups: int
    real_groups: int
    ratio: Interval | None


@dataclass(frozen=True)
class Refusal:
    """Why the release gate keeps `direction` (NONE: both) from saying anything: `value` of `cause` is not
    under, or not over, its `limit`.

    `cllr` is the mean over sets, `sets` the number of sets with a Cllr under 1, `misleading` the share in the
    set named `where`, `observed` the least that a bin's ratio may be and `observed_low` the lower end of its
    interval, the bin's word of strength in `where`.
    """

    cause: Literal["cllr", "sets", "misleading", "observed", "observed_low"]
    direction: Direction
    value: float
    limit: float
    where: str = ""

    @property
    def end(self) -> Literal["low", "high"]:
        """Which end of what passes the limit is."""
        return "high" if self.cause in ("cllr", "misleading") else "low"


@dataclass(frozen=True)
class Release:
    """The release gate, each source judged by what was fitted without it; without `refusals` both sides may
    speak. `cllr` and `cllr_min` are means over sets with both classes.
    """

    sets: tuple[SetFigures, ...]
    bins: tuple[Bin, ...]
    cllr: float
    cllr_min: float
    refusals: tuple[Refusal, ...]

    def allows(self, direction: Direction) -> bool:
        """Whether the side may speak."""
        return not any(refusal.direction in (direction, Direction.NONE) for refusal in self.refusals)


@dataclass(frozen=True)
class Fit:
    """How a logit becomes a likelihood ratio, and where that may be believed."""

    model: Model
    bounds: Bounds
    gates: tuple[Gate, ...]
    release: Release


@dataclass(frozen=True)
class KindScores:
    """Logits of the pictures of one kind, and the hashed group of each; `conditions` says which share of the
    groups is in each condition, 0..1, a group counting the share of its pictures.
    """

    kind: str
    is_fake: bool
    logits: tuple[float, ...]
    groups: tuple[str, ...]
    conditions: Mapping[Condition, float]

    def __post_init__(self) -> None:
        if len(self.logits) != len(self.groups):
            raise ValueError(f"{self.kind}: {len(self.logits)} logits of {len(self.groups)} groups")


@dataclass(frozen=True)
class Fitted:
    """All that is known of a detector's evidence: of the weights with this sha256, about `question`.

    `fit` is None where there were too few sources with both classes to leave one out. `clips` is the number
    of clips that video evidence was fitted on.
    """

    schema: Literal[1]
    detector: str
    weights: str
    question: Question
    fitted_on: str
    clips: int
    fit: Fit | None
    references: tuple[KindScores, ...]


def file_name(detector: str) -> str:
    """The file's name beside the weights."""
    return f"{detector}{ENDING}"


def to_bytes(fitted: Fitted) -> bytes:
    """As the file has it: the same evidence, the same bytes."""
    return msgspec.json.format(msgspec.json.encode(fitted), indent=1) + b"\n"


def write(path: Path, fitted: Fitted) -> None:
    """Write the file in one step."""
    write_atomically(path, to_bytes(fitted))


def read(path: Path) -> Fitted:
    """The evidence in a file. Raises WeightsError, in one line, where it is none."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Fitted)
    except (OSError, ValueError) as fault:  # msgspec faults are ValueErrors that name the key
        raise WeightsError(
            f"{path.name} cannot be read as fitted evidence ({fault}); fetch it again"
        ) from fault
