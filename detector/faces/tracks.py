"""Faces of single frames to tracks: one person followed over neighbouring samples of a video."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from detector.structures import Face, Floats

LONGEST_STEP_S = 0.6
"""Neighbouring samples farther apart cannot be linked by overlap (design 6)."""

LONGEST_MISS_S = 1.25
"""A track waits this long to be seen again: at the widest step one missed detection, at 0.3 s three."""

LEAST_OVERLAP = 0.3
"""Least overlap (IoU) of a person's boxes in neighbouring samples."""

MOST_CHANGE = 35.0
"""Most change of a person's colours between sightings: mean absolute difference of the boxes at 8 x 8 pixels,
0..255. A hard cut can put another face where one was. Measured on four clips at steps of 0.4 s: 37, 49 and 56
over cuts with enough overlap, at most 33 and mostly under 15 for one person. Cutting a track in two costs
less than mixing two people."""


@dataclass(frozen=True, eq=False)
class Linked:
    """`faces` as they were given, with `track_id` set when `tracked`."""

    faces: tuple[Face, ...]
    tracked: bool


@dataclass(frozen=True, eq=False)
class _Track:
    """One person so far: the face last seen, and its colours (8, 8, 3)."""

    track_id: int
    face: Face
    colours: NDArray[np.float64]


def link(faces: Sequence[Face], times_s: Sequence[float]) -> Linked:
    """Link faces of neighbouring samples into tracks, numbered from 0 by first appearance.

    `times_s` are the times of all frames read, those without a face too. A clip is tracked when the median
    step between them is at most `LONGEST_STEP_S`; a single longer step (a hole in the timeline) ends the
    tracks there and leaves the rest tracked. With fewer than two frames nothing is tracked.
    """
    times = sorted(set(times_s))
    unknown = {face.time_s for face in faces} - set(times)
    if unknown:
        raise ValueError(f"faces at {sorted(unknown)} s, where no frame was read")
    if len(times) < 2 or float(np.median(np.diff(times))) > LONGEST_STEP_S:
        return Linked(tuple(faces), tracked=False)
    of_time: defaultdict[float, list[int]] = defaultdict(list)
    for index, face in enumerate(faces):
        of_time[face.time_s].append(index)
    linked = list(faces)
    tracks: list[_Track] = []
    count = 0
    for before_s, time_s in zip([times[0], *times], times, strict=False):
        if time_s - before_s > LONGEST_STEP_S:
            tracks = []
        tracks = [track for track in tracks if time_s - track.face.time_s <= LONGEST_MISS_S]
        here = of_time[time_s]
        colours = [_colours(faces[index]) for index in here]
        known = _assign([faces[index].box for index in here], colours, tracks)
        for place, index in enumerate(here):
            track_id = known.get(place, count)
            count = max(count, track_id + 1)
            linked[index] = replace(faces[index], track_id=track_id)
        seen = [
            _Track(linked[index].track_id or 0, faces[index], colours[place])
            for place, index in enumerate(here)
        ]
        tracks = [track for track in tracks if track.track_id not in {new.track_id for new in seen}] + seen
    return Linked(tuple(linked), tracked=True)


def overlaps(box: Floats, boxes: Floats) -> NDArray[np.float64]:
    """Overlap (intersection over union) 0..1 of `box` (4,) with each of `boxes` (N, 4): (N,)."""
    target, others = np.asarray(box, dtype=np.float64), np.asarray(boxes, dtype=np.float64).reshape(-1, 4)
    corner1, corner2 = np.maximum(target[:2], others[:, :2]), np.minimum(target[2:], others[:, 2:])
    shared = np.prod(np.clip(corner2 - corner1, 0, None), axis=1)
    areas = np.prod(others[:, 2:] - others[:, :2], axis=1)
    union = np.prod(target[2:] - target[:2]) + areas - shared
    return np.asarray(shared / np.where(union > 0, union, 1), dtype=np.float64)


def _colours(face: Face) -> NDArray[np.float64]:
    """The face's box, as far as its patch holds it, at (8, 8, 3), 0..255."""
    height, width = face.patch.shape[:2]
    x1, y1, x2, y2 = (round(float(value)) for value in face.box - np.tile(face.patch_origin, 2))
    left, top = min(max(0, x1), width - 1), min(max(0, y1), height - 1)
    inside = face.patch[top : max(top + 1, y2), left : max(left + 1, x2)]
    return np.asarray(cv2.resize(inside, (8, 8), interpolation=cv2.INTER_AREA), dtype=np.float64)


def _assign(boxes: list[Floats], colours: list[NDArray[np.float64]], tracks: list[_Track]) -> dict[int, int]:
    """Place of a box in `boxes` to the id of its track, one to one, by the largest sum of overlaps."""
    if not boxes or not tracks:
        return {}
    last = np.stack([track.face.box for track in tracks])
    overlap = np.stack([overlaps(box, last) for box in boxes])
    change = np.array([[np.abs(new - track.colours).mean() for track in tracks] for new in colours])
    overlap[(overlap < LEAST_OVERLAP) | (change > MOST_CHANGE)] = 0
    rows, columns = linear_sum_assignment(overlap, maximize=True)
    return {
        int(row): tracks[column].track_id
        for row, column in zip(rows, columns, strict=True)
        if overlap[row, column] > 0
    }
