"""Everyday corruptions of a file, as compression, size, blur and noise: its pixels are changed before faces
are looked for.
"""

from __future__ import annotations

import tempfile
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from detector.faces.finder import FaceFinder, default_finder, whole_picture_face
from detector.media.container import opened, to_upright_rgb
from detector.media.image import is_photo
from detector.media.limits import open_file
from detector.media.video import decode_all
from detector.perturb import Corruption, Kind, Step, corrupt
from detector.pipeline import scan
from detector.structures import Face, Frame, Image, Scan

TICKS = 90_000
"""Ticks a second of a clip that is encoded anew; fine enough for every common rate."""
ENCODER_THREADS = 4
"""Fixed, because what x264 gives back hangs on it."""
CLIP_RATE = 25
"""Pictures a second where a clip does not tell its own."""


def _each(kind: Kind, words: str, levels: Sequence[float]) -> tuple[Corruption, ...]:
    return tuple(Corruption(words.format(level), (Step(kind, level),)) for level in levels)


def _brighter(change: float) -> Corruption:
    return Corruption(
        f"{'brighter' if change > 0 else 'darker'} by {abs(change):.0%}", (Step("brightness", change),)
    )


HALF_AND_JPEG = Corruption("half the size, then JPEG quality 50", (Step("scale", 0.5), Step("jpeg", 50)))

OF_PHOTOS = (
    *_each("jpeg", "JPEG quality {}", (90, 70, 50, 30)),
    *_each("scale", "size x {}", (0.75, 0.5, 0.25)),
    HALF_AND_JPEG,
    *_each("blur", "blur, sigma {} px", (1, 2, 3)),
    *_each("noise", "noise, sigma {}", (5, 10, 20)),
    *(_brighter(change) for change in (0.2, 0.4, -0.2, -0.4)),
    *_each("h264", "frame of H.264 at CRF {}", (23, 32, 40)),
)

OF_VIDEOS = (
    *_each("h264", "H.264 at CRF {}", (23, 32, 40)),
    *_each("scale", "size x {}", (0.5,)),
    Corruption("half the size, then H.264 at CRF 32", (Step("scale", 0.5), Step("h264", 32))),
)


def scan_corrupted(
    path: Path,
    corruption: Corruption,
    *,
    frames: int,
    finder: FaceFinder | None = None,
    cropped: bool = False,
) -> Scan:
    """What `pipeline.scan` finds in the file after `corruption`; boxes are in pixels of the corrupted
    picture.

    A video with a step of H.264 is encoded anew as a whole, up to that step; every other step changes the
    frames that are looked at.
    """
    with open_file(path) as file:
        photo = is_photo(file)
    seed = (corruption.random_seed, zlib.crc32(path.name.encode()))
    inner = _WholePicture() if cropped else (finder or default_finder())
    coded = max(
        (number for number, step in enumerate(corruption.steps, start=1) if step.kind == "h264"), default=0
    )
    if not coded or photo:
        return scan(path, frames=frames, finder=_CorruptingFinder(inner, corruption.steps, seed))
    *before, last = corruption.steps[:coded]
    with tempfile.TemporaryDirectory() as folder:
        again = Path(folder) / f"{path.stem}.mp4"
        encode_again(
            path,
            again,
            int(last.level),
            lambda image, number: corrupt(image, before, np.random.default_rng([*seed, number])),
        )
        return scan(again, frames=frames, finder=_CorruptingFinder(inner, corruption.steps[coded:], seed))


def encode_again(path: Path, out: Path, crf: int, change: Callable[[Image, int], Image]) -> None:
    """Write the video `path`, without sound and every picture changed, to the MP4 `out`: H.264 at `crf`, all
    times as they were.

    `change` is given the picture, (H, W, 3) upright, and its number. An odd last row or column is dropped.
    """
    with opened(path) as file, av.open(str(out), "w", format="mp4") as output:
        stream = None
        for number, (ticks, picture) in enumerate(decode_all(file)):
            image = change(to_upright_rgb(picture, file.stream.sample_aspect_ratio), number)
            height, width = image.shape[0] // 2 * 2, image.shape[1] // 2 * 2
            if stream is None:
                stream = output.add_stream(
                    "libx264", rate=file.stream.average_rate or CLIP_RATE, options={"crf": str(crf)}
                )
                stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
                stream.codec_context.time_base = Fraction(1, TICKS)
                stream.codec_context.thread_count = ENCODER_THREADS
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(image[:height, :width]), format="rgb24")
            # the first picture's size holds for all, should it change on the way
            frame = frame.reformat(width=stream.width, height=stream.height, format="yuv420p")
            frame.pts, frame.time_base = round(file.seconds(ticks) * TICKS), Fraction(1, TICKS)
            output.mux(stream.encode(frame))
        if stream is not None:
            output.mux(stream.encode(None))


@dataclass(frozen=True, eq=False)
class _CorruptingFinder:
    """Changes each frame before `inner` looks for faces in it."""

    inner: FaceFinder
    steps: Sequence[Step]
    seed: tuple[int, int]

    def find(self, frame: Frame) -> list[Face]:
        rng = np.random.default_rng([*self.seed, frame.index])
        return self.inner.find(replace(frame, image=corrupt(frame.image, self.steps, rng)))


class _WholePicture:
    """Takes every frame for a face."""

    def find(self, frame: Frame) -> list[Face]:
        return [whole_picture_face(frame)]
