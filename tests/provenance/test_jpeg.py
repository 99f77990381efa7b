"""Quantisation tables of files written here by encoders that are known, and what a second saving leaves."""

from __future__ import annotations

import io

import av
import numpy as np
import pytest
from PIL import Image as Pictures

from detector.provenance.jpeg import earlier_quality, read_jpeg
from detector.structures import Image, Tables
from tests.provenance.made import picture, smooth_picture


def saved(image: Image, **options: object) -> Pictures.Image:
    stream = io.BytesIO()
    Pictures.fromarray(image).save(stream, "JPEG", **options)
    return Pictures.open(stream)


def pixels(opened: Pictures.Image) -> Image:
    return np.asarray(opened.convert("RGB"), dtype=np.uint8)


@pytest.mark.parametrize("quality", [1, 25, 50, 75, 90, 95, 100])
def test_the_quality_of_standard_tables_is_exact(quality):
    read = read_jpeg(saved(smooth_picture(), quality=quality))
    assert (read.quality, read.tables) == (quality, Tables.STANDARD)


@pytest.mark.parametrize("grade", ["web_low", "web_high", "medium", "maximum"])
def test_photoshops_tables_are_known(grade):
    assert read_jpeg(saved(smooth_picture(), quality=grade)).tables is Tables.PHOTOSHOP


@pytest.mark.parametrize("scale", [2, 5, 31])
def test_a_picture_saved_from_a_video_by_ffmpeg_is_known(scale):
    stream = io.BytesIO()
    with av.open(stream, "w", format="image2pipe") as output:
        encoder = output.add_stream("mjpeg", rate=1, options={"qmin": str(scale), "qmax": str(scale)})
        encoder.width = encoder.height = 160
        encoder.pix_fmt = "yuvj420p"
        frame = av.VideoFrame.from_ndarray(smooth_picture(), format="rgb24")
        output.mux(encoder.encode(frame))
        output.mux(encoder.encode(None))
    assert read_jpeg(Pictures.open(stream)).tables is Tables.MPEG


def test_other_tables_have_a_quality_that_is_like_theirs():
    steps = [20] * 64
    read = read_jpeg(saved(smooth_picture(), qtables=[steps, steps]))
    assert read.tables is Tables.OWN
    assert 50 < read.quality < 90


@pytest.mark.parametrize("number, name", [(0, "4:4:4"), (1, "4:2:2"), (2, "4:2:0")])
def test_subsampling_and_order_are_told(number, name):
    read = read_jpeg(saved(smooth_picture(), subsampling=number, progressive=number == 0))
    assert read.subsampling == name
    assert read.progressive == (number == 0)


def test_what_is_no_jpeg_has_no_tables(tmp_path):
    picture().save(tmp_path / "a.png")
    with Pictures.open(tmp_path / "a.png") as opened:
        assert read_jpeg(opened) is None
        assert earlier_quality(opened, smooth_picture()) is None


@pytest.mark.parametrize("first, last", [(40, 95), (50, 92), (60, 98), (70, 95)])
def test_saving_again_finer_shows(first, last):
    once = pixels(saved(smooth_picture(1, 320), quality=first))
    again = saved(once, quality=last)
    assert earlier_quality(again, pixels(again)) == pytest.approx(first, abs=3)


@pytest.mark.parametrize("quality", [30, 50, 75, 85, 90, 95, 100])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_saving_once_does_not_show_as_twice(seed, quality):
    once = saved(smooth_picture(seed, 320), quality=quality)
    assert earlier_quality(once, pixels(once)) is None


def test_a_png_of_what_was_a_jpeg_shows_it(tmp_path):
    Pictures.fromarray(pixels(saved(smooth_picture(2, 320), quality=60))).save(tmp_path / "a.png")
    with Pictures.open(tmp_path / "a.png") as opened:
        assert earlier_quality(opened, pixels(opened)) == pytest.approx(60, abs=3)


def test_scaling_between_two_savings_hides_the_first():
    once = Pictures.fromarray(pixels(saved(smooth_picture(1, 320), quality=60))).resize((263, 263))
    again = saved(np.asarray(once), quality=95)
    assert earlier_quality(again, pixels(again)) is None
