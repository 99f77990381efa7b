"""Two detectors on the same files: the difference of their AUCs, and how likely it is by chance.

Interval and p-value are those of the cluster bootstrap (Field and Welsh, J. R. Stat. Soc. B 69, 2007), every
resample the same groups for both detectors; p is twice the smaller share of resamples on one side of no
difference, one added above and below (Davison and Hinkley, "Bootstrap Methods and their Application", 1997).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations

import numpy as np

from detector.evaluate.metrics import (
    FEWEST_RESAMPLES,
    RESAMPLES,
    Array,
    Estimate,
    plain_and_resampled,
    weighted_auc,
    with_interval,
)
from detector.evaluate.predictions import Prediction, Predictions, Rows
from detector.evaluate.slices import Slice, sets_of, whole_of

MEAN_OF_SETS = "mean over sets with fakes"


@dataclass(frozen=True)
class Difference:
    """How much more the AUC of `second` is than that of `first` on the `files` that both judged; None: no
    answer.

    `p_bootstrap` is None where the files are of one group.
    """

    first: str
    second: str
    name: str
    files: int
    auc_of_first: float
    auc_of_second: float
    difference: Estimate
    p_bootstrap: float | None


def differences(
    predictions: Sequence[Prediction],
    names: Sequence[str],
    resamples: int = RESAMPLES,
    random_seed: int = 0,
) -> tuple[Difference, ...]:
    """Every two detectors of `names`: on each set with an AUC, the mean of these, and all files together."""
    table = Predictions.of(predictions).resampled(resamples, random_seed)
    judged = {name: _judged(table.of_detector(name)) for name in names}

    @cache  # the same files for every pair of detectors, but where one judged what another did not
    def ranked(name: str, files: tuple[str, ...]) -> _Ranked:
        places = {file: place for place, file in enumerate(judged[name].file)}
        return _ranked(judged[name].take(np.array([places[file] for file in files])))

    compared: list[Difference] = []
    for first, second in combinations(names, 2):
        both = set(judged[second].file)
        shared = tuple(file for file in judged[first].file if file in both)
        if shared:
            compared += _between((first, second), ranked(first, shared), ranked(second, shared))
    return tuple(compared)


def auc_resampled(table: Predictions, rows: Rows) -> Array:
    """The AUC of the files of `rows`, plain and then of every resample, (1 + D,)."""
    order, labels = table.order[rows], table.label[rows]
    return plain_and_resampled(lambda chosen: weighted_auc(order, labels, chosen), table.weights_at(rows))


@dataclass(frozen=True, eq=False)
class _Ranked:
    """Files by one detector; of each set that has fakes, and of all files last, the AUC and that of every
    resample, (1 + D,).
    """

    table: Predictions
    slices: tuple[Slice, ...]
    aucs: tuple[Array, ...]


def _judged(table: Predictions) -> Predictions:
    return table.take(table.judged)


def _ranked(table: Predictions) -> _Ranked:
    slices = (*sets_of(table), whole_of(table))
    return _Ranked(table, slices, tuple(auc_resampled(table, part.compared) for part in slices))


def _between(names: tuple[str, str], first: _Ranked, second: _Ranked) -> list[Difference]:
    known = [
        part for part in zip(first.slices, first.aucs, second.aucs, strict=True) if np.isfinite(part[1][0])
    ]
    compared = [
        _difference(names, part.name, mine, others, first.table.owners(part.compared))
        for part, mine, others in known
    ]
    of_sets = [(mine, others) for part, mine, others in known if part.kind == "set"]
    if len(of_sets) > 1:
        means = [np.mean(np.stack(aucs), axis=0) for aucs in zip(*of_sets, strict=True)]
        owners = list(first.table.owner)
        compared.insert(len(of_sets), _difference(names, MEAN_OF_SETS, means[0], means[1], owners))
    only_set = len(set(first.table.set)) == 1
    return compared[:1] if only_set else compared  # all files together are that set again


def _difference(
    names: tuple[str, str],
    name: str,
    mine: Array,
    others: Array,
    groups: Sequence[str],
) -> Difference:
    """Of the AUCs of the files and of every resample, (1 + D,) each."""
    gap = others - mine
    difference = with_interval(float(gap[0]), gap[1:], groups)
    assert difference is not None  # both AUCs are known
    has_interval = difference.low is not None
    return Difference(
        first=names[0],
        second=names[1],
        name=name,
        files=len(groups),
        auc_of_first=float(mine[0]),
        auc_of_second=float(others[0]),
        difference=difference,
        p_bootstrap=_p_of(gap[1:]) if has_interval else None,
    )


def _p_of(drawn: Array) -> float | None:
    known = drawn[np.isfinite(drawn)]
    if len(known) < FEWEST_RESAMPLES * len(drawn):
        return None
    side = min((known <= 0).sum(), (known >= 0).sum())
    return float(min(1.0, 2 * (side + 1) / (len(known) + 1)))
