"""What the manifest says of one detector: the file, what made it, how it is calibrated, and what was measured
of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from msgspec import Meta

from detector.metrics import Metrics
from detector.structures import Calibration, FittedRange, Thresholds

Precision = Literal["fp16", "fp32", "1 bit + fp16"]
"""Of the numbers in a file; the last: binary weights as bits, the other parameters as fp16
(`detector.zoo.bnext.packing`).
"""


FileName = Annotated[str, Meta(pattern=r"^[^/\\]+\.safetensors$", description="a plain name of .safetensors")]
EvidenceName = Annotated[
    str, Meta(pattern=r"^[^/\\]+\.evidence\.json$", description="a plain name of .evidence.json")
]
Sha256 = Annotated[str, Meta(pattern="^[0-9a-f]{64}$", description="64 lower-case hexadecimal digits")]


@dataclass(frozen=True)
class TrainedInput:
    """The input the weights were trained with, `size` in pixels; it replaces that of the spec."""

    size: Annotated[int, Meta(ge=1)]
    margin: Annotated[float, Meta(ge=0)]


OWN_RECIPE = ".recipe.json"
"""How the file of the recipe ends that a run of its own was made by: after the detector's name."""


@dataclass(frozen=True)
class TrainedOn:
    """What made the weights.

    `samples` were drawn in `steps`, most pictures many times over; `pictures` is how many different ones
    there were to draw from, None where the run did not count them. `recipe` is the run's own, beside the
    weights; of entries made before that was kept, the shipped recipe nearest to it. `start` is the file that
    training began from, as its recipe names it: that of a shipped detector, whose samples `samples` does not
    count, or weights that saw no training picture; None: random, or not known. `averaged` are the files whose
    mean the weights are, the recipe being that of one run among them; empty: they are those of that run.
    """

    sources: tuple[str, ...]
    samples: int
    steps: int
    recipe: str
    commit: str
    hardware: str
    hours: float
    start: str | None = None
    pictures: int | None = None
    averaged: tuple[str, ...] = ()

    @property
    def has_own_recipe(self) -> bool:
        """Whether the recipe lies beside the weights."""
        return self.recipe.endswith(OWN_RECIPE)


@dataclass(frozen=True)
class Speed:
    """How long one face takes, from crop to logit, on the `engine` and `hardware` named (of a processor one
    core): the shortest of several runs.
    """

    ms: Annotated[float, Meta(gt=0)]
    engine: str
    hardware: str


@dataclass(frozen=True)
class EvidenceFile:
    """The file of fitted evidence beside the weights, called by its content as they are."""

    file: EvidenceName
    sha256: Sha256


@dataclass(frozen=True)
class Entry:
    """What a training run yields: one detector of the manifest.

    `params` counts, `gmacs` are 1e9 multiply-adds a face, `golden` the logits of the whole of
    assets/golden.png resized to the input. `head` holds the widths of the dense layers where the recipe chose
    others than the spec's, `seen` what the faces were like that the calibration was fitted on, `speed` how
    long a face takes (None: not measured). `evidence` is None where none was fitted: published without
    `cross`.
    """

    file: FileName
    sha256: Sha256
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
    seen: FittedRange | None = None
    speed: Speed | None = None
    evidence: EvidenceFile | None = None

    def __post_init__(self) -> None:
        if self.calibration.a <= 0:
            raise ValueError(
                f"calibration.a {self.calibration.a} is not positive, so p_fake would not rise with the logit"
            )


@dataclass(frozen=True)
class Manifest(Mapping[str, Entry]):
    """The trained detectors by name; `default` is what every door takes when none is asked for."""

    entries: Mapping[str, Entry]
    default: str | None = None

    def __getitem__(self, name: str) -> Entry:
        return self.entries[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)


FORMER_NAMES = {"val": "test"}
"""What keys of the metrics were called by earlier versions; read, never written."""

OF_THE_BAND = frozenset(
    {"lo", "hi", "committed", "selective", "over_hi", "coverage", "covered", "risk", "risk_interval", "band"}
    | {"sure", "wrong", "wrong_interval"}
)
"""Keys of thresholds and metrics that earlier versions wrote of an uncertain band; passed over."""


def present_form(raw: Mapping[str, object]) -> dict[str, object]:
    """An entry as JSON has it, what earlier versions wrote in the form of this one: `golden` as a number
    alone, metrics under former names, an uncertain band, and samples counted as pictures.
    """
    golden = raw.get("golden")
    single = isinstance(golden, int | float)
    return {
        **raw,
        **({"golden": [golden]} if single else {}),
        **({"trained_on": _counted_anew(raw["trained_on"])} if "trained_on" in raw else {}),
        **{key: _without_band(raw[key]) for key in ("thresholds", "metrics") if key in raw},
    }


def _counted_anew(raw: object) -> object:
    """What made the weights; before samples had a key of their own, `pictures` counted them."""
    if not isinstance(raw, dict) or "samples" in raw or "pictures" not in raw:
        return raw
    return {**raw, "samples": raw["pictures"], "pictures": None}


def _without_band(raw: object) -> object:
    """Thresholds or metrics under the names of this version, without what was said of a band."""
    if not isinstance(raw, dict):
        return raw
    return {
        FORMER_NAMES.get(key, key): _without_band(value)
        for key, value in raw.items()
        if key not in OF_THE_BAND
    }
