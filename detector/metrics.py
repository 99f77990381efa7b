"""What was measured of one detector, as the manifest keeps it and cards and tables show it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class SourceMetrics:
    """What was measured on one source or set of `n` pictures; `interval` is the 95 % one of `auc`.

    Of reals only: no `auc`, but `false_positives` (share at t).
    """

    n: int
    auc: float | None = None
    ap: float | None = None
    interval: tuple[float, ...] | None = None
    false_positives: float | None = None


def mean_auc(metrics: Mapping[str, SourceMetrics]) -> float | None:
    """The mean over the sources or sets that have fakes, weighted alike; None where there are none."""
    aucs = [source.auc for source in metrics.values() if source.auc is not None]
    return sum(aucs) / len(aucs) if aucs else None


@dataclass(frozen=True)
class WorstCell:
    """The AUC of the fakes of one set against the genuine pictures of another, the lowest of those with
    groups enough; `interval` is the 95 % one of the cell.
    """

    fakes: str
    reals: str
    auc: float
    interval: tuple[float, ...] | None = None


@dataclass(frozen=True)
class Delivery:
    """The mean Cross-AUC after pictures were saved again in one of the ways they commonly come."""

    name: str
    mean: float
    interval: tuple[float, ...] | None = None


@dataclass(frozen=True)
class CrossMetrics:
    """Cross-AUC for one question: `mean` over `cells` (fakes of a set against genuine pictures of a set), the
    pooled AUC as well, with its 95 % `interval`; `worst` None where no cell is large, `worst_delivery` where
    none was measured.
    """

    mean: float
    interval: tuple[float, ...] | None
    cells: int
    worst: WorstCell | None = None
    worst_delivery: Delivery | None = None


@dataclass(frozen=True)
class KindMetrics:
    """The `n` pictures of one kind across datasets, of so many `groups`.

    Of fakes `auc` is against the genuine pictures of every set, sets weighted alike, with its 95 %
    `interval`; of genuine ones `false_alarms` is the share over the cut that flags a tenth of snapshots, None
    where there are no snapshots.
    """

    is_fake: bool
    n: int
    groups: int
    auc: float | None = None
    interval: tuple[float, ...] | None = None
    false_alarms: float | None = None


@dataclass(frozen=True)
class Summary:
    """One part of the development data as a whole: `files` judged of `groups` people or videos.

    `auc` is the mean over `parts` sources or sets with fakes, each weighted alike, `interval` its 95 % one,
    by bootstrap over groups.
    """

    files: int
    groups: int
    parts: int
    auc: float | None
    interval: tuple[float, ...] | None


@dataclass(frozen=True)
class Fit:
    """How near probabilities come to labels: log loss in nats, Brier score, expected calibration error over
    15 bins of equal mass.
    """

    log_loss: float
    brier: float
    ece: float


@dataclass(frozen=True)
class Rates:
    """How many of `fakes` and of `reals` are over a threshold: called fake."""

    fakes: int
    caught: int
    reals: int
    false_alarms: int

    @property
    def recall(self) -> float | None:
        """Share of the fakes that is called fake; None of none."""
        return self.caught / self.fakes if self.fakes else None

    @property
    def false_positive_rate(self) -> float | None:
        """Share of the reals that is called fake; None of none."""
        return self.false_alarms / self.reals if self.reals else None

    @property
    def f1(self) -> float | None:
        """F1 of fake; None where a class is missing."""
        return (
            2 * self.caught / (self.caught + self.false_alarms + self.fakes)
            if self.fakes and self.reals
            else None
        )


@dataclass(frozen=True)
class Cut:
    """A threshold on p_fake that a rule chose on `tune`, and what comes of it there and elsewhere, by `tune`,
    `test`, `cross`.
    """

    t: float
    on: Mapping[str, Rates]


@dataclass(frozen=True)
class Metrics:
    """Metrics by source of `test` and by set of `cross`, Cross-AUC by question, and figures by kind of
    picture; expected calibration error by what it stands on.

    `summary` is by `test`, `cross` and `videos`. `fits` is by what was measured on (`tune`, `test`, `cross`)
    and then by way of calibrating (`evaluate.calibration`), `cuts` by the rule that chose the threshold
    (`evaluate.cuts`).
    """

    test: Mapping[str, SourceMetrics] = field(default_factory=dict)
    cross: Mapping[str, SourceMetrics] = field(default_factory=dict)
    ece: Mapping[str, float] = field(default_factory=dict)
    cross_auc: Mapping[str, CrossMetrics] = field(default_factory=dict)
    kinds: Mapping[str, KindMetrics] = field(default_factory=dict)
    summary: Mapping[str, Summary] = field(default_factory=dict)
    fits: Mapping[str, Mapping[str, Fit]] = field(default_factory=dict)
    cuts: Mapping[str, Cut] = field(default_factory=dict)
