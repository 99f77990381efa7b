"""The finder on pictures whose faces are known."""

from __future__ import annotations

import threading
from pathlib import Path

import cv2
import numpy as np
import pytest
from skimage import data

from detector.faces.crop import square_around
from detector.faces.finder import (
    PATCH_MARGIN,
    FinderOptions,
    MtcnnFinder,
    cut_face,
    default_finder,
    whole_picture_face,
)
from detector.faces.tracks import overlaps
from detector.structures import Frame, Image
from detector.zoo.specs import LARGEST_MARGIN

ASTRONAUT = np.array([178, 58, 269, 177], dtype=np.float32)


@pytest.fixture(scope="module")
def finder() -> MtcnnFinder:
    return default_finder()


def astronaut() -> Image:
    return np.ascontiguousarray(data.astronaut())


def with_faces(height: int, width: int, *placed: tuple[int, int, int]) -> Image:
    """A grey picture with the astronaut's face put in as often as asked: longer side in pixels, then x and y
    of its surroundings.
    """
    image = np.full((height, width, 3), 120, np.uint8)
    for size, x, y in placed:
        scale = size / 119
        face = cv2.resize(astronaut()[0:260, 90:350], None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        image[y : y + face.shape[0], x : x + face.shape[1]] = face
    return image


def test_patches_hold_the_largest_margin_of_the_zoo() -> None:
    assert PATCH_MARGIN >= LARGEST_MARGIN


@pytest.mark.parametrize("shape", [(8, 8), (1, 1), (1, 2000), (39, 39), (45, 39), (300, 400)])
def test_no_face_gives_an_empty_list(finder: MtcnnFinder, shape: tuple[int, int]) -> None:
    assert finder.find(Frame(np.zeros((*shape, 3), np.uint8))) == []


def test_a_face_is_cut_anew_from_another_version_of_its_picture(finder: MtcnnFinder) -> None:
    (face,) = finder.find(Frame(astronaut()))
    same = cut_face(Frame(astronaut()), face.box, face.landmarks, face.finder_score)
    assert np.array_equal(same.patch, face.patch) and same.quality == face.quality
    softer = cut_face(
        Frame(cv2.GaussianBlur(astronaut(), (0, 0), 4)), face.box, face.landmarks, face.finder_score
    )
    assert softer.patch.shape == face.patch.shape and softer.patch_origin == face.patch_origin
    assert softer.quality.sharpness < face.quality.sharpness


def test_noise_is_no_face(finder: MtcnnFinder) -> None:
    assert finder.find(Frame(np.random.default_rng(0).integers(0, 256, (300, 400, 3), dtype=np.uint8))) == []


def test_a_grey_array_is_a_mistake_of_the_caller(finder: MtcnnFinder) -> None:
    with pytest.raises(ValueError, match="frame"):
        finder.find(Frame(np.zeros((100, 100), np.uint8)))


def test_one_face_with_its_points_in_order(finder: MtcnnFinder) -> None:
    (face,) = finder.find(Frame(astronaut(), index=3, time_s=1.5))
    left_eye, right_eye, nose, left_mouth, right_mouth = face.landmarks
    assert overlaps(ASTRONAUT, face.box[None])[0] > 0.9
    assert face.box.dtype == face.landmarks.dtype == np.float32
    assert left_eye[0] < nose[0] < right_eye[0] and left_mouth[0] < right_mouth[0]
    assert left_eye[1] < nose[1] < left_mouth[1] and right_eye[1] < right_mouth[1]
    assert (face.frame_index, face.time_s, face.track_id, face.whole_picture) == (3, 1.5, None, False)
    assert face.quality.remarks == ()


def test_the_same_picture_gives_identical_boxes(finder: MtcnnFinder) -> None:
    (first,), (second,) = finder.find(Frame(astronaut())), MtcnnFinder().find(Frame(astronaut()))
    np.testing.assert_array_equal(first.box, second.box)
    np.testing.assert_array_equal(first.landmarks, second.landmarks)


def test_threads_share_the_network(finder: MtcnnFinder) -> None:
    edges: list[float] = []
    threads = [
        threading.Thread(target=lambda: edges.append(float(finder.find(Frame(astronaut()))[0].box[0])))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(edges) == 4 and len(set(edges)) == 1


@pytest.mark.fidelity("0-17")
def test_boxes_and_patch_are_in_pixels_of_the_full_picture(finder: MtcnnFinder) -> None:
    image = cv2.resize(astronaut(), (2560, 2560), interpolation=cv2.INTER_CUBIC)
    (face,) = finder.find(Frame(image))
    assert overlaps(ASTRONAUT * 5, face.box[None])[0] > 0.85
    left, top = face.patch_origin
    np.testing.assert_array_equal(
        face.patch, image[top : top + face.patch.shape[0], left : left + face.patch.shape[1]]
    )
    x1, y1, x2, y2 = square_around(face.box, PATCH_MARGIN)
    assert left <= max(0, x1) and top <= max(0, y1)
    assert left + face.patch.shape[1] >= min(2560, x2) and top + face.patch.shape[0] >= min(2560, y2)
    assert not np.shares_memory(face.patch, image)


def test_small_faces_are_found_in_pictures_up_to_1200_pixels(finder: MtcnnFinder) -> None:
    faces = finder.find(Frame(with_faces(700, 1200, (48, 100, 80), (48, 600, 300), (48, 1000, 560))))
    assert len(faces) == 3


def test_every_face_of_a_group_is_found_largest_first(finder: MtcnnFinder) -> None:
    placed = [
        (size, 20 + 290 * (index % 6), 20 + 300 * (index // 6))
        for index, size in enumerate((60, 90, 120) * 4)
    ]
    faces = finder.find(Frame(with_faces(700, 1800, *placed)))
    sizes = [face.quality.size_px for face in faces]
    assert len(faces) == 12 and sizes == sorted(sizes, reverse=True)


def test_options_bound_size_score_and_number(finder: MtcnnFinder) -> None:
    image = with_faces(400, 800, (60, 50, 50), (120, 400, 50))
    assert len(MtcnnFinder(FinderOptions(max_faces=1)).find(Frame(image))) == 1
    assert [
        face.quality.size_px > 90 for face in MtcnnFinder(FinderOptions(min_side_px=90)).find(Frame(image))
    ] == [True]
    assert MtcnnFinder(FinderOptions(min_score=1.01)).find(Frame(image)) == []


def test_a_crop_that_is_nearly_all_face_is_found_with_its_box_beyond_the_edge(finder: MtcnnFinder) -> None:
    (face,) = finder.find(Frame(cv2.resize(astronaut()[70:170, 180:268], (220, 250))))
    assert face.finder_score >= 0.9 and face.box[3] - face.box[1] > 230


def test_default_finder_is_one_a_process() -> None:
    assert default_finder() is default_finder(FinderOptions())


def test_a_whole_picture_is_a_face() -> None:
    face = whole_picture_face(Frame(astronaut()[:300, :200], index=2, time_s=0.5))
    assert face.box.tolist() == [0, 0, 200, 300] and face.finder_score == 1.0 and face.whole_picture
    assert face.patch.shape == (300, 200, 3) and face.patch_origin == (0, 0) and face.quality.yaw_deg == 0
    assert np.all((face.landmarks > 0) & (face.landmarks < [200, 300])) and face.frame_index == 2


def test_tight_crops_of_the_training_set_are_found_again(finder: MtcnnFinder, shared: Path) -> None:
    files = sorted((shared / "data" / "train" / "dfdc" / "real").glob("*.jpg"))[:12]
    images = [cv2.cvtColor(cv2.imread(str(file)), cv2.COLOR_BGR2RGB) for file in files]
    assert sum(bool(finder.find(Frame(np.asarray(image, np.uint8)))) for image in images) >= 11
