"""The camera live: a frame's faces, found and judged by the default detector, and nothing kept."""

from __future__ import annotations

import base64
import binascii
from dataclasses import replace
from typing import TypedDict

import cv2
import numpy as np

from detector.structures import Frame, Image, MediaInfo, Scan
from detector.ui import pictures
from detector.ui.backend import Backend
from detector.ui.evidence import evidence_on
from detector.ui.html import macro

MOST_BYTES = 400_000
"""A frame of the page's own script has a tenth of that."""

MOST_FACES = 4


class Sight(TypedDict):
    """A face of the frame: `place` in percent of its sides (left, top, width, height), and `words`."""

    place: list[float]
    words: str


def glance(backend: Backend, address: str) -> list[Sight]:
    """The faces of a frame that came as a data address; nobody where somebody else is at work: the next frame
    may have better luck.
    """
    image = decoded(address)
    return [] if image is None or backend.lane.busy else _faces(backend, image)


def decoded(address: str) -> Image | None:
    """(H, W, 3) uint8 RGB of a JPEG's data address; None of anything else, and of what is too large."""
    _, comma, body = address.partition(";base64,")
    if not comma or len(body) > MOST_BYTES:
        return None
    try:
        encoded = np.frombuffer(base64.b64decode(body, validate=True), dtype=np.uint8)
    except binascii.Error:
        return None
    image = cv2.imdecode(encoded, cv2.IMREAD_COLOR) if encoded.size else None
    return None if image is None else np.asarray(image[..., ::-1])


def _faces(backend: Backend, image: Image) -> list[Sight]:
    from detector.conditions import conditions_of

    height, width = image.shape[:2]
    frame = Frame(np.ascontiguousarray(image))
    found = backend.finder().find(frame)[:MOST_FACES]
    faces = tuple(replace(face, conditions=conditions_of(face)) for face in found)
    media = MediaInfo("camera", "photo", "0" * 64, 0, "JPEG", width, height)
    name = backend.default()
    answer = backend.judge(Scan(media, frame, faces, frames_read=1), name)
    told: list[Sight] = []
    for score in answer.face_scores:
        at, evidence = pictures.place(score.face.box, (height, width)), evidence_on(score, name)
        words = (
            f"{macro('evidence/heading', 'mark', evidence)} {macro('evidence/heading', 'short', evidence)}"
        )
        told.append({"place": [at.left, at.top, at.width, at.height], "words": words})
    return told
