"""Drawn people, and a finder that knows them: bright faces on a dark ground, at places known by hand."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from detector.faces.finder import AVERAGE_FACE, PATCH_MARGIN, FinderOptions
from detector.faces.quality import measure
from detector.structures import Face, Frame, Image

TILE = 384
"""Pixels of a drawing's height, and of its width for each person, whose face is in the middle."""

BLOCK = 8
"""Side in pixels of the squares of one colour that ground and faces are made of; as large as H.264's."""

GROUND, SKIN, BRIGHT = (0, 70), (150, 230), 110
"""Levels of the squares, and what lies between the two when compressed."""


@dataclass(frozen=True)
class Person:
    """A face `height` pixels high and less wide, whose colours are drawn from `seed`; `altered`: with the
    colours of another inside, as in a fake.
    """

    seed: int
    height: int
    altered: bool = False

    @property
    def width(self) -> int:
        return self.height - 3 * BLOCK


ANN, BEN, CLEO = Person(1, 120), Person(2, 144), Person(3, 96)
ANN_FAKE, BEN_FAKE = replace(ANN, altered=True), replace(BEN, altered=True)


def draw(*people: Person) -> Image:
    """(384, 384 N, 3) uint8 RGB: N people side by side; of none, the ground alone, for one."""
    image = _squares(0, TILE, TILE * max(1, len(people)), GROUND)
    for place, person in enumerate(people):
        top, left = (TILE - person.height) // 2, TILE * place + (TILE - person.width) // 2
        image[top : top + person.height, left : left + person.width] = _draw_face(person)
    return image


@dataclass(frozen=True)
class DrawnFinder:
    """Finds the faces of `draw`, largest first, after compression too; heeds `min_side_px` alone."""

    options: FinderOptions = FinderOptions()

    def find(self, frame: Frame) -> list[Face]:
        luma = cv2.cvtColor(frame.image, cv2.COLOR_RGB2GRAY)
        _, _, parts, _ = cv2.connectedComponentsWithStats((luma > BRIGHT).astype(np.uint8))
        boxes = [(x, y, x + w, y + h) for x, y, w, h, _ in parts[1:] if max(w, h) >= self.options.min_side_px]
        return [_face(frame, *box) for box in sorted(boxes, key=lambda box: box[1] - box[3])]


def _squares(seed: int, height: int, width: int, levels: tuple[int, int]) -> Image:
    small = np.random.default_rng(seed).integers(
        *levels, (height // BLOCK, width // BLOCK, 3), dtype=np.uint8
    )
    return small.repeat(BLOCK, axis=0).repeat(BLOCK, axis=1)


def _draw_face(person: Person) -> Image:
    """The squares, with dark eyes, nose and corners of the mouth where an average face has them."""
    face = _squares(person.seed, person.height, person.width, SKIN)
    if person.altered:
        inside = np.s_[2 * BLOCK : -2 * BLOCK, 2 * BLOCK : -2 * BLOCK]
        face[inside] = _squares(person.seed + 100, person.height, person.width, SKIN)[inside]
    for x, y in AVERAGE_FACE * (person.width, person.height):
        cv2.circle(face, (round(x), round(y)), BLOCK // 2, (20, 20, 20), -1)
    return face


def _face(frame: Frame, x1: int, y1: int, x2: int, y2: int) -> Face:
    """The face in the box, its patch cut as the finder cuts it: square, with half the longer side around."""
    half = (0.5 + PATCH_MARGIN) * max(x2 - x1, y2 - y1)
    centre_x, centre_y = (x1 + x2) / 2, (y1 + y2) / 2
    left, top = max(0, round(centre_x - half)), max(0, round(centre_y - half))
    patch = frame.image[top : round(centre_y + half), left : round(centre_x + half)].copy()
    box, origin = np.array([x1, y1, x2, y2], np.float32), np.array([left, top], np.float32)
    landmarks = (box[:2] + AVERAGE_FACE * (box[2:] - box[:2])).astype(np.float32)
    return Face(
        box=box,
        finder_score=1.0,
        landmarks=landmarks,
        patch=patch,
        patch_origin=(left, top),
        quality=measure(patch, box - np.tile(origin, 2), landmarks - origin),
        frame_index=frame.index,
        time_s=frame.time_s,
    )
