"""Makes the pictures of the tab Learn, `assets/learn/`, from free portraits: see assets/SOURCES.md.

    python -m tools.make_lesson_pictures FOLDER

FOLDER holds `staff/real/NUMBER.jpg` and `sd3/fake/NUMBER.jpg`. No detector that ships was trained on any of
them, and nobody shown is among the genuine pictures that evidence is fitted on. Needs dlib.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import cv2
import numpy as np
from PIL import Image as Pillow

from detector.blending.blend import self_blend
from detector.faces.finder import default_finder
from detector.faces.landmarks import dense68
from detector.structures import Floats, Frame, Image

FOLDER = Path(__file__).resolve().parent.parent / "assets" / "learn"

SIDE = 240
"""Pixels of every picture, whatever it is: size, compression and framing must not tell what is fake."""

JPEG_QUALITY = 90

GENUINE = (
    ("00241", "00268", "00384", "00308", "00356", "00332", "00361")
    + ("00370", "00413", "00419", "00420", "00455", "00496", "00512")
)  # fmt: skip
GENERATED = (
    ("00013", "00047", "00053", "00074", "00091") + ("00110", "00146", "00083", "00121", "00145")
)  # fmt: skip
BLENDED = {"00369": 107, "00441": 103, "00468": 106, "00310": 103, "00448": 101, "00487": 101}
"""Portraits and random seeds, chosen by eye among eight draws that leave all but the face as it was."""

COMMENTS = {
    "genuine": "",
    "generated": "Made by Stable Diffusion 3.",
    "blended": "Self-blend made for Unblend: the face was altered.",
}

COLUMNS = ("file", "kind", "mask", "source")


def main(portraits: Path) -> None:
    """Write the pictures, the masks of the blends and the index."""
    FOLDER.mkdir(exist_ok=True)
    rows = []
    for number, source in enumerate(GENUINE, 1):
        rows.append(write("genuine", number, head_of(portraits / "staff" / "real" / f"{source}.jpg"), source))
    for number, source in enumerate(GENERATED, 1):
        rows.append(write("generated", number, head_of(portraits / "sd3" / "fake" / f"{source}.jpg"), source))
    for number, (source, seed) in enumerate(BLENDED.items(), 1):
        portrait = head_of(portraits / "staff" / "real" / f"{source}.jpg")
        made = self_blend(portrait, dense68(portrait, face_box(portrait)), np.random.default_rng(seed))
        if not np.array_equal(made.real, portrait):
            raise ValueError(f"{source} with random seed {seed} changes more than the face")
        mask = f"blended_{number:02}_mask.png"
        Pillow.fromarray((made.mask * 255).round().astype(np.uint8)).save(FOLDER / mask, optimize=True)
        rows.append({**write("blended", number, made.fake, source), "mask": mask})
    with (FOLDER / "index.csv").open("w", encoding="utf-8", newline="") as stream:
        table = csv.DictWriter(stream, COLUMNS, restval="", lineterminator="\n")
        table.writeheader()
        table.writerows(rows)


def write(kind: str, number: int, picture: Image, source: str) -> dict[str, str]:
    """Save a picture as JPEG, which says inside what it is where it is a fake; gives its row of the index."""
    name = f"{kind}_{number:02}.jpg"
    Pillow.fromarray(picture).save(FOLDER / name, quality=JPEG_QUALITY, optimize=True, comment=COMMENTS[kind])
    return {"file": name, "kind": kind, "source": source}


def face_box(picture: Image) -> Floats:
    """Box (4,) x1, y1, x2, y2 of the largest face."""
    return default_finder().find(Frame(picture))[0].box


def head_of(path: Path) -> Image:
    """The largest square of a portrait about its face, (SIDE, SIDE, 3) uint8 RGB."""
    picture = np.asarray(Pillow.open(path).convert("RGB"))
    x1, y1, x2, y2 = (float(edge) for edge in face_box(picture))
    height, width = picture.shape[:2]
    side = min(height, width)
    left = round(min(max(0.0, (x1 + x2 - side) / 2), width - side))
    top = round(min(max(0.0, (y1 + y2 - side) / 2), height - side))
    square = picture[top : top + side, left : left + side]
    interpolation = cv2.INTER_AREA if side > SIDE else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(square, (SIDE, SIDE), interpolation=interpolation), dtype=np.uint8)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
