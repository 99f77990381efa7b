"""Evidence: how far a score shifts the odds, and why it is no more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from detector.structures.scan import Condition, Numbers


class Question(StrEnum):
    """What a detector is asked about a face."""

    EITHER = "either"
    ALTERED = "altered"
    GENERATED = "generated"


CATEGORIES: Mapping[Question, frozenset[str]] = {
    Question.ALTERED: frozenset({"swap", "reenactment", "hand edit"}),
    Question.GENERATED: frozenset({"gan", "diffusion"}),
    Question.EITHER: frozenset({"swap", "reenactment", "hand edit", "gan", "diffusion"}),
}
"""Kinds of fakes, as an index names them, that each question is about."""


class Direction(StrEnum):
    """Towards which hypothesis a score shifts the odds."""

    FAKE = "fake"
    REAL = "real"
    NONE = "none"


class Strength(StrEnum):
    """How strong the evidence is, by its likelihood ratio (ENFSI guideline 2015): none within (1/2, 2), weak
    from 2, moderate from 10, moderately strong from 100; towards real the inverse.
    """

    NONE = "none"
    WEAK = "weak"
    MODERATE = "moderate"
    MODERATELY_STRONG = "moderately strong"


class Withholding(StrEnum):
    """Why a direction, or strength, is withheld; beside each the numbers and, after the stroke, limits."""

    NOT_FITTED = "not_fitted"  # the detector has no fitted evidence
    NOT_RELEASED = "not_released"  # the release gate refuses this side: cllr or misleading | high; or
    # sets, observed, observed_low | low (evidence.fitted.Refusal)
    NOT_SHOWN = "not_shown"  # ratio_low | low: in this condition the side does not hold on sources left out
    NOT_MEASURED = "not_measured"  # groups | low: too few were tested in this condition
    DRAWN = "drawn"
    OUT_OF_RANGE = "out_of_range"  # ways
    MARKED_FACE = "marked_face"
    FEW_FRAMES = "few_frames"  # frames | low
    VIDEO_NOT_FITTED = "video_not_fitted"  # clips | low


@dataclass(frozen=True)
class Withheld:
    """Why evidence is less than its score: in `direction` (NONE: in both) it is `at_most` so strong, because
    of `cause`, in the `condition` the face is in (None: whatever the condition).
    """

    cause: Withholding
    direction: Direction = Direction.NONE
    at_most: Strength = Strength.NONE
    condition: Condition | None = None
    numbers: Numbers = ()
    limits: Numbers = ()


@dataclass(frozen=True)
class Reference:
    """Of the pictures of one kind in the development sets the `share`, 0..1, that scores as high, or, where
    evidence points to real, as low; counted in `n` groups (people or videos), a group counting the share of
    its pictures. `kind` is that of the index (snapshot, studio, swap, gan ...), `is_fake` its label.
    """

    kind: str
    is_fake: bool
    n: int
    share: float


@dataclass(frozen=True)
class Evidence:
    """How far a score shifts the odds between fake and real, for the `question` of its detector.

    `lr` is the likelihood ratio, over 1 towards fake, 1 where nothing may be said, None where no evidence was
    fitted; between `lr_low` and `lr_high` eight of ten new collections would put it. `muted` says what was
    withheld and why. `references` are the kinds tested, `nearest` the kind of real picture most like this
    face. One a face, one a track, one a file.
    """

    question: Question
    direction: Direction
    strength: Strength
    lr: float | None
    lr_low: float | None
    lr_high: float | None
    muted: tuple[Withheld, ...] = ()
    references: tuple[Reference, ...] = ()
    conditions: tuple[Condition, ...] = ()
    nearest: str | None = None
