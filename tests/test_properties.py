"""What holds for every crop, sampling, set of tracks and aggregate, whatever the numbers are."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from detector.aggregate import most_suspicious_of_each_frame
from detector.faces import tracks
from detector.faces.crop import cut_square, square_around
from detector.faces.tracks import LONGEST_STEP_S, overlaps
from detector.media.timeline import spread
from detector.pipeline import judge
from detector.structures import FaceScore
from tests.makers import make_detector, make_face, make_scan

EXAMPLES = settings(max_examples=100, deadline=None, derandomize=True)

sides = some.integers(1, 60)
places = some.floats(-500, 500)


@EXAMPLES
@given(places, places, some.floats(1, 500), some.floats(1, 500), some.floats(0, 1))
def test_a_square_has_the_centre_of_its_box_and_covers_it(
    x: float, y: float, width: float, height: float, margin: float
) -> None:
    box = np.array([x, y, x + width, y + height], dtype=np.float32)
    x1, y1, x2, y2 = square_around(box, margin)
    assert x2 - x1 == pytest.approx(y2 - y1) == pytest.approx((1 + 2 * margin) * max(width, height), abs=1e-3)
    assert ((x1 + x2) / 2, (y1 + y2) / 2) == pytest.approx((x + width / 2, y + height / 2), abs=1e-3)
    assert x1 <= x + 1e-3 and y1 <= y + 1e-3 and x2 >= x + width - 1e-3 and y2 >= y + height - 1e-3


@EXAMPLES
@given(sides, sides, some.floats(-1, 1), some.floats(-1, 1), some.integers(1, 150), some.integers(1, 40))
def test_a_crop_holds_pixels_of_its_picture_alone_however_far_it_reaches(
    height: int, width: int, right: float, down: float, side: int, size: int
) -> None:
    image = np.random.default_rng(0).integers(100, 120, (height, width, 3), dtype=np.uint8)
    centre = np.array([width * (1 + right) / 2, height * (1 + down) / 2])
    square = np.concatenate([centre - side / 2, centre + side / 2])
    try:
        crop, to_image = cut_square(image, square, size)
    except ValueError:
        x1, y1 = np.floor(square[:2] + 0.5)
        assert x1 >= width or y1 >= height or x1 + side <= 0 or y1 + side <= 0
        return
    assert crop.shape == (size, size, 3)
    assert crop.min() >= 95 and crop.max() <= 124  # cubic growth may overshoot a little
    # the middle of the crop is the middle of the square, up to its rounding to pixels
    middle = to_image @ np.array([(size - 1) / 2, (size - 1) / 2, 1.0])
    assert np.abs(middle - (centre - 0.5)).max() <= 0.51


@EXAMPLES
@given(some.sets(some.integers(0, 10_000), min_size=1, max_size=200), some.integers(1, 50))
def test_sampling_takes_as_many_as_asked_in_order_and_none_twice(times: set[int], count: int) -> None:
    ordered = sorted(times)
    chosen = spread(ordered, ordered[0], ordered[-1] + 1, count)
    assert len(chosen) == min(count, len(ordered))
    assert all(before < after for before, after in itertools.pairwise(chosen))
    assert set(chosen) <= times


@EXAMPLES
@given(some.integers(1, 50), some.integers(1, 20), some.integers(1, 100))
def test_sampling_of_an_even_clip_is_even(count: int, per_part: int, step: int) -> None:
    times = range(0, count * per_part * step, step)
    chosen = spread(times, 0, len(times) * step, count)
    gaps = {after - before for before, after in itertools.pairwise(chosen)}
    assert all(abs(gap - per_part * step) <= step for gap in gaps)


boxes = some.tuples(some.floats(0, 90), some.floats(0, 90), some.floats(1, 50), some.floats(1, 50))


def box_of(place: tuple[float, float, float, float]) -> np.ndarray:
    x, y, width, height = place
    return np.array([x, y, x + width, y + height], dtype=np.float32)


@EXAMPLES
@given(boxes, boxes)
def test_an_overlap_is_a_share_the_same_from_both_sides(
    one: tuple[float, float, float, float], other: tuple[float, float, float, float]
) -> None:
    first, second = box_of(one), box_of(other)
    (there,), (back,) = overlaps(first, second[None]), overlaps(second, first[None])
    assert 0 <= there <= 1 + 1e-6
    assert there == pytest.approx(back, abs=1e-6)
    assert overlaps(first, first[None])[0] == pytest.approx(1)


seen = some.lists(some.lists(some.tuples(boxes, some.floats(0, 1)), max_size=4), min_size=2, max_size=10)


@EXAMPLES
@given(seen, some.floats(0.04, LONGEST_STEP_S - 0.01))
def test_tracks_have_one_face_a_frame_and_lose_none(
    frames: list[list[tuple[tuple[float, float, float, float], float]]], step_s: float
) -> None:
    from dataclasses import replace

    faces = [
        replace(make_face(shade, frame=number, time_s=number * step_s), box=box_of(place))
        for number, found in enumerate(frames)
        for place, shade in found
    ]
    linked = tracks.link(faces, [number * step_s for number in range(len(frames))])
    assert linked.tracked
    assert [replace(face, track_id=None).frame_index for face in linked.faces] == [
        face.frame_index for face in faces
    ]
    assert all(after.patch is before.patch for after, before in zip(linked.faces, faces, strict=True))
    places = [(face.track_id, face.frame_index) for face in linked.faces]
    assert len(set(places)) == len(places)
    numbers = list(dict.fromkeys(face.track_id for face in linked.faces))
    assert sorted(numbers, key=str) == sorted(range(len(numbers)), key=str)


shades = some.lists(some.integers(1, 254), min_size=1, max_size=8)


@EXAMPLES
@given(shades, some.randoms(use_true_random=False))
def test_the_answer_on_a_photo_does_not_hang_on_the_order_of_its_faces(
    reds: list[int], order: object
) -> None:
    detector = make_detector()
    shuffled = list(reds)
    order.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = (
        judge(make_scan(*(make_face(red / 255) for red in faces)), detector) for faces in (reds, shuffled)
    )
    assert one.p_fake == pytest.approx(other.p_fake)
    assert one.verdict is other.verdict
    assert one.deciding is not None and one.deciding.logit == max(score.logit for score in one.face_scores)


@EXAMPLES
@given(shades)
def test_of_each_frame_the_most_suspicious_face_is_taken(reds: list[int]) -> None:
    scores = [
        FaceScore(make_face(red / 255, frame=place % 3), float(red), 0.5) for place, red in enumerate(reds)
    ]
    taken = most_suspicious_of_each_frame(scores)
    assert [score.face.frame_index for score in taken] == sorted({place % 3 for place in range(len(reds))})
    for score in taken:
        assert score.logit == max(s.logit for s in scores if s.face.frame_index == score.face.frame_index)
