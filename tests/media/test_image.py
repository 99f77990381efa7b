"""Photos of every format, mode and orientation against pixels known by hand."""

from __future__ import annotations

import hashlib
import io
import time
import warnings
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from detector import media
from detector.errors import MediaError
from detector.media import Limits
from detector.media.image import DAMAGED
from detector.structures import Image

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


def quarters(height: int = 48, width: int = 64) -> Image:
    """Red upper left, green upper right, blue lower left, white lower right."""
    image = np.zeros((height, width, 3), np.uint8)
    image[: height // 2, : width // 2] = RED
    image[: height // 2, width // 2 :] = GREEN
    image[height // 2 :, : width // 2] = BLUE
    image[height // 2 :, width // 2 :] = WHITE
    return image


def frame_of(path: Path) -> Image:
    opened = media.open(path)
    (frame,) = opened.frames
    assert frame.image.dtype == np.uint8 and frame.image.flags["C_CONTIGUOUS"]
    assert frame.image.shape == (opened.info.height, opened.info.width, 3)
    return frame.image


def assert_quarters(image: Image, tolerance: int = 30) -> None:
    height, width = image.shape[:2]
    at = {(0.25, 0.25): RED, (0.25, 0.75): GREEN, (0.75, 0.25): BLUE, (0.75, 0.75): WHITE}
    for (y, x), colour in at.items():
        pixel = image[int(y * height), int(x * width)].astype(int)
        assert np.abs(pixel - colour).max() <= tolerance, f"at {y}, {x}: {pixel}, not {colour}"


def save(path: Path, image: Image, form: str, **options: object) -> Path:
    if form == "HEIF":
        import pillow_heif

        pillow_heif.register_heif_opener()
    Pillow.fromarray(image).save(path, form, **options)
    return path


@pytest.mark.fidelity("4-11")
@pytest.mark.parametrize(
    "form", ["JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF", "AVIF", "HEIF", "JPEG2000", "PPM"]
)
def test_every_format_gives_its_pixels_whatever_its_extension(tmp_path, form):
    path = save(tmp_path / "picture.dat", quarters(), form)
    assert_quarters(frame_of(path))
    assert media.open(path).info.format == form


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "HEIF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied(tmp_path, form, orientation):
    upright = quarters()
    stored = {
        1: upright, 2: upright[:, ::-1], 3: upright[::-1, ::-1], 4: upright[::-1], 5: upright.swapaxes(0, 1),
        6: np.rot90(upright), 7: upright[::-1, ::-1].swapaxes(0, 1), 8: np.rot90(upright, -1),
    }[orientation]  # fmt: skip
    exif = Pillow.Exif()
    exif[0x0112] = orientation
    path = save(tmp_path / "turned", np.ascontiguousarray(stored), form, exif=exif.tobytes())
    assert media.open(path).info.width == 64
    assert_quarters(frame_of(path))


def test_a_broken_exif_block_does_not_refuse_the_picture(tmp_path):
    path = save(tmp_path / "a.jpg", quarters(), "JPEG", exif=b"Exif\x00\x00II*\x00\xff\xff\xff\xffrubbish")
    assert_quarters(frame_of(path))


def test_cmyk_is_not_inverted(tmp_path):
    path = tmp_path / "a.jpg"
    Pillow.fromarray(quarters()).convert("CMYK").save(path, quality=95)
    assert b"Adobe" in path.read_bytes()[:4096]
    assert_quarters(frame_of(path))


@pytest.mark.parametrize("form", ["PNG", "TIFF"])
def test_16_bit_grey_is_scaled_not_clipped(tmp_path, form):
    values = np.array([[0, 257, 32768, 65535]], np.uint16).repeat(4, axis=0)
    Pillow.fromarray(values).save(tmp_path / "deep", form)
    assert frame_of(tmp_path / "deep")[0].tolist() == [[0] * 3, [1] * 3, [128] * 3, [255] * 3]


def test_16_bit_grey_of_other_byte_order_is_scaled(tmp_path):
    (tmp_path / "a.pgm").write_bytes(b"P5 3 1 65535\n" + np.array([0, 32768, 65535], ">u2").tobytes())
    assert frame_of(tmp_path / "a.pgm")[0, :, 0].tolist() == [0, 128, 255]


def test_16_bit_colour_is_scaled_not_clipped(tmp_path):
    (tmp_path / "deep.png").write_bytes(
        png(2, 1, 16, 2, b"\x00" + np.array([65535, 32768, 0, 257, 0, 65535], ">u2").tobytes())
    )
    assert np.abs(frame_of(tmp_path / "deep.png")[0].astype(int) - [[255, 128, 0], [1, 0, 255]]).max() <= 1


def test_floats_from_0_to_1_are_scaled(tmp_path):
    Pillow.fromarray(np.array([[0.0, 0.5, 1.0]], np.float32)).save(tmp_path / "a.tif")
    assert frame_of(tmp_path / "a.tif")[0, :, 0].tolist() == [0, 128, 255]


@pytest.mark.parametrize("mode, form", [("P", "PNG"), ("P", "GIF"), ("P", "BMP")])
def test_a_palette_is_resolved(tmp_path, mode, form):
    Pillow.fromarray(quarters()).convert(mode, palette=Pillow.Palette.ADAPTIVE).save(tmp_path / "a", form)
    assert_quarters(frame_of(tmp_path / "a"))


@pytest.mark.parametrize("form", ["PNG", "WEBP", "TIFF"])
def test_what_is_transparent_becomes_white(tmp_path, form):
    rgba = np.zeros((4, 2, 4), np.uint8)
    rgba[:, 0] = (0, 0, 0, 0)
    rgba[:, 1] = (200, 0, 0, 128)
    Pillow.fromarray(rgba).save(tmp_path / "a", form, **({"lossless": True} if form == "WEBP" else {}))
    pixels = frame_of(tmp_path / "a")[0].astype(int)
    assert pixels[0].tolist() == [255, 255, 255]
    assert np.abs(pixels[1] - [227, 127, 127]).max() <= 2


def test_grey_with_alpha_and_a_transparent_palette_lie_on_white(tmp_path):
    Pillow.fromarray(np.array([[[0, 0], [0, 255]]], np.uint8), "LA").save(tmp_path / "la.png")
    assert frame_of(tmp_path / "la.png")[0, :, 0].tolist() == [255, 0]
    palette = Pillow.fromarray(np.array([[0, 1]], np.uint8), "P")
    palette.putpalette([10, 20, 30, 40, 50, 60])
    palette.save(tmp_path / "p.png", transparency=0)
    assert frame_of(tmp_path / "p.png")[0].tolist() == [[255, 255, 255], [40, 50, 60]]


def test_one_bit_is_black_and_white(tmp_path):
    Pillow.fromarray(np.array([[True, False]])).save(tmp_path / "a.png")
    assert frame_of(tmp_path / "a.png")[0].tolist() == [[255] * 3, [0] * 3]


def test_a_colour_profile_is_not_applied(tmp_path):
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    path = save(tmp_path / "a.png", quarters(), "PNG", icc_profile=profile)
    assert np.array_equal(frame_of(path), quarters())


def test_hash_and_count_are_of_the_original_bytes(tmp_path):
    path = save(tmp_path / "a.jpg", quarters(), "JPEG")
    info = media.open(path).info
    assert info.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert info.bytes == path.stat().st_size


def test_a_tiny_picture_opens(tmp_path):
    assert frame_of(save(tmp_path / "a.png", quarters(8, 8), "PNG")).shape == (8, 8, 3)


def test_frames_can_be_read_twice(tmp_path):
    frames = media.open(save(tmp_path / "a.png", quarters(), "PNG")).frames
    assert np.array_equal(next(iter(frames)).image, next(iter(frames)).image)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "HEIF", "BMP"])
def test_a_truncated_picture_is_refused(tmp_path, form):
    noise = np.random.default_rng(0).integers(0, 255, (200, 200, 3), np.uint8)
    whole = save(tmp_path / "whole", noise, form).read_bytes()
    (tmp_path / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(MediaError, match=r"cut\.jpg"):
        list(media.open(tmp_path / "cut.jpg").frames)


@pytest.mark.parametrize("content, words", [
    (b"", "is empty"), (b"This is a letter, not a picture.\n" * 20, "neither a photo nor a video"),
    (b"#EXTM3U\n#EXT-X-VERSION:3\n#EXTINF:10,\n/etc/hostname\n", "neither a photo nor a video"),
    (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "neither a photo nor a video"),
    (b"\xff\xd8\xff\xe0rubbish", "begins like a picture"),
])  # fmt: skip
@pytest.mark.parametrize("name", ["a.jpg", "a.mp4", "a.txt"])
def test_what_is_no_picture_is_refused_in_words(tmp_path, name, content, words):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(MediaError, match=words) as refusal:
        media.open(tmp_path / name)
    assert str(refusal.value).startswith(name) and "\n" not in str(refusal.value)


def test_a_folder_and_a_missing_file_are_refused_in_words(tmp_path):
    with pytest.raises(MediaError, match="is a folder"):
        media.open(tmp_path)
    with pytest.raises(MediaError, match=r"nothing\.jpg does not exist"):
        media.open(tmp_path / "nothing.jpg")


def png(width: int, height: int, depth: int, colour: int, rows: bytes) -> bytes:
    def chunk(name: bytes, body: bytes) -> bytes:
        return len(body).to_bytes(4, "big") + name + body + zlib.crc32(name + body).to_bytes(4, "big")

    header = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes([depth, colour, 0, 0, 0])
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def test_400_megapixels_are_refused_before_decoding(tmp_path):
    path = tmp_path / "huge.png"
    path.write_bytes(png(20_000, 20_000, 1, 0, b"\x00" * (2501 * 20_000)))
    before, began = Pillow.MAX_IMAGE_PIXELS, time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(
            MediaError,
            match=r"huge\.png has 20000 x 20000 pixels \(400 megapixels\), the limit is 120; .*scale",
        ):
            media.open(path)
    assert time.process_time() - began < 0.5
    assert before == Pillow.MAX_IMAGE_PIXELS


def test_more_than_pillows_own_limit_opens_where_ours_allows_it(tmp_path):
    path = tmp_path / "big.png"
    path.write_bytes(png(14_000, 14_000, 1, 0, b"\x00" * (1751 * 14_000)))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert media.open(path, limits=Limits(megapixels=200)).info.width == 14_000


def test_a_photo_over_the_limit_of_bytes_is_refused(tmp_path):
    path = save(tmp_path / "a.bmp", quarters(600, 600), "BMP")
    with pytest.raises(MediaError, match=r"a\.bmp has 1\.0 MB, the limit for a photo is 0\.5 MB"):
        media.open(path, limits=Limits(photo_mb=0.5))


@pytest.mark.fidelity("4-11")
def test_extensions_are_lower_case_with_a_dot():
    assert {".jpg", ".heic", ".avif"} <= media.PHOTO_EXTENSIONS and {
        ".mp4",
        ".mpg",
        ".webm",
    } <= media.VIDEO_EXTENSIONS
    assert not media.PHOTO_EXTENSIONS & media.VIDEO_EXTENSIONS
    assert all(e == e.lower() and e.startswith(".") for e in media.PHOTO_EXTENSIONS | media.VIDEO_EXTENSIONS)


def test_a_multi_picture_jpeg_is_a_jpeg(tmp_path):
    buffer = io.BytesIO()
    Pillow.fromarray(quarters()).save(
        buffer, "MPO", save_all=True, append_images=[Pillow.new("RGB", (64, 48))]
    )
    (tmp_path / "a.jpg").write_bytes(buffer.getvalue())
    assert media.open(tmp_path / "a.jpg").info.format == "JPEG"
    assert_quarters(frame_of(tmp_path / "a.jpg"))


def read_or_refused(path: Path) -> bool:
    """Whether a file is either read or refused in one line; any other fault is raised."""
    try:
        opened = media.open(path, frames=4)
        return bool(list(opened.frames))
    except MediaError as refusal:
        return "\n" not in str(refusal)


def test_an_animation_cut_off_anywhere_is_read_or_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.gif"
    rng = np.random.default_rng(0)
    first, second = (Pillow.fromarray(rng.integers(0, 255, (8, 8), dtype=np.uint8)) for _ in range(2))
    first.save(path, save_all=True, append_images=[second])
    whole = path.read_bytes()
    for length in range(1, len(whole)):
        path.write_bytes(whole[:length])
        assert read_or_refused(path)


def test_a_tiff_cut_off_in_its_header_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    Pillow.new("RGB", (8, 8)).save(path)
    whole = path.read_bytes()
    for length in range(1, 20):
        path.write_bytes(whole[:length])
        assert read_or_refused(path)


def test_a_picture_that_lost_its_palette_is_refused() -> None:
    picture = Pillow.new("P", (8, 8))
    picture.palette = None
    with pytest.raises(DAMAGED):
        _ = picture.has_transparency_data
