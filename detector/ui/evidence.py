"""Evidence as the page shows it: places on its scale, counts of its dots, cells of its familiarity.

The words are those of `detector.statements`; `templates/evidence/` has macros that every room may import:

    {% from "evidence/heading.html" import words, mark, short, headline, sentences %}
    {% from "evidence/scale.html" import scale %}
    {% from "evidence/dots.html" import references %}
    {% from "evidence/familiarity.html" import cells %}
    {% from "evidence/map.html" import map_panel %}
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from detector.evidence import Fitted
from detector.statements import (
    kind_in_words,
    muted_phrases,
    nearest_reference,
    ratio_sentence,
    reference_sentence,
)
from detector.statements.answer import CAUTION
from detector.statements.scale import FEW_GROUPS, hundred_or_all
from detector.structures import (
    Analysis,
    Condition,
    Direction,
    Evidence,
    FaceScore,
    Question,
    Reason,
    Reference,
    Strength,
    TrackScore,
    Withheld,
    Withholding,
)
from detector.zoo.specs import SPECS

ENDS = (0.5, 2.0, 10.0, 100.0, 1000.0)
"""Where the parts of the scale end, on either side of 1."""

RANK = (Strength.NONE, Strength.WEAK, Strength.MODERATE, Strength.MODERATELY_STRONG)


@dataclass(frozen=True)
class Zone:
    """A part of the scale: its strength and direction, where it ends by likelihood ratio, and whether a
    detector here reaches it.
    """

    direction: Direction
    strength: Strength
    low: float
    high: float
    reached: bool = True


@dataclass(frozen=True)
class Dot:
    """A detector on the scale; `name` and `title` are its own, `evidence` None where it judged nothing."""

    name: str
    title: str
    evidence: Evidence | None
    chosen: bool = False


@dataclass(frozen=True)
class Reach:
    """The ends of the likelihood ratios that some detector here can give."""

    low: float
    high: float


@dataclass(frozen=True)
class Count:
    """How many of `of` pictures of a kind score as far: of 100, or of the groups tested where few."""

    reference: Reference
    direction: Direction
    hits: int
    of: int
    nearest: bool = False

    @property
    def is_fake(self) -> bool:
        """Whether the kind is one of fakes."""
        return self.reference.is_fake

    @property
    def few(self) -> bool:
        """Whether so few were tested that the count says little."""
        return self.reference.n < FEW_GROUPS

    @property
    def kind(self) -> str:
        """What such pictures are called."""
        return kind_in_words(self.reference)

    @property
    def sentence(self) -> str:
        """The dots in words."""
        return reference_sentence(self.reference, self.direction)


@dataclass(frozen=True)
class Like:
    """How many of `of` genuine pictures of the kind most like a face score as far as it, high or low."""

    hits: int
    of: int
    kind: str
    extreme: str


@dataclass(frozen=True)
class Familiarity:
    """How far a face is like those that its score was measured on: 3 familiar, 2 partly (at most weak), 1
    unfamiliar or drawn (no strength); `reasons` say by how much.
    """

    cells: int
    drawn: bool = False
    reasons: tuple[Reason, ...] = ()


def place(lr: float) -> float:
    """Where a likelihood ratio stands on the scale, 0 (genuine) to 1 (fake): seven parts of equal width, each
    logarithmic.
    """
    magnitude = abs(math.log(lr))
    edges = [0.0, *(math.log(end) for end in ENDS[1:])]
    widths = (0.5, 1.0, 1.0, 1.0)
    taken = sum(
        width * min(1.0, max(0.0, (magnitude - low) / (high - low)))
        for width, low, high in zip(widths, edges, edges[1:], strict=False)
    )
    return (3.5 + math.copysign(taken, math.log(lr))) / 7


def zones(reach: Reach | None) -> list[Zone]:
    """The seven parts from genuine to fake; `reach` None: nobody knows yet which are reached."""
    strengths = RANK[1:]
    fake = [
        Zone(Direction.FAKE, strength, low, high, reach is None or reach.high > low)
        for strength, low, high in zip(strengths, ENDS[1:], ENDS[2:], strict=False)
    ]
    real = [
        Zone(
            Direction.REAL,
            zone.strength,
            1 / zone.high,
            1 / zone.low,
            reach is None or reach.low < 1 / zone.low,
        )
        for zone in reversed(fake)
    ]
    return [*real, Zone(Direction.NONE, Strength.NONE, ENDS[0], ENDS[1]), *fake]


def reach(fitted: Fitted | None) -> Reach | None:
    """The ends of the likelihood ratios that a detector can give; None where they were not fitted. A side
    that the release gate refuses is never reached.
    """
    if fitted is None or fitted.fit is None:
        return None
    bounds, release = fitted.fit.bounds, fitted.fit.release
    return Reach(
        math.exp(bounds.low) if release.allows(Direction.REAL) else 1.0,
        math.exp(bounds.high) if release.allows(Direction.FAKE) else 1.0,
    )


def reach_of(evidences: Iterable[Reach | None]) -> Reach | None:
    """How far the detectors reach together."""
    known = [reach for reach in evidences if reach is not None]
    if not known:
        return None
    return Reach(min(reach.low for reach in known), max(reach.high for reach in known))


def stronger_first(evidences: Iterable[Evidence]) -> list[Evidence]:
    """The lines of a heading: the stronger first, of equals the one towards fake, then generated."""
    order = (Question.EITHER, Question.GENERATED, Question.ALTERED)
    return sorted(
        evidences,
        key=lambda evidence: (
            -RANK.index(evidence.strength),
            evidence.direction is not Direction.FAKE,
            order.index(evidence.question),
        ),
    )


def counts(evidence: Evidence) -> list[Count]:
    """The references as dots: genuine kinds before fakes, the nearest first, then by how many score so."""
    told = [_count(reference, evidence) for reference in evidence.references if reference.n]
    return sorted(
        told, key=lambda count: (count.is_fake, not count.nearest, count.few, -count.hits / count.of)
    )


def _count(reference: Reference, evidence: Evidence) -> Count:
    of = hundred_or_all(reference)
    nearest = not reference.is_fake and reference.kind == evidence.nearest
    return Count(reference, evidence.direction, round(reference.share * of), of, nearest)


def sentences(evidence: Evidence) -> list[str]:
    """What stands under the heading: the ratio, what was withheld and why, and what to make of it."""
    ratio = ratio_sentence(evidence)
    told = [ratio] if ratio else []
    told += [f"{phrase}." for phrase in muted_phrases(evidence)]
    return told + ([CAUTION[evidence.strength]] if evidence.strength in CAUTION else [])


def evidence_on(judged: FaceScore | TrackScore | Analysis, name: str) -> Evidence:
    """The evidence of what `name` judged; one that says nothing where none was fitted."""
    if judged.evidence is not None:
        return judged.evidence
    unfitted = (Withheld(Withholding.NOT_FITTED),)
    return Evidence(SPECS[name].question, Direction.NONE, Strength.NONE, None, None, None, unfitted)


def genuine_like(evidence: Evidence | None) -> Like | None:
    """How a face scores beside genuine pictures like it; None where none were tested."""
    reference = nearest_reference(evidence) if evidence is not None else None
    if evidence is None or reference is None:
        return None
    of = hundred_or_all(reference)
    extreme = "low" if evidence.direction is Direction.REAL else "high"
    return Like(round(of * reference.share), of, kind_in_words(reference), extreme)


def familiarity(score: FaceScore) -> Familiarity:
    """How familiar a judged face is to its detector."""
    conditions = score.evidence.conditions if score.evidence else ()
    if Condition.DRAWN in conditions:
        return Familiarity(1, drawn=True, reasons=score.out_of_range)
    ways = len(score.out_of_range)
    return Familiarity(3 - min(ways, 2), reasons=score.out_of_range)
