"""Videos: which pictures are taken, their true times, turns, limits, damage and cost."""

from __future__ import annotations

import csv
import logging
import multiprocessing
import pickle
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from detector import media
from detector.errors import MediaError
from detector.media import Limits
from tests.media.clips import number_of, numbered, write_clip, write_sound

QUIET = {"x265-params": "log-level=none"}

CONTAINERS = [
    ("libx264", "mp4", "h264/mp4"),
    ("libx264", "mov", "h264/mov"),
    ("libx264", "matroska", "h264/mkv"),
    ("libvpx-vp9", "webm", "vp9/webm"),
    ("mpeg4", "avi", "mpeg4/avi"),
    ("mpeg1video", "mpeg", "mpeg1video/mpg"),
    ("mpeg2video", "mpeg", "mpeg2video/mpg"),
    ("libx264", "mpegts", "h264/ts"),
    ("libx265", "mp4", "hevc/mp4"),
    ("mjpeg", "avi", "mjpeg/avi"),
]


def pixels_of(codec: str) -> str:
    return "yuvj420p" if codec == "mjpeg" else "yuv420p"


def decoded_count(caplog: pytest.LogCaptureFixture) -> int:
    (record,) = [r for r in caplog.records if "pictures decoded" in r.msg]
    return int(record.args[1])


@pytest.mark.parametrize("codec, container, form", CONTAINERS)
def test_every_container_gives_the_right_pictures_at_their_true_times(tmp_path, codec, container, form):
    opened = media.open(
        write_clip(tmp_path / "clip.jpg", 60, codec, container, pixels=pixels_of(codec)), frames=10
    )
    frames = list(opened.frames)
    assert opened.info.format == form and opened.info.kind == "video"
    assert opened.info.frame_count == 60
    assert opened.info.fps == pytest.approx(25) and opened.info.duration_s == pytest.approx(2.4, abs=0.001)
    assert [f.index for f in frames] == list(range(10)) and opened.frames.planned == 10
    assert [number_of(f.image) for f in frames] == [3, 9, 15, 21, 27, 33, 39, 45, 51, 57]
    assert [f.time_s for f in frames] == pytest.approx([(3 + 6 * i) / 25 for i in range(10)], abs=0.001)


def test_a_clip_with_fewer_pictures_gives_each_once(tmp_path):
    frames = list(media.open(write_clip(tmp_path / "a.mp4", 5)).frames)
    assert [number_of(f.image) for f in frames] == [0, 1, 2, 3, 4]


def test_a_clip_of_one_picture_gives_it(tmp_path):
    (frame,) = media.open(write_clip(tmp_path / "a.mp4", 1)).frames
    assert frame.time_s == 0 and frame.image.shape == (48, 64, 3)


def test_variable_frame_rate_is_sampled_by_time_not_by_number(tmp_path):
    pts = [
        *range(0, 1000, 20),
        *range(1000, 5000, 400),
    ]  # 50 pictures in the first second, 10 in the next four
    path = write_clip(tmp_path / "a.mp4", len(pts), pts=pts, time_base=Fraction(1, 1000))
    frames = list(media.open(path, frames=10).frames)
    assert [f.time_s for f in frames] == pytest.approx(
        [pts[number_of(f.image)] / 1000 for f in frames], abs=0.001
    )
    assert sum(f.time_s < 1 for f in frames) <= 3


@pytest.mark.parametrize(
    "codec, container",
    [("libx264", "mp4"), ("libx264", "matroska"), ("mpeg4", "avi"), ("libvpx-vp9", "webm")],
)
def test_a_long_video_costs_only_its_keyframes(tmp_path, caplog, codec, container):
    path = write_clip(tmp_path / "a", 2000, codec, container, gop=10, options={"keyint_min": "10"})
    caplog.set_level(logging.DEBUG, logger="detector.media.video")
    frames = list(media.open(path, frames=32).frames)
    assert decoded_count(caplog) == 32
    numbers = [number_of(f.image) for f in frames]
    assert len(set(numbers)) == 32
    assert [f.time_s for f in frames] == pytest.approx([n / 25 for n in numbers], abs=0.001)
    if codec == "libx264":  # the other encoders add keyframes of their own, or leave some out
        assert all(n % 10 == 0 for n in numbers)
        assert max(abs(n - (i + 0.5) * 62.5) for i, n in enumerate(numbers)) <= 5


@pytest.mark.parametrize(
    "codec, container", [("mpeg1video", "mpeg"), ("mpeg2video", "mpeg"), ("libx264", "mpegts")]
)
def test_a_long_video_without_an_index_decodes_only_keyframes_too(tmp_path, caplog, codec, container):
    path = write_clip(tmp_path / "a", 1000, codec, container, gop=10)
    caplog.set_level(logging.DEBUG, logger="detector.media.video")
    frames = list(media.open(path, frames=32).frames)
    assert decoded_count(caplog) == len(frames) == 32
    every = {number_of(f.to_ndarray(format="rgb24")): t for t, f in full_decode(path).items()}
    assert [f.time_s for f in frames] == pytest.approx([every[number_of(f.image)] for f in frames], abs=0.001)


def test_a_webcam_recording_without_duration_and_index_is_read(tmp_path):
    path = write_clip(tmp_path / "a.webm", 200, "libvpx-vp9", "webm", gop=10, mux={"live": "1"})
    with av.open(str(path)) as container:
        assert container.duration is None
    opened = media.open(path, frames=8)
    frames = list(opened.frames)
    assert opened.info.duration_s == pytest.approx(8.0, abs=0.05) and opened.info.frame_count == 200
    assert len(frames) == 8
    assert [f.time_s for f in frames] == pytest.approx([number_of(f.image) / 25 for f in frames], abs=0.001)


def test_a_fragmented_mp4_is_read_to_its_end(tmp_path):
    path = write_clip(
        tmp_path / "a.mp4", 400, gop=10, mux={"movflags": "frag_keyframe+empty_moov+default_base_moof"}
    )
    frames = list(media.open(path, frames=8).frames)
    assert len(frames) == 8 and frames[-1].time_s > 14
    assert [f.time_s for f in frames] == pytest.approx([number_of(f.image) / 25 for f in frames], abs=0.001)


def test_pixels_that_are_not_square_are_stretched(tmp_path):
    wide = media.open(write_clip(tmp_path / "a.mp4", 3, aspect=Fraction(4, 3)))
    assert (wide.info.width, wide.info.height) == (85, 48)
    tall = media.open(write_clip(tmp_path / "b.mp4", 3, aspect=Fraction(3, 4)))
    assert (tall.info.width, tall.info.height) == (64, 64)
    assert next(iter(tall.frames)).image.shape == (64, 64, 3)


@pytest.mark.parametrize(
    "pixels, codec", [("yuv420p10le", "libx265"), ("yuv444p", "libx264"), ("yuv422p10le", "libx264")]
)
def test_odd_pixel_formats_become_8_bit_rgb(tmp_path, pixels, codec):
    opened = media.open(write_clip(tmp_path / "a.mp4", 20, codec, pixels=pixels))
    assert [number_of(f.image) for f in opened.frames] == list(range(20))
    assert pixels in opened.info.format


def test_grey_video_is_grey_in_three_channels(tmp_path):
    opened = media.open(write_clip(tmp_path / "a.mkv", 16, "ffv1", "matroska", pixels="gray"))
    levels = [f.image[:, -8:].mean() for f in opened.frames]
    assert opened.info.format == "ffv1 gray/mkv" and levels == sorted(levels)
    assert levels[0] < 30 and levels[-1] > 220
    assert all(np.ptp(f.image, axis=2).max() == 0 for f in opened.frames)


def test_red_stays_red(tmp_path):
    red = np.zeros((64, 64, 3), np.uint8)
    red[:] = (220, 40, 30)
    (frame,) = media.open(write_clip(tmp_path / "a.mp4", pictures=[red])).frames
    assert np.abs(frame.image.astype(int) - (220, 40, 30)).max() <= 8


def test_interlaced_mpeg_is_read(tmp_path):
    path = write_clip(tmp_path / "a.mpg", 30, "mpeg2video", "mpeg", gop=10, options={"flags": "+ildct+ilme"})
    every = {number_of(f.to_ndarray(format="rgb24")): t for t, f in full_decode(path).items()}
    frames = list(media.open(path, frames=8).frames)
    assert len(frames) == 8
    assert [f.time_s for f in frames] == pytest.approx([every[number_of(f.image)] for f in frames], abs=0.001)


# limits and damage


def test_a_video_over_a_limit_is_refused(tmp_path):
    path = write_clip(tmp_path / "a.mp4", 100)
    with pytest.raises(MediaError, match=r"a\.mp4 lasts 0\.1 minutes, the limit is 0\.05"):
        media.open(path, limits=Limits(minutes=0.05))
    with pytest.raises(MediaError, match=r"a\.mp4 has .* MB, the limit for a video is 0\.001 MB"):
        media.open(path, limits=Limits(video_mb=0.001))
    with pytest.raises(MediaError, match=r"a\.mp4 has 64 x 48 pixels"):
        media.open(path, limits=Limits(megapixels=0.001))


def test_an_hour_in_the_header_is_refused(tmp_path):
    path = write_clip(tmp_path / "a.mkv", 3, container="matroska", pts=[0, 1, 3600], time_base=Fraction(1, 1))
    with pytest.raises(MediaError, match=r"lasts 60\.0 minutes, the limit is 30"):
        media.open(path)


@pytest.mark.parametrize(
    "container, mux", [("matroska", {}), ("mp4", {"movflags": "faststart"}), ("mpeg", {}), ("avi", {})]
)
@pytest.mark.parametrize("gop", [10, 250])
def test_what_is_left_of_a_file_cut_off_in_the_middle_is_used(tmp_path, container, mux, gop):
    codec = {"mpeg": "mpeg2video", "avi": "mpeg4"}.get(container, "libx264")
    path = write_clip(tmp_path / "whole", 500, codec, container, gop=gop, mux=mux)
    every = {number_of(f.to_ndarray(format="rgb24")): t for t, f in full_decode(path).items()}
    whole = path.read_bytes()
    (tmp_path / "cut.mp4").write_bytes(whole[: len(whole) * 6 // 10])
    frames = list(media.open(tmp_path / "cut.mp4", frames=12).frames)
    assert 3 <= len(frames) <= 12
    times = [f.time_s for f in frames]
    assert times == sorted(set(times))
    assert times == pytest.approx([every[number_of(f.image)] for f in frames], abs=0.001)


def test_a_file_without_a_decodable_picture_is_refused(tmp_path):
    path = write_clip(tmp_path / "whole.mp4", 50)
    with av.open(str(path)) as container:
        places = [(p.pos, p.size) for p in container.demux(video=0) if p.size]
    content = bytearray(path.read_bytes())
    for pos, size in places:
        content[pos : pos + size] = b"\xff" * size
    (tmp_path / "bad.mp4").write_bytes(content)
    with pytest.raises(MediaError, match=r"bad\.mp4 holds no picture"):
        media.open(tmp_path / "bad.mp4")


def test_a_cover_picture_is_no_picture_stream(tmp_path):
    path = tmp_path / "song.m4a"
    with av.open(str(path), "w", format="mp4") as output:
        sound = output.add_stream("aac", rate=48_000)
        cover = output.add_stream("mjpeg", rate=1)
        cover.width, cover.height, cover.pix_fmt = 64, 48, "yuvj420p"
        cover.disposition = av.stream.Disposition.attached_pic
        output.mux(
            cover.encode(av.VideoFrame.from_ndarray(numbered(0), format="rgb24").reformat(format="yuvj420p"))
        )
        output.mux(cover.encode(None))
        silence = av.AudioFrame.from_ndarray(np.zeros((2, 1024), np.float32), format="fltp", layout="stereo")
        silence.sample_rate = 48_000
        output.mux(sound.encode(silence))
        output.mux(sound.encode(None))
    with pytest.raises(MediaError, match="has no picture stream"):
        media.open(path)


# another process


def read_in_a_worker(path: str) -> bytes:
    opened = media.open(path, frames=4, limits=Limits())
    return pickle.dumps((opened, list(opened.frames)))


def test_all_of_it_works_in_a_spawned_process(tmp_path):
    path = write_clip(tmp_path / "a.mp4", 20)
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        there, frames = pickle.loads(pool.apply(read_in_a_worker, (str(path),)))
        with pytest.raises(MediaError, match="does not exist"):
            pool.apply(read_in_a_worker, (str(tmp_path / "nothing.mp4"),))
    here = media.open(path, frames=4)
    assert there == here
    for frame, own, again in zip(frames, here.frames, there.frames, strict=True):
        assert frame.time_s == own.time_s == again.time_s
        assert np.array_equal(frame.image, own.image) and np.array_equal(frame.image, again.image)


@pytest.fixture(scope="module")
def irregular(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """HEVC of 30 pictures a second, of which a third was dropped at random."""
    kept = np.sort(np.random.default_rng(0).choice(300, 200, replace=False)).tolist()
    path = tmp_path_factory.mktemp("irregular") / "clip.mp4"
    return write_clip(path, 200, codec="libx265", pts=kept, time_base=Fraction(1, 30), options=QUIET)


def full_decode(path: Path) -> dict[float, av.VideoFrame]:
    """Every picture of a file by its time on a player's clock."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        origin = container.start_time / av.time_base
        return {float(f.pts * stream.time_base) - origin: f for f in container.decode(stream)}


def test_a_frame_is_the_picture_of_its_time(irregular):
    every = full_decode(irregular)
    for frame in media.open(irregular, frames=5).frames:
        time_s = min(every, key=lambda t: abs(t - frame.time_s))
        assert np.array_equal(every[time_s].to_ndarray(format="rgb24"), frame.image)


@pytest.mark.parametrize("name, container", [("a.mp4", "mp4"), ("a.mkv", "matroska")])
def test_pictures_that_begin_after_the_sound_keep_their_times(tmp_path, name, container):
    late = {"pts": range(21, 121), "time_base": Fraction(1, 25), "sound_s": 5.0}
    opened = media.open(write_clip(tmp_path / name, 100, container=container, **late), frames=400)
    first = next(iter(opened.frames))
    assert (number_of(first.image), first.time_s) == (0, pytest.approx(0.84, abs=0.001))
    assert opened.info.duration_s == pytest.approx(4.84, abs=0.01)


@pytest.mark.parametrize("name", ["a.mp4", "a.mov"])
def test_a_phone_clip_stands_upright(tmp_path, name):
    path = write_clip(tmp_path / name, 5, container=name[2:], turned_deg=-90)
    opened = media.open(path, frames=1)
    (frame,) = opened.frames
    assert (opened.info.width, opened.info.height) == (48, 64)
    every = full_decode(path)
    lying = every[min(every, key=lambda t: abs(t - frame.time_s))].to_ndarray(format="rgb24")
    assert np.array_equal(frame.image, np.rot90(lying, -1))  # clockwise


def test_a_hole_in_the_time_stamps_is_filled_from_both_sides(tmp_path):
    shown = [t for t in range(0, 7000, 40) if not 2400 < t < 4100]
    path = write_clip(tmp_path / "a.mp4", len(shown), pts=shown, time_base=Fraction(1, 1000))
    times = np.array([f.time_s for f in media.open(path).frames])
    assert len(times) == 32 and np.diff(times).max() > 1.5
    before, after = (times < 3).sum(), (times > 3).sum()
    assert abs(before / 32 - 3.25 / 7) < 0.06 and abs(after / 32 - 3.75 / 7) < 0.06


def test_a_file_without_its_index_is_refused_in_words(tmp_path):
    whole = write_clip(tmp_path / "a.mp4").read_bytes()
    (tmp_path / "broken.mp4").write_bytes(whole[: whole.index(b"moov") - 4])  # it is the last box
    with pytest.raises(MediaError, match=r"^broken\.mp4 .*neither a photo nor a video"):
        media.open(tmp_path / "broken.mp4")


def test_a_file_of_sound_alone_is_refused_in_words(tmp_path):
    with pytest.raises(MediaError, match=r"^a\.mp4 has no picture stream"):
        media.open(write_sound(tmp_path / "a.mp4"))


@pytest.mark.parametrize("name", ["a: b?.mp4", "clip%03d.jpg", "-i.txt", "http:x.mp4"])
def test_odd_names_are_only_names(tmp_path, monkeypatch, name):
    write_clip(tmp_path / "clip.mp4", 3).rename(tmp_path / name)
    monkeypatch.chdir(tmp_path)
    assert media.open(name).info.name == name


# the development videos


def clips(shared: Path) -> list[dict[str, str]]:
    with (shared / "data/videos/index.csv").open(newline="") as stream:
        return [row for row in csv.DictReader(stream) if row["file"].startswith("mechanics/")]


def full_times(path: Path) -> list[float]:
    """When a player shows each picture, by decoding all of them."""
    with av.open(str(path)) as container:
        return [f.time - container.start_time / av.time_base for f in container.decode(video=0)]


@pytest.mark.slow
def test_mechanics_give_32_true_times_none_twice(shared):
    seen = 0
    for row in clips(shared):
        path = shared / "data/videos" / row["file"]
        if not row["width"]:
            continue
        seen += 1
        opened = media.open(path)
        times = [f.time_s for f in opened.frames]
        true = np.array(full_times(path))
        assert len(times) == 32, path.name
        assert all(b > a for a, b in zip(times, times[1:], strict=False)), path.name
        assert max(np.abs(true - t).min() for t in times) < 0.001, path.name
        assert opened.info.frame_count == int(row["frames"])
        assert opened.info.fps == pytest.approx(float(row["fps"]), rel=0.01)
        span = true[-1] - true[0]
        assert times[0] - true[0] < span / 20 and true[-1] - times[-1] < span / 20
    assert seen == 11
