"""Faces linked over time, on boxes whose tracks are known."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pictures

from detector.faces.crop import crop_face
from detector.faces.finder import default_finder
from detector.faces.tracks import link, overlaps
from detector.structures import Face, Frame, Image, InputSpec, Quality
from detector.zoo.specs import HALF


def face(time_s: float, x: float, side: float = 100.0, luma: int = 128) -> Face:
    box = np.array([x, 50, x + side, 50 + side], dtype=np.float32)
    patch = np.full((int(side), int(side), 3), luma, np.uint8)
    origin = (int(x), 50)
    return Face(
        box, 1.0, np.zeros((5, 2), np.float32), patch, origin, Quality(side, 1, 0.5, 0), time_s=time_s
    )


def ids(faces: Sequence[Face]) -> list[int | None]:
    return [each.track_id for each in faces]


def steps(count: int, step_s: float = 0.3) -> list[float]:
    return [index * step_s for index in range(count)]


def test_no_frames_are_not_tracked() -> None:
    assert link([], []).tracked is False


def test_a_photo_is_not_tracked() -> None:
    linked = link([face(0, 0)], [0.0])
    assert not linked.tracked and ids(linked.faces) == [None]


def test_a_clip_without_faces_is_tracked_and_empty() -> None:
    linked = link([], steps(4))
    assert linked.tracked and linked.faces == ()


def test_a_slowly_moving_face_is_one_track() -> None:
    times = steps(6)
    assert ids(link([face(t, 40 * t) for t in times], times).faces) == [0] * 6


def test_two_people_keep_their_tracks_whichever_comes_first() -> None:
    faces = [face(0, 0), face(0, 300), face(0.3, 310), face(0.3, 5)]
    assert ids(link(faces, [0, 0.3]).faces) == [0, 1, 1, 0]


def test_one_person_cannot_take_two_boxes() -> None:
    faces = [face(0, 0), face(0.3, 30), face(0.3, 5)]
    assert ids(link(faces, [0, 0.3]).faces) == [0, 1, 0]


def test_a_track_survives_a_missed_detection() -> None:
    times = steps(5)
    assert ids(link([face(times[0], 0), face(times[1], 0), face(times[4], 0)], times).faces) == [0, 0, 0]


def test_a_face_that_comes_back_later_is_a_new_track() -> None:
    times = steps(10)
    assert ids(link([face(times[0], 0), face(times[9], 0)], times).faces) == [0, 1]


def test_a_cut_to_a_face_elsewhere_starts_a_track() -> None:
    assert ids(link([face(0, 0), face(0.3, 90)], [0, 0.3]).faces) == [0, 1]


def test_a_cut_to_another_face_in_the_same_place_starts_a_track() -> None:
    assert ids(link([face(0, 0, luma=90), face(0.3, 10, luma=140)], [0, 0.3]).faces) == [0, 1]


@pytest.mark.parametrize("step_s, tracked", [(0.6, True), (0.7, False)])
def test_samples_far_apart_are_not_tracked(step_s: float, tracked: bool) -> None:
    times = steps(4, step_s)
    linked = link([face(t, 0) for t in times], times)
    assert linked.tracked is tracked and ids(linked.faces) == [0 if tracked else None] * 4


def test_a_hole_in_the_timeline_breaks_a_track_only() -> None:
    times = [0.0, 0.3, 0.6, 1.3, 1.6]
    linked = link([face(t, 0) for t in times], times)
    assert linked.tracked and ids(linked.faces) == [0, 0, 0, 1, 1]


def test_a_face_at_a_time_that_was_not_read_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="no frame"):
        link([face(9, 0)], [0, 0.3])


def test_overlap_of_known_boxes() -> None:
    boxes = np.array([[0, 0, 10, 10], [5, 0, 15, 10], [20, 20, 30, 30], [3, 3, 3, 3]], dtype=np.float32)
    np.testing.assert_allclose(overlaps(boxes[0], boxes), [1, 1 / 3, 0, 0])


HEAD = InputSpec(size=200, margin=0.5, mean=HALF, std=HALF)
PEOPLE = ("collins", "hopper")


@pytest.fixture(scope="module")
def heads(assets: Path) -> dict[str, Image]:
    """Heads of two people, (200, 200, 3), the face in the middle and half as wide."""
    pictures = {name: Pictures.open(assets / f"portrait_{name}.jpg").convert("RGB") for name in PEOPLE}
    return {
        name: crop_face(default_finder().find(Frame(np.asarray(picture)))[0], HEAD).image
        for name, picture in pictures.items()
    }


def stage(*placed: tuple[Image, int]) -> Image:
    """A (200, 480, 3) picture with heads whose left edges lie at the given places."""
    canvas = np.full((200, 480, 3), 90, np.uint8)
    for head, left in placed:
        canvas[:, left : left + 200] = head
    return canvas


def linked(pictures: Sequence[Image], step_s: float = 0.4) -> tuple[Face, ...]:
    """What the real finder finds in pictures shown `step_s` apart, linked."""
    times = [number * step_s for number in range(len(pictures))]
    faces = [
        face
        for number, (picture, time_s) in enumerate(zip(pictures, times, strict=True))
        for face in default_finder().find(Frame(picture, number, time_s))
    ]
    return link(faces, times).faces


def test_a_person_who_leaves_and_comes_back_is_two_tracks(heads: dict[str, Image]) -> None:
    seen = [stage((heads["collins"], left)) for left in (200, 180, 160, 140)]
    faces = linked([*seen, *[stage()] * 4, *reversed(seen)])
    assert {each.track_id for each in faces if each.time_s < 1.5} == {0}
    assert {each.track_id for each in faces if each.time_s > 3} == {1}


def test_two_people_in_one_frame_are_two_whole_tracks(heads: dict[str, Image]) -> None:
    faces = linked([stage((heads["collins"], left), (heads["hopper"], 260)) for left in (0, 20, 40, 20, 0)])
    left, right = (
        {each.track_id for each in faces if bool(each.box[0] > 240) is side} for side in (False, True)
    )
    assert sorted([left, right], key=min) == [{0}, {1}]


def test_a_hard_cut_ends_the_tracks_of_both_people(heads: dict[str, Image]) -> None:
    before_cut = stage((heads["collins"], 0), (heads["hopper"], 260))
    after_cut = stage((heads["hopper"], 0), (heads["collins"], 260))
    faces = linked([before_cut] * 3 + [after_cut] * 3)
    before, after = ({each.track_id for each in faces if (each.time_s > 1) is late} for late in (False, True))
    assert before == {0, 1} and after == {2, 3}
    new_boxes = np.stack([each.box for each in faces[6:8]])
    assert all(overlaps(old.box, new_boxes).max() > 0.5 for old in faces[4:6])  # where one was, another is
