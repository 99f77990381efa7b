"""What of a video is looked at where its clock, streams, size or end are not as usual, and what is told."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from detector import media
from detector.errors import MediaError
from detector.media import Limits
from detector.structures import Cause, Choice, Coverage, Dropped, Frame, Part, PartKind, Transfer
from tests.media.clips import number_of, numbered, write_clip

REGRESSIONS = Path(__file__).parent / "regressions"


def read(path: Path, frames: int = 8, limits: Limits = Limits()) -> tuple[list[Frame], Coverage]:  # noqa: B008
    opened = media.open(path, frames=frames, limits=limits)
    pictures = list(opened.frames)
    sizes = tuple((picture.image.shape[1], picture.image.shape[0]) for picture in pictures)
    return pictures, opened.coverage.after_reading(sizes)


def means(frames: list[Frame]) -> list[float]:
    return [float(frame.image.mean()) for frame in frames]


@pytest.mark.parametrize("name", ["clock_restarts.ts", "clock_restarts.mpg"])
def test_what_follows_where_the_clock_begins_anew_is_looked_at(name):
    frames, coverage = read(REGRESSIONS / name)
    assert [mean > 128 for mean in means(frames)] == [False] * 4 + [True] * 4
    assert media.open(REGRESSIONS / name).info.duration_s == pytest.approx(4.0, abs=0.05)
    assert 3 < frames[-1].time_s < 4 and coverage.clock_restarts == 1


def joined(tmp_path: Path, container: str, codec: str, later: int) -> Path:
    """Two clips one after the other; the second's clock begins `later` pictures after the first's."""
    first = write_clip(tmp_path / "one", 40, codec, container)
    second = write_clip(
        tmp_path / "two",
        codec=codec,
        container=container,
        pictures=[numbered(number) for number in range(40, 80)],
        pts=[later + place for place in range(40)],
        time_base=Fraction(1, 25),
    )
    (tmp_path / "joined").write_bytes(first.read_bytes() + second.read_bytes())
    return tmp_path / "joined"


@pytest.mark.parametrize("later", [0, 10, 100_000])
@pytest.mark.parametrize("container, codec", [("mpegts", "libx264"), ("mpeg", "mpeg2video")])
def test_joined_clips_give_every_picture_in_turn_however_their_clocks_lie(tmp_path, container, codec, later):
    path = joined(tmp_path, container, codec, later)
    frames, coverage = read(path, frames=80)
    assert [number_of(frame.image) for frame in frames] == list(range(80))
    assert [frame.time_s for frame in frames] == pytest.approx([i / 25 for i in range(80)], abs=0.05)
    assert coverage.clock_restarts == 1


def test_pictures_whose_times_stand_still_or_fall_a_little_are_all_looked_at(tmp_path):
    """A PES header of each picture carries its time; three of them are set back in the bytes."""
    path = write_clip(tmp_path / "a.ts", 30, container="mpegts", options={"bf": "0"})
    content = bytearray(path.read_bytes())
    stamps = pes_stamps(content)
    for number, like in ((10, 9), (11, 9), (20, 18)):
        content[stamps[number] : stamps[number] + 5] = content[stamps[like] : stamps[like] + 5]
    path.write_bytes(content)
    frames, coverage = read(path, frames=30)
    assert [number_of(frame.image) for frame in frames] == list(range(30))
    times = [frame.time_s for frame in frames]
    assert times == sorted(set(times)) and coverage.read == 30 and not coverage.dropped


def pes_stamps(content: bytes) -> list[int]:
    """Where in a transport stream the presentation times of its pictures stand."""
    places = []
    for packet in range(0, len(content), 188):
        start = content.find(b"\x00\x00\x01\xe0", packet, packet + 188)
        if start >= 0 and content[start + 7] & 0x80:
            places.append(start + 9)
    return places


def test_the_stream_that_players_show_is_looked_at():
    frames, coverage = read(REGRESSIONS / "small_stream_first.mp4")
    assert frames[0].image.shape == (240, 320, 3) and min(means(frames)) > 128
    assert coverage.part == Part(PartKind.STREAM, 2, 2, Choice.DEFAULT)


def test_of_several_streams_without_a_default_the_largest_is_looked_at(tmp_path):
    with av.open(str(tmp_path / "a.ts"), "w") as output:
        streams = [output.add_stream("mpeg2video", rate=25) for _ in range(2)]
        for stream, (width, height) in zip(streams, ((64, 48), (128, 96)), strict=True):
            stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for number in range(20):
            for stream in streams:
                image = numbered(number, stream.height, stream.width)
                frame = av.VideoFrame.from_ndarray(image, format="rgb24").reformat(format="yuv420p")
                frame.pts, frame.time_base = number, Fraction(1, 25)
                output.mux(stream.encode(frame))
        for stream in streams:
            output.mux(stream.encode(None))
    frames, coverage = read(tmp_path / "a.ts")
    assert frames[0].image.shape == (96, 128, 3)
    assert coverage.part == Part(PartKind.STREAM, 2, 2, Choice.LARGEST)


def test_a_palette_is_kept_for_every_picture():
    frames, _ = read(REGRESSIONS / "pal8.avi")
    grey = means(frames)
    assert len(grey) == 8 and grey == sorted(set(grey))


@pytest.mark.parametrize("container, codec", [("mp4", "libx264"), ("avi", "mpeg4"), ("matroska", "libx264")])
def test_a_file_cut_off_says_how_much_of_it_is_there(tmp_path, container, codec):
    mux = {"movflags": "faststart"} if container == "mp4" else {}
    path = write_clip(tmp_path / "whole", 75, codec, container, mux=mux)
    with av.open(str(path)) as whole:
        ends = [packet.pos + packet.size for packet in whole.demux(video=0) if packet.size]
    (tmp_path / "cut").write_bytes(path.read_bytes()[: ends[4] + 20])
    frames, coverage = read(tmp_path / "cut", frames=32)
    cut = coverage.cut_off
    assert cut is not None and not coverage.is_whole
    assert 0 < cut.pictures < 10 and cut.seconds < 0.5
    if container != "matroska":  # which announces seconds alone
        assert cut.of_pictures == 75
        beyond = [each.pictures for each in coverage.dropped if each.cause is Cause.CUT_OFF]
        assert coverage.planned == 32 and beyond == [32 - cut.pictures]
    assert cut.of_seconds == pytest.approx(3.0, abs=0.1)


@pytest.mark.parametrize("container, codec", [("mp4", "libx264"), ("avi", "mpeg4"), ("matroska", "libx264")])
def test_a_long_file_cut_off_in_the_middle_says_so_too(tmp_path, container, codec):
    mux = {"movflags": "faststart"} if container == "mp4" else {}
    path = write_clip(tmp_path / "whole", 500, codec, container, gop=10, mux=mux)
    content = path.read_bytes()
    (tmp_path / "cut").write_bytes(content[: len(content) // 2])
    _, coverage = read(tmp_path / "cut")
    assert coverage.cut_off is not None and 5 < coverage.cut_off.seconds < 15
    assert coverage.cut_off.of_seconds == pytest.approx(20.0, abs=0.1)


@pytest.mark.parametrize(
    "container, codec", [("mp4", "libx264"), ("avi", "mpeg4"), ("matroska", "libx264"), ("mpegts", "libx264")]
)
def test_a_whole_file_is_whole(tmp_path, container, codec):
    _, coverage = read(write_clip(tmp_path / "a", 30, codec, container))
    assert coverage == Coverage(planned=8, read=8) and coverage.is_whole


def test_pictures_that_cannot_be_decoded_are_counted(tmp_path):
    path = write_clip(tmp_path / "a.mp4", 20, "mjpeg", pixels="yuvj420p")
    with av.open(str(path)) as whole:
        places = [(packet.pos, packet.size) for packet in whole.demux(video=0) if packet.size]
    content = bytearray(path.read_bytes())
    for pos, size in places[8:12]:
        content[pos : pos + size] = bytes(size)
    path.write_bytes(content)
    frames, coverage = read(path, frames=20)
    assert coverage.planned == 20 and coverage.read == len(frames) < 20
    assert coverage.dropped == (Dropped(Cause.DAMAGED, 20 - len(frames)),)


def changing(tmp_path: Path, *sizes: tuple[int, int]) -> Path:
    """A transport stream whose pictures change their size, (width, height), every 20."""
    parts = []
    for place, (width, height) in enumerate(sizes):
        pictures = [numbered(number, height, width) for number in range(20 * place, 20 * place + 20)]
        part = write_clip(tmp_path / f"{place}.ts", codec="mpeg2video", container="mpegts", pictures=pictures)
        parts.append(part.read_bytes())
    (tmp_path / "changing.ts").write_bytes(b"".join(parts))
    return tmp_path / "changing.ts"


def test_pictures_that_change_their_size_are_read_in_each_and_it_is_told(tmp_path):
    frames, coverage = read(changing(tmp_path, (64, 48), (128, 96)))
    assert [frame.image.shape[:2] for frame in frames] == [(48, 64)] * 4 + [(96, 128)] * 4
    assert coverage.sizes == ((64, 48), (128, 96)) and coverage.read == 8


def test_a_limit_holds_where_the_size_changes(tmp_path):
    path = changing(tmp_path, (64, 48), (1280, 960))
    with pytest.raises(MediaError, match=r"1280 x 960 pixels .*the limit is 1;"):
        read(path, limits=Limits(megapixels=1))


def test_how_a_phone_was_held_is_told(tmp_path):
    frames, coverage = read(write_clip(tmp_path / "a.mp4", 5, turned_deg=-90))
    assert frames[0].image.shape == (64, 48, 3) and coverage.orientation == 6


@pytest.mark.parametrize("trc, transfer", [("smpte2084", Transfer.PQ), ("arib-std-b67", Transfer.HLG)])
def test_high_dynamic_range_is_brought_to_that_of_a_screen(tmp_path, trc, transfer):
    color = f"colorprim=bt2020:transfer={trc}:colormatrix=bt2020nc:range=limited:log-level=none"
    path = write_clip(
        tmp_path / "a.mp4",
        pictures=[np.full((48, 64, 3), (180, 90, 90), np.uint8)] * 3,
        codec="libx265",
        pixels="yuv420p10le",
        options={"x265-params": color},
    )
    frames, coverage = read(path)
    assert coverage.transfer is transfer and coverage.tone_mapped
    red, green, blue = frames[0].image[24, 32].astype(int)
    assert red > green and red - green > 100, "BT.2020 reaches beyond BT.709: less of it is more red there"
    assert abs(green - blue) < 16


def test_standard_range_is_left_alone(tmp_path):
    _, coverage = read(write_clip(tmp_path / "a.mp4", 3))
    assert coverage.transfer is Transfer.SDR and not coverage.tone_mapped
