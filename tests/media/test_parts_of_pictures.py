"""What of a picture file is looked at where it holds several pictures, moves, or is camera raw."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pictures
from PIL import TiffImagePlugin

from detector import media
from detector.errors import MediaError
from detector.media import Limits
from detector.media.preview import browser_copy, plays_in_browser
from detector.pipeline import scan
from detector.structures import Cause, Choice, Coverage, Dropped, Frame, Image, Part, PartKind, Transfer
from tests.makers import FakeFinder, whole_frame_face
from tests.media.clips import number_of, numbered

REGRESSIONS = Path(__file__).parent / "regressions"


def read(path: Path, frames: int = 8, limits: Limits = Limits()) -> tuple[list[Frame], Coverage]:  # noqa: B008
    opened = media.open(path, frames=frames, limits=limits)
    pictures = list(opened.frames)
    sizes = tuple((picture.image.shape[1], picture.image.shape[0]) for picture in pictures)
    return pictures, opened.coverage.after_reading(sizes)


def write_animation(path: Path, count: int = 20, form: str = "GIF", **options: object) -> Path:
    pictures = [Pictures.fromarray(numbered(number)) for number in range(count)]
    lossless = {"WEBP": {"lossless": True}, "AVIF": {"quality": 100}}.get(form, {})
    pictures[0].save(
        path, form, save_all=True, append_images=pictures[1:], duration=200, **lossless, **options
    )
    return path


@pytest.mark.parametrize("name", ["begins_black.gif", "begins_black.png"])
def test_an_animation_that_begins_black_is_looked_at_beyond_its_first_picture(name):
    frames, coverage = read(REGRESSIONS / name)
    assert frames[0].image.max() == 0 and frames[-1].image.mean() > 50
    assert coverage.animated and coverage.read == len(frames) == coverage.planned


@pytest.mark.parametrize("form", ["GIF", "PNG", "WEBP", "AVIF"])
def test_an_animation_is_read_as_a_clip(tmp_path, form):
    path = write_animation(tmp_path / "a", 20, form)
    opened = media.open(path, frames=5)
    frames = list(opened.frames)
    assert [number_of(frame.image) for frame in frames] == [2, 6, 10, 14, 18]
    assert [frame.time_s for frame in frames] == pytest.approx([0.4, 1.2, 2.0, 2.8, 3.6])
    assert [frame.index for frame in frames] == [0, 1, 2, 3, 4] and opened.frames.planned == 5
    info = opened.info
    assert info.kind == "video" and info.format == form and info.frame_count == 20
    assert info.duration_s == pytest.approx(4.0) and info.fps == pytest.approx(5.0)
    assert opened.coverage == Coverage(planned=5, animated=True)


def test_pictures_of_an_animation_without_a_duration_stand_for_a_tenth_of_a_second(tmp_path):
    pictures = [Pictures.fromarray(numbered(number)) for number in range(4)]
    pictures[0].save(tmp_path / "a.gif", save_all=True, append_images=pictures[1:], duration=0)
    assert media.open(tmp_path / "a.gif").info.duration_s == pytest.approx(0.4)


def test_an_image_of_one_picture_is_a_photo(tmp_path):
    Pictures.fromarray(numbered(3)).save(tmp_path / "a.gif")
    opened = media.open(tmp_path / "a.gif")
    assert opened.info.kind == "photo" and opened.coverage == Coverage()


def test_the_picture_of_an_apng_for_programs_that_show_no_more_is_left_out(tmp_path):
    pictures = [Pictures.fromarray(numbered(number)) for number in range(5)]
    pictures[0].save(tmp_path / "a.png", save_all=True, append_images=pictures[1:], default_image=True)
    frames, _ = read(tmp_path / "a.png")
    assert [number_of(frame.image) for frame in frames] == [1, 2, 3, 4]


def test_an_animation_cut_off_says_how_much_of_it_is_there(tmp_path):
    path = write_animation(tmp_path / "a.png", 20, "PNG")
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    frames, coverage = read(path, frames=32)
    assert coverage.cut_off is not None and coverage.cut_off.of_pictures == 20
    assert 3 < len(frames) == coverage.read == coverage.cut_off.pictures < 15
    assert coverage.dropped == (Dropped(Cause.CUT_OFF, 20 - len(frames)),)


def test_a_limit_holds_where_a_picture_of_a_gif_is_larger_than_the_first(tmp_path):
    path = write_animation(tmp_path / "a.gif", 3)
    content = bytearray(path.read_bytes())
    last = content.rindex(b"\x2c")  # the descriptor of the last picture: place, then size
    content[last + 5 : last + 9] = struct.pack("<HH", 3000, 3000)
    path.write_bytes(content)
    with pytest.raises(MediaError, match="the limit is 1;"):
        read(path, limits=Limits(megapixels=1))


@pytest.mark.parametrize("form", ["GIF", "PNG", "WEBP"])
def test_the_page_plays_a_copy_of_an_animation(tmp_path, form):
    path = write_animation(tmp_path / "a", 10, form)
    assert not plays_in_browser(path) and not plays_in_browser(media.open(path).info)
    copy = browser_copy(path, tmp_path)
    frames, _ = read(copy, frames=10)
    assert plays_in_browser(copy) and number_of(frames[-1].image) == 9
    assert media.open(copy).info.duration_s == pytest.approx(2.0, abs=0.25)


def test_an_animation_is_scanned_whole_with_the_origin_of_a_picture(tmp_path):
    path = write_animation(tmp_path / "a.gif", 6, comment=b"made by hand")
    scanned = scan(path, finder=FakeFinder(whole_frame_face))
    assert scanned.frames_read == 6 and scanned.coverage and scanned.coverage.animated
    assert scanned.provenance and [tag.value for tag in scanned.provenance.comments] == ["made by hand"]


def write_tiff(path: Path, *pictures: Image, kinds: tuple[int, ...] = (), **options: object) -> Path:
    """Pictures as directories of a TIFF, of these NewSubfileTypes."""
    told = []
    for place, picture in enumerate(pictures):
        made = Pictures.fromarray(picture)
        tags = TiffImagePlugin.ImageFileDirectory_v2()
        if kinds:
            tags[254] = kinds[place]
        made.encoderinfo = {"tiffinfo": tags}
        told.append(made)
    told[0].save(
        path,
        "TIFF",
        save_all=True,
        append_images=told[1:],
        tiffinfo=told[0].encoderinfo["tiffinfo"],
        **options,
    )
    return path


def test_the_picture_behind_a_thumbnail_is_judged():
    frames, coverage = read(REGRESSIONS / "thumbnail_first.tif")
    assert frames[0].image.shape == (96, 160, 3)
    assert coverage.part and (coverage.part.number, coverage.part.count) == (2, 2)


@pytest.mark.parametrize("compression", [None, "tiff_lzw", "tiff_adobe_deflate", "jpeg"])
def test_a_reduced_copy_is_passed_over_however_it_is_compressed(tmp_path, compression):
    path = write_tiff(
        tmp_path / "a.tif",
        numbered(5, 24, 32),
        numbered(9, 96, 128),
        kinds=(1, 0),
        **({"compression": compression} if compression else {}),
    )
    frames, coverage = read(path)
    assert number_of(frames[0].image) == 9 and media.open(path).info.width == 128
    assert coverage.part == Part(PartKind.DIRECTORY, 2, 2, Choice.FULL)


def test_of_pages_of_one_size_the_first_is_judged_and_the_others_are_told(tmp_path):
    frames, coverage = read(write_tiff(tmp_path / "a.tif", numbered(1), numbered(2), numbered(3)))
    assert number_of(frames[0].image) == 1
    assert coverage.part == Part(PartKind.DIRECTORY, 1, 3, Choice.FIRST)


def directory(tags: dict[int, int], following: int = 0) -> bytes:
    """A directory of a little-endian TIFF; values are 32 bit."""
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in sorted(tags.items()))
    return struct.pack("<H", len(tags)) + entries + struct.pack("<I", following)


def write_raw(path: Path, preview: Image | None) -> Path:
    """Camera raw as Nikon lays it out: a thumbnail first, below it the preview as JPEG and the raw data."""
    thumb = numbered(1, 12, 16).tobytes()
    jpeg = io.BytesIO()
    if preview is not None:
        Pictures.fromarray(preview).save(jpeg, "JPEG", quality=95)
    at_thumb = 600
    at_jpeg = at_thumb + len(thumb)
    first, second, third = 8, 300, 450
    head = bytearray(at_thumb)
    head[:8] = b"II*\x00" + struct.pack("<I", first)
    main = {254: 1, 256: 16, 257: 12, 258: 8, 259: 1, 262: 2, 273: at_thumb, 274: 6, 277: 3, 278: 12}
    main |= {279: len(thumb)}
    entries = directory({**main, 330: 200})
    entries = entries.replace(struct.pack("<HHII", 330, 4, 1, 200), struct.pack("<HHII", 330, 4, 2, 200))
    head[first : first + len(entries)] = entries
    head[200:208] = struct.pack("<II", second, third)
    below = directory(
        {254: 1, 259: 6, 513: at_jpeg, 514: len(jpeg.getvalue())} if preview is not None else {254: 1}
    )
    head[second : second + len(below)] = below
    raw = directory({254: 0, 256: 640, 257: 480, 258: 14, 259: 34713, 262: 32803, 273: at_thumb, 279: 10})
    head[third : third + len(raw)] = raw
    path.write_bytes(bytes(head) + thumb + jpeg.getvalue())
    return path


def test_of_camera_raw_the_cameras_own_preview_is_judged_upright(tmp_path):
    frames, coverage = read(write_raw(tmp_path / "a.nef", numbered(7, 480, 640)))
    assert frames[0].image.shape == (640, 480, 3), "the camera was held upright"
    assert number_of(np.rot90(frames[0].image)) == 7
    assert coverage.part == Part(PartKind.DIRECTORY, 2, 3, Choice.PREVIEW)


def test_camera_raw_with_a_thumbnail_alone_is_refused_in_words(tmp_path):
    path = write_raw(tmp_path / "a.nef", None)
    with pytest.raises(MediaError, match=r"640 x 480 in camera raw.*thumbnail of 16 x 12; save it as JPEG"):
        read(path)


def test_a_circle_of_directories_ends(tmp_path):
    path = write_tiff(tmp_path / "a.tif", numbered(1), numbered(2))
    content = bytearray(path.read_bytes())
    with Pictures.open(path) as picture:
        picture.seek(1)
        second = picture._frame_pos[1]  # type: ignore[attr-defined]
    count = struct.unpack("<H", content[second : second + 2])[0]
    content[second + 2 + 12 * count : second + 6 + 12 * count] = struct.pack("<I", 8)
    path.write_bytes(content)
    assert read(path)[1].part == Part(PartKind.DIRECTORY, 1, 2, Choice.FIRST)


def png_with(path: Path, name: bytes, block: bytes, late: bool) -> Path:
    """A PNG with one more chunk, before its pixels or behind them."""
    Pictures.fromarray(numbered(5)).save(path, "PNG")
    content = path.read_bytes()
    chunk = struct.pack(">I", len(block)) + name + block + struct.pack(">I", zlib.crc32(name + block))
    place = content.index(b"IEND") - 4 if late else content.index(b"IDAT") - 4
    path.write_bytes(content[:place] + chunk + content[place:])
    return path


@pytest.mark.parametrize("late", [False, True])
def test_the_orientation_of_a_png_holds_before_and_behind_its_pixels(tmp_path, late):
    exif = Pictures.Exif()
    exif[0x0112] = 6
    path = png_with(tmp_path / "a.png", b"eXIf", exif.tobytes()[6:], late)
    info = media.open(path).info
    frames, coverage = read(path)
    assert (info.width, info.height) == (48, 64) and frames[0].image.shape == (64, 48, 3)
    assert coverage.orientation == 6


def test_a_picture_of_high_dynamic_range_is_told_not_to_be_tone_mapped(tmp_path):
    _, coverage = read(png_with(tmp_path / "a.png", b"cICP", bytes([9, 16, 0, 1]), late=False))
    assert coverage.transfer is Transfer.PQ and not coverage.tone_mapped


@pytest.mark.parametrize(
    "name, head, said",
    [
        (
            "a.jxl",
            b"\xff\x0a\xfa\x1f",
            r"a\.jxl is a JPEG XL picture, which is not read here; save it as PNG",
        ),
        ("b.jxl", b"\x00\x00\x00\x0cJXL \r\n\x87\n", "is a JPEG XL picture"),
        ("a.raf", b"FUJIFILMCCD-RAW 0201", "is camera raw, which is not developed here; save it as JPEG"),
        ("a.cr3", b"\x00\x00\x00\x18ftypcrx \x00\x00\x00\x01", "is camera raw"),
        ("a.rw2", b"IIU\x00\x18\x00\x00\x00", "is camera raw"),
        ("a.psd", b"8BPS\x00\x01", "is a Photoshop document"),
        ("a.pdf", b"%PDF-1.7", "is a PDF, which is not read here; save its pictures as PNG"),
    ],
)
def test_what_people_take_for_a_picture_is_refused_by_its_name(tmp_path, name, head, said):
    (tmp_path / name).write_bytes(head + bytes(2000))
    with pytest.raises(MediaError, match=said):
        media.open(tmp_path / name)
