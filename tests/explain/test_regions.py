"""What a map says in regions of the face, and in words."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from detector.explain.maps import Heatmap, Lack, Method, Missing
from detector.explain.regions import Reading, Region, read, region_masks
from detector.explain.words import EVEN, NOTHING, TITLES, alt_text, caption, lack_words
from detector.faces.finder import whole_picture_face
from detector.structures import Crop, Direction, Frame
from tests.explain.networks import crop_of

SIDE = 200
AT = {
    Region.LEFT_EYE: (60, 70),
    Region.RIGHT_EYE: (140, 70),
    Region.NOSE: (100, 105),
    Region.MOUTH: (100, 150),
    Region.FOREHEAD: (100, 25),
    Region.CHIN: (100, 178),
    Region.LEFT_CHEEK: (40, 120),
    Region.RIGHT_CHEEK: (160, 120),
    Region.SURROUNDINGS: (5, 5),
}
"""A pixel x, y of each region of `frontal`."""


def frontal() -> Crop:
    """A face that looks straight ahead, in a crop that is the frame moved by (10, 20) and halved."""
    crop = crop_of(np.zeros((SIDE, SIDE, 3), np.uint8))
    points = np.array([[60, 70], [140, 70], [100, 118], [72, 150], [128, 150]], np.float32)
    to_frame = np.array([[2, 0, 10], [0, 2, 20.0]])
    face = replace(crop.face, landmarks=(2 * points + [10, 20]).astype(np.float32))
    return replace(crop, face=face, to_frame=to_frame)


def heat_at(pushes: dict[Region, float], method: Method = Method.GRADCAM) -> Heatmap:
    values = np.zeros((SIDE, SIDE), np.float32)
    for region, mask in region_masks(frontal()).items():
        values[mask] = pushes.get(region, 0.0)
    return Heatmap(values, method, 0.0)


def reading(pushes: dict[Region, float], method: Method = Method.GRADCAM) -> Reading:
    return read(heat_at(pushes, method), frontal())


@pytest.mark.parametrize("region", list(Region))
def test_each_region_lies_where_it_should(region: Region) -> None:
    x, y = AT[region]
    assert region_masks(frontal())[region][y, x]


def test_every_pixel_belongs_to_one_region() -> None:
    total = np.sum([mask.astype(int) for mask in region_masks(frontal()).values()], axis=0)
    assert (total == 1).all()


def test_a_face_on_its_side_keeps_its_regions() -> None:
    crop = frontal()
    points = crop.face.landmarks.copy()
    centre = np.array([210, 220], np.float32)
    x, y = (points - centre).T
    turned = replace(crop, face=replace(crop.face, landmarks=np.stack([-y, x], axis=1) + centre))
    forehead = region_masks(turned)[Region.FOREHEAD]
    rows, columns = np.nonzero(forehead)
    assert columns.mean() > 150 and 70 < rows.mean() < 130  # up was turned to the right


def test_a_whole_picture_has_the_regions_of_an_average_face() -> None:
    image = np.random.default_rng(0).integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)
    crop = replace(crop_of(image), face=whole_picture_face(Frame(image)))
    assert set(region_masks(crop)) >= set(Region) - {Region.SURROUNDINGS}


def test_a_face_without_landmarks_is_all_surroundings() -> None:
    assert list(region_masks(crop_of(np.zeros((16, 16, 3), np.uint8)))) == [Region.SURROUNDINGS]


def test_the_strongest_comes_first_with_its_share() -> None:
    found = reading({Region.MOUTH: 3.0, Region.NOSE: -1.0})
    first, second, *_ = found.pushes
    assert (first.region, second.region) == (Region.MOUTH, Region.NOSE)
    assert first.mean == pytest.approx(3) and first.share == pytest.approx(1)
    assert second.mean == pytest.approx(-1) and second.share == pytest.approx(1)


def test_both_directions_are_told() -> None:
    found = reading({Region.MOUTH: 3.0, Region.LEFT_CHEEK: 2.0, Region.FOREHEAD: -1.0})
    assert found.strongest(Direction.FAKE) == (Region.MOUTH, Region.LEFT_CHEEK)
    assert found.strongest(Direction.REAL) == (Region.FOREHEAD,)
    assert caption(found) == (
        "Pushed to fake, strongest: mouth, left cheek. Pushed to genuine, strongest: forehead."
    )
    assert alt_text(found) == f"Map of the face by Grad-CAM. {caption(found)}"


def test_a_second_region_is_named_only_where_it_is_near_the_strongest() -> None:
    assert reading({Region.MOUTH: 3.0, Region.NOSE: 1.4}).strongest(Direction.FAKE) == (Region.MOUTH,)


def test_under_two_to_one_nothing_pushed_much() -> None:
    assert caption(reading({Region.MOUTH: math.log(2) - 0.01})) == NOTHING
    assert caption(reading({Region.MOUTH: math.log(2) + 0.01})) == "Pushed to fake, strongest: mouth."


def test_attention_is_told_as_attention() -> None:
    looked = reading({Region.MOUTH: 0.5, Region.RIGHT_EYE: 0.4}, Method.ATTENTION)
    assert caption(looked) == "Looked at most: mouth, right eye."
    assert caption(reading({}, Method.ATTENTION)) == EVEN


@pytest.mark.parametrize("missing", list(Missing))
def test_every_lack_is_said_with_the_detectors_name(missing: Missing) -> None:
    said = lack_words(Lack(Method.ATTENTION, missing, "red", "quick"))
    assert said.startswith("red") and "{" not in said


def test_every_method_has_a_title() -> None:
    assert set(TITLES) == set(Method)
