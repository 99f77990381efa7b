"""Faces linked over time, on boxes whose tracks are known."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import av
import numpy as np
import pytest

from detector.faces.finder import default_finder
from detector.faces.tracks import Linked, link, overlaps
from detector.structures import Face, Frame, Quality


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


def linked_clip(path: Path, start_s: float, end_s: float, step_s: float = 0.4) -> Linked:
    """The faces of a real clip between two times, a frame every `step_s`, linked."""
    faces: list[Face] = []
    times: list[float] = []
    with av.open(str(path)) as container:
        for decoded in container.decode(video=0):
            time_s = float(decoded.time or 0)
            if time_s < start_s or time_s > end_s or (times and time_s < times[-1] + step_s):
                continue
            times.append(time_s)
            faces += default_finder().find(Frame(decoded.to_ndarray(format="rgb24"), len(times) - 1, time_s))
    return link(faces, times)


def test_a_person_who_leaves_and_comes_back_is_two_tracks(shared: Path) -> None:
    faces = linked_clip(
        shared / "data" / "videos" / "mechanics" / "leave_return_hevc_vfr.mp4", 1.5, 8.5
    ).faces
    before = {face.track_id for face in faces if face.time_s < 3.2}
    after = {face.track_id for face in faces if face.time_s > 6}
    assert before and after and not before & after


def test_two_people_in_one_frame_are_two_whole_tracks(shared: Path) -> None:
    faces = linked_clip(shared / "data" / "videos" / "mechanics" / "real_left_fake_right.mp4", 0, 3).faces
    left, right = (
        {each.track_id for each in faces if bool(each.box[0] > 480) is side} for side in (False, True)
    )
    assert sorted([left, right], key=min) == [{0}, {1}]


def test_a_hard_cut_ends_the_tracks_of_both_people(shared: Path) -> None:
    faces = linked_clip(shared / "data" / "videos" / "mechanics" / "two_people_cuts.mp4", 2.2, 4).faces
    before, after = (
        {each.track_id for each in faces if (each.time_s >= 3) is late} for late in (False, True)
    )
    assert len(before) == len(after) == 2 and not before & after
