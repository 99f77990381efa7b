"""Genuine pictures that a detector takes for fakes, to what about them moves its answer: each is changed in
one way and judged again.

python -m tools.changes INDEX.csv [--match london_] [--detector NAME] [--most 40] [--changes "none; grey"]

Below the table: how much grain the pictures have, and whether the answer goes with it from one picture to the
next.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np
from scipy.stats import spearmanr

from detector.blending.backdrop import before, draw_backdrop, person
from detector.calibration import probability
from detector.data.labels import read_index
from detector.evaluate.report.markdown import grid
from detector.faces.crop import crop_face
from detector.perturb import blur, brighten, denoise, jpeg, noise, rescale
from detector.pipeline import load_detector, scan
from detector.structures import Image
from detector.zoo.multibranch import LUMA

BATCH = 16
UNCHANGED = "none"

Change = Callable[[Image, np.random.Generator], Image]


def main() -> None:
    """Print a Markdown table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("index", type=Path, help="an index.csv; its rows of label 0 are taken")
    parser.add_argument("--match", default="", help="only files whose path holds this")
    parser.add_argument("--detector", help="name of a shipped detector; left out: the default")
    parser.add_argument("--most", type=int, default=40, help="at most so many pictures (40), evenly taken")
    parser.add_argument("--changes", help="only these, joined by semicolons; none must be among them")
    args = parser.parse_args()
    detector = load_detector(args.detector)
    known = changes(detector.input.margin)
    wanted = [name.strip() for name in args.changes.split(";")] if args.changes else list(known)
    unknown = [name for name in wanted if name not in known]
    if unknown or UNCHANGED not in wanted:
        parser.error(f"--changes must hold {UNCHANGED!r} and be among: {'; '.join(known)}")
    files = [row.file for row in read_index(args.index).rows if row.label == 0 and args.match in row.file]
    files = [
        files[number]
        for number in np.unique(
            np.linspace(0, len(files) - 1, min(args.most, len(files))).round().astype(int)
        )
    ]
    faces_by_file = [scan(args.index.parent / name).faces for name in files]
    crops = [crop_face(faces[0], detector.input).image for faces in faces_by_file if faces]
    if not crops:
        parser.error(f"no genuine picture of {args.index} with a face has {args.match!r} in its path")
    lines, answers = [], {}
    for name in wanted:
        rng = np.random.default_rng(0)
        changed = np.stack([known[name](crop, rng) for crop in crops]).transpose(0, 3, 1, 2).astype(
            np.float32
        ) / np.float32(255)
        logits = np.concatenate(
            [
                detector.engine.logits(changed[start : start + BATCH])
                for start in range(0, len(changed), BATCH)
            ]
        )
        p_fake = probability(logits.astype(np.float64), detector.entry.calibration)
        answers[name] = p_fake
        figures = [float(np.median(p_fake)), float(np.quantile(p_fake, 0.9)), float((p_fake > 0.5).mean())]
        lines.append([name, *(f"{figure:.2f}" for figure in figures)])
    print(f"`{detector.spec.name}`, {len(crops)} genuine pictures\n")
    print(grid(["change of the crop", "p_fake, median", "nine in ten under", "share over 0.5"], lines))
    grains = [grain(crop, _box(crop, detector.input.margin)) for crop in crops]
    together = spearmanr(grains, answers[UNCHANGED]).statistic
    print(
        f"\ngrain as they are: median {np.median(grains):.2f} levels; rank correlation with p_fake"
        f" {together:+.2f}"
    )


def grain(crop: Image, box: np.ndarray) -> float:
    """The noise of a face in levels of 255: the middle of the finest diagonal details inside its box, in
    which edges hardly show.

    As the standard deviation of Gaussian noise would be (Donoho and Johnstone, Biometrika 81, 1994, section
    4), by Haar's wavelet, of grey.
    """
    left, top, right, bottom = (int(value) // 2 * 2 for value in box)
    grey = crop[top:bottom, left:right].astype(np.float64).mean(axis=2)
    diagonal = (grey[::2, ::2] - grey[1::2, ::2] - grey[::2, 1::2] + grey[1::2, 1::2]) / 2
    return float(np.median(np.abs(diagonal)) / 0.6745)


def changes(margin: float) -> dict[str, Change]:
    """What is done to a crop cut with `margin`, by its name: (S, S, 3) uint8 to the same,
    with what it draws.
    """
    return {
        UNCHANGED: lambda crop, _: crop,
        "another wall behind the person": lambda crop, rng: before(
            crop, person(crop, _box(crop, margin)), draw_backdrop(rng)
        ),
        "blur, sigma 1 px": lambda crop, _: blur(crop, 1.0),
        "half the size and back": lambda crop, _: _back(rescale(crop, 0.5), crop),
        "JPEG quality 50": lambda crop, _: jpeg(crop, 50),
        "grain taken away": lambda crop, _: denoise(crop, 30.0),
        "noise, sigma 6": lambda crop, rng: noise(crop, 6.0, rng),
        "noise, sigma 12": lambda crop, rng: noise(crop, 12.0, rng),
        "darker by 30%": lambda crop, _: brighten(crop, -0.3),
        "lit from one side": lambda crop, _: _levels(
            crop * np.linspace(0.45, 1.15, crop.shape[1])[None, :, None]
        ),
        "grey": lambda crop, _: _levels((crop @ np.array(LUMA))[..., None].repeat(3, axis=2)),
    }


def _box(crop: Image, margin: float) -> np.ndarray:
    side = len(crop)
    edge = side * margin / (1 + 2 * margin)
    return np.array([edge, edge, side - edge, side - edge], np.float32)


def _back(small: Image, crop: Image) -> Image:
    return rescale(small, len(crop) / len(small), 2)


def _levels(values: np.ndarray) -> Image:
    return np.asarray(np.clip(np.rint(values), 0, 255), dtype=np.uint8)


if __name__ == "__main__":
    main()
