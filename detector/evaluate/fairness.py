"""Predictions of real pictures to how often each kind of people is called fake: by source, skin tone, age
group and gender.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from detector.data.demographics import AGE_GROUPS, OLDEST, Person, read_people
from detector.evaluate.metrics import Estimate
from detector.evaluate.predict import Evaluated, Further
from detector.evaluate.predictions import Prediction
from detector.evaluate.report.markdown import NONE, grid, in_words, number
from detector.evaluate.sections import Section
from detector.evaluate.selective import wilson
from detector.structures import DetectorInfo, Verdict

FEWEST_PICTURES = 20
"""Real pictures under which a group has no rate."""
SHUFFLES = 2000

HEADINGS = {"source": "source", "ethnicity": "skin tone", "age": "age", "gender": "gender"}
"""What the groups are by, and what it is called; for skin tone stands the ethnicity that the data set says.
"""


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
class Fairness:
    """One detector's rates by `attribute` (source, ethnicity, age, gender), and the largest gaps between
    them.

    A gap is None where fewer than two groups have a rate.
    """

    detector: str
    attribute: str
    groups: tuple[GroupRates, ...]
    gap_over_t: Gap | None
    gap_likely_fake: Gap | None


def fairness_of(
    detector: DetectorInfo,
    predictions: Sequence[Prediction],
    people: Mapping[str, Person],
    random_seed: int = 0,
) -> list[Fairness]:
    """The rates of one detector by each attribute that at least one of its judged real pictures has."""
    reals = [
        one
        for one in predictions
        if one.detector == detector.name and one.label == 0 and one.p_fake is not None
    ]
    found = []
    for attribute in HEADINGS:
        groups = [
            one.source if attribute == "source" else getattr(people.get(one.file, Person()), attribute)
            for one in reals
        ]
        known = [number for number, group in enumerate(groups) if group]
        if known:
            found.append(
                _by(attribute, detector, [reals[i] for i in known], [groups[i] for i in known], random_seed)
            )
    return found


def _by(
    attribute: str,
    detector: DetectorInfo,
    reals: Sequence[Prediction],
    groups: Sequence[str],
    random_seed: int,
) -> Fairness:
    p_fake = np.array([one.p_fake for one in reals], dtype=np.float64)
    over, likely = (
        p_fake > detector.thresholds.t,
        np.array([one.verdict is Verdict.LIKELY_FAKE for one in reals]),
    )
    members = np.array([f"{one.source} {one.group}" for one in reals], dtype=object)
    names = np.array(groups, dtype=object)
    rates = []
    for name in sorted(set(groups), key=_place):
        own = names == name
        enough = int(own.sum()) >= FEWEST_PICTURES
        rates.append(
            GroupRates(
                group=name,
                pictures=int(own.sum()),
                people=len(set(members[own])),
                over_t=rate_of(over[own], members[own]) if enough else None,
                likely_fake=rate_of(likely[own], members[own]) if enough else None,
                mean_p_fake=float(p_fake[own].mean()) if enough else None,
            )
        )
    rated = np.isin(names, [one.group for one in rates if one.over_t is not None])
    seed = [random_seed, zlib.crc32(attribute.encode())]
    return Fairness(
        detector=detector.name,
        attribute=attribute,
        groups=tuple(rates),
        gap_over_t=_gap(
            {one.group: one.over_t for one in rates if one.over_t},
            over[rated],
            names[rated],
            members[rated],
            seed,
        ),
        gap_likely_fake=_gap(
            {one.group: one.likely_fake for one in rates if one.likely_fake},
            likely[rated],
            names[rated],
            members[rated],
            seed,
        ),
    )


def _place(group: str) -> tuple[int, str]:
    """Age groups by age, everything else by name."""
    ages = [*AGE_GROUPS, OLDEST]
    return (ages.index(group) if group in ages else len(ages), group)


def rate_of(hits: NDArray[np.bool_], members: NDArray[np.object_]) -> Estimate:
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
    hits: NDArray[np.bool_],
    names: NDArray[np.object_],
    members: NDArray[np.object_],
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
    hits: NDArray[np.bool_],
    names: NDArray[np.object_],
    members: NDArray[np.object_],
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


def fairness(
    detectors: Sequence[DetectorInfo],
    predictions: Sequence[Prediction],
    people: Mapping[str, Person],
    random_seed: int = 0,
) -> Section:
    """The tables of all detectors: a line a group, and the largest gaps."""
    found = [one for info in detectors for one in fairness_of(info, predictions, people, random_seed)]
    content = {
        "random_seed": random_seed,
        "fewest_pictures": FEWEST_PICTURES,
        "by": [asdict(one) for one in found],
    }
    return Section(_markdown(found, [info.name for info in detectors]), content)


def _markdown(found: Sequence[Fairness], detectors: Sequence[str]) -> str:
    intro = (
        "Real pictures only: the share over the detector's t (its false-positive rate) and the share with"
        " the verdict `likely fake`, with Wilson's 95 % interval on people, not pictures. Skin tone"
        " (ethnicity stands for it), age and gender are what the data set says. A group of fewer than"
        f" {FEWEST_PICTURES} judged real pictures has no rate. By chance: in how many of {SHUFFLES} random"
        " regroupings some two groups lie as far apart; over 5 % the groups are not told apart, which does"
        " not say that they are alike."
    )
    parts = ["### Real pictures called fake, by who is on them", intro]
    for name in detectors:
        own = [one for one in found if one.detector == name]
        rows = [_row(HEADINGS[one.attribute], group) for one in own for group in one.groups]
        gaps = [row for one in own for row in _gap_rows(one)]
        if rows:
            parts.append(f"`{name}`:\n\n{grid(RATES_HEAD, rows)}")
        if gaps:
            parts.append(f"`{name}`, the largest differences:\n\n{grid(GAPS_HEAD, gaps)}")
    return "\n\n".join(parts)


RATES_HEAD = ("", "", "real pictures", "people", "over t", "called likely fake", "mean p_fake")
GAPS_HEAD = ("", "rate", "highest", "lowest", "difference", "ratio", "by chance")


def _row(heading: str, group: GroupRates) -> list[str]:
    counts = [heading, group.group, str(group.pictures), str(group.people)]
    if group.over_t is None:
        return [*counts, "too few", "too few", NONE]
    return [*counts, in_words(group.over_t), in_words(group.likely_fake), number(group.mean_p_fake)]


def _gap_rows(one: Fairness) -> list[list[str]]:
    """The gaps that are one: where no group has a hit, there is nothing to tell."""
    gaps = {"over t": one.gap_over_t, "called likely fake": one.gap_likely_fake}
    return [
        [
            HEADINGS[one.attribute],
            words,
            gap.highest,
            gap.lowest,
            in_words(gap.difference),
            number(gap.ratio, ".2f"),
            number(gap.by_chance, ".2%"),
        ]
        for words, gap in gaps.items()
        if gap is not None and gap.difference.value > 0
    ]


def _section(evaluated: Evaluated) -> Section:
    infos = [one.info for one in evaluated.detectors]
    return fairness(infos, evaluated.predictions, read_people(evaluated.index.path), evaluated.random_seed)


FAIRNESS = Further("fairness", _section)
