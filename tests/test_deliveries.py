"""The same face saved again: as the whole picture would be, and judged in its place."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from detector.conditions import conditions_of
from detector.deliveries import check_deliveries, saved_again
from detector.faces.finder import cut_face
from detector.perturb import DELIVERIES, Corruption, Step, jpeg, rescale
from detector.pipeline import judge
from detector.structures import Direction, Face, Frame, Image, Strength
from tests.evidence.made import fitted
from tests.makers import make_detector, make_face, make_scan


def noise_picture(seed: int = 0) -> Image:
    """96 x 128 pixels of soft noise."""
    rng = np.random.default_rng(seed)
    return rescale(rng.integers(0, 256, (12, 16, 3), dtype=np.uint8), 8)


def face_in(picture: Image) -> Face:
    box = np.array([37, 29, 69, 61], dtype=np.float32)
    landmarks = np.array([[45, 40], [60, 40], [53, 47], [46, 54], [60, 54]], dtype=np.float32)
    return cut_face(Frame(picture), box, landmarks, 0.99)


@pytest.mark.parametrize("quality", [50, 85])
def test_a_face_is_saved_on_the_grid_of_its_picture(quality: int) -> None:
    picture = noise_picture()
    alone = saved_again(face_in(picture), (Step("jpeg", quality),))
    whole = face_in(jpeg(picture, quality))
    assert alone.patch_origin == whole.patch_origin and alone.patch.shape == whole.patch.shape
    inside = (slice(16, -16), slice(16, -16))  # the outermost blocks know nothing of what lies beyond
    assert np.array_equal(alone.patch[inside], whole.patch[inside])
    assert alone.quality.jpeg_quality == pytest.approx(whole.quality.jpeg_quality, abs=1, nan_ok=True)


def test_quality_and_conditions_are_measured_anew() -> None:
    soft = saved_again(face_in(noise_picture()), (Step("blur", 4),))
    assert soft.quality.sharpness < 0.5 * face_in(noise_picture()).quality.sharpness
    assert soft.conditions == conditions_of(soft)


def test_a_face_as_it_is_stays_what_it_is() -> None:
    face = face_in(noise_picture())
    assert saved_again(face, ()) is face


def test_every_delivery_is_judged_and_one_face_of_several_is_taken() -> None:
    detector = make_detector(fitted())
    analysis = judge(make_scan(make_face(0.2), make_face(0.8)), detector)
    check = check_deliveries(analysis.face_scores[1], analysis, detector)
    assert check.as_it_is.logit == pytest.approx(analysis.face_scores[1].logit)
    assert [each.name for each in check.deliveries] == [way.name for way in DELIVERIES]
    assert [each.evidence.strength for each in check.deliveries] == [Strength.WEAK] * 3
    assert not check.changes


def test_a_delivery_that_takes_the_evidence_changes_the_answer() -> None:
    detector = make_detector(fitted())
    analysis = judge(make_scan(make_face(0.8)), detector)
    darker = Corruption("darker", (Step("brightness", -0.4),))
    check = check_deliveries(analysis.face_scores[0], analysis, detector, [darker])
    assert check.deliveries[0].evidence.direction is Direction.NONE
    assert check.changes


def test_a_face_of_a_video_is_judged_as_one_frame() -> None:
    detector = make_detector(replace(fitted(), clips=200))
    faces = [make_face(0.95, frame=frame, time_s=0.5 * frame, track=0) for frame in range(4)]
    analysis = judge(make_scan(*faces, kind="video", tracked=True), detector)
    check = check_deliveries(analysis.face_scores[2], analysis, detector)
    assert check.as_it_is.evidence == analysis.face_scores[2].evidence
    assert len(check.deliveries) == 3
