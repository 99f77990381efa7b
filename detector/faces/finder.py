"""A frame to its faces: MTCNN on a scaled-down copy, patches from the full-resolution frame."""

from __future__ import annotations

import functools
import math
import threading
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np
from facenet_pytorch import MTCNN
from numpy.typing import NDArray

from detector.faces.crop import square_around
from detector.faces.options import FinderOptions as FinderOptions
from detector.faces.quality import measure
from detector.faces.tracks import overlaps
from detector.structures import Face, Floats, Frame, Image

PATCH_MARGIN = 0.5
"""Share of the box's longer side that a patch keeps on every side: the largest margin of any detector
(BNext's expansion), so that every crop can be cut from the patch as from the whole frame. Larger than needed
costs memory only, smaller would reflect at its edge."""

WORKING_SIDE = 1280
"""Longest side in pixels of the copy that is searched; smaller pictures are not enlarged. One 1080p frame
takes 0.19 s of one core.
"""

WORKING_FACE = 36
"""Smallest face searched for, in pixels of that copy: under `min_side_px`, as MTCNN's boxes vary by a tenth
about the true size.
"""

BUCKET = 128
"""The copy's sides are padded to multiples of this: with ever new sizes torch's allocator keeps memory for
each of them.
"""

TIGHT_SHARE = 0.6
TIGHT_SIDE = 340
TIGHT_BORDER = 0.25
"""Where no face is found, or one with a side over `TIGHT_SHARE` of the picture's shorter side, a copy of
`TIGHT_SIDE` pixels is searched with its edge repeated outwards by `TIGHT_BORDER` (512 pixels in all)."""

SAME_FACE = 0.3
"""Overlap (IoU) over which two boxes of the two searches are one face."""

AVERAGE_FACE = np.array([[0.27, 0.39], [0.73, 0.39], [0.50, 0.575], [0.30, 0.76], [0.70, 0.76]])
"""Eyes, nose and mouth corners of an average frontal face as shares of its box: medians over 14,000 found
faces, made symmetric.
"""


class FaceFinder(Protocol):
    """What finds faces: MTCNN, or a fake in tests."""

    def find(self, frame: Frame) -> list[Face]:
        """The faces of one frame, largest first."""
        ...


@dataclass(frozen=True, eq=False)
class _Detections:
    """What MTCNN says: `boxes` (N, 4), `scores` (N,) 0..1, `landmarks` (N, 5, 2), float32, in pixels of the
    frame.
    """

    boxes: Floats
    scores: Floats
    landmarks: Floats


_NONE = _Detections(np.zeros((0, 4), np.float32), np.zeros(0, np.float32), np.zeros((0, 5, 2), np.float32))


class MtcnnFinder:
    """Finds faces with MTCNN. One network serves all threads, one at a time; the same picture gives identical
    boxes.
    """

    def __init__(self, options: FinderOptions = FinderOptions()) -> None:  # noqa: B008  # frozen
        self.options = options
        self._lock = threading.Lock()
        self._network = MTCNN(keep_all=True, post_process=False, min_face_size=WORKING_FACE).eval()

    def find(self, frame: Frame) -> list[Face]:
        """The faces of one frame that count, largest first; none in a picture smaller
        than the smallest face.
        """
        if frame.image.ndim != 3 or frame.image.shape[2] != 3:
            raise ValueError(f"a frame is (H, W, 3), not {frame.image.shape}")
        if max(frame.image.shape[:2]) < self.options.min_side_px:
            return []
        detections = self._look(frame.image, WORKING_SIDE, border=0.0)
        if _may_be_tight(detections, frame.image):
            detections = _join(self._look(frame.image, TIGHT_SIDE, TIGHT_BORDER), detections)
        counted = sorted(
            self._counting(detections, frame.image),
            key=lambda index: _longer_sides(detections.boxes)[index],
            reverse=True,
        )
        return [
            cut_face(
                frame, detections.boxes[index], detections.landmarks[index], float(detections.scores[index])
            )
            for index in counted[: self.options.max_faces]
        ]

    def _counting(self, detections: _Detections, image: Image) -> list[int]:
        """Indices of the faces that are sure, large and centred inside the picture (beyond it lies our own
        padding).
        """
        centres = (detections.boxes[:, :2] + detections.boxes[:, 2:]) / 2
        inside = np.all((centres >= 0) & (centres < np.array(image.shape[1::-1])), axis=1)
        large = _longer_sides(detections.boxes) >= self.options.min_side_px
        return [
            int(index)
            for index in np.flatnonzero(inside & large & (detections.scores >= self.options.min_score))
        ]

    def _look(self, image: Image, side: int, border: float) -> _Detections:
        """Search a copy of at most `side` pixels, with a border of `border` of its longer side repeated from
        the edge.
        """
        height, width = image.shape[:2]
        scale = min(1.0, side / max(height, width))
        small_width, small_height = max(1, round(width * scale)), max(1, round(height * scale))
        edge = round(border * max(small_width, small_height))
        small = (
            cv2.resize(image, (small_width, small_height), interpolation=cv2.INTER_AREA)
            if scale < 1
            else image
        )
        right, bottom = edge + _to_bucket(small_width + 2 * edge), edge + _to_bucket(small_height + 2 * edge)
        canvas = cv2.copyMakeBorder(small, edge, bottom, edge, right, cv2.BORDER_REPLICATE)
        with self._lock:  # detect() itself turns gradients off
            boxes, scores, points = self._network.detect(canvas, landmarks=True)
        if boxes is None:
            return _NONE
        back = np.array([width / small_width, height / small_height])
        corners = (np.asarray(boxes, dtype=np.float64).reshape(-1, 2, 2) - edge) * back
        landmarks = (np.asarray(points, dtype=np.float64) - edge) * back
        return _Detections(
            corners.reshape(-1, 4).astype(np.float32),
            np.asarray(scores, np.float32),
            landmarks.astype(np.float32),
        )


_making = threading.Lock()


def default_finder(options: FinderOptions | None = None) -> MtcnnFinder:
    """The finder of this process for these options, the design's where None."""
    with _making:  # a cache alone lets two threads build one each
        return _cached_finder(options or FinderOptions())


@functools.lru_cache(maxsize=4)
def _cached_finder(options: FinderOptions) -> MtcnnFinder:
    return MtcnnFinder(options)


def whole_picture_face(frame: Frame) -> Face:
    """The whole picture taken as one face, for files that are crops already; its landmarks are guessed from
    an average face.
    """
    height, width = frame.image.shape[:2]
    box = np.array([0, 0, width, height], dtype=np.float32)
    landmarks = (AVERAGE_FACE * np.array([width, height])).astype(np.float32)
    return Face(
        box=box,
        finder_score=1.0,
        landmarks=landmarks,
        patch=frame.image.copy(),
        patch_origin=(0, 0),
        quality=measure(frame.image, box, None),
        frame_index=frame.index,
        time_s=frame.time_s,
        whole_picture=True,
    )


def cut_face(frame: Frame, box: Floats, landmarks: Floats, finder_score: float) -> Face:
    """The face in `box` (4,) with its five `landmarks` (5, 2), both in pixels of the frame: its patch cut and
    measured. For a face whose place is known already, in another version of its picture.
    """
    height, width = frame.image.shape[:2]
    x1, y1, x2, y2 = square_around(box, PATCH_MARGIN)
    left, top = (
        max(0, math.floor(x1) - 1),
        max(0, math.floor(y1) - 1),
    )  # a pixel more: the crop rule rounds its square
    patch = frame.image[top : min(height, math.ceil(y2) + 1), left : min(width, math.ceil(x2) + 1)].copy()
    origin = np.array([left, top], dtype=np.float32)
    return Face(
        box=box,
        finder_score=finder_score,
        landmarks=landmarks,
        patch=patch,
        patch_origin=(left, top),
        quality=measure(patch, box - np.tile(origin, 2), landmarks - origin),
        frame_index=frame.index,
        time_s=frame.time_s,
    )


def _longer_sides(boxes: Floats) -> NDArray[np.float32]:
    return np.asarray(np.maximum(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]), dtype=np.float32)


def _to_bucket(length: int) -> int:
    return -length % BUCKET


def _may_be_tight(detections: _Detections, image: Image) -> bool:
    """Whether no face was found, or one that nearly fills the picture, whose box is then cut off at the
    edges.
    """
    return len(detections.boxes) == 0 or bool(
        _longer_sides(detections.boxes).max() >= TIGHT_SHARE * min(image.shape[:2])
    )


def _join(first: _Detections, second: _Detections) -> _Detections:
    """The faces of `first`, and those of `second` that overlap none of them."""
    if not len(first.boxes):
        return second
    new = np.array([overlaps(box, first.boxes).max() < SAME_FACE for box in second.boxes], dtype=bool)
    return _Detections(
        np.concatenate([first.boxes, second.boxes[new]]),
        np.concatenate([first.scores, second.scores[new]]),
        np.concatenate([first.landmarks, second.landmarks[new]]),
    )
