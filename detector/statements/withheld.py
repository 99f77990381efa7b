"""Why evidence is no more than it is, in words."""

from __future__ import annotations

from detector.reasons import percent
from detector.statements.scale import HYPOTHESES, genuine_reference, hundred_or_all
from detector.structures import Condition, Direction, Evidence, Strength, Withheld, Withholding

LOOKS = {
    Condition.STUDIO: "The picture looks like a studio portrait",
    Condition.COMPRESSED: "The picture is heavily compressed",
    Condition.SMALL: "The face is small",
    Condition.DRAWN: "This may not be a photograph",
    Condition.OUT_OF_RANGE: "The face is unlike those that calibration has seen",
}
KINDS = {Condition.STUDIO: "studio", Condition.COMPRESSED: "compressed"}
"""The kind of genuine pictures that are in a condition."""


def muted_phrases(evidence: Evidence) -> list[str]:
    """Why `evidence` is no more, without full stops; of what withholds one side for one cause, the first."""
    first: dict[tuple[Withholding, Direction], Withheld] = {}
    for withheld in evidence.muted:
        first.setdefault((withheld.cause, withheld.direction), withheld)
    return list(dict.fromkeys(withheld_phrase(withheld, evidence) for withheld in first.values()))


def withheld_phrase(withheld: Withheld, evidence: Evidence) -> str:
    """Why a direction, or strength, of `evidence` is withheld, without a full stop."""
    shown = {**dict(withheld.numbers), **dict(withheld.limits)}
    match withheld.cause:
        case Withholding.NOT_FITTED:
            return "What its scores are worth on unfamiliar pictures was not measured for this detector"
        case Withholding.NOT_RELEASED:
            return f"Support for {_side(withheld)} is withheld: on sets left out it {_unreleased(shown)}"
        case Withholding.NOT_SHOWN:
            return _not_shown(withheld, evidence)
        case Withholding.NOT_MEASURED:
            return f"{_look(withheld)}; too few such were tested to say what a score means{_tested(shown)}"
        case Withholding.DRAWN:
            return f"{LOOKS[Condition.DRAWN]}; of drawings, statues and masks nothing was measured"
        case Withholding.OUT_OF_RANGE:
            return f"{LOOKS[Condition.OUT_OF_RANGE]}, so {_at_most(withheld)}"
        case Withholding.MARKED_FACE:
            return f"The face is hard to judge, so {_at_most(withheld)}"
        case Withholding.FEW_FRAMES:
            return f"Too few frames show the face{_needed(shown, 'frames')}, so {_at_most(withheld)}"
        case Withholding.VIDEO_NOT_FITTED:
            return f"Too few clips were tested{_needed(shown, 'clips')}, so of a video {_at_most(withheld)}"


def _not_shown(withheld: Withheld, evidence: Evidence) -> str:
    """What a detector is known to do wrong in a condition."""
    if withheld.condition not in LOOKS:
        return f"Support for {_side(withheld)} is withheld: on sets left out it did not hold"
    look = f"{_look(withheld)}; on such, this detector"
    if withheld.direction is Direction.REAL:
        return f"{look} misses fakes"
    reference = genuine_reference(evidence, KINDS.get(withheld.condition)) if withheld.condition else None
    if reference is None or evidence.direction is Direction.REAL:
        return f"{look} raises false alarms"
    of = hundred_or_all(reference)
    return f"{look} raises false alarms ({of * reference.share:.0f} of {of})"


def _side(withheld: Withheld) -> str:
    return HYPOTHESES.get(withheld.direction, "either side")


def _look(withheld: Withheld) -> str:
    return LOOKS.get(withheld.condition or Condition.ORDINARY, "The face is ordinary")


def _unreleased(shown: dict[str, float]) -> str:
    """What the release gate has against a side."""
    if "misleading" in shown:
        return f"misled {percent(shown['misleading'])} of one; {percent(shown['high'])} are allowed"
    if "cllr" in shown:
        return f"told too little (Cllr {shown['cllr']:.2f}; under {shown['high']:.2f} is asked for)"
    if "sets" in shown:
        return f"told something of {shown['sets']:.0f} only; {shown['low']:.0f} are asked for"
    return "claimed more than the pictures bore out"


def _tested(shown: dict[str, float]) -> str:
    if "groups" not in shown:
        return ""
    return f" ({shown['groups']:.0f} people or videos, {shown['low']:.0f} are needed)"


def _needed(shown: dict[str, float], name: str) -> str:
    return f" ({shown[name]:.0f}, {shown['low']:.0f} are needed)" if name in shown else ""


def _at_most(withheld: Withheld) -> str:
    if withheld.at_most is Strength.NONE:
        return "its score is not weighed"
    return f"support is at most {withheld.at_most}"
