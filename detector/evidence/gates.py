"""The gates: in which condition evidence may be believed, and whether a side may speak at all."""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np

from detector.evidence.fitted import Bin, Bounds, Gate, Model, Refusal, Release, SetFigures
from detector.evidence.measures import Groups, cllr, cllr_min, group_weights, how_much_more_common
from detector.evidence.model import MODERATE, WEAK, log_ratios
from detector.evidence.scores import VARIANT_OF, Array, Mask, Scores, Variant
from detector.evidence.weigh import (
    MODERATELY_STRONG,
    MOST_WAYS_OUT,
    Circumstances,
    limited,
    of_circumstances,
)
from detector.structures import Condition, Direction, Strength

WORST_CLLR = 0.97
"""The mean over sets must be under it."""
SETS_UNDER_ONE = 6 / 7
"""Of the sets with both classes so many must have a Cllr under 1."""
MOST_MISLEADING = 0.15
LEAST_OBSERVED, LEAST_OBSERVED_LOW = 0.65, 1.3
"""Of a bin's lower edge; and what the lower end of the interval must reach."""
EDGES = {
    Strength.WEAK: WEAK,
    Strength.MODERATE: MODERATE,
    Strength.MODERATELY_STRONG: math.log(MODERATELY_STRONG),
}


def gates_of(scores: Scores, ratios: Array) -> tuple[Gate, ...]:
    """The gate of every condition from scores and their log likelihood ratios (N,).

    Pictures are counted as they are; in a condition that is also made, as that left them too.
    """
    return tuple(_gate(scores, ratios, condition) for condition in Condition)


def judged_in(scores: Scores, condition: Condition) -> Mask:
    """Which rows tell of `condition`, (N,): faces in it that something may be said of at all."""
    plain, inside = scores.variant == Variant.PLAIN, scores.has(condition)
    if condition is Condition.DRAWN:
        return np.asarray((plain & inside) | (scores.variant == Variant.DRAWN))
    sayable = (scores.ways_out < MOST_WAYS_OUT) & ~scores.has(Condition.DRAWN)
    made = np.isin(scores.variant.astype(str), [VARIANT_OF.get(condition, "")])
    return np.asarray(sayable & ((plain & inside) | made))


def _gate(scores: Scores, ratios: Array, condition: Condition) -> Gate:
    rows = np.flatnonzero(judged_in(scores, condition))
    if not len(rows):
        return Gate(condition, 0, 0, None, None)
    groups, of_rows = Groups.of(scores.owner[rows], scores.is_fake[rows]), ratios[rows]
    draw = cache(lambda: groups.resamples(zlib.crc32(condition.encode())))
    return Gate(
        condition=condition,
        fake_groups=int(groups.present(True).sum()),
        real_groups=int(groups.present(False).sum()),
        fake=how_much_more_common(groups, of_rows >= WEAK, True, draw),
        real=how_much_more_common(groups, of_rows <= -WEAK, False, draw),
    )


@dataclass(frozen=True, eq=False)
class Answers:
    """Log likelihood ratios of pictures, each by what was fitted without its source: `fitted` as the model
    has them, `answered` within bounds and with what their conditions withhold, (N,).

    `may_fake` and `may_real` say where no condition withholds that direction, (N,).
    """

    scores: Scores
    fitted: Array
    answered: Array
    may_fake: Mask
    may_real: Mask

    def may(self, direction: Direction) -> Mask:
        """Where that direction may be said."""
        return self.may_fake if direction is Direction.FAKE else self.may_real

    def towards(self, direction: Direction) -> Array:
        """The answers, positive where they point that way."""
        return self.answered if direction is Direction.FAKE else -self.answered


@dataclass(frozen=True)
class Steps:
    """What was fitted without one source."""

    model: Model
    bounds: Bounds
    gates: tuple[Gate, ...]


def answers_of(scores: Scores, without: Mapping[str, Steps]) -> Answers:
    """What every picture gets from the steps fitted `without` its source."""
    fitted, answered = np.zeros(len(scores)), np.zeros(len(scores))
    may = {Direction.FAKE: np.zeros(len(scores), dtype=bool), Direction.REAL: np.zeros(len(scores), bool)}
    for source, steps in without.items():
        of_source = np.flatnonzero(scores.source == source)
        fitted[of_source] = log_ratios(scores.logit[of_source], steps.model).ratio
        bounded = log_ratios(scores.logit[of_source], steps.model, steps.bounds).ratio
        for circumstances, places in _alike(scores.take(of_source)):
            withheld = of_circumstances(steps.gates, circumstances)
            answered[of_source[places]] = limited(bounded[places], withheld)
            shut = {cause.direction for cause in withheld if cause.at_most is Strength.NONE}
            for direction, allowed in may.items():
                allowed[of_source[places]] = not shut & {direction, Direction.NONE}
    return Answers(scores, fitted, answered, may[Direction.FAKE], may[Direction.REAL])


def _alike(scores: Scores) -> Iterator[tuple[Circumstances, list[int]]]:
    """The places of pictures in the same circumstances."""
    places: dict[Circumstances, list[int]] = {}
    for place, of in enumerate(zip(scores.conditions, scores.ways_out, scores.marked, strict=True)):
        conditions, ways_out, marked = of
        places.setdefault(Circumstances(conditions, int(ways_out), bool(marked)), []).append(place)
    yield from places.items()


def release_of(answers: Answers) -> Release:
    """The figures of the release gate, and why a side is withheld. Raises ValueError where no set has both
    classes.
    """
    sets = tuple(_set_figures(answers, name) for name in sorted(set(answers.scores.set)))
    costs = [of.cllr for of in sets if of.cllr is not None]
    least = [of.cllr_min for of in sets if of.cllr_min is not None]
    if not costs:
        raise ValueError("no set has both classes, so nothing can be released")
    bins = tuple(_bins(answers))
    mean = math.fsum(costs) / len(costs)
    refusals = (*_costly(costs, mean), *_misleading(sets), *_not_observed(bins))
    return Release(sets, bins, mean, math.fsum(least) / len(least), refusals)


def _set_figures(answers: Answers, name: str) -> SetFigures:
    rows = np.flatnonzero(answers.scores.set == name)
    scores, answered = answers.scores.take(rows), answers.answered[rows]
    weights = group_weights(scores.owner, scores.is_fake)
    groups = Groups.of(scores.owner, scores.is_fake)

    def misleading(direction: Direction, label: bool) -> float | None:
        """The share of a class that the direction misleads in, outside withheld conditions."""
        kept = answers.may(direction)[rows] & (scores.is_fake == label)
        if not kept.any():
            return None
        weights = group_weights(scores.owner[kept], scores.is_fake[kept])
        return float(np.average(answers.towards(direction)[rows][kept] >= WEAK, weights=weights))

    return SetFigures(
        name=name,
        source=scores.source[0],
        fake_groups=int(groups.present(True).sum()),
        real_groups=int(groups.present(False).sum()),
        cllr=cllr(answered, scores.is_fake, weights),
        cllr_min=cllr_min(answered, scores.is_fake, weights),
        cllr_fitted=cllr(answers.fitted[rows], scores.is_fake, weights),
        misleading_fake=misleading(Direction.FAKE, False),
        misleading_real=misleading(Direction.REAL, True),
    )


def _bins(answers: Answers) -> Iterator[Bin]:
    """Each word of each direction, where any answer has it."""
    for direction, label in ((Direction.FAKE, True), (Direction.REAL, False)):
        rows = np.flatnonzero(answers.may(direction))
        towards = answers.towards(direction)[rows]
        groups = Groups.of(answers.scores.owner[rows], answers.scores.is_fake[rows])
        ends = (*EDGES.values(), math.inf)
        for (strength, low), high in zip(EDGES.items(), ends[1:], strict=True):
            hits = (towards >= low) & (towards < high)
            if hits.any():
                yield Bin(
                    direction=direction,
                    strength=strength,
                    fake_groups=int((groups.share(hits, True) > 0).sum()),
                    real_groups=int((groups.share(hits, False) > 0).sum()),
                    ratio=how_much_more_common(groups, hits, label, groups.resamples),
                )


def _costly(costs: list[float], mean: float) -> Iterator[Refusal]:
    under, enough = sum(cost < 1 for cost in costs), math.ceil(SETS_UNDER_ONE * len(costs) - 1e-9)
    if under < enough:
        yield Refusal("sets", Direction.NONE, under, enough)
    if mean >= WORST_CLLR:
        yield Refusal("cllr", Direction.NONE, mean, WORST_CLLR)


def _misleading(sets: tuple[SetFigures, ...]) -> Iterator[Refusal]:
    for direction in (Direction.FAKE, Direction.REAL):
        shares = [(of.misleading_of(direction) or 0.0, of.name) for of in sets]
        worst, name = max(shares, key=lambda share: share[0])
        if worst > MOST_MISLEADING:
            yield Refusal("misleading", direction, worst, MOST_MISLEADING, name)


def _not_observed(bins: tuple[Bin, ...]) -> Iterator[Refusal]:
    for of in bins:
        least = LEAST_OBSERVED * math.exp(EDGES[of.strength])
        if of.ratio is None or of.ratio.value < least:
            observed = of.ratio.value if of.ratio is not None else 0.0
            yield Refusal("observed", of.direction, observed, least, str(of.strength))
        elif of.ratio.low < LEAST_OBSERVED_LOW:
            yield Refusal("observed_low", of.direction, of.ratio.low, LEAST_OBSERVED_LOW, str(of.strength))
