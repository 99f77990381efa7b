"""An index judged again after everyday corruptions: what is left of a detector's AUC, and of its answers file
by file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from scipy.stats import spearmanr

from detector.data.labels import Index
from detector.errors import DetectorError
from detector.evaluate.corruptions import OF_PHOTOS, OF_VIDEOS
from detector.evaluate.metrics import (
    RESAMPLES,
    Array,
    Estimate,
    estimate,
    weighted_rate,
    with_interval,
)
from detector.evaluate.predict import Walk, predict_rows
from detector.evaluate.predictions import Mask, Prediction, Predictions, read_predictions
from detector.evaluate.significance import auc_resampled
from detector.evaluate.slices import sets_of
from detector.perturb import Corruption
from detector.pipeline import Detector, Progress
from detector.structures import DetectorInfo, Thresholds, Verdict

FEWEST_RANKED = 3
"""Files below which a rank correlation says nothing."""


@dataclass(frozen=True)
class Corrupted:
    """Predictions after one corruption, of every detector, file by file."""

    corruption: Corruption
    predictions: Predictions


@dataclass(frozen=True)
class AfterCorruption:
    """What is left of one detector after `corruption`, over the `files` that it judged before and after;
    `lost` it no longer judged.

    `auc` is the mean over the sets (pooled where there is one), `auc_change` what it gained over the
    uncorrupted of the same files, its interval from the same resamples. `sets` has the AUC of each. `over_t`
    and `likely_fake` are shares of the real ones: p_fake over t, and that verdict. `rank_correlation` is
    Spearman's of the logits before and after, `p_fake_change` the mean of |after - before|, `verdict_changed`
    the share of files with another verdict. A metric is None where it has no answer.
    """

    corruption: str
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


@dataclass(frozen=True)
class RobustnessOfKind:
    """Files of one kind: the corruptions, and by detector the metrics before (first) and after each."""

    kind: str
    corruptions: tuple[Corruption, ...]
    detectors: Mapping[str, tuple[AfterCorruption, ...]]


@dataclass(frozen=True)
class Robustness:
    """What corruptions do to the detectors, photos and videos apart; noise follows from `random_seed`."""

    random_seed: int
    kinds: tuple[RobustnessOfKind, ...]


def predict_corrupted(
    index: Index,
    detectors: Sequence[Detector],
    plain: Sequence[Prediction],
    out: Path | None = None,
    *,
    walk: Walk = Walk(),  # noqa: B008  # frozen
    photos: Sequence[Corruption] = OF_PHOTOS,
    videos: Sequence[Corruption] = OF_VIDEOS,
    random_seed: int = 0,
    progress: Progress | None = None,
) -> list[Corrupted]:
    """Judge the files that `plain` has a number for once more after each corruption, each scanned once for
    all detectors.

    With `out`, the CSV of the plain predictions, those after a corruption are kept in the folder
    `OUT.robustness` beside it, a CSV for each.
    """
    kinds = {prediction.file: prediction.kind for prediction in plain if prediction.p_fake is not None}
    work = [
        (
            replace(corruption, random_seed=random_seed),
            replace(index, rows=tuple(row for row in index.rows if kinds.get(row.file) == kind)),
        )
        for kind, corruptions in (("photo", photos), ("video", videos))
        for corruption in corruptions
    ]
    work = [(corruption, rows) for corruption, rows in work if rows.rows]
    corrupted: list[Corrupted] = []
    for place, (corruption, rows) in enumerate(work):

        def part(share: float, words: str, place: int = place, name: str = corruption.name) -> None:
            if progress is not None:
                progress((place + share) / len(work), f"{name}: {words}")

        kept = _kept_in(out, corruption) if out is not None else None
        predictions = predict_rows(
            rows, detectors, out=kept, walk=replace(walk, corruption=corruption), progress=part
        )
        corrupted.append(Corrupted(corruption, predictions))
    return corrupted


def kept_corrupted(
    out: Path, photos: Sequence[Corruption] = OF_PHOTOS, videos: Sequence[Corruption] = OF_VIDEOS
) -> list[Corrupted]:
    """What an evaluation kept beside its predictions `out`; DetectorError where there is nothing."""
    corrupted = []
    for kind, corruptions in (("photo", photos), ("video", videos)):
        for corruption in corruptions:
            path = _kept_in(out, corruption)
            predictions = read_predictions(path).of_kind(kind) if path.exists() else Predictions.of(())
            corrupted += [Corrupted(corruption, predictions)] if len(predictions) else []
    if not corrupted:
        raise DetectorError(
            f"{_kept_in(out, photos[0]).parent} holds no predictions after corruption: evaluate --robustness"
            " keeps them"
        )
    return corrupted


def _kept_in(out: Path, corruption: Corruption) -> Path:
    return out.with_name(f"{out.stem}.robustness") / f"{corruption.slug}.csv"


def after_corruption(
    plain: Sequence[Prediction],
    corrupted: Sequence[Prediction],
    thresholds: Thresholds,
    corruption: str,
    resamples: int = RESAMPLES,
    random_seed: int = 0,
) -> AfterCorruption:
    """The metrics of one detector: its predictions before and after, of which those of the same file are
    compared.
    """
    before, after = (Predictions.of(part).resampled(resamples, random_seed) for part in (plain, corrupted))
    places = {file: place for place, file in enumerate(before.file) if before.judged[place]}
    tried = after.take(np.array([file in places for file in after.file], dtype=bool))
    new = tried.take(tried.judged)
    old = before.take(np.array([places[file] for file in new.file], dtype=np.intp))
    auc, auc_before = _mean_auc(new), _mean_auc(old)
    aucs = {part.name: _estimate(auc_resampled(new, part.compared), new) for part in sets_of(new)}
    return AfterCorruption(
        corruption=corruption,
        files=len(new),
        lost=len(tried) - len(new),
        auc=_estimate(auc, new),
        auc_change=_estimate(auc - auc_before, new),
        sets={name: auc_of_set for name, auc_of_set in aucs.items() if auc_of_set is not None},
        over_t=_share_of_reals(new, new.p_fake > thresholds.t),
        likely_fake=_share_of_reals(new, new.verdict == Verdict.LIKELY_FAKE),
        rank_correlation=_rank_correlation(old, new),
        p_fake_change=float(np.abs(new.p_fake - old.p_fake).mean()) if len(new) else None,
        verdict_changed=float((new.verdict != old.verdict).mean()) if len(new) else None,
    )


def uncorrupted(
    plain: Sequence[Prediction], thresholds: Thresholds, resamples: int = RESAMPLES, random_seed: int = 0
) -> AfterCorruption:
    """The same metrics before any corruption, where nothing has changed."""
    before = after_corruption(plain, plain, thresholds, "none", resamples, random_seed)
    return replace(before, auc_change=None, rank_correlation=None, p_fake_change=None, verdict_changed=None)


def _mean_auc(table: Predictions) -> Array:
    """The mean over the sets of their AUC, plain and then of every resample, (1 + D,); NaN where no set has
    one.
    """
    aucs = [auc_resampled(table, part.compared) for part in sets_of(table)]
    known = [auc for auc in aucs if np.isfinite(auc[0])]
    return np.asarray(np.mean(known, axis=0)) if known else np.full(1 + table.resamples, np.nan)


def _estimate(resampled: Array, table: Predictions) -> Estimate | None:
    return with_interval(float(resampled[0]), resampled[1:], list(table.owner))


def _share_of_reals(table: Predictions, hits: Mask) -> Estimate | None:
    reals = np.flatnonzero(table.label == 0)
    return estimate(
        lambda weights: weighted_rate(hits[reals], weights), table.weights_at(reals), table.owners(reals)
    )


def _rank_correlation(before: Predictions, after: Predictions) -> float | None:
    if len(after) < FEWEST_RANKED or min(len(set(before.order)), len(set(after.order))) < 2:
        return None
    return float(spearmanr(before.order, after.order).statistic)


def robustness_of(
    detectors: Sequence[DetectorInfo],
    plain: Sequence[Prediction],
    corrupted: Sequence[Corrupted],
    resamples: int = RESAMPLES,
    random_seed: int = 0,
) -> Robustness:
    """The metrics of all detectors before and after each corruption, photos and videos by themselves."""
    table = Predictions.of(plain)
    kinds = []
    for kind in ("photo", "video"):
        after = [judged for judged in corrupted if (judged.predictions.kind == kind).any()]
        if not after:
            continue
        of_kind = table.of_kind(kind)
        by_detector = {}
        for info in detectors:
            own = of_kind.of_detector(info.name)
            rows = [uncorrupted(own, info.thresholds, resamples, random_seed)]
            for judged in after:
                again = judged.predictions.of_detector(info.name)
                name = judged.corruption.name
                rows.append(after_corruption(own, again, info.thresholds, name, resamples, random_seed))
            by_detector[info.name] = tuple(rows)
        kinds.append(RobustnessOfKind(kind, tuple(judged.corruption for judged in after), by_detector))
    return Robustness(random_seed, tuple(kinds))
