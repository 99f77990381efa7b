"""Pictures of high dynamic range into those of a usual screen, by FFmpeg."""

from __future__ import annotations

import logging

import av
from av.filter import Graph
from av.video.reformatter import ColorRange, ColorTrc

from detector.structures import Transfer

log = logging.getLogger(__name__)

TRANSFERS = {int(ColorTrc.SMPTE2084): Transfer.PQ, int(ColorTrc.ARIB_STD_B67): Transfer.HLG}

# libswscale's own tone mapping (ITU-R BT.2390, FFmpeg 8 and later), to what an ordinary clip is coded in.
TO_SDR = "out_transfer=bt709:out_primaries=bt709:intent=perceptual:flags=bilinear"


def transfer_of(picture: av.VideoFrame) -> Transfer:
    """How the values of a decoded picture stand for light; what names no transfer is of standard range."""
    return TRANSFERS.get(int(picture.color_trc), Transfer.SDR)


class ToneMap:
    """Brings pictures of one video to standard range; holds FFmpeg's tables, which are costly to make."""

    def __init__(self) -> None:
        self._graph: Graph | None = None
        self._made_for: tuple[object, ...] = ()

    def to_sdr(self, picture: av.VideoFrame) -> av.VideoFrame | None:
        """The picture as 8 bit RGB of standard range, not turned; None where this FFmpeg cannot do it."""
        kind = (picture.width, picture.height, picture.format.name, picture.color_trc, picture.color_range)
        try:
            if self._graph is None or self._made_for != kind:
                self._graph, self._made_for = _graph(picture), kind
            self._graph.push(picture)
            mapped = self._graph.pull()
        except (av.FFmpegError, ValueError) as error:
            log.debug("no tone mapping (%s)", error)
            return None
        return mapped if isinstance(mapped, av.VideoFrame) else None


def _graph(picture: av.VideoFrame) -> Graph:
    full = int(picture.color_range) == int(ColorRange.JPEG)
    graph = Graph()
    source = graph.add(
        "buffer",
        args=f"video_size={picture.width}x{picture.height}:pix_fmt={picture.format.name}:time_base=1/90000"
        f":pixel_aspect=1/1:colorspace=bt2020nc:range={'pc' if full else 'tv'}",
    )
    steps = [source, graph.add("scale", TO_SDR), graph.add("format", "rgb24"), graph.add("buffersink")]
    for before, after in zip(steps, steps[1:], strict=False):
        before.link_to(after)
    graph.configure()
    return graph
