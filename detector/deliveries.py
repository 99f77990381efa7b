"""The same face as it is after common ways to pass a picture on, judged anew: whether the answer stays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from detector.conditions import conditions_of
from detector.faces.quality import measure
from detector.perturb import DELIVERIES, Corruption, Step, corrupt
from detector.pipeline import Detector, judge
from detector.structures import Analysis, Delivered, DeliveryCheck, Face, FaceScore, Frame, Scan

AS_IT_IS = Corruption("as it is", ())

GRID = 16
"""Pixels between the blocks of a JPEG whose chroma is halved: on the frame's own grid the face is saved as
the whole picture would be."""


def check_deliveries(
    score: FaceScore,
    analysis: Analysis,
    detector: Detector,
    deliveries: Sequence[Corruption] = DELIVERIES,
) -> DeliveryCheck:
    """What `detector` says of the face of `score`, one of `analysis`, after each of the `deliveries`."""
    ways = (AS_IT_IS, *deliveries)
    faces = tuple(replace(saved_again(score.face, way.steps), track_id=None) for way in ways)
    scan = Scan(analysis.media, Frame(score.face.patch), faces, frames_read=1)
    by_face = {id(judged.face): judged for judged in judge(scan, detector).face_scores}
    first, *others = (_delivered(way.name, by_face[id(face)]) for way, face in zip(ways, faces, strict=True))
    return DeliveryCheck(first, tuple(others))


def _delivered(name: str, score: FaceScore) -> Delivered:
    assert score.evidence is not None  # a judged face always has it, fitted or not
    return Delivered(name, score.logit, score.evidence)


def saved_again(face: Face, steps: Sequence[Step]) -> Face:
    """`face`, in its place, as it is after `steps` on its picture; quality and conditions are measured anew.

    Only the patch is changed, on the grid of the picture; what lies around it is taken for its edge.
    """
    if not steps:
        return face
    height, width = face.patch.shape[:2]
    left, top = (place % GRID for place in face.patch_origin)
    right, bottom = -(left + width) % GRID, -(top + height) % GRID
    padded = np.pad(face.patch, ((top, bottom), (left, right), (0, 0)), mode="edge")
    changed = corrupt(padded, steps, np.random.default_rng(0))
    patch = np.ascontiguousarray(changed[top : top + height, left : left + width])
    origin = np.array(face.patch_origin, dtype=np.float32)
    landmarks = None if face.whole_picture else face.landmarks - origin
    quality = measure(patch, face.box - np.tile(origin, 2), landmarks)
    again = replace(face, patch=patch, quality=quality)
    return replace(again, conditions=conditions_of(again))
