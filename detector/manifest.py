"""What the manifest says of one detector: the file, what made it, how it is calibrated, and what was measured
of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from detector.structures import Calibration, Seen, Thresholds

Precision = Literal["fp16", "fp32", "1 bit + fp16"]
"""Of the numbers in a file; the last: binary weights as bits, the other parameters as fp16
(`detector.zoo.bnext.packing`).
"""


@dataclass(frozen=True)
class TrainedInput:
    """The input the weights were trained with; it replaces the published one of the spec."""

    size: int
    margin: float


@dataclass(frozen=True)
class TrainedOn:
    """What made the weights.

    `start` is the file that training began from, as its recipe names it: that of a shipped detector, whose
    pictures `pictures` does not count, or weights that saw no training picture; None: random, or not known.
    """

    sources: tuple[str, ...]
    pictures: int
    steps: int
    recipe: str
    commit: str
    hardware: str
    hours: float
    start: str | None = None


@dataclass(frozen=True)
class Figure:
    """A measurement on one source or set of `n` pictures; `interval` is the 95 % one of `auc`.

    Of reals only: no `auc`, but `false_positives` (share at t) and `over_hi` (share called likely fake).
    """

    n: int
    auc: float | None = None
    ap: float | None = None
    interval: tuple[float, ...] | None = None
    false_positives: float | None = None
    over_hi: float | None = None


def mean_auc(figures: Mapping[str, Figure]) -> float | None:
    """The mean over the sources or sets that have fakes, weighted alike; None where there are none."""
    aucs = [figure.auc for figure in figures.values() if figure.auc is not None]
    return sum(aucs) / len(aucs) if aucs else None


@dataclass(frozen=True)
class CommittedFigure:
    """Share of pictures given more than `uncertain`, and share of those that is wrong, with the band fitted
    without them.
    """

    n: int
    committed: float
    wrong: float | None = None


@dataclass(frozen=True)
class Summary:
    """One part of the development data as a whole: `files` judged of `groups` people or videos.

    `auc` is the mean over `parts` sources or sets with fakes, each weighted alike. `committed` is the share
    of files given more than `uncertain`, `sure` their number, `wrong` the share of those that is wrong,
    classes and sets weighted alike (None of none). Intervals are of 95 %: of `auc` by bootstrap over groups,
    of `wrong` by Wilson's rule with as many trials as groups. `band` says which one judged.
    """

    files: int
    groups: int
    parts: int
    auc: float | None
    interval: tuple[float, ...] | None
    committed: float
    sure: int
    wrong: float | None
    wrong_interval: tuple[float, ...] | None
    band: str


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
    """Figures by source of `test` and by set of `cross`; expected calibration error and committed verdicts by
    what they stand on.

    `summary` is by `test`, `cross` and `videos`. `fits` is by what was measured on (`tune`, `test`, `cross`)
    and then by way of calibrating (`evaluate.calibration`), `cuts` by the rule that chose the threshold
    (`evaluate.cuts`).
    """

    test: Mapping[str, Figure] = field(default_factory=dict)
    cross: Mapping[str, Figure] = field(default_factory=dict)
    ece: Mapping[str, float] = field(default_factory=dict)
    committed: Mapping[str, CommittedFigure] = field(default_factory=dict)
    summary: Mapping[str, Summary] = field(default_factory=dict)
    fits: Mapping[str, Mapping[str, Fit]] = field(default_factory=dict)
    cuts: Mapping[str, Cut] = field(default_factory=dict)


@dataclass(frozen=True)
class Entry:
    """What a training run yields: one detector of the manifest.

    `params` counts, `gmacs` are 1e9 multiply-adds a face, `golden` the logits of the whole of
    assets/golden.png resized to the input. `head` holds the widths of the dense layers where the recipe chose
    others than the spec's, `seen` what the faces were like that the calibration was fitted on (None: not
    measured).
    """

    file: str
    sha256: str
    bytes: int
    params: int
    gmacs: float
    precision: Precision
    input: TrainedInput
    golden: tuple[float, ...]
    trained_on: TrainedOn
    calibration: Calibration
    thresholds: Thresholds
    metrics: Metrics = Metrics()
    head: tuple[int, ...] = ()
    seen: Seen | None = None

    def __post_init__(self) -> None:
        if Path(self.file).name != self.file or not self.file.endswith(".safetensors"):
            raise ValueError(f"file {self.file!r} is not the plain name of a .safetensors file")
        if len(self.sha256) != 64 or set(self.sha256) - set("0123456789abcdef"):
            raise ValueError(f"sha256 {self.sha256!r} is not 64 lower-case hexadecimal digits")
        if self.input.size < 1 or self.input.margin < 0:
            raise ValueError(f"input of {self.input.size} px with margin {self.input.margin} is impossible")
        if self.calibration.a <= 0:
            raise ValueError(
                f"calibration.a {self.calibration.a} is not positive, so p_fake would not rise with the logit"
            )
