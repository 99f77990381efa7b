"""An index judged again after everyday damage: what is left of a detector's AUC, and of its answers file by
file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from scipy.stats import spearmanr

from detector.evaluate.corruptions import OF_PHOTOS, OF_VIDEOS, Damage
from detector.evaluate.metrics import (
    DRAWS,
    Array,
    Estimate,
    estimate,
    plain_and_drawn,
    weighted_auc,
    weighted_rate,
    with_interval,
)
from detector.evaluate.predict import Evaluated, Further, Walk, predict_rows
from detector.evaluate.predictions import Index, Prediction
from detector.evaluate.report.markdown import grid, in_words, number
from detector.evaluate.sections import Section
from detector.evaluate.slices import Columns, Mask, Rows, Slice, columns_of, slices_of
from detector.pipeline import Detector, Progress
from detector.structures import DetectorInfo, Thresholds, Verdict

FEWEST_RANKED = 3
"""Files below which a rank correlation says nothing."""


@dataclass(frozen=True)
class Damaged:
    """Predictions after one damage, of every detector, file by file."""

    damage: Damage
    predictions: tuple[Prediction, ...]


@dataclass(frozen=True)
class Survival:
    """What is left of one detector after `damage`, over the `files` that it judged before and after; `lost`
    it no longer judged.

    `auc` is the mean over the sets (pooled where there is one), `auc_change` what it gained over the
    undamaged of the same files, its interval from the same draws. `sets` has the AUC of each. `over_t` and
    `likely_fake` are shares of the real ones: p_fake over t, and that verdict. `rank_correlation` is
    Spearman's of the logits before and after, `p_fake_change` the mean of |after - before|, `verdict_changed`
    the share of files with another verdict. A figure is None where it has no answer.
    """

    damage: str
    files: int
    lost: int
    auc: Estimate | None
    auc_change: Estimate | None
    sets: Mapping[str, Estimate]
    over_t: Estimate | None
    likely_fake: Estimate | None
    rank_correlation: float | None
    p_fake_change: float | None
    verdict_changed: float | None


def predict_damaged(
    index: Index,
    detectors: Sequence[Detector],
    plain: Sequence[Prediction],
    out: Path | None = None,
    *,
    walk: Walk = Walk(),  # noqa: B008  # frozen
    photos: Sequence[Damage] = OF_PHOTOS,
    videos: Sequence[Damage] = OF_VIDEOS,
    random_seed: int = 0,
    progress: Progress | None = None,
) -> list[Damaged]:
    """Judge the files that `plain` has a number for once more after each damage, each scanned once for all
    detectors.

    With `out`, the CSV of the plain predictions, those after a damage are kept in the folder `OUT.robustness`
    beside it, a CSV for each.
    """
    kinds = {one.file: one.kind for one in plain if one.p_fake is not None}
    work = [
        (
            replace(damage, random_seed=random_seed),
            replace(index, rows=tuple(row for row in index.rows if kinds.get(row.file) == kind)),
        )
        for kind, damages in (("photo", photos), ("video", videos))
        for damage in damages
    ]
    work = [(damage, rows) for damage, rows in work if rows.rows]
    found: list[Damaged] = []
    for place, (damage, rows) in enumerate(work):

        def part(share: float, words: str, place: int = place, name: str = damage.name) -> None:
            if progress is not None:
                progress((place + share) / len(work), f"{name}: {words}")

        kept = out.with_name(f"{out.stem}.robustness") / f"{damage.slug}.csv" if out is not None else None
        predictions = predict_rows(
            rows, detectors, out=kept, walk=replace(walk, damage=damage), progress=part
        )
        found.append(Damaged(damage, tuple(predictions)))
    return found


def survival(
    plain: Sequence[Prediction],
    damaged: Sequence[Prediction],
    thresholds: Thresholds,
    damage: str,
    draws: int = DRAWS,
    random_seed: int = 0,
) -> Survival:
    """The figures of one detector: its predictions before and after, of which those of the same file are
    compared.
    """
    judged = {one.file: one for one in plain if one.p_fake is not None}
    tried = [one for one in damaged if one.file in judged]
    after = [one for one in tried if one.p_fake is not None]
    before = [judged[one.file] for one in after]
    old, new = (columns_of(files, draws, random_seed) for files in (before, after))
    auc, auc_before = _drawn_mean(new), _drawn_mean(old)
    return Survival(
        damage=damage,
        files=len(after),
        lost=len(tried) - len(after),
        auc=_estimate(auc, new),
        auc_change=_estimate(auc - auc_before, new),
        sets={
            one.name: found
            for one in _sets(new)
            if (found := _estimate(_drawn_auc(new, one.compared), new)) is not None
        },
        over_t=_share_of_reals(new, new.p_fake > thresholds.t),
        likely_fake=_share_of_reals(
            new, np.array([one.verdict is Verdict.LIKELY_FAKE for one in after], dtype=bool)
        ),
        rank_correlation=_rank_correlation(old, new),
        p_fake_change=float(np.abs(new.p_fake - old.p_fake).mean()) if after else None,
        verdict_changed=(
            float(np.mean([one.verdict is not was.verdict for was, one in zip(before, after, strict=True)]))
            if after
            else None
        ),
    )


def undamaged(
    plain: Sequence[Prediction], thresholds: Thresholds, draws: int = DRAWS, random_seed: int = 0
) -> Survival:
    """The same figures before any damage, where nothing has changed."""
    found = survival(plain, plain, thresholds, "none", draws, random_seed)
    return replace(found, auc_change=None, rank_correlation=None, p_fake_change=None, verdict_changed=None)


def _sets(columns: Columns) -> list[Slice]:
    return [one for one in slices_of(columns) if one.kind == "set" and one.against != "nothing"]


def _drawn_auc(columns: Columns, compared: Rows) -> Array:
    """The AUC of the files `compared`, plain and then of every draw, (1 + D,)."""
    order, labels = columns.order[compared], columns.labels[compared]
    return plain_and_drawn(lambda weights: weighted_auc(order, labels, weights), columns.weights[:, compared])


def _drawn_mean(columns: Columns) -> Array:
    """The mean over the sets of their AUC, plain and then of every draw, (1 + D,); NaN
    where no set has one.
    """
    known = [drawn for one in _sets(columns) if np.isfinite((drawn := _drawn_auc(columns, one.compared))[0])]
    return np.asarray(np.mean(known, axis=0)) if known else np.full(1 + len(columns.weights), np.nan)


def _estimate(drawn: Array, columns: Columns) -> Estimate | None:
    return with_interval(float(drawn[0]), drawn[1:], columns.groups(np.arange(len(columns.predictions))))


def _share_of_reals(columns: Columns, hits: Mask) -> Estimate | None:
    reals = np.flatnonzero(columns.labels == 0)
    return estimate(
        lambda drawn: weighted_rate(hits[reals], drawn), columns.weights[:, reals], columns.groups(reals)
    )


def _rank_correlation(before: Columns, after: Columns) -> float | None:
    if len(after.order) < FEWEST_RANKED or min(len(set(before.order)), len(set(after.order))) < 2:
        return None
    return float(spearmanr(before.order, after.order).statistic)


def robustness(
    detectors: Sequence[DetectorInfo],
    plain: Sequence[Prediction],
    damaged: Sequence[Damaged],
    draws: int = DRAWS,
    random_seed: int = 0,
) -> Section:
    """The tables of all detectors, photos and videos by themselves: one of AUC, and one a detector of what
    survives.
    """
    tables: list[str] = [INTRODUCTION]
    content: dict[str, object] = {"random_seed": random_seed}
    for kind, heading in KINDS.items():
        own = [one for one in plain if one.kind == kind]
        after = [one for one in damaged if any(prediction.kind == kind for prediction in one.predictions)]
        if not after:
            continue
        figures = {info.name: _of_detector(info, own, after, draws, random_seed) for info in detectors}
        tables.append(f"#### {heading}\n\n{_tables(figures)}")
        content[kind] = {
            "damages": [
                {"name": one.damage.name, "steps": [asdict(step) for step in one.damage.steps]}
                for one in after
            ],
            "detectors": {name: [asdict(one) for one in rows] for name, rows in figures.items()},
        }
    return Section("\n\n".join(tables), content)


def _of_detector(
    info: DetectorInfo, plain: Sequence[Prediction], damaged: Sequence[Damaged], draws: int, random_seed: int
) -> list[Survival]:
    own = [one for one in plain if one.detector == info.name]
    rows = [undamaged(own, info.thresholds, draws, random_seed)]
    for one in damaged:
        again = [prediction for prediction in one.predictions if prediction.detector == info.name]
        rows.append(survival(own, again, info.thresholds, one.damage.name, draws, random_seed))
    return rows


INTRODUCTION = (
    "### After damage\n\nThe same files after damage to their decoded pixels, before faces are looked for."
    " Each line compares the files judged before and after; those no longer judged, mostly because no face"
    " was found, are counted as lost. AUC: the mean over the sets (a set of fakes only is set against all"
    " reals). Changes of the AUC are paired: the same files, before and after."
)
KINDS = {"photo": "Photos", "video": "Videos"}


def _tables(figures: Mapping[str, Sequence[Survival]]) -> str:
    rows = [
        [columns[0].damage, *(in_words(one.auc) for one in columns)]
        for columns in zip(*figures.values(), strict=True)
    ]
    auc = grid(["AUC after", *(f"`{name}`" for name in figures)], rows)
    return "\n\n".join(
        [auc, *(f"`{name}`, file by file:\n\n{_survival_table(own)}" for name, own in figures.items())]
    )


SURVIVAL_HEAD = (
    "damage",
    "files (lost)",
    "change of AUC",
    "reals over t",
    "reals called likely fake",
    "rank correlation of logits",
    "mean change of p_fake",
    "other verdict",
)


def _survival_table(figures: Sequence[Survival]) -> str:
    return grid(SURVIVAL_HEAD, [_survival_row(one) for one in figures])


def _survival_row(one: Survival) -> list[str]:
    return [
        one.damage,
        f"{one.files} ({one.lost})",
        _signed(one.auc_change),
        in_words(one.over_t),
        in_words(one.likely_fake),
        number(one.rank_correlation),
        number(one.p_fake_change),
        number(one.verdict_changed, ".1%"),
    ]


def _signed(change: Estimate | None) -> str:
    if change is None or change.low is None or change.high is None:
        return number(change.value if change is not None else None, "+.3f")
    return f"{change.value:+.3f} ({change.low:+.3f} to {change.high:+.3f})"


def _section(evaluated: Evaluated) -> Section:
    of = evaluated
    damaged = predict_damaged(
        of.index,
        of.detectors,
        of.predictions,
        of.out,
        walk=of.walk,
        random_seed=of.random_seed,
        progress=of.progress,
    )
    return robustness([one.info for one in of.detectors], of.predictions, damaged, of.draws, of.random_seed)


ROBUSTNESS = Further("robustness", _section)
