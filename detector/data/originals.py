"""A fake and the video it was made of to the face that was altered, and to what was altered in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from skimage.metrics import structural_similarity

from detector.errors import MediaError
from detector.faces.finder import FaceFinder
from detector.faces.tracks import overlaps
from detector.media.container import opened, to_upright_rgb
from detector.media.limits import Limits, readable_bytes
from detector.media.video import decode_all
from detector.structures import Face, Frame, Image, Scan

SAME_PLACE = 0.3
"""Least overlap (IoU) of a fake's face with a face of its original's same frame."""

MOST_LARGER = 1.1
"""Frames of an original that are larger by more than this are of another scale, not cut. Face2Face of
FaceForensics++ keeps the middle 832 of 854 columns: the mean difference from the original is 4.5 levels
there, 14 at either side, 7.4 scaled (clip 469, c40)."""

USUAL_RATE = 25
"""Pictures a second where a file does not tell."""


@dataclass(frozen=True, eq=False)
class Compared:
    """A face of a fake beside the same frame of its original.

    `mask` is (h, w) uint8 of the face's patch: 255 times one less the structural similarity, 0 where nothing
    was altered. `altered` is its mean inside the face's box, 0..1. `in_place` says that the original has a
    face there; it is only looked for where there is a choice.
    """

    face: Face
    mask: Image
    altered: float
    in_place: bool


def compare(scanned: Scan, original: Path, limits: Limits, finder: FaceFinder | None) -> list[Compared]:
    """The faces of a fake whose frame the original shows at the same time, in their order; `finder` None:
    where faces are is not asked.

    Raises MediaError where the original cannot be read, or has pictures of another size.
    """
    shape = (scanned.media.height, scanned.media.width)
    compared = []
    for time_s, image in frames_at(original, sorted({face.time_s for face in scanned.faces}), limits):
        image = _same_part(image, shape, original.name)
        here = [face for face in scanned.faces if face.time_s == time_s]
        places = None if finder is None else [face.box for face in finder.find(Frame(image, time_s=time_s))]
        compared += [_beside(face, image, places) for face in here]
    return compared


def _same_part(image: Image, shape: tuple[int, int], name: str) -> Image:
    """The middle of a frame of the original, `shape` (height, width) large: some methods work on frames
    without their edges.
    """
    if image.shape[:2] == shape:
        return image
    (height, width), (tall, wide) = shape, image.shape[:2]
    if not (height <= tall <= height * MOST_LARGER and width <= wide <= width * MOST_LARGER):
        raise MediaError(
            f"{name} has pictures of {wide} x {tall}, what was made of it {width} x {height}; take both at"
            " one size"
        )
    top, left = (tall - height) // 2, (wide - width) // 2
    return image[top : top + height, left : left + width]


def _beside(face: Face, image: Image, places: Sequence[np.ndarray] | None) -> Compared:
    """The face beside a frame of its original, which has faces at `places`, (4,) each; None: not asked."""
    height, width = face.patch.shape[:2]
    left, top = face.patch_origin
    mask = difference(face.patch, image[top : top + height, left : left + width])
    x1, y1, x2, y2 = np.round(face.box - np.tile([left, top], 2)).astype(int)
    inside = mask[max(0, y1) : max(0, y2), max(0, x1) : max(0, x2)]
    altered = float(inside.mean()) / 255 if inside.size else 0.0
    in_place = places is None or bool(
        len(places) and overlaps(face.box, np.array(places)).max() >= SAME_PLACE
    )
    return Compared(face, mask, altered, in_place)


def difference(fake: Image, real: Image) -> Image:
    """(H, W) uint8: 255 (1 - SSIM) of two pictures (H, W, 3), the mean over the channels; negative similarity
    counts as none.

    The masks of the DFDC's winning entry (selimsef, 2020), with which part dropout and the transformers
    train.
    """
    _, similarity = structural_similarity(fake, real, channel_axis=2, data_range=255, full=True)  # type: ignore[no-untyped-call]
    return np.asarray(np.round(255 * np.clip(1 - similarity.mean(axis=2), 0, 1)), dtype=np.uint8)


def frames_at(path: Path, times_s: Sequence[float], limits: Limits) -> Iterator[tuple[float, Image]]:
    """The pictures (H, W, 3) RGB that a video shows at the ascending `times_s`, each with its time; a time
    without a picture is left out.

    A picture belongs to a time half a picture's length away or nearer.
    """
    limits.check_video_bytes(path.name, readable_bytes(path))
    waiting = list(times_s)
    with opened(path) as file:
        limits.check_pixels(path.name, file.stream.codec_context.width, file.stream.codec_context.height)
        half_s = 0.5 / float(file.stream.average_rate or file.stream.guessed_rate or USUAL_RATE)
        for ticks, picture in decode_all(file):
            now_s = file.seconds(ticks)
            while waiting and waiting[0] < now_s - half_s:
                waiting.pop(0)
            if not waiting:
                return
            if waiting[0] <= now_s + half_s:
                yield waiting.pop(0), to_upright_rgb(picture, file.stream.sample_aspect_ratio)


def altered_faces(compared: Sequence[Compared], tracked: bool) -> list[Compared]:
    """Of the faces where the original has one, one a frame: in a tracked video the person most of whom was
    altered over the frames, else the most altered of each frame.

    A fake of two people may have left one untouched, and who that is says the original alone. Where no face
    is at the place of one of the original's, all are taken.
    """
    left = [comparison for comparison in compared if comparison.in_place] or list(compared)
    if tracked:
        sums: dict[int | None, float] = {}
        for comparison in left:
            sums[comparison.face.track_id] = sums.get(comparison.face.track_id, 0.0) + comparison.altered
        most = max(sums, key=lambda track: sums[track], default=None)
        left = [comparison for comparison in left if comparison.face.track_id == most]
    of_frame: dict[int, Compared] = {}
    for comparison in left:
        best = of_frame.get(comparison.face.frame_index)
        if best is None or comparison.altered > best.altered:
            of_frame[comparison.face.frame_index] = comparison
    return list(of_frame.values())
