"""How many bytes a file says that it has, so that one cut off is known from one that ends."""

from __future__ import annotations

import struct
from io import FileIO

from detector.media.limits import OpenFile

MOST_PARTS = 100_000
UNKNOWN_32 = (0, 0xFFFFFFFF)
EBML, SEGMENT = 0x1A45DFA3, 0x18538067


def is_cut_off(file: OpenFile) -> bool:
    """Whether the file is shorter than its container says (MP4 and its kin, AVI, Matroska); False of those
    that do not say.
    """
    stream = file.from_start()
    head = stream.read(12)
    if head[:4] == b"RIFF":
        end = _end_of_riff(stream, file.bytes)
    elif head[4:8] in (b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"styp"):
        end = _end_of_boxes(stream, file.bytes)
    elif head[:4] == EBML.to_bytes(4, "big"):
        end = _end_of_ebml(stream)
    else:
        return False
    return end is not None and end > file.bytes


def _end_of_boxes(stream: FileIO, size: int) -> int:
    """Where the last whole or broken box of an ISO base media file ends (ISO/IEC 14496-12, section 4.2)."""
    end = 0
    for _ in range(MOST_PARTS):
        stream.seek(end)
        head = stream.read(16)
        if len(head) < 8 or not head[4:8].isascii():
            return end
        length = int(struct.unpack(">I", head[:4])[0])
        if length == 1 and len(head) == 16:
            length = int(struct.unpack(">Q", head[8:])[0])
        if length < 8:  # 0: up to the end of the file, however long that is
            return end
        end += length
        if end >= size:
            return end
    return end


def _end_of_riff(stream: FileIO, size: int) -> int | None:
    """Where the last RIFF list of an AVI ends; a long one has several (OpenDML)."""
    end = 0
    for _ in range(MOST_PARTS):
        stream.seek(end)
        head = stream.read(8)
        if len(head) < 8 or head[:4] != b"RIFF":
            return end
        length = int(struct.unpack("<I", head[4:])[0])
        if length in UNKNOWN_32:
            return None
        end += 8 + length + length % 2
        if end >= size:
            return end - length % 2
    return end


def _end_of_ebml(stream: FileIO) -> int | None:
    """Where the segment of a Matroska ends (RFC 8794, section 4); None where its length is not known, as of
    a live capture.
    """
    stream.seek(4)
    length, begin = _ebml_length(stream, 4)
    if length is None:
        return None
    stream.seek(begin + length)
    if int.from_bytes(stream.read(4), "big") != SEGMENT:
        return None
    length, begin = _ebml_length(stream, begin + length + 4)
    return None if length is None else begin + length


def _ebml_length(stream: FileIO, place: int) -> tuple[int | None, int]:
    """The length that stands at `place`, and where what it measures begins."""
    first = stream.read(1)
    if not first or not first[0]:
        return None, place
    octets = 9 - first[0].bit_length()
    value = int.from_bytes(first + stream.read(octets - 1), "big")
    bits = 7 * octets
    length = value & ((1 << bits) - 1)
    return (None if length == (1 << bits) - 1 else length), place + octets
