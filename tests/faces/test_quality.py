"""Quality of a face on pictures and points whose answer is known."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from skimage import data

from detector.faces.quality import measure, yaw_deg
from detector.structures import Floats, Image, Quality, Reason, ReasonKind, named

FACE = np.array([178, 58, 269, 177], dtype=np.float32)  # the astronaut's, as found


def kinds(quality: Quality) -> list[ReasonKind]:
    return [remark.kind for remark in quality.remarks]


def astronaut() -> Image:
    return np.ascontiguousarray(data.astronaut())


def turned(degrees: float, tilt: float = 0.0, scale: float = 40.0) -> Floats:
    """Five points of a head turned by `degrees`, its nose as far before the eyes as half their distance,
    tilted in the picture.
    """
    y = np.radians(degrees)
    flat = np.array(
        [[-np.cos(y), 0], [np.cos(y), 0], [np.sin(y), 1.1], [-0.8 * np.cos(y), 2.1], [0.8 * np.cos(y), 2.1]]
    )
    t = np.radians(tilt)
    return (scale * flat @ np.array([[np.cos(t), np.sin(t)], [-np.sin(t), np.cos(t)]]) + 100).astype(
        np.float32
    )


@pytest.mark.parametrize("degrees", [-80, -45, -10, 0, 30, 59, 75])
@pytest.mark.parametrize("tilt", [-40, 0, 90])
def test_yaw_is_read_from_five_points_however_the_head_is_tilted(degrees: float, tilt: float) -> None:
    assert yaw_deg(turned(degrees, tilt)) == pytest.approx(degrees, abs=0.01)


def test_yaw_of_points_in_one_place_is_nought() -> None:
    assert yaw_deg(np.zeros((5, 2), np.float32)) == 0


def test_a_good_face_has_no_remark() -> None:
    quality = measure(astronaut(), FACE, turned(0))
    assert quality.remarks == () and quality.size_px == 119


@pytest.mark.parametrize("side, remarked", [(79, True), (80, False)])
def test_a_small_face_is_remarked(side: int, remarked: bool) -> None:
    image = cv2.resize(astronaut(), None, fx=side / 119, fy=side / 119, interpolation=cv2.INTER_AREA)
    box = (FACE[0], FACE[1], FACE[0] + 60, FACE[1] + 119)
    quality = measure(image, np.array(box, np.float32) * np.float32(side / 119), None)
    assert (ReasonKind.TOO_SMALL in kinds(quality)) is remarked


def test_a_remark_holds_what_was_measured_and_the_limit() -> None:
    size_px, *_ = measure(astronaut(), np.array([180, 60, 220, 112.5], np.float32), None).remarks
    assert size_px == Reason(ReasonKind.TOO_SMALL, named(size_px=52.5), named(low=80.0))
    turned_away = measure(astronaut(), FACE, turned(-70)).remarks[0]
    assert turned_away.limits == named(high=60.0)
    assert dict(turned_away.numbers) == {"yaw_deg": pytest.approx(-70, abs=0.01)}


@pytest.mark.fidelity("4-13")
@pytest.mark.parametrize("sigma_share, remarked", [(0.0, False), (0.02, True), (0.04, True)])
def test_a_blurred_face_is_remarked(sigma_share: float, remarked: bool) -> None:
    image = cv2.GaussianBlur(astronaut(), (0, 0), sigma_share * 119) if sigma_share else astronaut()
    assert (ReasonKind.BLURRED in kinds(measure(image, FACE, None))) is remarked


def test_contrast_does_not_count_as_sharpness() -> None:
    full = measure(astronaut(), FACE, None).sharpness
    half = measure((astronaut() // 2 + 64).astype(np.uint8), FACE, None).sharpness
    assert half == pytest.approx(full, rel=0.1)


def test_enlarging_does_not_make_a_sharp_face_blurred() -> None:
    large = cv2.resize(astronaut(), None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC)
    large_face, native = measure(large, FACE * 3, None), measure(astronaut(), FACE, None)
    assert large_face.remarks == () and large_face.sharpness == pytest.approx(native.sharpness, rel=0.5)


@pytest.mark.parametrize(
    "luma, remark", [(20, ReasonKind.TOO_DARK), (128, None), (240, ReasonKind.TOO_BRIGHT)]
)
def test_exposure_is_remarked_at_both_ends(luma: int, remark: ReasonKind | None) -> None:
    quality = measure(np.full((100, 100, 3), luma, np.uint8), np.array([0, 0, 100, 100], np.float32), None)
    assert quality.exposure == pytest.approx(luma / 255, abs=0.01)
    exposures = {ReasonKind.TOO_DARK, ReasonKind.TOO_BRIGHT} & set(kinds(quality))
    assert exposures == ({remark} if remark else set())


@pytest.mark.parametrize("degrees, remarked", [(0, False), (58, False), (62, True), (-70, True)])
def test_a_face_turned_by_more_than_sixty_degrees_is_remarked(degrees: float, remarked: bool) -> None:
    assert (ReasonKind.TURNED in kinds(measure(astronaut(), FACE, turned(degrees)))) is remarked


def test_a_box_reaching_out_of_the_patch_is_measured_inside() -> None:
    assert (
        measure(np.full((50, 50, 3), 128, np.uint8), np.array([-30, -30, 90, 90], np.float32), None).size_px
        == 120
    )
