"""The verdict on evidence."""

from __future__ import annotations

from detector.structures import Direction, Evidence, Strength, Verdict

ENOUGH = frozenset({Strength.MODERATE, Strength.MODERATELY_STRONG})
"""A verdict takes evidence of this strength: a likelihood ratio of 10 or more (ENFSI guideline 2015)."""

VERDICTS = {
    Direction.FAKE: Verdict.LIKELY_FAKE,
    Direction.REAL: Verdict.LIKELY_REAL,
    Direction.NONE: Verdict.UNCERTAIN,
}


def decide(evidence: Evidence | None) -> Verdict:
    """The verdict on the evidence of a file, None where no face was judged; what it withholds says why it is
    no more.
    """
    if evidence is None:
        return Verdict.NO_FACE
    return VERDICTS[evidence.direction] if evidence.strength in ENOUGH else Verdict.UNCERTAIN
