"""A plain backdrop: it replaces the surroundings, keeps the face, and follows from the draw."""

from __future__ import annotations

import cv2
import numpy as np

from detector.blending.backdrop import Backdrop, before, draw_backdrop, person
from detector.structures import Floats, Image

BOX = np.array([90, 60, 160, 150], np.float32)
GREY = Backdrop((200.0, 200.0, 200.0), (200.0, 200.0, 200.0), 0.0)


def portrait() -> tuple[Image, Floats]:
    """A head with shoulders before a patterned wall, and where the person is: (H, W) bool."""
    rng = np.random.default_rng(0)
    image = np.where(
        np.indices((240, 250)).sum(axis=0)[..., None] // 12 % 2, (30, 90, 40), (60, 140, 70)
    ).astype(np.uint8)
    inside = np.zeros(image.shape[:2], np.uint8)
    cv2.ellipse(inside, (125, 105), (45, 62), 0, 0, 360, 1, -1)
    cv2.rectangle(inside, (60, 165), (190, 239), 1, -1)
    image[inside == 1] = (210, 150, 130)
    return np.clip(image + rng.integers(-4, 5, image.shape), 0, 255).astype(np.uint8), inside == 1


def test_the_person_is_told_from_the_wall() -> None:
    image, inside = portrait()
    mask = person(image, BOX)
    assert mask.dtype == np.float32 and mask.shape == image.shape[:2] and 0 <= mask.min() <= mask.max() <= 1
    assert ((mask > 0.5) == inside).mean() > 0.97


def test_the_same_picture_gives_the_same_outline() -> None:
    image, _ = portrait()
    once = person(image, BOX)
    cv2.setRNGSeed(77)
    assert np.array_equal(once, person(image, BOX))


def test_the_face_stays_and_the_wall_goes() -> None:
    image, inside = portrait()
    changed = before(image, person(image, BOX), GREY)
    assert changed.dtype == np.uint8 and changed.shape == image.shape
    assert np.array_equal(changed[75:135, 100:150], image[75:135, 100:150])
    assert (changed[:40, :60] == 200).all()


def test_the_light_falls_from_the_first_colour_to_the_second() -> None:
    lit = Backdrop((100.0, 100.0, 100.0), (200.0, 200.0, 200.0), 0.0)
    changed = before(np.zeros((50, 80, 3), np.uint8), np.zeros((50, 80), np.float32), lit)
    assert (np.diff(changed[:, :, 0].astype(int), axis=1) >= 0).all()
    assert changed[0, -1, 0] - changed[0, 0, 0] > 60


def test_a_backdrop_follows_from_the_draw() -> None:
    once, again, other = (draw_backdrop(np.random.default_rng(seed)) for seed in (3, 3, 4))
    assert once == again != other
    assert all(
        0 <= value <= 255
        for seed in range(200)
        for value in draw_backdrop(np.random.default_rng(seed)).second
    )


def test_a_face_that_reaches_the_edge_is_no_fault() -> None:
    image, _ = portrait()
    for box in ([-20, -10, 240, 260], [0, 0, 30, 30], [200, 180, 250, 240]):
        mask = person(image, np.array(box, np.float32))
        assert mask.shape == image.shape[:2] and np.isfinite(mask).all()
