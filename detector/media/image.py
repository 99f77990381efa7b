"""A photo file into one upright RGB frame."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import (  # noqa: F401 (each reader registers itself)
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    ImageFile,
    Jpeg2KImagePlugin,
    JpegImagePlugin,
    PngImagePlugin,
    PpmImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)
from PIL import Image as Pillow

from detector.errors import MediaError
from detector.media.chunks import late_orientation, transfer_of_photo
from detector.media.formats import PHOTOS
from detector.media.limits import Limits, OpenFile, open_file
from detector.media.tiff import Chosen, is_tiff, open_tiff
from detector.structures import Choice, Coverage, Frame, Image, MediaInfo, Part, PartKind

HEADER_BYTES = 32
ORIENTATION_TAG = 0x0112

# What Pillow's and pillow-heif's readers raise on a file that is not what its first bytes say.
DAMAGED = (
    OSError,
    SyntaxError,
    ValueError,
    IndexError,
    TypeError,
    KeyError,
    EOFError,
    OverflowError,
    RuntimeError,
    AssertionError,
    struct.error,
    zlib.error,
    Pillow.DecompressionBombError,
)

# EXIF orientation to what puts the picture upright.
UPRIGHT = {
    2: Pillow.Transpose.FLIP_LEFT_RIGHT,
    3: Pillow.Transpose.ROTATE_180,
    4: Pillow.Transpose.FLIP_TOP_BOTTOM,
    5: Pillow.Transpose.TRANSPOSE,
    6: Pillow.Transpose.ROTATE_270,
    7: Pillow.Transpose.TRANSVERSE,
    8: Pillow.Transpose.ROTATE_90,
}


@dataclass(frozen=True)
class PhotoPlan:
    """A photo still to be decoded."""

    path: Path


def is_photo(file: OpenFile) -> bool:
    """Whether the first bytes are those of a picture format that is read here; the extension does not
    count.
    """
    return bool(_formats_of(file.from_start().read(HEADER_BYTES)))


@dataclass(frozen=True)
class Photo:
    """The facts of a photo, and what of its file will be looked at."""

    info: MediaInfo
    coverage: Coverage


def describe_photo(file: OpenFile, limits: Limits) -> Photo:
    """The facts of a photo, from its headers alone; limits are checked before any pixel is decoded."""
    limits.check_photo_bytes(file.name, file.bytes)
    chosen = _open_chosen(file)
    picture = chosen.picture
    limits.check_pixels(file.name, *picture.size)
    transfer = transfer_of_photo(file, str(picture.format))
    coverage = Coverage(part=chosen.part, orientation=_stored(chosen), transfer=transfer)
    return Photo(facts_of(file, picture, chosen.orientation), coverage)


def facts_of(file: OpenFile, picture: ImageFile.ImageFile, orientation: int) -> MediaInfo:
    """The facts of an opened picture as of a photo; `orientation`, 1..8, is what is still to be undone."""
    width, height = picture.size if orientation < 5 else picture.size[::-1]
    return MediaInfo(
        name=file.name,
        kind="photo",
        sha256=file.sha256(),
        bytes=file.bytes,
        format="JPEG" if picture.format == "MPO" else str(picture.format),
        width=width,
        height=height,
    )


def read_photo(plan: PhotoPlan) -> Frame:
    """Decode a photo, of an animation the first picture: upright, 8 bit, on white where it is transparent.

    Colour profiles are not applied: pixels are taken as sRGB, as they are when the networks are trained.
    """
    name = plan.path.name
    with open_file(plan.path) as file:
        chosen = _open_chosen(file)
        try:
            return Frame(image=upright_rgb(chosen.picture, chosen.orientation))
        except DAMAGED as error:
            raise MediaError(
                f"{name} is damaged or cut off ({_one_line(error)}); copy or save it again from its source"
            ) from error


def upright_rgb(picture: ImageFile.ImageFile, orientation: int) -> Image:
    """Decode an opened picture and put it upright, as `read_photo` does."""
    turn = UPRIGHT.get(orientation)
    picture.load()
    return _to_rgb(picture.transpose(turn) if turn is not None else picture)


def _open_chosen(file: OpenFile) -> Chosen:
    """The picture that is to be judged, of a file that holds several."""
    if is_tiff(file.from_start().read(HEADER_BYTES)):
        return open_tiff(file)
    picture = open_header(file)
    count = int(getattr(picture, "n_frames", 1)) if picture.format == "HEIF" else 1
    part = Part(PartKind.PICTURE, 1 + picture.tell(), count, Choice.DEFAULT) if count > 1 else None
    return Chosen(picture, orientation_of(file, picture), part)


def _stored(chosen: Chosen) -> int:
    """How the picture lies in the file, also where its reader turns it by itself (TIFF)."""
    tags = getattr(chosen.picture, "tag_v2", None)
    stored = chosen.orientation if tags is None else tags.get(ORIENTATION_TAG, 1)
    return int(stored) if stored in UPRIGHT else 1


def _formats_of(header: bytes) -> list[str]:
    """The formats whose signature `header` has."""
    if header[4:8] == b"ftyp" and "HEIF" not in Pillow.OPEN:
        import pillow_heif

        pillow_heif.register_heif_opener()
    formats = []
    for name in PHOTOS:
        accept = Pillow.OPEN[name][1] if name in Pillow.OPEN else None
        if accept is not None and accept(header) is True:
            formats.append(name)
    return formats


def open_header(file: OpenFile) -> ImageFile.ImageFile:
    """Read a header without Pillow's own bomb check, whose limit belongs to the whole process; `Limits` has
    ours.
    """
    reason = "unknown format"
    for form in _formats_of(file.from_start().read(HEADER_BYTES)):
        try:
            return Pillow.OPEN[form][0](file.from_start(), file.name)
        except DAMAGED as error:
            reason = f"{form}: {_one_line(error)}"
    raise MediaError(
        f"{file.name} begins like a picture but cannot be read ({reason}); copy or save it again from its"
        " source"
    )


def orientation_of(file: OpenFile, picture: ImageFile.ImageFile) -> int:
    """EXIF orientation 1..8 of an opened picture, also from behind the pixels of a PNG; 1 where the EXIF
    block is broken.
    """
    try:
        # the method of the base class: PNG's own decodes the whole picture in search of a late block
        orientation = Pillow.Image.getexif(picture).get(ORIENTATION_TAG, 1)
        if picture.format == "PNG" and "exif" not in picture.info:
            orientation = late_orientation(file)
    except DAMAGED:
        return 1
    return orientation if orientation in UPRIGHT else 1


def _to_rgb(picture: Pillow.Image) -> Image:
    if picture.mode in ("I", "F") or picture.mode.startswith("I;16"):
        return _deep_grey_to_rgb(np.asarray(picture))
    if picture.has_transparency_data:
        straight = picture.convert("LA") if picture.mode == "La" else picture
        layer = straight.convert("RGBA")
        flat = Pillow.new("RGB", layer.size, "white")
        flat.paste(layer, mask=layer.getchannel("A"))
        return np.array(flat, dtype=np.uint8)
    return np.array(picture.convert("RGB"), dtype=np.uint8)


def _deep_grey_to_rgb(values: NDArray[np.generic]) -> Image:
    """Grey (H, W) of more than 8 bits, scaled and not clipped, to (H, W, 3).

    Unsigned 16 bit spans 0..65535. Modes I and F do not say what white is: the smallest of 1 (F only), 255,
    65535 that holds every value.
    """
    if values.dtype.itemsize == 2:
        peak = 65535.0
    else:
        highest = float(np.nanmax(values))
        steps = (1.0, 255.0, 65535.0) if values.dtype.kind == "f" else (255.0, 65535.0)
        peak = next((step for step in steps if highest <= step), highest)
    scaled = np.nan_to_num(values.astype(np.float32)) * np.float32(255.0 / peak)
    grey = np.clip(np.rint(scaled), 0, 255).astype(np.uint8)
    return np.repeat(grey[:, :, None], 3, axis=2)


def _one_line(error: BaseException) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
