"""What a file says of its own origin and how it was saved: facts beside the evidence, never part of it."""

from __future__ import annotations

from pathlib import Path

from detector.media.container import container_of, opened
from detector.media.image import DAMAGED, open_header
from detector.media.limits import OpenFile, open_file
from detector.provenance.credentials import read_credentials
from detector.provenance.jpeg import earlier_quality, read_jpeg
from detector.provenance.sorting import sort_tags
from detector.provenance.tags import Blocks, photo_blocks, video_blocks
from detector.structures import Image, JpegEncoding, Provenance

__all__ = ["photo_provenance", "video_provenance"]


def photo_provenance(path: Path, image: Image) -> Provenance:
    """The origin of the photo at `path`, of which `image` (H, W, 3) is the decoded picture.

    What is damaged is named in `unread` and breaks nothing; raises MediaError only where the file cannot be
    opened any more.
    """
    with open_file(path) as file:
        picture = open_header(file)
        blocks = photo_blocks(picture)
        jpeg, earlier = None, None
        try:
            jpeg, earlier = read_jpeg(picture), earlier_quality(picture, image)
        except DAMAGED:
            blocks.unread.append("quantisation tables")
        return _provenance(file, str(picture.format), blocks, jpeg, earlier)


def video_provenance(path: Path) -> Provenance:
    """The origin of the video at `path`, as its container says; raises MediaError as above."""
    with open_file(path) as file:
        try:
            with opened(file) as video:
                blocks, form = video_blocks(video), container_of(video)
        except UnicodeDecodeError:
            blocks, form = Blocks(unread=["container"]), ""
        return _provenance(file, form, blocks)


def _provenance(
    file: OpenFile,
    form: str,
    blocks: Blocks,
    jpeg: JpegEncoding | None = None,
    earlier: float | None = None,
) -> Provenance:
    known = sort_tags(blocks.tags)
    return Provenance(
        camera=known.camera,
        software=known.software,
        comments=known.comments,
        times=known.times,
        source_types=known.source_types,
        generation=known.generation,
        labels=known.labels,
        has_location=blocks.has_location,
        jpeg=jpeg,
        earlier_quality=earlier,
        credentials=read_credentials(file.from_start(), form),
        unread=tuple(blocks.unread),
    )
