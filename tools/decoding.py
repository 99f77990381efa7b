"""How long the frames of files take from a decode worker and in this process, turn by turn.

Usage: python -m tools.decoding [--rounds 9] FILE ... [--make FOLDER]
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from PIL import Image as Pillow

from detector import media
from detector.media.limits import Limits
from detector.reading import open_for_judging

FRAMES = 32
SIDES = {"720p": (720, 1280), "1080p": (1080, 1920)}


def through_door(path: Path, limits: Limits) -> None:
    """Read all frames as `scan` does."""
    with open_for_judging(path, FRAMES, limits) as opened:
        for _ in opened.frames:
            pass


def bare(path: Path) -> None:
    """Read all frames with `media` alone."""
    for _ in media.open(path, frames=FRAMES).frames:
        pass


def make(folder: Path) -> list[Path]:
    """Photos and clips of usual sizes: noise on a gradient, so that no codec has it easy."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(0)
    paths = []
    for name, (height, width) in SIDES.items():
        grid = np.add.outer(np.arange(height), np.arange(width))[:, :, None] + np.array([0, 80, 160])
        images = [
            ((grid + 3 * number + rng.integers(0, 12, grid.shape)) % 256).astype(np.uint8)
            for number in range(8)
        ]
        for suffix in (".jpg", ".png", ".webp"):
            paths.append(folder / f"{name}{suffix}")
            Pillow.fromarray(images[0]).save(paths[-1])
        paths.append(folder / f"{name}.mp4")
        _write(paths[-1], images)
    return paths


def _write(path: Path, images: list[np.ndarray[tuple[int, ...], np.dtype[np.uint8]]]) -> None:
    with av.open(str(path), "w") as output:
        stream = output.add_stream("libx264", rate=25, options={"preset": "veryfast", "g": "12"})
        stream.height, stream.width = images[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        for number in range(250):
            frame = av.VideoFrame.from_ndarray(images[number % len(images)], format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))


def main() -> None:
    """Print the median milliseconds of each way."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--make", metavar="FOLDER", type=Path, help="also files made for this")
    parser.add_argument("--rounds", type=int, default=9)
    args = parser.parse_args()
    for path in [*args.files, *(make(args.make) if args.make else [])]:
        ways: dict[str, Callable[[], None]] = {
            "media": lambda path=path: bare(path),  # type: ignore[misc]
            "worker off": lambda path=path: through_door(path, Limits(in_worker=False)),  # type: ignore[misc]
            "worker on": lambda path=path: through_door(path, Limits()),  # type: ignore[misc]
        }
        spent: dict[str, list[float]] = {way: [] for way in ways}
        for turn in range(args.rounds + 1):
            for way, read in ways.items():
                begun = time.perf_counter()
                read()
                if turn:  # the first finds nothing in the cache
                    spent[way].append(1000 * (time.perf_counter() - begun))
        medians = {way: statistics.median(times) for way, times in spent.items()}
        slower = medians["worker on"] / medians["media"] - 1
        print(path.name, *(f"{way} {ms:.1f} ms" for way, ms in medians.items()), f"{slower:+.1%}", sep="  ")


if __name__ == "__main__":
    main()
