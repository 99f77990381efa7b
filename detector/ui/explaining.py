"""What explains an answer: the maps of a face, and the report on a file, by the detector that gave it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from detector.structures import Crop, FaceScore, Image

if TYPE_CHECKING:  # torch is imported by the first call that needs it, so that the page is up before
    from detector.explain.maps import Method
    from detector.explain.trust import TrustFile
    from detector.pipeline import Detector
    from detector.ui.visits import Looked

LAYER_PX = 480
"""Side of a map on the page: its contours stay sharp there."""


@dataclass(frozen=True, eq=False)
class Layer:
    """A map of one face by `method`: an image (S, S, 4) uint8 RGBA to be laid over the crop, its caption,
    what stands for it where it is not seen, and how far to trust it. Without an image, `missing` says why.
    """

    method: str
    image: Image | None
    caption: str = ""
    alt: str = ""
    missing: str = ""
    trust: str = ""


@dataclass(frozen=True, eq=False)
class Maps:
    """A face as the network got it, and what is laid over it: what pushed, then what was attended to."""

    crop: Crop
    layers: tuple[Layer, ...]


def maps_of(score: FaceScore, detector: Detector, weights: Path) -> Maps:
    """What pushed `detector` in a face, by the method that measured best (in the folder `weights`), and what
    it attended to.
    """
    from detector.explain.maps import Method
    from detector.explain.trust import default_method, read_trust
    from detector.faces.crop import crop_face

    measured = read_trust(weights)
    crop = crop_face(score.face, detector.input)
    methods = (default_method(detector, measured), Method.ATTENTION)
    return Maps(crop, tuple(_layer(crop, detector, method, measured) for method in methods))


def _layer(crop: Crop, detector: Detector, method: Method, measured: TrustFile) -> Layer:
    from detector.explain import overlay, regions, words
    from detector.explain.heatmap import heatmap, lack
    from detector.explain.trust import trust_of

    missing = lack(detector, method)
    if missing is not None:
        return Layer(method, None, missing=words.lack_words(missing))
    heat = heatmap(crop, detector, method)
    reading = regions.read(heat, crop)
    return Layer(
        method,
        overlay.layer(heat, LAYER_PX),
        words.caption(reading),
        words.alt_text(reading),
        trust=words.trust_words(trust_of(detector, method, measured)),
    )


def report_of(looked: Looked, detector: Detector, weights: Path, settings: Mapping[str, int]) -> str:
    """The report for people on a file, one page of HTML: headed by `detector`, with its maps."""
    from detector.dossier import Judgement, file_report, with_maps
    from detector.explain.trust import read_trust

    shown = with_maps(looked.analysis, detector, read_trust(weights))
    others = [Judgement(other) for name, other in looked.analyses.items() if name != looked.detector]
    return file_report(looked.scan, [shown, *others], settings, looked.name)
