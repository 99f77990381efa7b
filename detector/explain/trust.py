"""How far each map of each detector can be trusted, as it was measured; and which map is shown."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from detector.errors import WeightsError
from detector.explain.heatmap import methods_of
from detector.explain.maps import Method
from detector.explain.measures import DetectorMaps, MapMeasures, Standing, Trust
from detector.files import write_atomically
from detector.schema import read_as
from detector.weights import find_weights

if TYPE_CHECKING:
    from detector.pipeline import Detector

FILE = "maps.json"
"""Beside the manifest."""

MOST_ALIKE = 0.5
"""Rank correlation with the map of shuffled weights from which a map shows the face rather than what the
network has learned."""


FEWEST_FACES = 30
"""Faces under which a map counts as not measured: of fewer a bootstrap's interval is too narrow."""


MOST_MS = 300.0
"""Time of one core that a map may take which nobody asked for by name."""


@dataclass(frozen=True)
class TrustFile:
    """All detectors measured, by name."""

    detectors: Mapping[str, DetectorMaps] = field(default_factory=dict)


def read_trust(folder: Path | None = None) -> TrustFile:
    """What was measured of the weights in `folder` (None: look); empty where nothing was. WeightsError names
    a fault.
    """
    path = find_weights(folder) / FILE
    try:
        return read_as(TrustFile, msgspec.json.decode(path.read_bytes()))
    except FileNotFoundError:
        return TrustFile()
    except ValueError as fault:
        raise WeightsError(f"{path}: {fault}; make it again by tools/maps_page.py") from None


def write_trust(file: TrustFile, folder: Path) -> None:
    """Put `file` beside the manifest in `folder`, in one step."""
    write_atomically(folder / FILE, json.dumps(asdict(file), indent=1, allow_nan=False) + "\n")


def trust_of(detector: Detector, method: Method, file: TrustFile) -> Trust:
    """How far the map of `detector` by `method` may be trusted."""
    measures = _measured(detector, file).get(method)
    if measures is None:
        return Trust(method, Standing.NOT_MEASURED)
    if not measures.beats_controls:
        return Trust(method, Standing.NO_BETTER, measures)
    alike = measures.likeness.low > MOST_ALIKE
    return Trust(method, Standing.SAME_UNLEARNED if alike else Standing.FAITHFUL, measures)


def default_method(detector: Detector, file: TrustFile, within_ms: float = MOST_MS) -> Method:
    """The signed method with the largest gap between insertion and deletion, of those that take `within_ms`
    at most; where none was measured, Grad-CAM.
    """
    measured = _measured(detector, file)
    eligible = {
        method: measured[method].gap.mean
        for method in methods_of(detector)
        if method.is_signed and method in measured and measured[method].ms <= within_ms
    }
    return max(eligible, key=eligible.__getitem__, default=Method.GRADCAM)


def _measured(detector: Detector, file: TrustFile) -> Mapping[str, MapMeasures]:
    kept = file.detectors.get(detector.info.name)
    if kept is None or kept.sha256 != detector.info.weights_sha256:
        return {}
    return {method: found for method, found in kept.methods.items() if found.faces >= FEWEST_FACES}
