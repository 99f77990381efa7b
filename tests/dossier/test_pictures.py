"""Pictures inside a page: their size, their content, and where faces stand in them."""

from __future__ import annotations

import base64
import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image as Pictures

from detector.dossier.pictures import boxes, data_uri, face_picture
from tests.makers import make_face


def opened(address: str) -> Pictures.Image:
    kind, content = address.split(",", 1)
    assert kind == "data:image/jpeg;base64"
    return Pictures.open(io.BytesIO(base64.b64decode(content)))


def test_a_picture_keeps_its_colours_and_its_shape():
    image = np.zeros((60, 90, 3), np.uint8)
    image[:, :, 0] = 200
    shown = opened(data_uri(image, 500))
    assert shown.size == (90, 60)
    red, green, blue = np.asarray(shown.convert("RGB")).reshape(-1, 3).mean(axis=0)
    assert red == pytest.approx(200, abs=4) and max(green, blue) < 6


@pytest.mark.parametrize("shape, size", [((1000, 2000), (100, 50)), ((2000, 10), (1, 100))])
def test_a_large_picture_is_shrunk_to_what_is_asked(shape, size):
    assert opened(data_uri(np.zeros((*shape, 3), np.uint8), 100)).size == size


def test_a_face_is_shown_with_room_from_its_own_pixels():
    face = replace(
        make_face(),
        patch=np.zeros((100, 100, 3), np.uint8),
        patch_origin=(50, 20),
        box=np.array([80, 50, 120, 90], dtype=np.float32),
    )
    assert opened(face_picture(face)).size == (60, 60)


def test_a_face_at_the_edge_is_cut_and_never_empty():
    face = replace(
        make_face(),
        patch=np.zeros((10, 10, 3), np.uint8),
        box=np.array([-500, -500, -480, -480], dtype=np.float32),
    )
    assert opened(face_picture(face)).size == (1, 1)


def test_boxes_are_numbered_and_stay_inside_the_picture():
    faces = [
        replace(make_face(), box=np.array(box, dtype=np.float32))
        for box in ([10, 20, 60, 70], [-10, -10, 300, 300])
    ]
    first, second = boxes(faces, np.zeros((100, 200, 3), np.uint8))
    assert first.number == 1
    assert (first.left, first.top, first.width, first.height) == pytest.approx((5, 20, 25, 50))
    assert (second.left, second.top, second.width, second.height) == (0, 0, 100, 100)
