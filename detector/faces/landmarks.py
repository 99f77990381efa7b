"""A face's box and five points to 68 or 81 dense landmarks, by dlib where it is installed, else by fitting a
mean shape.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from detector.errors import DetectorError
from detector.structures import Floats, Image

if TYPE_CHECKING:
    import dlib

PREDICTOR_PACKAGE = "face_recognition_models"
PREDICTOR_FILE = "shape_predictor_68_face_landmarks.dat"

DLIB_BOX_DOWN = 0.05
"""dlib's predictor wants a square box that sits lower than MTCNN's: side (width + height) / 2, moved down by
5 % of the height.

Measured on 250 real pictures among 24 boxes: mean distance from MTCNN's five points 0.029 box widths, against
0.032 for MTCNN's own box. """

CONTRADICTION = 0.12
"""Mean distance of dense landmarks from MTCNN's five points, in box widths, over which the dense ones are
wrong (turned heads).
"""

FOREHEAD_POINTS = 13
FOREHEAD_HEIGHT = 0.42
"""From brows to the top of the forehead's arc, as a share of brows to chin; the rule of thirds has the
hairline at a half.
"""
FOREHEAD_FIRST_DEG = 12.0
"""Where the arc begins over the end of the jaw."""

# Mean of dlib's 68 points over 5,359 real training pictures (dfdc, FFHQ, UTKFace, All-Age-Faces) whose points
# do not contradict MTCNN's, each moved, turned and scaled so that the eyes' centres lie at (-0.5, 0) and
# (0.5, 0); averaged with its mirror image.
MEAN_SHAPE: Floats = np.fromstring(
    """
    -1.156 0.062 -1.146 0.361 -1.115 0.659 -1.058 0.953
    -0.947 1.226 -0.770 1.461 -0.543 1.651 -0.288 1.800 0.000 1.845
    0.288 1.800 0.543 1.651 0.770 1.461 0.947 1.226 1.058 0.953 1.115 0.659 1.146 0.361 1.156 0.062
    -0.917 -0.215 -0.781 -0.353 -0.584 -0.404 -0.376 -0.382 -0.184 -0.304
    0.184 -0.304 0.376 -0.382 0.584 -0.404 0.781 -0.353 0.917 -0.215
    0.000 -0.057 0.000 0.122 0.000 0.297 0.000 0.480
    -0.232 0.652 -0.119 0.688 0.000 0.718 0.119 0.688 0.232 0.652
    -0.694 0.007 -0.571 -0.063 -0.427 -0.064 -0.297 0.022 -0.433 0.049 -0.577 0.050
    0.297 0.022 0.427 -0.064 0.571 -0.063 0.694 0.007 0.577 0.050 0.433 0.049
    -0.445 1.060 -0.281 0.962 -0.116 0.913 0.000 0.940 0.116 0.913 0.281 0.962 0.445 1.060
    0.287 1.206 0.125 1.269 0.000 1.281 -0.125 1.269 -0.287 1.206
    -0.373 1.061 -0.117 1.021 0.000 1.031 0.117 1.021 0.373 1.061 0.119 1.117 0.000 1.130 -0.119 1.117
    """,
    dtype=np.float32,
    sep=" ",
).reshape(68, 2)


def dense68_available() -> bool:
    """Whether dlib and the file of its 68-point predictor are installed."""
    return find_spec("dlib") is not None and _predictor_path() is not None


def _predictor_path() -> Path | None:
    # by path: importing the package needs pkg_resources, which new setuptools no longer bring
    spec = find_spec(PREDICTOR_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        return None
    path = Path(spec.submodule_search_locations[0]) / "models" / PREDICTOR_FILE
    return path if path.is_file() else None


@lru_cache(maxsize=1)
def _predictor() -> dlib.shape_predictor:
    path = _predictor_path()
    if path is None or find_spec("dlib") is None:
        raise DetectorError(
            "dense landmarks need dlib and its predictor file, which are not installed: install"
            " requirements-train.txt"
        )
    import dlib

    return dlib.shape_predictor(str(path))


def dense68(image: Image, box: Floats) -> Floats:
    """dlib's 68 points (68, 2) float32 x, y of the face in `box` (4,) x1, y1, x2, y2 as MTCNN draws it, all
    in pixels of `image`.

    `image` (H, W, 3) uint8 RGB. Raises DetectorError where dlib or its file is missing; see
    `dense68_available`, `fitted68`.
    """
    predictor = _predictor()
    import dlib

    x1, y1, x2, y2 = (float(value) for value in box)
    half = ((x2 - x1) + (y2 - y1)) / 4
    centre_x, centre_y = (x1 + x2) / 2, (y1 + y2) / 2 + DLIB_BOX_DOWN * (y2 - y1)
    corners = (round(edge) for edge in (centre_x - half, centre_y - half, centre_x + half, centre_y + half))
    shape = predictor(np.ascontiguousarray(image), dlib.rectangle(*corners))
    return np.array([(point.x, point.y) for point in shape.parts()], dtype=np.float32)


def five_of(points68: Floats) -> Floats:
    """The (5, 2) of dense landmarks that stand where MTCNN's five do: eye centres, tip of the nose, corners
    of the mouth.
    """
    eyes = [points68[36:42].mean(axis=0), points68[42:48].mean(axis=0)]
    return np.stack([*eyes, points68[30], points68[48], points68[54]]).astype(np.float32)


def fitted68(points5: Floats) -> Floats:
    """The mean shape (68, 2) float32, moved, turned and scaled to lie best on MTCNN's five points (5, 2); for
    frontal faces.

    On real pictures 0.047 box widths (mean) from dlib's points.
    """
    # a similarity is one complex factor and one shift; least squares has a closed form
    shape, five, target = _complex(MEAN_SHAPE), _complex(five_of(MEAN_SHAPE)), _complex(points5)
    centred = five - five.mean()
    factor = np.vdot(centred, target - target.mean()) / np.vdot(centred, centred)
    fitted = factor * (shape - five.mean()) + target.mean()
    return np.stack([fitted.real, fitted.imag], axis=1).astype(np.float32)


def _complex(points: Floats) -> NDArray[np.complex128]:
    return points[:, 0].astype(np.float64) + 1j * points[:, 1]


def contradicts(points68: Floats, points5: Floats, box: Floats) -> bool:
    """Whether dense landmarks (68, 2) lie so far from MTCNN's five points (5, 2) that one of the two is
    wrong; `box` (4,) is MTCNN's.
    """
    distance = np.linalg.norm(five_of(points68) - points5, axis=1).mean()
    return bool(distance > CONTRADICTION * (box[2] - box[0]))


def with_forehead(points68: Floats) -> Floats:
    """The 68 points and our 13 of the forehead, (81, 2) float32; the latter along the forehead, left in the
    picture first.

    Ours: extrapolated, not found. Half an ellipse from one end of the jaw to the other, whose top stands over
    the brows by 0.42 of the distance from brows to chin, and which leans as the face leans.
    """
    left, right, chin = points68[0], points68[16], points68[8]
    brows = points68[17:27].mean(axis=0)
    base, half_width = (left + right) / 2, (right - left) / 2
    top = brows + FOREHEAD_HEIGHT * (brows - chin)
    angles = np.deg2rad(np.linspace(180 - FOREHEAD_FIRST_DEG, FOREHEAD_FIRST_DEG, FOREHEAD_POINTS))[:, None]
    forehead = base + np.cos(angles) * half_width + np.sin(angles) * (top - base)
    return np.vstack([points68, forehead]).astype(np.float32)
