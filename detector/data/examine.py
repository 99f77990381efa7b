"""One photo or video to its face pictures, with box and landmarks in the pixels of the saved picture."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image as Pillow

from detector.errors import DetectorError
from detector.faces.finder import FinderOptions, default_finder
from detector.faces.landmarks import dense68, dense68_available, fitted68
from detector.media.limits import Limits
from detector.pipeline import scan
from detector.structures import Face, Floats, Scan

log = logging.getLogger(__name__)

PICTURES = "pictures"
NO_FACE = "no face found"


@dataclass(frozen=True)
class Job:
    """A file to look at: `name` is its path below the data set's folder, `out` where face pictures go; pickles."""

    path: Path
    name: str
    out: Path
    frames: int
    finder: FinderOptions
    limits: Limits


@dataclass(frozen=True, eq=False)
class Cut:
    """A saved face picture: `file` below `out`; `box` (4,), `five` (5, 2) by MTCNN and `points68` (68, 2), all in its pixels."""

    file: str
    width: int
    height: int
    box: Floats
    score: float
    five: Floats
    points68: Floats


@dataclass(frozen=True, eq=False)
class Found:
    """What a file gave: its pictures, or a `reason` in words why there is none. `faceless` frames of a video show no chosen face."""

    name: str
    bytes: int
    cuts: tuple[Cut, ...] = ()
    faceless: int = 0
    reason: str = ""


def examine(job: Job) -> Found:
    """Find the face of a file's every frame and save it as PNG, which adds nothing to what the data set's own compression left."""
    size = job.path.stat().st_size if job.path.exists() else 0
    try:
        scanned = scan(job.path, frames=job.frames, limits=job.limits, finder=default_finder(job.finder))
    except DetectorError as fault:
        return Found(job.name, size, reason=str(fault))
    except Exception as fault:  # one bad file never stops the rest; the log says where the bug is
        log.exception("%s broke the preparation", job.path)
        return Found(job.name, size, reason=f"{job.path.name} broke the preparation ({type(fault).__name__}: {fault})")
    faces = chosen_faces(scanned)
    if not faces:
        return Found(job.name, size, reason=NO_FACE)
    is_video = scanned.media.kind == "video"
    cuts = tuple(_save(face, job, f"_{face.frame_index}" if is_video else "") for face in faces)
    return Found(job.name, size, cuts, faceless=scanned.frames_read - len(faces))


def chosen_faces(scanned: Scan) -> list[Face]:
    """One face a frame: of a tracked video the person seen longest (of several the largest), else the largest of each frame."""
    faces = list(scanned.faces)
    if scanned.tracked and faces:
        of_track: dict[int | None, list[Face]] = {}
        for face in faces:
            of_track.setdefault(face.track_id, []).append(face)
        faces = max(of_track.values(), key=lambda seen: (len(seen), sum(face.quality.size_px for face in seen)))
    largest: dict[int, Face] = {}
    for face in faces:  # largest first within a frame
        largest.setdefault(face.frame_index, face)
    return list(largest.values())


def _save(face: Face, job: Job, mark: str) -> Cut:
    """Write the face's own patch: the box and half its longer side around it, as far as the frame goes."""
    file = f"{PICTURES}/{job.name}{mark}.png"
    path = job.out / file
    path.parent.mkdir(parents=True, exist_ok=True)
    Pillow.fromarray(face.patch).save(path)
    origin = np.array(face.patch_origin, dtype=np.float32)
    box, five = face.box - np.tile(origin, 2), face.landmarks - origin
    points68 = dense68(face.patch, box) if dense68_available() else fitted68(five)
    height, width = face.patch.shape[:2]
    return Cut(file, width, height, box, face.finder_score, five, points68)
