"""Mutated pictures and videos through the door that judges: each is read or refused in one line, in time.

Usage: python -m tools.fuzz [--photos 20000] [--videos 2000] [--seconds 60] [--seed 0] [--keep FOLDER]

A case is a function of seed and number; what is found is kept in FOLDER. Exit status 1 where something was.
Faces are not looked for: the decoders are what is tried.
"""

from __future__ import annotations

import argparse
import io
import logging
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import av
import numpy as np
import pillow_heif
from av.video.stream import VideoStream
from PIL import Image as Pillow

from detector.errors import MediaError
from detector.media.limits import Limits
from detector.media.workers import DecodeError
from detector.pipeline import scan
from detector.structures import Face, Frame

ASSETS = Path(__file__).resolve().parent.parent / "assets"
LIMITS = Limits(megapixels=30, decode_s=10, decode_mb=1024)
SLACK_S = 20.0
"""Beside the limit of a picture: a worker's start, and a machine that does other things too."""
FRAMES = 4
HEADER = 64
"""Bytes of a file where its sizes and offsets stand."""
EDGES = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF)

PHOTOS = ("JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF", "AVIF", "HEIF", "JPEG2000", "PPM")
VIDEOS = (
    ("mp4", "libx264"),
    ("mov", "mjpeg"),
    ("matroska", "libx264"),
    ("webm", "libvpx"),
    ("avi", "mpeg4"),
    ("mpeg", "mpeg2video"),
    ("mpegts", "libx264"),
    ("flv", "flv"),
    ("asf", "wmv2"),
    ("ogg", "libtheora"),
)
"""Container and codec; one whose codec is not built in is left out."""


class NoFaces:
    """A finder that finds none."""

    def find(self, frame: Frame) -> list[Face]:
        """Nothing."""
        return []


def photos() -> list[bytes]:
    """A small picture in each format, in the modes it has, alone and as an animation, and the portraits."""
    pillow_heif.register_heif_opener()
    noise = Pillow.effect_noise((48, 32), 60)
    made = []
    for form in PHOTOS:
        alone: dict[str, Any] = {}
        animated: dict[str, Any] = {"save_all": True, "append_images": [noise.convert("RGB")]}
        for mode in ("RGB", "L", "RGBA", "P", "I;16", "1"):
            for options in (alone, animated):
                stream = io.BytesIO()
                with suppress(OSError, ValueError, KeyError, RuntimeError, TypeError, UnboundLocalError):
                    noise.convert(mode).save(stream, form, **options)
                    made.append(stream.getvalue())
    of_jpeg: tuple[dict[str, Any], ...] = ({"progressive": True}, {"exif": _turned()})
    for options in of_jpeg:
        stream = io.BytesIO()
        noise.convert("RGB").save(stream, "JPEG", **options)
        made.append(stream.getvalue())
    return [*dict.fromkeys(made), *(path.read_bytes() for path in sorted(ASSETS.glob("portrait_*.jpg")))]


def _turned() -> Pillow.Exif:
    exif = Pillow.Exif()
    exif[0x0112] = 6
    return exif


def videos() -> list[bytes]:
    """A clip of 12 pictures in each container."""
    made = []
    with tempfile.TemporaryDirectory() as folder:
        for container, codec in VIDEOS:
            path = Path(folder) / container
            with suppress(av.FFmpegError, ValueError):
                _write(path, container, codec)
                made.append(path.read_bytes())
    return made


def _write(path: Path, container: str, codec: str) -> None:
    with av.open(str(path), "w", format=container) as output:
        stream = cast(VideoStream, output.add_stream(codec, rate=25))
        stream.width, stream.height = 64, 48
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        stream.codec_context.gop_size = 4
        for number in range(12):
            image = np.full((48, 64, 3), 20 * number, np.uint8)
            frame = av.VideoFrame.from_ndarray(image, format="rgb24").reformat(format=stream.pix_fmt)
            frame.pts, frame.time_base = number, Fraction(1, 25)
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))


def mutated(seeds: list[bytes], rng: np.random.Generator) -> bytes:
    """One of `seeds`, changed in one to four ways."""
    content = bytearray(seeds[rng.integers(len(seeds))])
    for _ in range(rng.integers(1, 5)):
        other = seeds[rng.integers(len(seeds))]
        content = MUTATIONS[rng.integers(len(MUTATIONS))](content, other, rng) or content
    return bytes(content)


def _flip(content: bytearray, other: bytes, rng: np.random.Generator) -> bytearray:
    span = HEADER if rng.random() < 0.3 else len(content)
    for _ in range(rng.integers(1, 16)):
        content[rng.integers(min(span, len(content)))] ^= 1 << int(rng.integers(8))
    return content


def _cut(content: bytearray, other: bytes, rng: np.random.Generator) -> bytearray:
    return content[: rng.integers(1, len(content) + 1)]


def _splice(content: bytearray, other: bytes, rng: np.random.Generator) -> bytearray:
    begin, end = sorted(rng.integers(len(other) + 1, size=2))
    place = rng.integers(len(content) + 1)
    return content[:place] + other[begin:end] + content[place + (end - begin) * int(rng.integers(2)) :]


def _head_of_another(content: bytearray, other: bytes, rng: np.random.Generator) -> bytearray:
    length = rng.integers(4, min(len(other), 512) + 1)
    return bytearray(other[:length]) + content[length:]


def _edge(content: bytearray, other: bytes, rng: np.random.Generator) -> bytearray:
    value, size = EDGES[rng.integers(len(EDGES))], int(rng.choice([1, 2, 4]))
    number = (value & (256**size - 1)).to_bytes(size, "little" if rng.random() < 0.5 else "big")
    place = rng.integers(min(len(content), HEADER if rng.random() < 0.5 else len(content)))
    content[place : place + size] = number
    return content


def _repeat(content: bytearray, other: bytes, rng: np.random.Generator) -> bytearray:
    begin, end = sorted(rng.integers(len(content) + 1, size=2))
    return content[:end] + content[begin:end] * int(rng.integers(1, 4)) + content[end:]


def _blank(content: bytearray, other: bytes, rng: np.random.Generator) -> bytearray:
    begin, end = sorted(rng.integers(len(content) + 1, size=2))
    content[begin:end] = bytes([int(rng.choice([0, 255]))]) * int(end - begin)
    return content


Mutation = Callable[[bytearray, bytes, np.random.Generator], bytearray]
MUTATIONS: tuple[Mutation, ...] = (_flip, _cut, _splice, _head_of_another, _edge, _repeat, _blank)


@dataclass
class Tally:
    """What became of the cases of one kind; `longest_s` is that of the slowest."""

    outcomes: Counter[str] = field(default_factory=Counter)
    longest_s: float = 0.0
    findings: list[str] = field(default_factory=list)

    def row(self, kind: str) -> str:
        """As a row of a table."""
        counts = [self.outcomes[name] for name in ("read", "refused", "crashed", "too slow", "memory")]
        cells: list[str | int] = [
            kind,
            self.outcomes.total(),
            *counts,
            len(self.findings),
            f"{self.longest_s:.1f} s",
        ]
        return f"| {' | '.join(f'{cell:,}' if isinstance(cell, int) else cell for cell in cells)} |"


def outcome(path: Path) -> str:
    """What became of a file; AssertionError or any other fault where it is neither read nor refused well."""
    try:
        found = scan(path, frames=FRAMES, limits=LIMITS, finder=NoFaces())
    except MediaError as refusal:
        told = str(refusal)
        assert told and "\n" not in told, f"not one line: {told!r}"
        if isinstance(refusal.__cause__, DecodeError):
            kind = refusal.__cause__.reason.kind.removeprefix("decoder_").replace("_", " ")
            return "memory" if "memory" in kind else kind
        return "refused"
    assert found.frames_read > 0 and found.preview.image.size, "read, with no picture"
    return "read"


def cases(kind: str, seeds: list[bytes], seed: int, count: int) -> Iterator[tuple[int, bytes]]:
    """The mutated files of a kind."""
    for number in range(count):
        yield number, mutated(seeds, np.random.default_rng([seed, len(kind), ord(kind[0]), number]))


def fuzz(kind: str, seeds: list[bytes], seed: int, count: int, until_s: float, keep: Path) -> Tally:
    """Try `count` cases, or as many as there is time for; `keep` holds the case at hand, and all findings."""
    tally = Tally()
    keep.mkdir(parents=True, exist_ok=True)
    path = keep / f"at_hand_{kind}"
    for number, content in cases(kind, seeds, seed, count):
        if time.monotonic() > until_s:
            break
        path.write_bytes(content)
        begun, fault = time.monotonic(), ""
        try:
            tally.outcomes[outcome(path)] += 1
        except Exception as error:  # noqa: BLE001  # what is looked for
            tally.outcomes["fault"] += 1
            fault = f"{type(error).__name__}: {error}"
        took_s = time.monotonic() - begun
        tally.longest_s = max(tally.longest_s, took_s)
        if took_s > LIMITS.decode_s * (FRAMES + 1) + SLACK_S:
            fault = f"{took_s:.0f} s"
        if fault:
            tally.findings.append(f"{kind} {number}: {fault}")
            (keep / f"{kind}_{number}").write_bytes(content)
            print(tally.findings[-1], file=sys.stderr, flush=True)
    path.unlink(missing_ok=True)
    return tally


def main() -> int:
    """Try, and print what became of it; 1 where something was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=20_000)
    parser.add_argument("--videos", type=int, default=2_000)
    parser.add_argument("--seconds", type=float, default=float("inf"), help="half for each kind")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, default=Path(tempfile.gettempdir()) / "unblend-fuzz")
    args = parser.parse_args()
    logging.disable(logging.CRITICAL)
    found = False
    print("| Kind | Files | Read | Refused | Crashed | Too slow | Memory | Findings | Longest |")
    print("|---|---|---|---|---|---|---|---|---|", flush=True)
    for kind, seeds, count in (("photos", photos(), args.photos), ("videos", videos(), args.videos)):
        tally = fuzz(kind, seeds, args.seed, count, time.monotonic() + args.seconds / 2, args.keep)
        print(tally.row(kind), flush=True)
        found |= bool(tally.findings)
    return int(found)


if __name__ == "__main__":
    sys.exit(main())
