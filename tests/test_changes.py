"""Where scores change: steps that are there, noise that is none, and a shipped clip."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from detector.changes import change_points
from detector.pipeline import judge, load_detector, scan
from detector.structures import Analysis, Direction
from tests.evidence.made import fitted
from tests.makers import make_detector, make_face, make_scan

MECHANICS = Path(__file__).resolve().parents[2] / "shared" / "data" / "videos" / "mechanics"


def noisy(rng: np.random.Generator, *parts: tuple[float, int], deviation: float = 0.1) -> list[float]:
    """Logits of parts, each of a mean and a number of frames."""
    means = np.concatenate([np.full(frames, mean) for mean, frames in parts])
    return [float(value) for value in means + rng.normal(0, deviation, len(means))]


@pytest.mark.parametrize("seed", range(5))
def test_a_step_is_found_where_it_is(seed: int) -> None:
    rng = np.random.default_rng(seed)
    assert change_points(noisy(rng, (0.0, 16), (1.0, 16)), slope=1.8) == (16,)
    assert change_points(noisy(rng, (0.0, 12), (1.0, 8), (0.0, 12)), slope=1.8) == (12, 20)


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("deviation", [0.1, 0.5])
def test_noise_and_a_slow_drift_are_no_change(seed: int, deviation: float) -> None:
    rng = np.random.default_rng(seed)
    assert change_points(noisy(rng, (0.0, 32), deviation=deviation), slope=0.5) == ()
    drift = np.linspace(0, 0.3, 32) + rng.normal(0, deviation, 32)
    assert change_points([float(value) for value in drift], slope=0.5) == ()


def test_a_step_that_changes_the_odds_by_less_than_three_times_does_not_count() -> None:
    logits = noisy(np.random.default_rng(0), (0.0, 16), (0.5, 16), deviation=0.05)
    assert change_points(logits, slope=0.9 * math.log(3) / 0.5) == ()
    assert change_points(logits, slope=1.2 * math.log(3) / 0.5) == (16,)


@pytest.mark.parametrize("frames", [0, 1, 5])
def test_too_few_frames_have_no_change(frames: int) -> None:
    assert change_points([0.0, 5.0, 0.0, 5.0, 0.0][:frames], slope=1.0) == ()


def test_a_series_that_does_not_move_has_no_change() -> None:
    assert change_points([0.7] * 32, slope=2.0) == ()


def clip(levels: dict[int, tuple[float, ...]]) -> Analysis:
    """A tracked clip, two frames a second, with the p_fake of each person in each frame."""
    faces = [
        make_face(level, frame=frame, time_s=0.5 * frame, track=track)
        for track, row in levels.items()
        for frame, level in enumerate(row)
    ]
    faces.sort(key=lambda face: face.frame_index)
    return judge(make_scan(*faces, kind="video", tracked=True), make_detector(fitted()))


def test_a_person_who_changes_is_told_with_time_and_evidence_on_both_sides() -> None:
    analysis = clip({0: (0.2,) * 6 + (0.85,) * 6})
    (change,) = analysis.changes
    assert change.time_s == 2.75  # halfway between the frames at 2.5 s and 3 s
    assert (change.before.direction, change.after.direction) == (Direction.REAL, Direction.FAKE)
    assert change.logit_before == pytest.approx(math.log(0.2 / 0.8), abs=0.01)
    assert change.after.lr == pytest.approx(math.exp(change.logit_after), rel=1e-6)


def test_each_person_has_changes_of_their_own_and_the_file_those_of_the_one_that_decides() -> None:
    analysis = clip({0: (0.2,) * 12, 1: (0.5,) * 4 + (0.95,) * 8})
    assert [len(track.changes) for track in analysis.tracks] == [0, 1]
    assert analysis.changes == analysis.tracks[1].changes
    assert clip({0: (0.2,) * 12}).changes == ()


def test_a_photo_has_no_change() -> None:
    assert judge(make_scan(make_face(0.9)), make_detector()).changes == ()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["unblend-lite2", "multibranch-b4"])
def test_the_shipped_clip_changes_at_two_and_a_half_seconds_and_shows_one_person(
    name: str, assets: Path
) -> None:
    analysis = judge(scan(assets / "clip_half_selfblend.mp4"), load_detector(name))
    assert [round(change.time_s, 1) for change in analysis.changes] == [2.5]
    assert analysis.changes[0].logit_after > analysis.changes[0].logit_before
    assert len([track for track in analysis.tracks if track.decides]) == 1


@pytest.mark.slow
@pytest.mark.skipif(not MECHANICS.exists(), reason="the clips of the development data are not here")
@pytest.mark.parametrize(
    ("file", "people"),
    [
        ("real_left_fake_right.mp4", 2),
        ("two_people_cuts.mp4", 4),  # two before the cut, two after it
        ("real5s_then_fake5s.mp4", 1),
        ("leave_return_hevc_vfr.mp4", 2),  # somebody who leaves and comes back is a new track
    ],
)
def test_people_cuts_and_those_who_leave_get_curves_of_their_own(file: str, people: int) -> None:
    analysis = judge(scan(MECHANICS / file), load_detector("unblend-lite2"))
    deciding = [track for track in analysis.tracks if track.decides]
    assert analysis.tracked and len(deciding) == people
    for track in deciding:
        times = [score.face.time_s for score in track.face_scores]
        assert times == sorted(times) and len(times) == len(
            {score.face.frame_index for score in track.face_scores}
        )
    if file == "real_left_fake_right.mp4":
        by_place = sorted(deciding, key=lambda track: float(track.face_scores[0].face.box[0]))
        assert by_place[0].p_fake < by_place[1].p_fake
