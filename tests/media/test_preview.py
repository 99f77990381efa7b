"""Copies that a browser shows keep the times and the picture."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image as Pillow

from detector import media
from detector.errors import MediaError
from detector.media import Limits
from detector.media.preview import browser_copy, photo_preview, plays_in_browser
from tests.conftest import ROOT
from tests.media.clips import number_of, numbered, write_clip


@pytest.mark.parametrize(
    "codec, container, pixels, plays",
    [
        ("libx264", "mp4", "yuv420p", True),
        ("libvpx-vp9", "webm", "yuv420p", True),
        ("libx264", "mp4", "yuv444p", False),
        ("libx264", "matroska", "yuv420p", False),
        ("libx265", "mp4", "yuv420p", False),
        ("mpeg4", "avi", "yuv420p", False),
        ("mpeg2video", "mpeg", "yuv420p", False),
    ],
)
def test_which_videos_a_browser_plays(tmp_path, codec, container, pixels, plays):
    path = write_clip(tmp_path / "a", 3, codec, container, pixels=pixels)
    assert plays_in_browser(path) is plays
    assert plays_in_browser(media.open(path).info) is plays


@pytest.mark.parametrize(
    "form, shown",
    [("JPEG", True), ("PNG", True), ("WEBP", True), ("AVIF", True), ("TIFF", False), ("HEIF", False)],
)
def test_which_photos_a_browser_shows(tmp_path, form, shown):
    path = photo(tmp_path / "a", form)
    assert plays_in_browser(path) is shown
    assert plays_in_browser(media.open(path).info) is shown


def photo(path: Path, form: str, **options: object) -> Path:
    import pillow_heif

    pillow_heif.register_heif_opener()
    Pillow.fromarray(numbered(0x5A7)).save(path, form, **options)
    return path


def times_and_numbers(path: Path) -> list[tuple[float, int]]:
    return [(f.time_s, number_of(f.image)) for f in media.open(path, frames=10_000).frames]


@pytest.mark.parametrize(
    "codec, container",
    [
        ("libx264", "matroska"),
        ("libx265", "mp4"),
        ("mpeg4", "avi"),
        ("mpeg1video", "mpeg"),
        ("mpeg2video", "mpeg"),
        ("libx264", "mpegts"),
    ],
)
def test_every_picture_of_the_copy_has_the_time_of_the_original(tmp_path, codec, container):
    path = write_clip(tmp_path / "a", 60, codec, container)
    copy = browser_copy(path, tmp_path)
    assert plays_in_browser(copy)
    there, here = (times_and_numbers(p) for p in (path, copy))
    assert [n for _, n in here] == [n for _, n in there] == list(range(60))
    assert [t for t, _ in here] == pytest.approx([t for t, _ in there], abs=0.0005)


def test_variable_frame_rate_stays_so_in_the_copy(tmp_path):
    pts = [0, 20, 40, 400, 410, 2000]
    copy = browser_copy(
        write_clip(tmp_path / "a.mkv", 6, container="matroska", pts=pts, time_base=Fraction(1, 1000)),
        tmp_path,
    )
    assert [t for t, _ in times_and_numbers(copy)] == pytest.approx([p / 1000 for p in pts], abs=0.0005)


def test_a_late_first_picture_keeps_its_time(tmp_path):
    late = {"pts": range(21, 81), "time_base": Fraction(1, 25), "sound_s": 3.0}
    path = write_clip(tmp_path / "a.mkv", 60, container="matroska", **late)
    copy = browser_copy(path, tmp_path)
    first, *others = (t for t, _ in times_and_numbers(copy))
    assert first == 0
    assert others == pytest.approx([t for t, _ in times_and_numbers(path)], abs=0.0005)


def test_the_copy_of_a_phone_clip_is_upright_and_at_most_720_high(tmp_path):
    picture = np.asarray(Pillow.open(ROOT / "assets" / "group.jpg").convert("RGB").resize((1280, 720)))
    path = write_clip(tmp_path / "a.mov", container="mov", pictures=[picture] * 5, turned_deg=-90)
    copy = media.open(browser_copy(path, tmp_path), frames=1)
    assert (copy.info.width, copy.info.height) == (406, 720)
    there, here = next(iter(media.open(path, frames=1).frames)), next(iter(copy.frames))
    small = np.asarray(Pillow.fromarray(there.image).resize((405, 720), Pillow.Resampling.BOX), dtype=int)
    assert there.time_s == here.time_s
    assert np.abs(small - here.image[:, :405]).mean() < 6


def test_odd_sides_are_made_even_without_moving_the_picture(tmp_path):
    pictures = [numbered(0x5A7, 47, 63)] * 3
    path = write_clip(
        tmp_path / "a.mkv", codec="ffv1", container="matroska", pictures=pictures, pixels="yuv444p"
    )
    copy = media.open(browser_copy(path, tmp_path))
    assert (copy.info.width, copy.info.height) == (64, 48)
    assert number_of(next(iter(copy.frames)).image[:, :63]) == 0x5A7


def test_a_copy_is_made_once_and_leaves_nothing_behind(tmp_path):
    path = write_clip(tmp_path / "a.mkv", 5, container="matroska")
    folder = tmp_path / "copies"
    folder.mkdir()
    first = browser_copy(path, folder)
    made = first.stat().st_mtime_ns
    assert browser_copy(path, folder) == first and first.stat().st_mtime_ns == made
    assert list(folder.iterdir()) == [first]


def test_a_video_over_the_limit_is_not_copied(tmp_path):
    path = write_clip(tmp_path / "a.mkv", 50, container="matroska")
    folder = tmp_path / "copies"
    folder.mkdir()
    with pytest.raises(MediaError, match="lasts"):
        browser_copy(path, folder, Limits(minutes=0.01))
    assert not list(folder.iterdir())


def test_the_copy_is_fast_to_start_and_to_seek(tmp_path):
    copy = browser_copy(write_clip(tmp_path / "a.mkv", 100, container="matroska"), tmp_path)
    content = copy.read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")
    with av.open(str(copy)) as container:
        assert sum(p.is_keyframe for p in container.demux(video=0)) >= 3


@pytest.mark.parametrize("form", ["HEIF", "TIFF", "JPEG2000"])
def test_a_photo_preview_is_a_png_of_the_same_pixels(tmp_path, form):
    path = photo(tmp_path / "a", form)
    preview = photo_preview(path, tmp_path)
    assert preview.suffix == ".png" and plays_in_browser(preview)
    (there,), (here,) = media.open(path).frames, media.open(preview).frames
    assert np.array_equal(there.image, here.image)


def test_a_photo_preview_is_upright_and_bounded(tmp_path):
    exif = Pillow.Exif()
    exif[0x0112] = 6
    Pillow.new("RGB", (3000, 1500), "red").save(tmp_path / "a.tif", exif=exif)
    info = media.open(photo_preview(tmp_path / "a.tif", tmp_path)).info
    assert (info.width, info.height) == (1024, 2048)


def test_several_visitors_at_once_get_one_whole_copy(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.avi", 40, "mpeg4", "avi")
    with ThreadPoolExecutor(4) as pool:
        copies = set(pool.map(lambda _: browser_copy(path, tmp_path), range(4)))
    (copy,) = copies
    assert len(times_and_numbers(copy)) == 40
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["a.avi", copy.name])
