"""Which of the tested pictures score as far, kind by kind, and which kind a face is most like."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from detector.evidence.fitted import Fitted, KindScores
from detector.evidence.model import log_ratios
from detector.evidence.scores import Scores, Variant, hashed
from detector.structures import Condition, Direction, Reference

MEASURED = tuple(condition for condition in Condition if condition is not Condition.ORDINARY)
OF_VIDEOS = frozenset({"video frame", "compressed"})
"""Kinds of genuine pictures that are frames of videos."""
DECIMALS = 4
"""Of the logits that are stored: more than two runs on two machines agree in."""
FEWEST_CLIPS = 10
"""Under so many the ends of their middle are those of single clips."""
MIDDLE_80 = (0.1, 0.9)


@dataclass(frozen=True)
class GenuineClips:
    """Between which ends the middle 80 % of `n` genuine clips score, by the mean of their frames: logits, and
    likelihood ratios, None where these were not fitted.
    """

    n: int
    logit_low: float
    logit_high: float
    lr_low: float | None = None
    lr_high: float | None = None


def genuine_clips(fitted: Fitted | None) -> GenuineClips | None:
    """What the genuine clips that were tested score; None where these were under `FEWEST_CLIPS`."""
    clips: dict[str, list[float]] = defaultdict(list)
    for of in () if fitted is None else fitted.references:
        if of.kind == "video frame" and not of.is_fake:
            for group, logit in zip(of.groups, of.logits, strict=True):
                clips[group].append(logit)
    if fitted is None or len(clips) < FEWEST_CLIPS:
        return None
    ends = np.quantile([float(np.mean(clip)) for clip in clips.values()], MIDDLE_80)
    low, high = (float(end) for end in ends)
    if fitted.fit is None:
        return GenuineClips(len(clips), low, high)
    ratios = np.exp(log_ratios(ends, fitted.fit.model, fitted.fit.bounds).ratio)
    return GenuineClips(len(clips), low, high, float(ratios[0]), float(ratios[1]))


def references_of(logit: float, direction: Direction, fitted: Fitted | None) -> tuple[Reference, ...]:
    """The share of each kind that scores as high as `logit`, where `direction` is real as low; genuine kinds
    first, in each class that with the most groups first.
    """
    kinds = () if fitted is None else fitted.references
    return tuple(
        Reference(of.kind, of.is_fake, len(set(of.groups)), _share_as_far(of, logit, direction))
        for of in sorted(kinds, key=lambda of: (of.is_fake, -len(set(of.groups)), of.kind))
    )


def nearest_kind(conditions: Iterable[Condition], fitted: Fitted | None, *, is_video: bool) -> str | None:
    """The kind of genuine picture whose groups are most often in just these conditions; None where none was
    tested. Frames of a video are compared with frames of videos where there are such.

    (The likelihood of independent conditions, each share with one group more on both sides.)
    """
    kinds = [of for of in (() if fitted is None else fitted.references) if not of.is_fake]
    alike = [of for of in kinds if (of.kind in OF_VIDEOS) == is_video] or kinds
    of_face = frozenset(conditions)

    def likelihood(of: KindScores) -> float:
        groups = len(set(of.groups))
        shares = ((of.conditions.get(name, 0.0) * groups + 1) / (groups + 2) for name in MEASURED)
        pairs = zip(MEASURED, shares, strict=True)
        return math.fsum(math.log(share if name in of_face else 1 - share) for name, share in pairs)

    return max(alike, key=lambda of: (likelihood(of), len(set(of.groups)), of.kind)).kind if alike else None


def kinds_of(scores: Scores) -> tuple[KindScores, ...]:
    """What is stored of the pictures of each kind, as they are, genuine ones first."""
    plain = scores.of_variant(Variant.PLAIN)
    places: dict[tuple[bool, str], list[int]] = defaultdict(list)
    for place, (kind, is_fake) in enumerate(zip(plain.kind, plain.is_fake, strict=True)):
        places[bool(is_fake), kind].append(place)
    return tuple(
        _kind_scores(kind, is_fake, plain.take(np.array(places[is_fake, kind])))
        for is_fake, kind in sorted(places)
    )


def _kind_scores(kind: str, is_fake: bool, scores: Scores) -> KindScores:
    order = np.argsort(scores.logit, kind="stable")
    scores = scores.take(order)
    groups = tuple(map(hashed, scores.source, scores.group))
    return KindScores(
        kind=kind,
        is_fake=is_fake,
        logits=tuple(round(float(logit), DECIMALS) for logit in scores.logit),
        groups=groups,
        conditions=_shares_in(scores, groups),
    )


def _shares_in(scores: Scores, groups: tuple[str, ...]) -> Mapping[Condition, float]:
    return {name: round(group_share(scores.has(name), groups), DECIMALS) for name in MEASURED}


def group_share(hits: Iterable[bool], groups: Iterable[str]) -> float:
    """The share of `hits`, 0..1, in which each group counts the share of its pictures, and all groups
    alike.
    """
    of_group: dict[str, list[bool]] = defaultdict(list)
    for hit, group in zip(hits, groups, strict=True):
        of_group[group].append(bool(hit))
    return math.fsum(sum(some) / len(some) for some in of_group.values()) / len(of_group)


def _share_as_far(of: KindScores, logit: float, direction: Direction) -> float:
    logits, ends = np.array(of.logits), round(logit, DECIMALS)
    return group_share(logits <= ends if direction is Direction.REAL else logits >= ends, of.groups)
