"""The examples that ship with the program."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from xml.etree import ElementTree

import av
import numpy as np
import pytest
from PIL import Image

FOLDER = Path(__file__).resolve().parent.parent / "assets"
MEDIA = sorted(
    path.relative_to(FOLDER).as_posix()
    for path in FOLDER.rglob("*")
    if path.is_file() and path.name != "SOURCES.md"
)
JPEGS = [name for name in MEDIA if name.endswith(".jpg")]
CLIPS = [name for name in MEDIA if name.endswith(".mp4")]


def frames(path: Path) -> list[np.ndarray]:
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


def test_every_file_is_named_with_source_and_licence(assets: Path) -> None:
    rows = re.findall(
        r"^\| `([^`]+)` \| (.+) \| (.+) \| (.+) \|$", (assets / "SOURCES.md").read_text(), re.MULTILINE
    )
    assert sorted(name for name, *_ in rows) == MEDIA
    assert all(re.match(r"public domain|CC0|MIT", licence) for _, _, licence, _ in rows)


def test_all_together_are_small(assets: Path) -> None:
    assert sum(path.stat().st_size for path in assets.rglob("*")) < 3_000_000


@pytest.mark.parametrize("name", JPEGS)
def test_a_photo_opens_and_is_at_most_1200_pixels(assets: Path, name: str) -> None:
    with Image.open(assets / name) as picture:
        picture.load()
        assert picture.format == "JPEG" and picture.mode == "RGB"
        assert max(picture.size) <= 1200
        assert not picture.getexif()


@pytest.mark.parametrize("name", JPEGS)
def test_exactly_the_altered_photos_say_so_inside(assets: Path, name: str) -> None:
    with Image.open(assets / name) as picture:
        altered = name.endswith("_selfblend.jpg") or name.startswith("learn/blended")
        assert (b"Self-blend" in picture.info.get("comment", b"")) is altered


def test_the_pictures_of_the_lesson_are_alike_but_for_what_they_show(assets: Path) -> None:
    with (assets / "learn" / "index.csv").open(newline="") as table:
        rows = list(csv.DictReader(table))
    assert {row["file"] for row in rows} == {path.name for path in (assets / "learn").glob("*.jpg")}
    for row in rows:
        path = assets / "learn" / row["file"]
        assert path.stat().st_size < 60_000
        with Image.open(path) as picture:
            assert picture.size == (240, 240)
            quantization = picture.quantization
            assert (b"Stable Diffusion" in picture.info.get("comment", b"")) is (row["kind"] == "generated")
        with Image.open(assets / "learn" / rows[0]["file"]) as first:
            assert quantization == first.quantization
        assert bool(row["mask"]) is (row["kind"] == "blended")


def test_the_mask_of_a_blend_lies_on_its_face(assets: Path) -> None:
    for path in (assets / "learn").glob("*_mask.png"):
        mask = np.asarray(Image.open(path), dtype=float) / 255
        assert mask.shape == (240, 240) and 0.02 < mask.mean() < 0.4
        assert mask[:20].max() < 0.05 and mask[-10:].max() < 0.05


@pytest.mark.parametrize(
    "name, genuine",
    [("collins_selfblend.jpg", "portrait_collins.jpg"), ("hopper_selfblend.jpg", "portrait_hopper.jpg")],
)
def test_a_blend_differs_from_its_portrait_in_the_face_only(assets: Path, name: str, genuine: str) -> None:
    fake, real = (np.asarray(Image.open(assets / file).convert("L"), dtype=float) for file in (name, genuine))
    difference = np.abs(fake - real)
    assert difference.max() > 20
    assert 0.005 < (difference > 8).mean() < 0.2
    assert difference[-64:].max() < 8, "the foot of the portrait is untouched"


@pytest.mark.parametrize("name", CLIPS)
def test_a_clip_is_h264_of_five_seconds_and_small(assets: Path, name: str) -> None:
    assert (assets / name).stat().st_size < 1_000_000
    with av.open(str(assets / name)) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert (stream.width, stream.height) == (640, 360)
    assert len(frames(assets / name)) == 125


def test_the_altered_half_of_the_clip_is_captioned(assets: Path) -> None:
    corners = [frame[330:355, 8:120].astype(float) for frame in frames(assets / "clip_half_selfblend.mp4")]
    white = [float((corner.min(axis=2) > 230).mean()) for corner in corners]
    assert max(white[:62]) < 0.01 < min(white[62:])


def test_the_golden_picture_is_lossless_and_512_square(assets: Path) -> None:
    with Image.open(assets / "golden.png") as picture:
        assert (picture.format, picture.mode, picture.size) == ("PNG", "RGB", (512, 512))


def test_the_logo_is_plain_shapes_and_the_icon_is_transparent(assets: Path) -> None:
    tags = {element.tag.split("}")[1] for element in ElementTree.parse(assets / "logo.svg").iter()}
    assert tags == {"svg", "path"}
    with Image.open(assets / "favicon.png") as icon:
        assert icon.mode == "RGBA" and icon.size == (64, 64)
        assert icon.getpixel((0, 0))[3] == 0
