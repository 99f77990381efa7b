"""One photo or video to its face pictures, with box and landmarks in the pixels of the saved picture."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image as Pillow
from scipy.optimize import linear_sum_assignment

from detector.data.journal import NO_FACE, Cut, Found
from detector.data.labelled import Corners
from detector.data.originals import altered_faces, compare
from detector.errors import DetectorError
from detector.faces.finder import FaceFinder
from detector.faces.landmarks import dense68, dense68_available, fitted68
from detector.faces.tracks import overlaps
from detector.media.limits import Limits
from detector.pipeline import scan
from detector.structures import Face, Image, Scan

log = logging.getLogger(__name__)

PICTURES = "pictures"

LEAST_OVERLAP = 0.3
"""Least overlap (IoU) of a found face with the box that a data set has marked; the two finders frame a face
unlike each other.
"""


@dataclass(frozen=True)
class Job:
    """A file to look at: `name` is its path below the data set's folder, `out` where face pictures go;
    pickles.

    `make_finder` gives what finds faces. `boxes` are the faces that are meant, where the data set marks them.
    `original` is the video that it was made of, where that is there; `masks` asks for what differs from it.
    """

    path: Path
    name: str
    out: Path
    frames: int
    make_finder: Callable[[], FaceFinder]
    limits: Limits
    boxes: tuple[Corners, ...] = ()
    original: Path | None = None
    masks: bool = False


@dataclass(frozen=True, eq=False)
class Taken:
    """A face that is saved, with the number of its marked box and its mask (h, w) uint8."""

    face: Face
    number: int = 0
    mask: Image | None = None


@dataclass(frozen=True, eq=False)
class Choice:
    """The faces that are taken of a file, and why some have no mask though one was wanted."""

    taken: tuple[Taken, ...]
    unmasked: str = ""


def examine(job: Job) -> Found:
    """Find the face of a file's every frame and save it as PNG, which adds nothing to what the data set's own
    compression left.
    """
    size = job.path.stat().st_size if job.path.exists() else 0
    try:
        scanned = scan(job.path, frames=job.frames, limits=job.limits, finder=job.make_finder())
        choice = _choose(job, scanned)
    except DetectorError as fault:
        return Found(job.name, size, reason=str(fault))
    except Exception as fault:  # one bad file never stops the rest; the log says where the bug is
        log.exception("%s broke the preparation", job.path)
        return Found(
            job.name, size, reason=f"{job.path.name} broke the preparation ({type(fault).__name__}: {fault})"
        )
    if not choice.taken:
        return Found(job.name, size, reason=NO_FACE, marked=job.boxes)
    is_video = scanned.media.kind == "video"
    cuts = tuple(
        _save(cut, job, f"_{cut.face.frame_index}" if is_video else f"_{cut.number}" * bool(job.boxes))
        for cut in choice.taken
    )
    faceless = scanned.frames_read - len({cut.face.frame_index for cut in choice.taken})
    return Found(job.name, size, cuts, faceless=faceless, marked=job.boxes, unmasked=choice.unmasked)


def _choose(job: Job, scanned: Scan) -> Choice:
    """The faces to be saved: those marked, else those that the original shows to be altered, else those that
    are seen longest.
    """
    if job.boxes:
        return Choice(tuple(faces_in(scanned.faces, job.boxes)))
    usual = tuple(map(Taken, chosen_faces(scanned)))
    several = len(usual) < len(scanned.faces)
    if job.original is None:
        return Choice(usual, "its original is not there" if job.masks and usual else "")
    if not usual or not (several or job.masks):
        return Choice(usual)
    try:
        compared = compare(scanned, job.original, job.limits, job.make_finder() if several else None)
    except DetectorError as fault:
        return Choice(usual, str(fault) if job.masks else "")
    if not compared:
        return Choice(
            usual,
            f"{job.original.name} shows no picture at the times of {job.path.name}" if job.masks else "",
        )
    taken = tuple(
        Taken(comparison.face, mask=comparison.mask if job.masks else None)
        for comparison in altered_faces(compared, scanned.tracked)
    )
    bare = tuple(
        cut for cut in usual if not several and cut.face.time_s not in {seen.face.time_s for seen in taken}
    )
    reason = f"{job.original.name} shows no picture at the times of {len(bare)} frames" if bare else ""
    return Choice((*taken, *bare), reason)


def faces_in(faces: Sequence[Face], boxes: Sequence[Corners]) -> list[Taken]:
    """The faces that fill the marked boxes, at most one each, by the largest overlap on the whole; a box
    without a face is left out.
    """
    if not faces:
        return []
    shared = np.array([overlaps(np.array(box), np.array([face.box for face in faces])) for box in boxes])
    pairs = zip(*linear_sum_assignment(-shared), strict=True)
    return [
        Taken(faces[face], int(number)) for number, face in pairs if shared[number, face] >= LEAST_OVERLAP
    ]


def chosen_faces(scanned: Scan) -> list[Face]:
    """One face a frame: of a tracked video the person seen longest (of several the largest), else the largest
    of each frame.
    """
    faces = list(scanned.faces)
    if scanned.tracked and faces:
        of_track: dict[int | None, list[Face]] = {}
        for face in faces:
            of_track.setdefault(face.track_id, []).append(face)
        faces = max(
            of_track.values(), key=lambda seen: (len(seen), sum(face.quality.size_px for face in seen))
        )
    largest: dict[int, Face] = {}
    for face in faces:  # largest first within a frame
        largest.setdefault(face.frame_index, face)
    return list(largest.values())


def _save(taken: Taken, job: Job, mark: str) -> Cut:
    """Write the face's own patch: the box and half its longer side around it, as far as the frame goes; and
    its mask, where it has one.
    """
    face, stem = taken.face, f"{PICTURES}/{job.name}{mark}"
    path = job.out / f"{stem}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    Pillow.fromarray(face.patch).save(path)
    if taken.mask is not None:
        Pillow.fromarray(taken.mask).save(job.out / f"{stem}.mask.png")
    origin = np.array(face.patch_origin, dtype=np.float32)
    box, five = face.box - np.tile(origin, 2), face.landmarks - origin
    points68 = dense68(face.patch, box) if dense68_available() else fitted68(five)
    height, width = face.patch.shape[:2]
    mask = "" if taken.mask is None else f"{stem}.mask.png"
    return Cut(f"{stem}.png", width, height, box, face.finder_score, five, points68, taken.number, mask)
