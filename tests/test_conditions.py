"""Each condition of a face holds where it should, on free pictures, and on none of them as they are."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from detector.conditions import SMALL_PX, conditions_of, judged, measure
from detector.faces.finder import cut_face, default_finder
from detector.perturb import blur, h264, jpeg, noise, rescale
from detector.pipeline import scan
from detector.structures import Condition, Face, Frame, Image
from detector.weights import find_assets

PORTRAITS = ("portrait_collins.jpg", "portrait_hopper.jpg", "portrait_obama.jpg")


@pytest.fixture(scope="module", params=PORTRAITS)
def portrait(request: pytest.FixtureRequest) -> tuple[Image, Face]:
    """A free portrait and the largest face in it."""
    scanned = scan(find_assets() / request.param)
    return scanned.preview.image, scanned.faces[0]


def face_in(image: Image, face: Face) -> Face:
    """The same face in another version of its picture."""
    return cut_face(Frame(image), face.box, face.landmarks, face.finder_score)


def cartoon(image: Image) -> Image:
    """Plain colours between black lines."""
    colours = image
    for _ in range(5):
        colours = cv2.bilateralFilter(colours, 9, 90, 7)
    grey = cv2.medianBlur(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), 5)
    lines = cv2.adaptiveThreshold(grey, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY, 9, 4)
    return np.asarray(cv2.bitwise_and(colours // 32 * 32 + 16, colours // 32 * 32 + 16, mask=lines))


def laboratory(face: Face, level: int = 200) -> Face:
    """The face with an even backdrop around its box, as in a laboratory."""
    patch, (left, top) = face.patch.copy(), face.patch_origin
    x1, y1, x2, y2 = (round(float(value)) for value in face.box)
    backdrop = np.full_like(patch, level)
    backdrop[max(0, y1 - top) : y2 - top, max(0, x1 - left) : x2 - left] = patch[
        max(0, y1 - top) : y2 - top, max(0, x1 - left) : x2 - left
    ]
    return replace(face, patch=backdrop)


def test_a_photograph_is_ordinary(portrait: tuple[Image, Face]) -> None:
    assert portrait[1].conditions == frozenset() == conditions_of(portrait[1])


@pytest.mark.parametrize("quality", [15, 30, 50])
def test_a_photograph_saved_at_low_quality_is_heavily_compressed(
    portrait: tuple[Image, Face], quality: int
) -> None:
    assert Condition.COMPRESSED in conditions_of(face_in(jpeg(portrait[0], quality), portrait[1]))


@pytest.mark.parametrize("quality", [70, 90])
def test_a_photograph_saved_well_is_not_heavily_compressed(
    portrait: tuple[Image, Face], quality: int
) -> None:
    assert Condition.COMPRESSED not in conditions_of(face_in(jpeg(portrait[0], quality), portrait[1]))


def test_video_compression_takes_the_detail_of_blocks(portrait: tuple[Image, Face]) -> None:
    before, after = (
        measure(face_in(picture, portrait[1])).bare_share for picture in (portrait[0], h264(portrait[0], 40))
    )
    assert after > before + 0.05


def test_a_smooth_backdrop_without_grain_is_studio_like(portrait: tuple[Image, Face]) -> None:
    face = laboratory(portrait[1])
    assert Condition.STUDIO in conditions_of(face)
    rng = np.random.default_rng(0)
    assert Condition.STUDIO not in conditions_of(replace(face, patch=noise(face.patch, 8, rng)))


def test_what_is_smooth_for_being_blurred_is_not_studio_like(portrait: tuple[Image, Face]) -> None:
    face = laboratory(portrait[1])
    assert Condition.STUDIO not in conditions_of(replace(face, patch=blur(face.patch, 12)))


def test_the_size_alone_makes_a_face_small(portrait: tuple[Image, Face]) -> None:
    image, face = portrait
    small = rescale(image, 48 / face.quality.size_px)
    found = default_finder().find(Frame(small))
    assert found and Condition.SMALL in conditions_of(found[0])
    measures = measure(face)
    assert Condition.SMALL in judged(replace(measures, size_px=SMALL_PX - 0.1))
    assert Condition.SMALL not in judged(replace(measures, size_px=SMALL_PX))


def test_most_cartoons_are_drawn_and_all_are_flatter_between_stronger_lines() -> None:
    drawn = []
    for name in PORTRAITS:
        scanned = scan(find_assets() / name)
        face = face_in(cartoon(scanned.preview.image), scanned.faces[0])
        before, after = measure(scanned.faces[0]), measure(face)
        assert after.flatness < 0.75 * before.flatness and after.lines > 1.5 * before.lines
        drawn.append(Condition.DRAWN in conditions_of(face))
    assert sum(drawn) >= 2  # 95 % of those made from the development sets


def test_plain_colours_between_strong_lines_are_drawn_and_without_lines_not() -> None:
    drawing = np.full((200, 200, 3), 190, np.uint8)
    for radius, colour in ((80, (230, 190, 160)), (60, (210, 160, 140)), (20, (90, 60, 50))):
        cv2.circle(drawing, (100, 100), radius, colour, -1)
        cv2.circle(drawing, (100, 100), radius, (10, 10, 10), 4)
    box, points = np.array([20, 20, 180, 180], np.float32), np.full((5, 2), 100, np.float32)
    assert Condition.DRAWN in conditions_of(cut_face(Frame(drawing), box, points, 1.0))
    without_lines = blur(drawing, 3)
    assert Condition.DRAWN not in conditions_of(cut_face(Frame(without_lines), box, points, 1.0))


@pytest.mark.parametrize(
    "picture",
    [np.zeros((1, 1, 3), np.uint8), np.full((5, 9, 3), 255, np.uint8), np.zeros((64, 3, 3), np.uint8)],
    ids=["one pixel", "tiny and white", "a strip"],
)
def test_every_patch_has_measures(picture: Image) -> None:
    height, width = picture.shape[:2]
    face = cut_face(
        Frame(picture), np.array([0, 0, width, height], np.float32), np.zeros((5, 2), np.float32), 1
    )
    measures = measure(face)
    assert 0 <= measures.smooth_share <= 1 and 0 <= measures.bare_share <= 1
    assert Condition.DRAWN not in judged(measures)


def test_a_face_takes_under_three_milliseconds(portrait: tuple[Image, Face]) -> None:
    def seconds(change: Callable[[Face], object]) -> float:
        started = time.process_time()
        change(portrait[1])
        return time.process_time() - started

    assert min(seconds(measure) for _ in range(20)) < 0.003


def test_a_scan_tells_the_conditions_of_its_faces(tmp_path: Path) -> None:
    image = scan(find_assets() / PORTRAITS[1]).preview.image
    path = tmp_path / "again.jpg"
    cv2.imwrite(str(path), image[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, 20])
    assert Condition.COMPRESSED in scan(path).faces[0].conditions


def test_a_cartoon_that_somebody_drew_is_drawn() -> None:
    (face,) = scan(find_assets() / "cartoon.jpg").faces
    assert Condition.DRAWN in conditions_of(face)
