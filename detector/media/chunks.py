"""What stands behind the pixels of a picture file, or beside what Pillow reads of it."""

from __future__ import annotations

import os
import struct

from PIL import Image as Pillow

from detector.media.limits import OpenFile
from detector.structures import Transfer

MOST_CHUNKS = 100_000
HEAD_BYTES = 64 * 1024

# Transfer characteristics by number (ITU-T H.273, table 3).
TRANSFERS = {16: Transfer.PQ, 18: Transfer.HLG}


def png_chunk(file: OpenFile, name: bytes) -> bytes:
    """The first chunk of a PNG called so, wherever it stands; empty where there is none."""
    descriptor, place = file.stream.fileno(), 8
    for _ in range(MOST_CHUNKS):
        head = os.pread(descriptor, 8, place)
        if len(head) < 8 or head[4:] == b"IEND":
            break
        length = int(struct.unpack(">I", head[:4])[0])
        if head[4:] == name:
            return os.pread(descriptor, min(length, HEAD_BYTES), place + 8)
        place += 12 + length
    return b""


def late_orientation(file: OpenFile) -> int:
    """The orientation in a PNG's EXIF, which may stand behind its pixels; 1 where it has none."""
    block = png_chunk(file, b"eXIf")
    if not block:
        return 1
    exif = Pillow.Exif()
    exif.load(b"Exif\x00\x00" + block)
    return int(exif.get(0x0112, 1))


def transfer_of_photo(file: OpenFile, form: str) -> Transfer:
    """How the values of a PNG (chunk cICP), AVIF or HEIF (box colr of type nclx) stand for light."""
    if form == "PNG":
        coded = png_chunk(file, b"cICP")
        return TRANSFERS.get(coded[1], Transfer.SDR) if len(coded) == 4 else Transfer.SDR
    if form not in ("AVIF", "HEIF"):
        return Transfer.SDR
    _, found, after = os.pread(file.stream.fileno(), HEAD_BYTES, 0).partition(b"colrnclx")
    if not found or len(after) < 4:
        return Transfer.SDR
    return TRANSFERS.get(int(struct.unpack(">H", after[2:4])[0]), Transfer.SDR)
