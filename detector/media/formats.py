"""The formats that are read, each with the ends of its files' names: by content a file is read, by its name
it is looked for in a folder, and both are told here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Format:
    """A format of photos, as Pillow calls it, or a container of videos, as FFmpeg does; `extensions` are in
    lower case.
    """

    name: str
    kind: Literal["photo", "video"]
    extensions: tuple[str, ...]


FORMATS = (
    # Pillow knows many more, some of which start other programs (EPS) or are no photos. AVIF stands before
    # HEIF, as both may carry brand mif1.
    Format("JPEG", "photo", (".jpg", ".jpeg", ".jpe", ".jfif", ".jif", ".mpo")),
    Format("PNG", "photo", (".png", ".apng")),
    Format("WEBP", "photo", (".webp",)),
    Format("BMP", "photo", (".bmp", ".dib")),
    # camera raw in the form of TIFF holds the camera's own preview, which is what is judged of it
    Format(
        "TIFF", "photo", (".tif", ".tiff", ".dng", ".nef", ".nrw", ".arw", ".sr2", ".cr2", ".pef", ".srw")
    ),
    Format("GIF", "photo", (".gif",)),
    Format("AVIF", "photo", (".avif", ".avifs")),
    Format("HEIF", "photo", (".heic", ".heif", ".heics", ".heifs", ".hif")),
    Format("JPEG2000", "photo", (".jp2", ".j2k", ".j2c", ".jpc", ".jpf", ".jpx")),
    Format("PPM", "photo", (".ppm", ".pgm", ".pbm", ".pnm", ".pfm")),
    # These are found in a folder, and refused in words (`named_unread`).
    Format("JPEG XL", "photo", (".jxl",)),
    Format("camera raw", "photo", (".cr3", ".raf", ".orf", ".rw2")),
    # FFmpeg knows hundreds, among them playlists that open other files or addresses, and text shown as
    # pictures.
    Format("mov", "video", (".mp4", ".m4v", ".mov", ".qt", ".3gp", ".3g2", ".f4v")),
    Format("matroska", "video", (".mkv",)),
    Format("webm", "video", (".webm",)),
    Format("avi", "video", (".avi", ".divx")),
    Format("mpeg", "video", (".mpg", ".mpeg", ".mpe", ".vob")),
    Format("mpegts", "video", (".ts", ".mts", ".m2ts", ".m2t")),
    Format("mpegvideo", "video", (".m1v", ".m2v")),
    Format("flv", "video", (".flv",)),
    Format("asf", "video", (".wmv", ".asf")),
    Format("ogg", "video", (".ogv", ".ogm")),
)

_RAW = "camera raw, which is not developed here", "save it as JPEG or PNG from the program that shows it"
UNREAD = (
    (0, b"\xff\x0a", "a JPEG XL picture, which is not read here", "save it as PNG"),
    (4, b"JXL \r\n\x87\n", "a JPEG XL picture, which is not read here", "save it as PNG"),
    (4, b"ftypcrx ", *_RAW),
    (0, b"FUJIFILMCCD-RAW", *_RAW),
    (0, b"IIRO", *_RAW),
    (0, b"IIRS", *_RAW),
    (0, b"MMOR", *_RAW),
    (0, b"IIU\x00", *_RAW),
    (0, b"8BPS", "a Photoshop document, which is not read here", "save it as PNG"),
    (0, b"%PDF", "a PDF, which is not read here", "save its pictures as PNG"),
)
"""Files that people take for pictures, by place and bytes of their signature: what it is, and the way on."""


def named_unread(head: bytes) -> str | None:
    """What a file is that begins like one of `UNREAD`, and the remedy, in words; None of any other."""
    for place, signature, what, remedy in UNREAD:
        if head[place : place + len(signature)] == signature:
            return f"is {what}; {remedy}"
    return None


PHOTOS = tuple(form.name for form in FORMATS if form.kind == "photo")
VIDEOS = tuple(form.name for form in FORMATS if form.kind == "video")
PHOTO_EXTENSIONS = frozenset(end for form in FORMATS if form.kind == "photo" for end in form.extensions)
VIDEO_EXTENSIONS = frozenset(end for form in FORMATS if form.kind == "video" for end in form.extensions)
