"""Which files another process decodes, and that it gives what this one would."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from detector import media
from detector.errors import MediaError
from detector.media.limits import Limits
from detector.pipeline import Stopped, scan
from detector.provenance import video_provenance
from detector.reading import USUAL_SCANS, WORKERS, is_usual, open_for_judging
from detector.structures import Face, Frame
from tests.media.clips import number_of, numbered, write_clip

HERE = Limits(in_worker=False)


class NoFaces:
    """Finds none, and does something at each frame."""

    def __init__(self, act: object = None) -> None:
        self.frames: list[Frame] = []
        self._act = act

    def find(self, frame: Frame) -> list[Face]:
        self.frames.append(frame)
        if callable(self._act):
            self._act()
        return []


def save(path: Path, size: tuple[int, int] = (64, 48), **options: object) -> Path:
    Pillow.effect_noise(size, 50).convert("RGB").save(path, **options)
    return path


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp"])
def test_usual_photos_are_decoded_here(tmp_path: Path, name: str) -> None:
    assert is_usual(save(tmp_path / name), Limits())


@pytest.mark.parametrize("name", ["a.gif", "a.bmp", "a.tif", "a.avif", "a.jp2", "a.ppm"])
def test_other_kinds_of_photos_are_not(tmp_path: Path, name: str) -> None:
    assert not is_usual(save(tmp_path / name), Limits())


@pytest.mark.parametrize("name", ["a.png", "a.webp"])
def test_animations_are_not(tmp_path: Path, name: str) -> None:
    more = [Pillow.new("RGB", (64, 48), colour) for colour in ("red", "green")]
    assert not is_usual(save(tmp_path / name, save_all=True, append_images=more), Limits())


def test_pictures_larger_than_cameras_make_are_not(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Pillow.new("1", (8000, 7000)).save(path)
    assert not is_usual(path, Limits())


def test_a_jpeg_of_endless_passes_is_not(tmp_path: Path) -> None:
    path = save(tmp_path / "a.jpg", progressive=True)
    whole = path.read_bytes()
    assert is_usual(path, Limits())
    last = whole.rindex(b"\xff\xda")
    path.write_bytes(whole[:-2] + whole[last:-2] * USUAL_SCANS + whole[-2:])
    assert not is_usual(path, Limits())


def test_a_photo_over_the_limit_is_refused_where_it_is_opened(tmp_path: Path) -> None:
    path = save(tmp_path / "a.bmp", (1000, 1000))
    assert is_usual(path, Limits(photo_mb=1))
    with (
        pytest.raises(MediaError, match="the limit for a photo is 1 MB"),
        open_for_judging(path, 1, Limits(photo_mb=1)),
    ):
        pass


@pytest.mark.parametrize("name", ["a.tif", "a.gif", "a.avif"])
def test_a_photo_is_the_same_from_a_worker(tmp_path: Path, name: str) -> None:
    path = save(tmp_path / name)
    away, here = (scan(path, limits=limits, finder=NoFaces()) for limits in (Limits(), HERE))
    np.testing.assert_array_equal(away.preview.image, here.preview.image)
    assert (away.media, away.provenance, away.coverage) == (here.media, here.provenance, here.coverage)


def test_a_video_is_the_same_from_a_worker(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.mp4", count=100)
    finders = NoFaces(), NoFaces()
    away, here = (
        scan(path, limits=limits, finder=finder)
        for limits, finder in zip((Limits(), HERE), finders, strict=True)
    )
    assert (away.media, away.provenance, away.coverage) == (here.media, here.provenance, here.coverage)
    assert away.provenance == video_provenance(path)
    for one, other in zip(finders[0].frames, finders[1].frames, strict=True):
        assert (one.index, one.time_s) == (other.index, other.time_s)
        np.testing.assert_array_equal(one.image, other.image)


def test_a_file_is_found_from_where_this_process_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_clip(tmp_path / "a.mp4", count=3)
    monkeypatch.chdir(tmp_path)
    with open_for_judging("a.mp4", 3, Limits()) as opened:
        assert opened.info.name == "a.mp4"
        assert [number_of(frame.image) for frame in opened.frames] == [0, 1, 2]


def test_a_name_that_is_no_utf8_is_kept(tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9.mp4")
    write_clip(tmp_path / "a.mp4", count=2).rename(tmp_path / name)
    with open_for_judging(tmp_path / name, 2, Limits()) as opened:
        assert opened.info.name == name


def test_limits_hold_in_a_worker(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.mp4", pictures=[numbered(0, 480, 640)] * 3)
    with pytest.raises(MediaError, match=r"a\.mp4 has 640 x 480 pixels .* the limit is 0\.2;"):
        scan(path, limits=Limits(megapixels=0.2), finder=NoFaces())


def test_what_is_no_media_is_refused_in_the_same_words(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_text("no video")
    told = []
    for limits in (Limits(), HERE):
        with pytest.raises(MediaError) as caught:
            scan(path, limits=limits, finder=NoFaces())
        told.append(str(caught.value))
    assert told[0] == told[1]


@pytest.mark.skipif(sys.platform != "linux", reason="looks for the worker with pgrep")
def test_a_worker_that_dies_under_a_video_is_told_in_one_line(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.mp4", pictures=[numbered(i, 720, 1280) for i in range(32)])

    def kill_workers() -> None:
        found = subprocess.run(
            ["pgrep", "-P", str(os.getpid()), "-f", "detector.reading"], capture_output=True
        )
        for pid in found.stdout.split():
            os.kill(int(pid), signal.SIGSEGV)

    with pytest.raises(MediaError) as caught:
        scan(path, finder=NoFaces(kill_workers))
    assert str(caught.value).startswith(
        "a.mp4 cannot be read: decoding it crashed; it is damaged, or made to"
    )
    assert scan(path, finder=NoFaces()).frames_read == 32


def test_a_stop_ends_a_video_that_is_read(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.mp4", count=60)
    heard = []

    def stop(share: float, words: str) -> None:
        heard.append(words)
        if words.startswith("frame 3"):
            raise Stopped

    with pytest.raises(Stopped):
        scan(path, finder=NoFaces(), progress=stop)
    assert heard[-1].startswith("frame 3")
    assert scan(path, finder=NoFaces()).frames_read == 32


@pytest.mark.skipif(sys.platform != "linux", reason="counts threads in /proc")
def test_a_worker_does_not_grow_with_its_files(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.mp4", count=60)
    for _ in range(2):
        scan(path, finder=NoFaces())
    (worker,) = WORKERS._idle
    status = Path(f"/proc/{worker.pid}/status").read_text().splitlines()
    threads = int(next(line for line in status if line.startswith("Threads:")).split()[1])
    assert threads <= 4  # with the frames of 2 files kept there were 134


def test_without_a_worker_nothing_is_started(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.mp4", count=3)
    program = (
        "import sys; from detector.reading import WORKERS, open_for_judging as read\n"
        "from detector.media.limits import Limits\n"
        f"with read({str(path)!r}, 3, Limits(in_worker=False)) as opened: print(len(list(opened.frames)))\n"
        "print(len(WORKERS._idle))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["3", "0"]


def test_planned_frames_are_told_before_the_first(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.mp4", count=60)
    with open_for_judging(path, 8, Limits()) as opened:
        assert opened.planned == media.open(path, frames=8).frames.planned == 8


def test_a_last_keyframe_that_cannot_be_decoded_does_not_hang(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.mkv", count=5, codec="mpeg4", container="matroska", gop=1)
    content = bytearray(path.read_bytes())
    last = content.rindex(b"\x00\x00\x01\xb6")
    content[last : last + 40] = bytes(40)
    path.write_bytes(content)
    found = scan(path, frames=4, limits=Limits(decode_s=20), finder=NoFaces())
    assert found.frames_read == 3
