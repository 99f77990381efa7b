"""A JPEG's quantisation tables, and signs that it was saved more than once."""

from __future__ import annotations

import functools
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from PIL import ImageFile, JpegImagePlugin, JpegPresets

from detector.faces.compression import FREQUENCIES, jpeg_quality
from detector.structures import Image, JpegEncoding, Tables

Steps = NDArray[np.int64]
"""(8, 8) quantisation steps of the luma, row and column of the coefficient."""

STANDARD_50 = np.array(
    [
        *(16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55),
        *(14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62),
        *(18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92),
        *(49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99),
    ],
    dtype=np.int64,
).reshape(8, 8)
"""Luma at quality 50: table K.1 of ITU-T T.81."""

MPEG_INTRA = np.array(
    [
        *(8, 16, 19, 22, 26, 27, 29, 34, 16, 16, 22, 24, 27, 29, 34, 37),
        *(19, 22, 26, 27, 29, 34, 34, 38, 22, 22, 26, 27, 29, 34, 37, 40),
        *(22, 26, 27, 29, 32, 35, 40, 48, 26, 27, 29, 32, 35, 40, 48, 58),
        *(26, 27, 29, 34, 38, 46, 56, 69, 27, 29, 35, 38, 46, 56, 69, 83),
    ],
    dtype=np.int64,
).reshape(8, 8)
"""The default intra matrix of ISO/IEC 11172-2, which FFmpeg's JPEG encoder scales."""
MPEG_SCALES = range(1, 32)

SUBSAMPLINGS = {0: "4:4:4", 1: "4:2:2", 2: "4:2:0"}

COARSER = 6.0
"""Points of quality by which the pixels must show a coarser JPEG than the file's own before it counts as an
earlier one. Measured on 120 pictures shrunk by half, which wipes out their own compression: none of 1,320
saved once, at 11 qualities, and none of 1,680 saved again coarser is told to show an earlier one. Of those
saved again finer at 92 or over 92 in 100 are; at 75 to 90 46 in 100, as multiples of one step fall together
with the other's (docs/provenance.md)."""


def read_jpeg(picture: ImageFile.ImageFile) -> JpegEncoding | None:
    """How the opened file was last written; None where it is no JPEG, or has no table."""
    steps = _luma_steps(picture)
    if steps is None:
        return None
    quality, tables = identify(steps)
    return JpegEncoding(
        quality=quality,
        tables=tables,
        subsampling=SUBSAMPLINGS.get(JpegImagePlugin.get_sampling(picture)),
        progressive=bool(picture.info.get("progressive")),
    )


def earlier_quality(picture: ImageFile.ImageFile, image: Image) -> float | None:
    """The quality of an earlier, coarser JPEG that the pixels `image` (H, W, 3) of the opened file still
    show; None where they show none, or only the file's own.

    In a file that is no JPEG any that shows is an earlier one. Only what was saved again finer, uncut by less
    than a block and unscaled is seen (`faces.compression.jpeg_quality`).
    """
    shown = jpeg_quality(image)
    steps = _luma_steps(picture)
    if shown is None or steps is None:
        return shown
    return shown if shown < _lowest_quality(steps) - COARSER else None


def identify(steps: Steps) -> tuple[float, Tables]:
    """The quality, 1..100, whose standard luma table is nearest to `steps`, and whose tables these are."""
    standard = _standard_tables()
    off = np.abs(np.log(standard / steps)).mean(axis=(1, 2))
    nearest = int(np.argmin(off))
    if (standard[nearest] == steps).all():
        tables = Tables.STANDARD
    elif any((steps == table).all() for table in _photoshop_tables()):
        tables = Tables.PHOTOSHOP
    elif any((steps == table).all() for table in _mpeg_tables()):
        tables = Tables.MPEG
    else:
        tables = Tables.OWN
    return float(nearest + 1), tables


def _luma_steps(picture: ImageFile.ImageFile) -> Steps | None:
    """The steps of the first table; None where there is none that is whole and over 0."""
    tables = getattr(picture, "quantization", None)
    if not tables:
        return None
    first = np.array(tables[min(tables)], dtype=np.int64)
    return first.reshape(8, 8) if first.size == 64 and first.min() > 0 else None


def _lowest_quality(steps: Steps) -> float:
    """The lowest quality that one of the frequencies looked at would show; they differ in tables of a maker's
    own.
    """
    rows, columns = np.array(FREQUENCIES).T
    shares = steps[rows, columns] / STANDARD_50[rows, columns]
    coarsest = float(shares.max())
    return 50 / coarsest if coarsest > 1 else 100 - 50 * coarsest


@functools.cache
def _standard_tables() -> Steps:
    """(100, 8, 8): the luma at qualities 1 to 100, by libjpeg's rule."""
    qualities = np.arange(1, 101)
    percent = np.where(qualities < 50, 5000 // qualities, 200 - 2 * qualities)
    return np.clip((STANDARD_50 * percent[:, None, None] + 50) // 100, 1, 255)


@functools.cache
def _photoshop_tables() -> tuple[Steps, ...]:
    """The luma of Photoshop's grades of quality, as Pillow keeps them."""
    presets = cast(dict[str, dict[str, Any]], JpegPresets.presets)
    kept = (preset["quantization"][0] for preset in presets.values())
    return tuple(np.array(table, dtype=np.int64).reshape(8, 8) for table in kept)


@functools.cache
def _mpeg_tables() -> tuple[Steps, ...]:
    tables = [np.clip(MPEG_INTRA * scale // 8, 1, 255) for scale in MPEG_SCALES]
    for table in tables:
        table[0, 0] = 8
    return tuple(tables)
