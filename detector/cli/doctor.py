"""`doctor`: what of this machine is there, what is missing, what needs mending and how."""

from __future__ import annotations

import argparse
import importlib.util
import os
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from detector import report
from detector.errors import DetectorError
from detector.settings import MEANINGS, PREFIX, Settings, given

if TYPE_CHECKING:
    from detector.pipeline import Detector

GOLDEN_TOLERANCE = 0.02
"""Processors and threads sum in other orders, and the last bits of a logit with them; altered weights miss by
far more.
"""

ROUNDED_TOLERANCE = 0.2
"""Of engines that round, which are offered by their measured AUC."""

DECODERS = ("h264", "hevc", "vp9", "av1", "mpeg2video")

EXTRAS = {
    "pyarrow": "scan --out FILE.parquet",
    "c2pa": "content credentials (C2PA)",
    "skimage": "data prepare",
    "dlib": "68 landmarks for self-blended training pictures",
    "pytorch_lightning": "training",
    "spaces": "a GPU on a ZeroGPU Space",
}


@dataclass(frozen=True)
class Finding:
    """One line: `state` is ok, missing (an extra) or broken."""

    state: str
    what: str
    words: str

    @property
    def broken(self) -> bool:
        """Whether it needs mending."""
        return self.state == "broken"

    def __str__(self) -> str:
        return f"{self.state:8}{self.what:24}{self.words}"


def add_parser(commands: argparse._SubParsersAction[ArgumentParser]) -> None:
    """The arguments of `doctor`."""
    doctor = commands.add_parser("doctor", help="check this machine: versions, weights, codecs, extras")
    doctor.set_defaults(command=doctor_command)


def doctor_command(args: Namespace) -> int:
    """Print what was checked; 1 where something needs mending."""
    sound = True
    for finding in examine():
        print(finding)
        sound = sound and not finding.broken
    return 0 if sound else 1


def examine() -> Iterator[Finding]:
    """All findings, the quick ones first; a fault in one does not hide the others."""
    yield from _packages()
    yield from _threads()
    yield from _codecs()
    yield from _extras()
    yield from _finder()
    yield from _settings()
    yield from _detectors()


def _packages() -> Iterator[Finding]:
    for name, version in report.versions():
        yield (
            Finding("ok", name, version)
            if version
            else Finding("broken", name, "not installed: pip install -r requirements.txt")
        )
    import torchvision

    from detector import torchvision_ops

    supplied = "nms supplied in plain torch" if torchvision_ops.in_use() else "its own"
    yield Finding("ok", "torchvision operators", f"{supplied} ({torchvision.__version__})")


def _threads() -> Iterator[Finding]:
    import torch

    from detector.engines import OPENVINO, default_engine

    capability = torch.backends.cpu.get_cpu_capability()
    yield Finding("ok", "threads", f"{torch.get_num_threads()} of {os.cpu_count()} cores, {capability}")
    chosen = default_engine()
    yield Finding(
        "ok" if chosen == OPENVINO else "missing",
        "engine on a CPU",
        chosen if chosen == OPENVINO else f"{chosen}; faster with pip install openvino onnx",
    )
    graphics = torch.cuda.get_device_name() if torch.cuda.is_available() else "none; the CPU does it"
    yield Finding("ok", "GPU", graphics)


def _codecs() -> Iterator[Finding]:
    import av
    from PIL import features

    lacking = [name for name in DECODERS if name not in av.codecs_available]
    yield Finding(
        "broken" if lacking else "ok",
        "video decoders",
        f"without {', '.join(lacking)}" if lacking else ", ".join(DECODERS),
    )
    encodes = "libx264" in av.codecs_available
    yield Finding(
        "ok" if encodes else "broken",
        "H.264 for the page",
        "libx264" if encodes else "no libx264: install PyAV's own wheel",
    )
    avif = bool(features.check("avif"))
    yield Finding("ok" if avif else "missing", "AVIF", "Pillow" if avif else "this Pillow cannot read it")
    heif = importlib.util.find_spec("pillow_heif") is not None
    yield Finding("ok" if heif else "missing", "HEIC", "pillow-heif" if heif else "pip install pillow-heif")


def _extras() -> Iterator[Finding]:
    for module, use in EXTRAS.items():
        there = importlib.util.find_spec(module) is not None
        yield Finding("ok" if there else "missing", module, use)


def _finder() -> Iterator[Finding]:
    from detector.faces.finder import MtcnnFinder

    try:
        MtcnnFinder()
    except (OSError, RuntimeError) as fault:
        yield Finding(
            "broken",
            "face finder",
            f"MTCNN does not load ({fault}): pip install --force-reinstall facenet-pytorch",
        )
        return
    yield Finding("ok", "face finder", "MTCNN loads")


def _settings() -> Iterator[Finding]:
    try:
        Settings.from_env()
    except DetectorError as fault:
        yield Finding("broken", "settings", str(fault))
    values = given()
    for name, meaning in MEANINGS.items():
        yield Finding("ok", PREFIX + name, f"{values.get(name) or 'not set'}: {meaning}")


def _detectors() -> Iterator[Finding]:
    from detector.engines import installed_engines
    from detector.weights import find_weights, read_manifest

    try:
        folder = find_weights(Settings.from_env().weights)
        manifest = read_manifest(folder)
    except DetectorError as fault:
        yield Finding("broken", "weights", str(fault))
        return
    yield Finding(
        "ok" if manifest else "broken",
        "weights",
        f"{folder} ({len(manifest)} detectors, default {manifest.default})",
    )
    for name in manifest:
        for engine in installed_engines():
            yield _detector(name, engine)


def _detector(name: str, engine: str) -> Finding:
    """Whether a detector loads (its hash is checked by that) and gives on `engine` the logits that were
    written when it was published.
    """
    from detector.engines.golden import golden_logits, golden_picture
    from detector.engines.offers import MEASURED
    from detector.pipeline import load_detector
    from detector.weights import find_assets

    try:
        settings = Settings.from_env()
        detector = load_detector(name, engine, weights=settings.weights, cache=settings.cache)
        logits = golden_logits(detector.engine, detector.input.size, golden_picture(find_assets()))
    except DetectorError as fault:
        return Finding("missing" if engine in MEASURED else "broken", name, f"on {engine}: {fault}")
    off = max(abs(logit - golden) for logit, golden in zip(logits, detector.entry.golden, strict=True))
    words = (
        f"hash {detector.entry.sha256[:12]} verified, golden logits within {off:.1e} on {engine};"
        f" {_evidence(detector)}"
    )
    close = ROUNDED_TOLERANCE if engine in MEASURED else GOLDEN_TOLERANCE
    return Finding("ok" if off <= close else "broken", name, words)


def _evidence(detector: Detector) -> str:
    """What was fitted of a detector's evidence."""
    if detector.fitted is None:
        return "without evidence, so it answers uncertain: publish --refit --cross FOLDER"
    return f"evidence of {detector.fitted.fitted_on}"
