"""The verdict on a probability, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from detector.structures import Reason, ReasonKind, Thresholds, Verdict, named


@dataclass(frozen=True)
class Decision:
    """A verdict and `why` it is no more than that, the weightiest first; of `likely fake` and `likely real`
    nothing: there the probability decides.
    """

    verdict: Verdict
    why: tuple[Reason, ...] = ()


def decide(p_fake: float | None, thresholds: Thresholds, caveats: Sequence[Reason] = ()) -> Decision:
    """The verdict on `p_fake`, 0..1, None where no face was judged; it is at best `uncertain` where there are
    `caveats`: reasons why the evidence is too poor for more.

    Raises ValueError where `p_fake` is no probability.
    """
    if p_fake is None:
        return Decision(Verdict.NO_FACE, tuple(caveats))
    if not 0 <= p_fake <= 1:
        raise ValueError(f"p_fake {p_fake} is not a probability")
    if thresholds.lo <= p_fake <= thresholds.hi:
        in_band = Reason(
            ReasonKind.IN_BAND, named(p_fake=p_fake), named(low=thresholds.lo, high=thresholds.hi)
        )
        return Decision(Verdict.UNCERTAIN, (in_band, *caveats))
    if caveats:
        return Decision(Verdict.UNCERTAIN, tuple(caveats))
    return Decision(Verdict.LIKELY_REAL if p_fake < thresholds.lo else Verdict.LIKELY_FAKE)
