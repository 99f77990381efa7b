"""A logit and what its face is like to Evidence: how far it shifts the odds, and what was withheld."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from detector.evidence.fitted import Fit, Fitted, Gate, Interval
from detector.evidence.model import MODERATE, WEAK, log_ratios
from detector.evidence.references import nearest_kind, references_of
from detector.evidence.scores import Array
from detector.structures import (
    Condition,
    Direction,
    Evidence,
    Question,
    Strength,
    Withheld,
    Withholding,
    named,
)

MODERATELY_STRONG = 100.0
FEWEST_GROUPS = 20
"""Groups of each class that a condition must have been measured on."""
LEAST_RATIO = 1.3
"""How many times as common a score must at least be, by the lower end of its interval."""
FEWEST_FRAMES = 3
FEWEST_CLIPS = 200
"""Clips that evidence of videos must be fitted on for more than weak support."""
MOST_WAYS_OUT = 2
"""From so many ways out of the fitted range on nothing is said."""


@dataclass(frozen=True)
class Circumstances:
    """What decides how far a score may be believed: the `conditions` measured on a face (none: it is
    ordinary), in how many ways it is out of the fitted range, and whether it is `marked` as hard to judge.

    `frames` are those judged of a video, None of a photo. Of a track all is said of most of its faces.
    """

    conditions: frozenset[Condition] = frozenset()
    ways_out: int = 0
    marked: bool = False
    frames: int | None = None

    @property
    def all(self) -> tuple[Condition, ...]:
        """The conditions it is in, in their order; empty where it is ordinary."""
        beyond = {Condition.OUT_OF_RANGE} if self.ways_out else set()
        here = (self.conditions | beyond) - {Condition.ORDINARY}
        return tuple(condition for condition in Condition if condition in here)


ORDINARY = Circumstances()


def weigh(
    logit: float, fitted: Fitted | None, question: Question, circumstances: Circumstances = ORDINARY
) -> Evidence:
    """The evidence of one face, or of a track by the mean of its logits. `fitted` None: the detector has
    none.
    """
    described = Evidence(
        question=question,
        direction=Direction.NONE,
        strength=Strength.NONE,
        lr=None,
        lr_low=None,
        lr_high=None,
        muted=(Withheld(Withholding.NOT_FITTED),),
        references=references_of(logit, Direction.NONE, fitted),
        conditions=circumstances.all,
        nearest=nearest_kind(circumstances.all, fitted, is_video=circumstances.frames is not None),
    )
    if fitted is None or fitted.fit is None:
        return described
    own = log_ratios(np.array([logit]), fitted.fit.model, fitted.fit.bounds)
    withheld = withholdings(fitted.fit, circumstances, fitted.clips)
    ratio, low, high = (float(limited(part, withheld)[0]) for part in (own.ratio, own.low, own.high))
    direction = direction_of(ratio)
    return replace(
        described,
        direction=direction,
        strength=strength_of(ratio),
        lr=math.exp(ratio),
        lr_low=math.exp(low),
        lr_high=math.exp(high),
        muted=tuple(cause for cause in withheld if _matters(cause, float(own.ratio[0]))),
        references=references_of(logit, direction, fitted),
    )


def of_file(evidences: Sequence[Evidence], logits: Sequence[float], fitted: Fitted | None) -> Evidence:
    """The evidence of a file from that of its faces or tracks, and their logits: exactly one is fake, each
    equally likely, so its LR is the mean of theirs.

    What else is said is of the face with the highest logit. Raises ValueError where there is none.
    """
    if not evidences or len(evidences) != len(logits):
        raise ValueError(f"{len(evidences)} faces and {len(logits)} logits are no file")
    order = sorted(range(len(logits)), key=lambda place: -logits[place])
    highest = evidences[order[0]]
    if len(evidences) == 1 or highest.lr is None:
        return highest
    ratio = math.log(_mean(evidence.lr for evidence in evidences))
    direction = direction_of(ratio)
    muted = dict.fromkeys(cause for place in order for cause in evidences[place].muted)
    return replace(
        highest,
        direction=direction,
        strength=strength_of(ratio),
        lr=math.exp(ratio),
        lr_low=_mean(evidence.lr_low for evidence in evidences),
        lr_high=_mean(evidence.lr_high for evidence in evidences),
        muted=tuple(muted),
        references=references_of(logits[order[0]], direction, fitted),
    )


def direction_of(log_ratio: float) -> Direction:
    """Where a natural log likelihood ratio points; nowhere within (1/2, 2)."""
    if abs(log_ratio) < WEAK:
        return Direction.NONE
    return Direction.FAKE if log_ratio > 0 else Direction.REAL


def strength_of(log_ratio: float) -> Strength:
    """The word of the scale for a natural log likelihood ratio, in either direction."""
    if abs(log_ratio) < WEAK:
        return Strength.NONE
    if abs(log_ratio) < MODERATE:
        return Strength.WEAK
    return Strength.MODERATE if abs(log_ratio) < math.log(MODERATELY_STRONG) else Strength.MODERATELY_STRONG


def limited(log_ratios: Array, withheld: Iterable[Withheld]) -> Array:
    """Log likelihood ratios (N,) after what is `withheld`: 0 in that direction, or just under moderate."""
    kept = log_ratios
    for cause in withheld:
        most = 0.0 if cause.at_most is Strength.NONE else math.nextafter(MODERATE, 0)
        low = -most if cause.direction is not Direction.FAKE else -math.inf
        high = most if cause.direction is not Direction.REAL else math.inf
        kept = np.clip(kept, low, high)
    return kept


def withholdings(fit: Fit, circumstances: Circumstances, clips: int = 0) -> tuple[Withheld, ...]:
    """All that is withheld from a score, whatever it says: by the release gate, by the gates of the face's
    conditions, and by the rules for what is hard to judge.
    """
    of_face = of_circumstances(fit.gates, circumstances)
    return (*_unreleased(fit), *of_face, *_of_video(circumstances, clips))


def of_circumstances(gates: Sequence[Gate], circumstances: Circumstances) -> tuple[Withheld, ...]:
    """What is withheld because of what the face is like: nothing where it is ordinary and its gate open."""
    if Condition.DRAWN in circumstances.conditions:
        return (Withheld(Withholding.DRAWN, condition=Condition.DRAWN),)
    if circumstances.ways_out >= MOST_WAYS_OUT:
        return (
            Withheld(
                Withholding.OUT_OF_RANGE,
                condition=Condition.OUT_OF_RANGE,
                numbers=named(ways=circumstances.ways_out),
            ),
        )
    gated = circumstances.all or (Condition.ORDINARY,)
    withheld = [cause for condition in gated for cause in _behind(gates, condition)]
    if circumstances.ways_out:
        withheld.append(
            Withheld(
                Withholding.OUT_OF_RANGE,
                at_most=Strength.WEAK,
                condition=Condition.OUT_OF_RANGE,
                numbers=named(ways=circumstances.ways_out),
            )
        )
    if circumstances.marked:
        withheld.append(Withheld(Withholding.MARKED_FACE, at_most=Strength.WEAK))
    return tuple(withheld)


def _behind(gates: Sequence[Gate], condition: Condition) -> Iterable[Withheld]:
    """What the gate of `condition` withholds."""
    gate = next((gate for gate in gates if gate.condition is condition), Gate(condition, 0, 0, None, None))
    groups = min(gate.fake_groups, gate.real_groups)
    if groups < FEWEST_GROUPS:
        yield Withheld(
            Withholding.NOT_MEASURED,
            condition=condition,
            numbers=named(groups=groups),
            limits=named(low=FEWEST_GROUPS),
        )
        return
    for direction, ratio in ((Direction.FAKE, gate.fake), (Direction.REAL, gate.real)):
        if not is_open(ratio):
            yield Withheld(
                Withholding.NOT_SHOWN,
                direction,
                condition=condition,
                numbers=named(ratio_low=ratio.low if ratio is not None else 1.0),
                limits=named(low=LEAST_RATIO),
            )


def is_open(ratio: Interval | None) -> bool:
    """Whether such scores were shown to be enough more common where they should be."""
    return ratio is not None and ratio.low > LEAST_RATIO


def _unreleased(fit: Fit) -> Iterable[Withheld]:
    for refusal in fit.release.refusals:
        yield Withheld(
            Withholding.NOT_RELEASED,
            refusal.direction,
            numbers=named(**{refusal.cause: refusal.value}),
            limits=named(**{refusal.end: refusal.limit}),
        )


def _of_video(circumstances: Circumstances, clips: int) -> Iterable[Withheld]:
    if circumstances.frames is None:
        return
    if circumstances.frames < FEWEST_FRAMES:
        yield Withheld(
            Withholding.FEW_FRAMES,
            at_most=Strength.WEAK,
            numbers=named(frames=circumstances.frames),
            limits=named(low=FEWEST_FRAMES),
        )
    if clips < FEWEST_CLIPS:
        yield Withheld(
            Withholding.VIDEO_NOT_FITTED,
            at_most=Strength.WEAK,
            numbers=named(clips=clips),
            limits=named(low=FEWEST_CLIPS),
        )


def _matters(cause: Withheld, log_ratio: float) -> bool:
    """Whether `cause` takes a word of strength from a score that by itself has `log_ratio`. That neither side
    may speak is always told: no ratio is left to be said.
    """
    if cause.cause is Withholding.NOT_RELEASED and cause.direction is Direction.NONE:
        return True
    left = float(limited(np.array([log_ratio]), [cause])[0])
    return strength_of(left) is not strength_of(log_ratio)


def _mean(ratios: Iterable[float | None]) -> float:
    known = [ratio for ratio in ratios if ratio is not None]
    return math.fsum(known) / len(known)
