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
    Condition.OUT_OF_RANGE: "The face is unlike those this detector was measured on",
}
KINDS = {Condition.STUDIO: "studio", Condition.COMPRESSED: "compressed"}
"""The kind of genuine pictures that are in a condition."""


def muted_phrases(evidence: Evidence) -> list[str]:
    """Why `evidence` is no more, without full stops; of what withholds one side for one cause, the first, and
    of a cause that withholds both sides only that.
    """
    first: dict[tuple[Withholding, Direction], Withheld] = {}
    for withheld in evidence.muted:
        first.setdefault((withheld.cause, withheld.direction), withheld)
    told = [
        withheld
        for (cause, side), withheld in first.items()
        if side is Direction.NONE or (cause, Direction.NONE) not in first
    ]
    return list(dict.fromkeys(withheld_phrase(withheld, evidence) for withheld in told))


def withheld_phrase(withheld: Withheld, evidence: Evidence) -> str:
    """Why a direction, or strength, of `evidence` is withheld, without a full stop."""
    shown = {**dict(withheld.numbers), **dict(withheld.limits)}
    match withheld.cause:
        case Withholding.NOT_FITTED:
            return "What its scores are worth on unfamiliar pictures was not measured for this detector"
        case Withholding.NOT_RELEASED:
            against = _unreleased(shown, withheld.direction)
            return f"This detector gives no support {_side(withheld)}, as it did not pass our test: {against}"
        case Withholding.NOT_SHOWN:
            return _not_shown(withheld, evidence)
        case Withholding.NOT_MEASURED:
            return f"{_look(withheld)}; too few such were tested to tell what a score means{_tested(shown)}"
        case Withholding.DRAWN:
            return f"{LOOKS[Condition.DRAWN]}; nothing was measured on drawings, statues or masks"
        case Withholding.OUT_OF_RANGE:
            return f"{LOOKS[Condition.OUT_OF_RANGE]}, so {_at_most(withheld)}"
        case Withholding.MARKED_FACE:
            return f"The face is hard to judge, so {_at_most(withheld)}"
        case Withholding.FEW_FRAMES:
            return f"Too few frames show the face{_needed(shown, 'frames')}, so {_at_most(withheld)}"
        case Withholding.VIDEO_NOT_FITTED:
            return f"Too few clips were tested{_needed(shown, 'clips')}, so {_at_most(withheld)}"


def _not_shown(withheld: Withheld, evidence: Evidence) -> str:
    """What a detector is known to do wrong in a condition."""
    if withheld.condition not in LOOKS:
        return f"This detector gives no support {_side(withheld)}: it did not hold on pictures new to it"
    subjects = "pictures" if withheld.condition in KINDS else "faces"
    look = f"{_look(withheld)}; on such {subjects} this detector"
    if withheld.direction is Direction.REAL:
        return f"{look} misses fakes"
    reference = genuine_reference(evidence, KINDS.get(withheld.condition)) if withheld.condition else None
    if reference is None or evidence.direction is Direction.REAL:
        return f"{look} raises false alarms"
    of = hundred_or_all(reference)
    return f"{look} raises false alarms ({of * reference.share:.0f} of {of})"


def _side(withheld: Withheld) -> str:
    side = HYPOTHESES.get(withheld.direction)
    return f"for {side}" if side else "either way"


def _look(withheld: Withheld) -> str:
    return LOOKS.get(withheld.condition or Condition.ORDINARY, "The face is ordinary")


def _unreleased(shown: dict[str, float], direction: Direction) -> str:
    """What the release gate has against a side."""
    if "misleading" in shown:
        who, alike = (
            ("fakes", "genuine pictures") if direction is Direction.REAL else ("genuine pictures", "fakes")
        )
        rate, most = percent(shown["misleading"]), percent(shown["high"])
        return f"in one collection {rate} of the {who} score like {alike}, and at most {most} may"
    if "cllr" in shown:
        return (
            f"its scores tell too little (Cllr {shown['cllr']:.2f}, and under {shown['high']:.2f} is needed)"
        )
    if "sets" in shown:
        sets = {0: "no collection", 1: "only 1 collection"}
        of = sets.get(round(shown["sets"]), f"only {shown['sets']:.0f} collections")
        return f"its scores help on {of} of pictures, and {shown['low']:.0f} are needed"
    return "such scores mean less than they claim"


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
