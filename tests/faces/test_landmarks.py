"""Five points to dense landmarks."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image as Pictures

from detector.faces.finder import default_finder
from detector.faces.landmarks import (
    MEAN_SHAPE,
    contradicts,
    dense68,
    dense68_available,
    fitted68,
    five_of,
    with_forehead,
)
from detector.structures import Face, Frame, Image

BOX = np.array([0, 0, 100, 130], np.float32)


def placed(scale=40.0, turn_deg=0.0, shift=(120.0, 90.0)):
    angle = np.deg2rad(turn_deg)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return (scale * MEAN_SHAPE @ turn + shift).astype(np.float32)


def test_the_mean_shape_stands_on_its_eyes_and_is_symmetric():
    assert MEAN_SHAPE.shape == (68, 2) and MEAN_SHAPE.dtype == np.float32
    assert five_of(MEAN_SHAPE)[:2] == pytest.approx(np.array([[-0.5, 0], [0.5, 0]]), abs=1e-3)
    assert MEAN_SHAPE[:17, 0] == pytest.approx(-MEAN_SHAPE[16::-1, 0])


@pytest.mark.parametrize("turn_deg", [0, 25, -90, 180])
def test_a_moved_turned_and_scaled_face_is_fitted_exactly(turn_deg):
    face = placed(turn_deg=turn_deg)
    fitted = fitted68(five_of(face))
    assert fitted.dtype == np.float32 and np.allclose(fitted, face, atol=0.01)


def test_landmarks_on_their_five_points_do_not_contradict():
    assert not contradicts(placed(), five_of(placed()), BOX)


@pytest.mark.parametrize("distance, expected", [(11.9, False), (12.1, True)])
def test_landmarks_contradict_over_an_eighth_of_the_box_width(distance, expected):
    moved = five_of(placed()) + np.array([distance, 0], np.float32)
    assert contradicts(placed(), moved, BOX) is expected


def test_the_mean_of_the_five_distances_counts():
    five = five_of(placed())
    five[2] += (40, 0)
    assert not contradicts(placed(), five, BOX)
    five[3] += (40, 0)
    assert contradicts(placed(), five, BOX)


def test_the_forehead_follows_the_68_from_left_to_right_above_the_brows():
    points = with_forehead(placed())
    forehead = points[68:]
    assert points.shape == (81, 2) and points.dtype == np.float32
    assert np.array_equal(points[:68], placed())
    assert (np.diff(forehead[:, 0]) > 0).all()
    assert forehead[6, 1] == forehead[:, 1].min() < placed()[17:27, 1].min()
    assert placed()[0, 0] < forehead[0, 0] and forehead[-1, 0] < placed()[16, 0]


def test_the_forehead_turns_with_the_face():
    upright, upside_down = with_forehead(placed()), with_forehead(placed(turn_deg=180))
    assert upside_down[68:, 1] == pytest.approx(180 - upright[68:, 1], abs=0.01)


needs_dlib = pytest.mark.skipif(not dense68_available(), reason="dlib or its predictor file is not installed")


@pytest.fixture(scope="module")
def portraits(assets: Path) -> list[tuple[Image, Face]]:
    """Genuine portraits, upright and turned a little to each side, each with its largest face."""
    shown = []
    for path in sorted(assets.glob("portrait_*.jpg")):
        for turn_deg in (-12, 0, 12):
            picture = np.asarray(
                Pictures.open(path).convert("RGB").rotate(turn_deg, Pictures.Resampling.BICUBIC)
            )
            shown.append((picture, default_finder().find(Frame(picture))[0]))
    assert len(shown) == 9
    return shown


@pytest.mark.fidelity("0-17")
@needs_dlib
def test_dlib_agrees_with_the_five_points_of_real_portraits(portraits: list[tuple[Image, Face]]) -> None:
    assert not any(
        contradicts(dense68(image, face.box), face.landmarks, face.box) for image, face in portraits
    )


@needs_dlib
def test_the_fitted_shape_lies_near_dlibs_points(portraits: list[tuple[Image, Face]]) -> None:
    distances = [
        np.linalg.norm(fitted68(face.landmarks) - dense68(image, face.box), axis=1).mean()
        / (face.box[2] - face.box[0])
        for image, face in portraits
    ]
    assert np.median(distances) < 0.06


@needs_dlib
def test_dense_landmarks_are_68_float_pixels(portraits: list[tuple[Image, Face]]) -> None:
    image, face = portraits[0]
    points = dense68(image, face.box)
    assert points.shape == (68, 2) and points.dtype == np.float32


FIVE = [f"l{point}{axis}" for point in range(5) for axis in "xy"]


@pytest.mark.slow
@needs_dlib
def test_twenty_pictures_of_the_training_set_agree_too(shared: Path) -> None:
    folder = shared / "data" / "train"
    rows = pd.read_csv(folder / "index.csv").query("source == 'stylegan1' and label == 0").head(20)
    refused, distances = 0, []
    for _, row in rows.iterrows():
        image = np.asarray(Pictures.open(folder / row["file"]).convert("RGB"))
        box = row[["x1", "y1", "x2", "y2"]].to_numpy(np.float32)
        five = (
            row[[f"l{point}{axis}" for point in range(5) for axis in "xy"]].to_numpy(np.float32).reshape(5, 2)
        )
        dense = dense68(image, box)
        refused += contradicts(dense, five, box)
        distances.append(np.linalg.norm(fitted68(five) - dense, axis=1).mean() / (box[2] - box[0]))
    assert refused <= 2
    assert np.median(distances) < 0.06
