"""Five points to dense landmarks."""

import csv

import numpy as np
import pytest
from PIL import Image

from detector.faces.landmarks import (
    MEAN_SHAPE,
    contradicts,
    dense68,
    dense68_available,
    fitted68,
    five_of,
    with_forehead,
)

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


def real_rows(shared, count):
    folder = shared / "data" / "train"
    with (folder / "index.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["source"] == "stylegan1" and row["label"] == "0"]
    for row in rows[:count]:
        image = np.asarray(Image.open(folder / row["file"]).convert("RGB"))
        box = np.array([float(row[key]) for key in ("x1", "y1", "x2", "y2")], np.float32)
        five = np.array([[float(row[f"l{k}x"]), float(row[f"l{k}y"])] for k in range(5)], np.float32)
        yield image, box, five


@pytest.mark.fidelity("0-17")
@needs_dlib
def test_dlib_agrees_with_the_five_points_of_real_portraits(shared):
    outcomes = [contradicts(dense68(image, box), five, box) for image, box, five in real_rows(shared, 20)]
    assert sum(outcomes) <= 2


@needs_dlib
def test_the_fitted_shape_lies_near_dlibs_points(shared):
    distances = [
        np.linalg.norm(fitted68(five) - dense68(image, box), axis=1).mean() / (box[2] - box[0])
        for image, box, five in real_rows(shared, 20)
    ]
    assert np.median(distances) < 0.06


@needs_dlib
def test_dense_landmarks_are_68_float_pixels(shared):
    image, box, _ = next(real_rows(shared, 1))
    points = dense68(image, box)
    assert points.shape == (68, 2) and points.dtype == np.float32
