"""What it takes to repeat an evaluation, as plain values: data, hashes, versions, platform, command; no date,
no path of a machine.
"""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path

import detector as package
from detector.evaluate.metrics import COVERAGE
from detector.evaluate.predictions import Index, Prediction
from detector.evaluate.reliability import BINS

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


def facts_of(
    index: Index,
    predictions: Sequence[Prediction],
    *,
    command: str,
    split: str | None,
    draws: int,
    random_seed: int,
    judging: Mapping[str, object],
) -> dict[str, object]:
    """The facts of an evaluation; `judging` says how files were scanned and by what engine, or where
    predictions came from.
    """
    return {
        "command": command,
        "index": index.path.name,
        "index_sha256": sha256_of(index.path),
        "split": split,
        "files": len(index.rows),
        "left_out": {"without a label": index.unlabelled, "mechanics": index.mechanics},
        "interval": f"{COVERAGE:.0%} interval by percentile bootstrap of {draws} draws over group",
        "draws": draws,
        "random_seed": random_seed,
        "calibration_error": f"{BINS} bins of equal numbers of files",
        "judging": dict(judging),
        "versions": {
            "detector": package.__version__,
            "python": platform.python_version(),
            **_library_versions(),
        },
        "platform": {
            "system": platform.system(),
            "machine": platform.machine(),
            "python": platform.python_implementation(),
        },
        "file_sha256": {one.file: one.file_sha256 for one in predictions},
    }


def sha256_of(path: Path) -> str:
    """The hash of a file's content."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _library_versions() -> dict[str, str]:
    found: dict[str, str] = {}
    for name in LIBRARIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found
