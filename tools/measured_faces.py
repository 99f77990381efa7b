"""Every face of an index as it is and changed, with the measures that conditions are told by."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from detector.conditions import Measures, judged, measure
from detector.data.labels import Row, read_index
from detector.engines import PYTORCH
from detector.evidence import Variant
from detector.faces.finder import cut_face
from detector.media import open as open_media
from detector.perturb import h264
from detector.pipeline import load_detector
from detector.publish.scores import column_of, judge_faces
from detector.structures import Condition, Face, Frame, Image
from detector.weights import find_weights, read_manifest

EVERY = 6
"""Of pictures so many apart the slow changes are made."""
CARTOON, PENCIL, H264 = "cartoon", "pencil", "H.264 at rate 40"


@dataclass(frozen=True)
class Measured:
    """One face: what the index says of it, how its picture was changed, its measures, and the logits of what
    ships.
    """

    row: Row
    variant: str
    measures: Measures
    logits: dict[str, float]

    @property
    def owner(self) -> str:
        """The person or video."""
        return f"{self.row.source} {self.row.group}"

    @property
    def told(self) -> frozenset[Condition]:
        """The conditions that its measures tell."""
        return judged(self.measures)


def gather(index: Path, work: Path) -> tuple[list[Measured], float]:
    """Every face with its measures, and the milliseconds of one core that measuring one takes (median)."""
    columns = {
        column_of(detector): detector.spec.name
        for detector in (load_detector(name, PYTORCH) for name in read_manifest(find_weights()))
    }
    faces: list[Measured] = []
    seconds: list[float] = []

    def add(row: Row, variant: str, face: Face, logits: dict[str, float]) -> None:
        started = time.process_time()
        measures = measure(face)
        seconds.append(time.process_time() - started)
        faces.append(Measured(row, variant, measures, logits))

    variants = (Variant.PLAIN, Variant.JPEG_30, Variant.SMALL_48)
    for number, one in enumerate(judge_faces(read_index(index), [], work, variants)):
        logits = {name: one.logits[column] for column, name in columns.items() if column in one.logits}
        add(one.row, one.variant, one.face, logits)
        if one.variant is Variant.PLAIN and number % (len(variants) * EVERY) == 0:
            image = next(iter(open_media(index.parent / one.row.file).frames)).image
            for name, change in SLOW.items():
                frame = Frame(change(image))
                face = cut_face(frame, one.face.box, one.face.landmarks, one.face.finder_score)
                add(one.row, name, face, {})
        if number % 300 == 0:
            print(f"{number} faces", file=sys.stderr)
    return faces, 1000 * float(np.median(seconds))


def cartoon(image: Image) -> Image:
    """Few colours between black lines."""
    smooth = image
    for _ in range(3):
        smooth = np.asarray(cv2.bilateralFilter(smooth, 7, 60, 5), dtype=np.uint8)
    grey = cv2.medianBlur(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), 5)
    lines = cv2.adaptiveThreshold(grey, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY, 9, 4)
    colours = smooth // 32 * 32 + 16
    return np.asarray(cv2.bitwise_and(colours, colours, mask=lines), dtype=np.uint8)


SLOW: dict[str, Callable[[Image], Image]] = {
    str(Variant.DRAWN): lambda image: np.asarray(cv2.stylization(image, sigma_s=60, sigma_r=0.45), np.uint8),
    CARTOON: cartoon,
    PENCIL: lambda image: np.asarray(cv2.pencilSketch(image, sigma_s=60, sigma_r=0.07)[1], np.uint8),
    H264: lambda image: h264(image, 40),
}
