"""Corruption comes before faces are looked for, picture by picture or over a whole clip, and repeats."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pictures

from detector import media
from detector.errors import MediaError
from detector.evaluate.corruptions import OF_PHOTOS, OF_VIDEOS, encode_again, scan_corrupted
from detector.faces.finder import whole_picture_face
from detector.perturb import DELIVERIES, Corruption, Step, corrupt
from detector.structures import Face, Frame, Image
from tests.media.clips import number_of, numbered, write_clip

HALF = Corruption("half", (Step("scale", 0.5),))
GRAIN = Corruption("grain", (Step("noise", 20),))


class Watching:
    """Keeps what it was shown, and takes all of it for a face."""

    def __init__(self) -> None:
        self.shown: list[Image] = []

    def find(self, frame: Frame) -> list[Face]:
        self.shown.append(frame.image)
        return [whole_picture_face(frame)]


def photo(folder: Path, name: str = "a.png") -> Path:
    """A grey picture of 60 x 40 pixels."""
    path = folder / name
    Pictures.fromarray(np.full((40, 60, 3), 100, np.uint8)).save(path)
    return path


def shown(path: Path, corruption: Corruption, frames: int = 4) -> list[Image]:
    finder = Watching()
    scan_corrupted(path, corruption, frames=frames, finder=finder)
    return finder.shown


def pixels(image: Image, corruption: Corruption) -> Image:
    return corrupt(image, corruption.steps, np.random.default_rng(0))


def test_the_finder_sees_the_corrupted_picture_and_faces_are_cut_from_it(tmp_path):
    scanned = scan_corrupted(photo(tmp_path), HALF, frames=1, finder=Watching())
    assert scanned.faces[0].patch.shape == (20, 30, 3)


def test_a_whole_picture_is_corrupted_too(tmp_path):
    scanned = scan_corrupted(photo(tmp_path), HALF, frames=1, cropped=True)
    assert (scanned.faces[0].patch.shape, scanned.faces[0].whole_picture) == ((20, 30, 3), True)


def test_steps_follow_one_another(tmp_path):
    (seen,) = shown(photo(tmp_path), Corruption("both", (Step("scale", 0.5), Step("brightness", 0.2))))
    assert seen.shape == (20, 30, 3) and (seen == 120).all()


def test_noise_hangs_on_the_seed_and_the_file_alone(tmp_path):
    first, again = (shown(photo(tmp_path), GRAIN)[0] for _ in range(2))
    other_file = shown(photo(tmp_path, "b.png"), GRAIN)[0]
    other_seed = shown(photo(tmp_path), Corruption("grain", GRAIN.steps, random_seed=1))[0]
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other_file) and not np.array_equal(first, other_seed)


def test_frames_of_a_clip_have_noise_of_their_own(tmp_path):
    grey = [np.full((48, 64, 3), 100, np.uint8)] * 6
    first, second, *_ = shown(write_clip(tmp_path / "c.mp4", pictures=grey), GRAIN)
    assert not np.array_equal(first, second)


@pytest.mark.parametrize(
    "corruption", [*OF_PHOTOS, *OF_VIDEOS, *DELIVERIES], ids=lambda corruption: corruption.slug
)
def test_every_corruption_changes_a_picture(corruption):
    image = np.random.default_rng(0).integers(20, 230, (64, 64, 3), dtype=np.uint8)
    changed = pixels(image, corruption)
    assert changed.shape != image.shape or np.abs(changed.astype(int) - image).mean() > 1


def test_corruptions_have_names_of_their_own():
    for corruptions in (OF_PHOTOS, OF_VIDEOS, DELIVERIES):
        assert (
            len({corruption.slug for corruption in corruptions})
            == len({corruption.name for corruption in corruptions})
            == len(corruptions)
        )


def test_a_clip_is_encoded_anew_as_a_whole(tmp_path):
    """The frames between keyframes are coded from their neighbours, so the pictures are in order and at their
    times, and changed.
    """
    path = write_clip(tmp_path / "c.mp4", count=20)
    finder = Watching()
    scanned = scan_corrupted(path, Corruption("crf", (Step("h264", 30),)), frames=20, finder=finder)
    assert [number_of(image) for image in finder.shown] == list(range(20))
    assert scanned.media.kind == "video"
    assert [face.time_s for face in scanned.faces] == pytest.approx([number / 25 for number in range(20)])


def test_steps_before_the_encoder_change_what_it_is_given_and_those_after_what_is_shown(tmp_path):
    path = write_clip(tmp_path / "c.mp4", count=3)
    before = shown(path, Corruption("small", (Step("scale", 0.5), Step("h264", 20))))
    after = shown(path, Corruption("large", (Step("h264", 20), Step("scale", 2.0))))
    assert {image.shape for image in before} == {(24, 32, 3)}
    assert {image.shape for image in after} == {(96, 128, 3)}


def test_times_that_are_uneven_stay_so(tmp_path):
    times = [0, 1, 2, 30, 31]
    path = write_clip(
        tmp_path / "c.mp4", pictures=[numbered(n) for n in range(5)], pts=times, time_base=Fraction(1, 25)
    )
    encode_again(path, tmp_path / "again.mp4", 23, lambda image, number: image)
    read = list(media.open(tmp_path / "again.mp4", frames=5).frames)
    assert [number_of(frame.image) for frame in read] == list(range(5))
    assert [frame.time_s for frame in read] == pytest.approx([time / 25 for time in times], abs=1e-3)


def test_an_odd_side_loses_its_last_line(tmp_path):
    path = write_clip(
        tmp_path / "c.mkv",
        codec="ffv1",
        container="matroska",
        pixels="bgr0",
        pictures=[np.zeros((47, 63, 3), np.uint8)] * 3,
    )
    encode_again(path, tmp_path / "again.mp4", 23, lambda image, number: image)
    assert next(iter(media.open(tmp_path / "again.mp4", frames=1).frames)).image.shape == (46, 62, 3)


def test_encoding_again_gives_the_same_bytes(tmp_path):
    path = write_clip(tmp_path / "c.mp4", count=12)
    for name in ("one.mp4", "two.mp4"):
        encode_again(path, tmp_path / name, 32, lambda image, number: image)
    assert (tmp_path / "one.mp4").read_bytes() == (tmp_path / "two.mp4").read_bytes()


@pytest.mark.parametrize("name", ["not there.png", "text.mp4"])
def test_what_cannot_be_read_says_so(tmp_path, name):
    (tmp_path / "text.mp4").write_text("no video at all")
    with pytest.raises(MediaError, match=name):
        scan_corrupted(tmp_path / name, OF_VIDEOS[0], frames=4, finder=Watching())


def test_a_delivery_that_is_enlarged_again_keeps_its_size_and_loses_its_detail():
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (41, 60, 3), dtype=np.uint8)
    halved = next(delivery for delivery in DELIVERIES if "enlarged" in delivery.name)
    after = pixels(image[:40], halved)
    assert after.shape == (40, 60, 3)
    assert after.std() < image.std() / 1.5
