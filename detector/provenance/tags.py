"""A file's blocks of metadata as a flat list of tags: EXIF, XMP, IPTC, text and comments, a container's."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from xml.etree import ElementTree

from PIL import Image as Pillow
from PIL import ImageFile, IptcImagePlugin

from detector.media.container import Opened
from detector.media.image import DAMAGED
from detector.structures import Tag

MOST_BYTES = 1024 * 1024
"""Of one entry or packet; what is longer is cut (text) or left unread (XMP)."""
MOST_TAGS = 200

EXIF_IFD, GPS_IFD = 0x8769, 0x8825
EXIF_NAMES = {
    0x010E: "ImageDescription",
    0x010F: "Make",
    0x0110: "Model",
    0x0131: "Software",
    0x0132: "DateTime",
    0x9003: "DateTimeOriginal",
    0x9004: "DateTimeDigitized",
    0x9286: "UserComment",
    0xA434: "LensModel",
}
"""Those that are read, by number (Exif 3.0, tables 4 to 9); authors' names and serial numbers are not."""

XMP_NAMES = frozenset(
    {
        *("CreatorTool", "softwareAgent", "Make", "Model", "Software", "LensModel"),
        *("CreateDate", "ModifyDate", "DateCreated", "DateTimeOriginal"),
        *("DigitalSourceType", "Credit", "description", "UserComment", "AIGC"),
    }
)
RESOURCE = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}resource"

IPTC_NAMES = {(2, 40): "SpecialInstructions", (2, 65): "OriginatingProgram", (2, 110): "Credit"}
"""Datasets of IPTC-IIM 4.2, record 2."""

NO_TEXT = ("XML:com.adobe.xmp", "Raw profile type exif", "Raw profile type iptc", "Raw profile type xmp")
"""PNG chunks of text that hold another block."""


@dataclass
class Blocks:
    """What was read of a file: `tags` in order and whole, whether it tells a place, and blocks `unread`."""

    tags: list[Tag] = field(default_factory=list)
    has_location: bool = False
    unread: list[str] = field(default_factory=list)

    def add(self, block: str, name: str, value: object) -> None:
        """One more tag, where it says something and there are not too many yet."""
        text = _text(value)
        tag = Tag(block, name, text)
        if text and len(self.tags) < MOST_TAGS and tag not in self.tags:
            self.tags.append(tag)


def photo_blocks(picture: ImageFile.ImageFile) -> Blocks:
    """The blocks of an opened photo, whose pixels need not be decoded; a PNG's entries behind its pixels are
    not seen.
    """
    blocks = Blocks()
    for name, read in (("EXIF", _exif), ("XMP", _xmp), ("IPTC", _iptc), ("text", _texts)):
        try:
            read(picture, blocks)
        except (*DAMAGED, ElementTree.ParseError, LookupError, AttributeError):
            blocks.unread.append(name)
    return blocks


def video_blocks(file: Opened) -> Blocks:
    """The entries of an opened video's container and of its picture stream."""
    blocks = Blocks()
    streams: tuple[tuple[str, Mapping[str, str]], ...] = (
        ("container", file.container.metadata),
        ("picture stream", file.stream.metadata),
    )
    for block, entries in streams:
        for name, value in entries.items():
            if "location" in name.lower():
                blocks.has_location = True
            else:
                blocks.add(block, name, value)
    return blocks


def _exif(picture: ImageFile.ImageFile, blocks: Blocks) -> None:
    # the method of the base class: PNG's own decodes the whole picture in search of a late block
    exif = Pillow.Image.getexif(picture)
    blocks.has_location |= bool(exif.get_ifd(GPS_IFD))
    for entries in (exif, exif.get_ifd(EXIF_IFD)):
        for number, name in EXIF_NAMES.items():
            if number in entries:
                value = entries[number]
                blocks.add("EXIF", name, _comment(value) if name == "UserComment" else value)


def _xmp(picture: ImageFile.ImageFile, blocks: Blocks) -> None:
    packet = picture.info.get("xmp") or picture.info.get("XML:com.adobe.xmp")
    if not packet:
        return
    text = packet.decode("utf-8", "replace") if isinstance(packet, bytes) else str(packet)
    # entities could grow without end; no XMP has need of them
    if len(text) > MOST_BYTES or "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise ValueError("an XMP packet that is too long or declares entities")
    for name, value in _properties(ElementTree.fromstring(text.strip("\0 \n\r\t\ufeff"))):
        if name.startswith("GPS"):
            blocks.has_location = True
        elif name in XMP_NAMES:
            blocks.add("XMP", name, value)


def _properties(root: ElementTree.Element) -> Iterator[tuple[str, str]]:
    """Names without namespace and values: attributes, elements, and the items of lists under their name."""
    for element in root.iter():
        for key, value in element.attrib.items():
            yield _local(key), value
        name = _local(element.tag)
        if RESOURCE in element.attrib:
            yield name, element.attrib[RESOURCE]
        for text in _texts_of(element):
            yield name, text


def _texts_of(element: ElementTree.Element) -> Iterable[str]:
    items = [item.text for item in element.iter() if _local(item.tag) == "li"]
    return [text.strip() for text in (element.text, *items) if text and text.strip()]


def _local(name: str) -> str:
    return name.rpartition("}")[2]


def _iptc(picture: ImageFile.ImageFile, blocks: Blocks) -> None:
    entries = IptcImagePlugin.getiptcinfo(picture) or {}
    for number, name in IPTC_NAMES.items():
        values = entries.get(number, [])
        for value in values if isinstance(values, list) else [values]:
            blocks.add("IPTC", name, value)


def _texts(picture: ImageFile.ImageFile, blocks: Blocks) -> None:
    """PNG's chunks of text, and the comment of a JPEG or GIF."""
    form = "JPEG" if picture.format == "MPO" else picture.format
    if form == "PNG":
        for name, value in picture.info.items():
            if isinstance(value, str) and name not in NO_TEXT:
                blocks.add("PNG text", str(name), value)
    elif "comment" in picture.info:
        blocks.add(f"{form} comment", "comment", picture.info["comment"])


def _comment(value: object) -> str:
    """EXIF's UserComment, whose first eight bytes name its character code."""
    if not isinstance(value, bytes):
        return _text(value)
    code, content = value[:8], value[8:]
    if code.startswith(b"UNICODE"):
        # either byte order is found: English text has its zeros before or behind
        return content.decode("utf-16-be" if content[:1] == b"\0" else "utf-16-le", "replace")
    return content.decode("utf-8", "replace")


def _text(value: object) -> str:
    """One line of printable characters."""
    if isinstance(value, bytes):
        value = value[:MOST_BYTES].decode("utf-8", "replace")
    return re.sub(r"[\x00-\x1f\x7f-\x9f\s]+", " ", str(value)[:MOST_BYTES]).strip()
