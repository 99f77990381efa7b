"""The times a person waits, on this machine: a 1080p photo, its heat map, a 10 s 1080p clip, the page coming
up; and blends a second.

Usage: python -m tools.timing     Medians of several runs after one that warms up; nothing else should be
                                  running.
"""

from __future__ import annotations

import argparse
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from PIL import Image

from detector.blending.blend import self_blend
from detector.explain.heatmap import heatmap
from detector.faces.crop import crop_face, cut_square, square_around
from detector.faces.finder import default_finder
from detector.faces.landmarks import fitted68, with_forehead
from detector.pipeline import analyze, load_detector
from detector.structures import Frame

ROOT = Path(__file__).resolve().parent.parent
WIDE, HIGH, FPS, SECONDS = 1920, 1080, 25, 10
BLEND_PX, BLENDS = 256, 100


def main() -> None:
    """Measure and print a table."""
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    with tempfile.TemporaryDirectory() as folder:
        photo, clip = make_photo(Path(folder)), make_clip(Path(folder))
        detector = load_detector()
        judged = analyze(photo, detector)
        assert judged.deciding is not None and len(judged.face_scores) == 1
        crop = crop_face(judged.deciding.face, detector.input)
        rows = [
            ("1080p photo, one face: file to verdict", median_s(lambda: analyze(photo, detector), 9)),
            ("heat map of its face", median_s(lambda: heatmap(crop, detector), 9)),
            ("10 s 1080p clip, 32 frames: file to verdict", median_s(lambda: analyze(clip, detector), 3)),
            ("page: start of the process to its first answer", median_s(page_up, 3, warm_up=False)),
        ]
    print(f"| {detector.info.name}, {os.cpu_count()} cores | median s |\n|---|---|")
    print("\n".join(f"| {words} | {seconds:.2f} |" for words, seconds in rows))
    print(f"{blends_per_s():.0f} self-blended pairs of {BLEND_PX} px a second on one core")


def blends_per_s() -> float:
    """Self-blended pairs made in a second by one core, pictures of 256 px at hand."""
    cv2.setNumThreads(1)
    with Image.open(ROOT / "assets" / "portrait_collins.jpg") as portrait:
        picture = np.asarray(portrait.convert("RGB"))
    face = default_finder().find(Frame(image=picture))[0]
    crop, to_picture = cut_square(picture, square_around(face.box, 0.5), BLEND_PX)
    points = with_forehead(
        fitted68((face.landmarks - to_picture[:, 2].astype(np.float32)) / np.float32(to_picture[0, 0]))
    )
    rng = np.random.default_rng(0)
    return BLENDS / median_s(lambda: [self_blend(crop, points, rng) for _ in range(BLENDS)], 5)


def median_s(work: Callable[[], object], runs: int, warm_up: bool = True) -> float:
    """Median wall seconds of `work`."""
    if warm_up:
        work()
    taken = []
    for _ in range(runs):
        started = time.perf_counter()
        work()
        taken.append(time.perf_counter() - started)
    return statistics.median(taken)


def scene() -> np.ndarray:
    """A portrait enlarged and set into (1080, 1920, 3) uint8."""
    portrait = Image.open(ROOT / "assets" / "portrait_collins.jpg").convert("RGB")
    portrait = portrait.resize(
        (round(portrait.width * HIGH / portrait.height), HIGH), Image.Resampling.LANCZOS
    )
    canvas = Image.new("RGB", (WIDE, HIGH), (120, 130, 140))
    canvas.paste(portrait, ((WIDE - portrait.width) // 2, 0))
    return np.asarray(canvas)


def make_photo(folder: Path) -> Path:
    """The scene as a JPEG."""
    path = folder / "photo.jpg"
    Image.fromarray(scene()).save(path, quality=92)
    return path


def make_clip(folder: Path) -> Path:
    """The scene as a slow pan of 10 s, H.264."""
    path, picture = folder / "clip.mp4", scene()
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=FPS)
        stream.width, stream.height, stream.pix_fmt, stream.time_base = (
            WIDE,
            HIGH,
            "yuv420p",
            Fraction(1, FPS),
        )
        for number in range(FPS * SECONDS):
            frame = av.VideoFrame.from_ndarray(np.roll(picture, number // 2, axis=1), format="rgb24")
            frame.pts = number
            out.mux(stream.encode(frame))
        out.mux(stream.encode())
    return path


def page_up() -> None:
    """Start the page and wait until it answers."""
    port = free_port()
    environment = {**os.environ, "UNBLEND_PORT": str(port)}
    with subprocess.Popen(
        [sys.executable, "app.py"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as app:
        try:
            while not answers(port):
                time.sleep(0.05)
        finally:
            app.terminate()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def answers(port: int) -> bool:
    """Whether the page gives its first screen."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as page:
            return bool(page.status == 200)
    except OSError:
        return False


if __name__ == "__main__":
    main()
