"""What it takes to repeat an evaluation, as values: data, hashes, versions, platform, command; no date, no
path of a machine.
"""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata

import detector as package
from detector.data.labels import Index, split_named
from detector.evaluate.calibration import BINS
from detector.evaluate.metrics import COVERAGE, RESAMPLES
from detector.evaluate.predictions import Predictions
from detector.files import sha256_of

LIBRARIES = (
    "torch",
    "torchvision",
    "timm",
    "facenet-pytorch",
    "numpy",
    "scipy",
    "scikit-learn",
    "opencv-python-headless",
    "av",
    "pillow",
    "pillow-heif",
)


@dataclass(frozen=True)
class Environment:
    """How an evaluation was made; `judging` says how files were scanned and by what engine, or where
    predictions came from.

    `coverage` is that of the intervals, by percentile bootstrap of `resamples` over group; the calibration
    error has `calibration_bins` bins of equal numbers of files.
    """

    command: str
    index: str
    index_sha256: str
    split: str | None
    files: int
    left_out: Mapping[str, int]
    coverage: float
    resamples: int
    random_seed: int
    calibration_bins: int
    judging: Mapping[str, object]
    versions: Mapping[str, str]
    platform: Mapping[str, str]
    file_sha256: Mapping[str, str]


def environment_of(
    index: Index,
    predictions: Predictions,
    *,
    command: str,
    split: str | None = None,
    resamples: int = RESAMPLES,
    random_seed: int = 0,
    judging: Mapping[str, object],
) -> Environment:
    """The environment of an evaluation of `index` in this process."""
    return Environment(
        command=command,
        index=index.path.name,
        index_sha256=sha256_of(index.path),
        split=None if split is None else split_named(split),
        files=len(index.rows),
        left_out={"unlabelled": index.unlabelled, "mechanics": index.mechanics},
        coverage=COVERAGE,
        resamples=resamples,
        random_seed=random_seed,
        calibration_bins=BINS,
        judging=dict(judging),
        versions={
            "detector": package.__version__,
            "python": platform.python_version(),
            **{name: _version(name) for name in LIBRARIES},
        },
        platform={
            "system": platform.system(),
            "machine": platform.machine(),
            "python": platform.python_implementation(),
        },
        file_sha256=dict(zip(predictions.file, predictions.file_sha256, strict=True)),
    )


def _version(library: str) -> str:
    try:
        return metadata.version(library)
    except metadata.PackageNotFoundError:
        return "not installed"
