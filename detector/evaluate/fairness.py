"""How often each kind of people is called fake on genuine pictures: by source, skin tone, age and gender."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from detector.data.demographics import AGE_GROUPS, OLDEST, Person
from detector.evaluate.metrics import Estimate, wilson
from detector.evaluate.predictions import Mask, Prediction, Predictions, Texts
from detector.structures import DetectorInfo, Verdict

FEWEST_PICTURES = 20
"""Real pictures under which a group has no rate."""
SHUFFLES = 2000

ATTRIBUTES = ("source", "ethnicity", "age", "gender")
"""What the groups are by; for skin tone stands the ethnicity that the data set says."""


@dataclass(frozen=True)
class GroupRates:
    """The judged real pictures of one group, of `people` people or videos.

    The shares of them over t and called likely fake, and their mean p_fake, are None where the group has
    fewer than `FEWEST_PICTURES`.
    """

    group: str
    pictures: int
    people: int
    over_t: Estimate | None
    likely_fake: Estimate | None
    mean_p_fake: float | None


@dataclass(frozen=True)
class Gap:
    """The largest difference of a rate between two groups that have one.

    `difference` is the rate of `highest` less that of `lowest`; its interval is of this pair, which was
    picked for being the farthest apart. `by_chance` corrects for that: the share of `SHUFFLES` random
    regroupings of the people in which some pair is as far apart. `ratio` is None where the lowest rate is 0.
    """

    highest: str
    lowest: str
    difference: Estimate
    ratio: float | None
    by_chance: float


@dataclass(frozen=True)
class ByAttribute:
    """One detector's rates by `attribute` (source, ethnicity, age, gender), and the largest gaps between
    them.

    A gap is None where fewer than two groups have a rate.
    """

    detector: str
    attribute: str
    groups: tuple[GroupRates, ...]
    gap_over_t: Gap | None
    gap_likely_fake: Gap | None


@dataclass(frozen=True)
class Fairness:
    """All detectors' rates by each attribute; regroupings follow from `random_seed`."""

    random_seed: int
    fewest_pictures: int
    by: tuple[ByAttribute, ...]


def fairness_of(
    detectors: Sequence[DetectorInfo],
    predictions: Sequence[Prediction],
    people: Mapping[str, Person],
    random_seed: int = 0,
) -> Fairness:
    """The rates of every detector by each attribute that at least one of its judged real pictures has."""
    table = Predictions.of(predictions)
    reals = table.take(table.judged & (table.label == 0))
    by = []
    for info in detectors:
        own = reals.of_detector(info.name)
        for attribute in ATTRIBUTES:
            groups = _groups(own, people, attribute)
            known = groups != ""
            if known.any():
                by.append(_by(attribute, info, own.take(known), groups[known], random_seed))
    return Fairness(random_seed, FEWEST_PICTURES, tuple(by))


def _groups(reals: Predictions, people: Mapping[str, Person], attribute: str) -> Texts:
    """The group of each picture, (N,); empty where nothing is known."""
    if attribute == "source":
        return reals.source
    nobody = Person()
    named = [getattr(people.get(file, nobody), attribute) for file in reals.file]
    return np.array(named, dtype=object)


def _by(
    attribute: str, detector: DetectorInfo, reals: Predictions, names: Texts, random_seed: int
) -> ByAttribute:
    over, likely = reals.p_fake > detector.thresholds.t, reals.verdict == Verdict.LIKELY_FAKE
    members = reals.owner
    rates = []
    for name in sorted(set(names), key=_place):
        own = names == name
        enough = int(own.sum()) >= FEWEST_PICTURES
        rates.append(
            GroupRates(
                group=name,
                pictures=int(own.sum()),
                people=len(set(members[own])),
                over_t=rate_of(over[own], members[own]) if enough else None,
                likely_fake=rate_of(likely[own], members[own]) if enough else None,
                mean_p_fake=float(reals.p_fake[own].mean()) if enough else None,
            )
        )
    rated = np.isin(names, [of.group for of in rates if of.over_t is not None])
    seed = [random_seed, zlib.crc32(attribute.encode())]
    of_rated = names[rated], members[rated], seed
    return ByAttribute(
        detector=detector.name,
        attribute=attribute,
        groups=tuple(rates),
        gap_over_t=_gap({of.group: of.over_t for of in rates if of.over_t}, over[rated], *of_rated),
        gap_likely_fake=_gap(
            {of.group: of.likely_fake for of in rates if of.likely_fake}, likely[rated], *of_rated
        ),
    )


def _place(group: str) -> tuple[int, str]:
    """Age groups by age, everything else by name."""
    ages = [*AGE_GROUPS, OLDEST]
    return (ages.index(group) if group in ages else len(ages), group)


def rate_of(hits: Mask, members: Texts) -> Estimate:
    """The share of `hits`, (N,), with Wilson's 95 % interval, which has a width at shares of 0 and 1 too.

    Pictures of one of the `members` are taken to say the same: they count as N² over the sum of squares of
    their numbers (Kish, "Survey Sampling", 1965), which is the number of members where each has as many.
    """
    rate = float(hits.mean())
    counts = np.unique(members.astype(str), return_counts=True)[1]
    return Estimate(rate, *wilson(rate, int(counts.sum() ** 2 / (counts**2).sum())))


def newcombe(high: Estimate, low: Estimate) -> Estimate:
    """`high` less `low`, both of Wilson, with the interval that follows from theirs (R. G. Newcombe, Stat.
    Med. 17, 1998, method 10).
    """
    assert high.low is not None and high.high is not None and low.low is not None and low.high is not None
    difference = high.value - low.value
    down = float(np.hypot(high.value - high.low, low.high - low.value))
    up = float(np.hypot(high.high - high.value, low.value - low.low))
    return Estimate(difference, difference - down, difference + up)


def _gap(
    rates: Mapping[str, Estimate],
    hits: Mask,
    names: Texts,
    members: Texts,
    seed: Sequence[int],
) -> Gap | None:
    if len(rates) < 2:
        return None
    highest = max(rates, key=lambda name: rates[name].value)
    lowest = min(
        reversed(list(rates)), key=lambda name: rates[name].value
    )  # another than the highest where all are equal
    difference = newcombe(rates[highest], rates[lowest])
    return Gap(
        highest=highest,
        lowest=lowest,
        difference=difference,
        ratio=rates[highest].value / rates[lowest].value if rates[lowest].value else None,
        by_chance=by_chance(hits, names, members, difference.value, seed),
    )


def by_chance(
    hits: Mask,
    names: Texts,
    members: Texts,
    difference: float,
    seed: Sequence[int],
) -> float:
    """The share of random regroupings in which the largest difference between two groups is at least
    `difference`.

    The group names, (N,), change places between whole `members`; the regrouping that stands counts as one of
    them.
    """
    unit = np.unique(
        [f"{member} {name}" for member, name in zip(members, names, strict=True)],
        return_index=True,
        return_inverse=True,
    )
    first, which = unit[1], unit[2]
    group = np.unique(names[first].astype(str), return_inverse=True)[1]
    hit, count = np.bincount(which, weights=hits), np.bincount(which)
    rng = np.random.default_rng(seed)
    as_far = 1
    for _ in range(SHUFFLES):
        mixed = rng.permutation(group)
        rates = np.bincount(mixed, weights=hit) / np.bincount(mixed, weights=count)
        as_far += bool(np.ptp(rates) >= difference - 1e-9)
    return as_far / (SHUFFLES + 1)
