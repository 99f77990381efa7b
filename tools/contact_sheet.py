"""Pictures with faces to one picture of self-blends: real, mask and fake side by side, with the shape and
ratio of each.

python -m tools.contact_sheet PICTURES... --out docs/blends.jpg
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
from PIL import Image as Pillow

from detector.blending.blend import Blend, self_blend
from detector.blending.masks import RANDOM_SHAPES
from detector.faces.crop import cut_square, square_around
from detector.faces.finder import default_finder
from detector.faces.landmarks import contradicts, dense68, dense68_available, fitted68, with_forehead
from detector.structures import Floats, Frame, Image

FACE_MARGIN, FACE_SIZE_PX = 0.35, 256
TILE_PX, CAPTION_PX, GAP_PX = 180, 18, 6
COLUMNS = 3
PAPER = 255


def main() -> None:
    """Read the arguments, write the sheet."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pictures", nargs="+", type=Path, help="picture files, or folders of them")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--tiles", type=int, default=24)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    faces = [face for path in _files(arguments.pictures) for face in faces_of(path)]
    if not faces:
        parser.error("no face in these pictures")
    rng = np.random.default_rng(arguments.seed)
    shapes = [RANDOM_SHAPES[number % len(RANDOM_SHAPES)] for number in range(arguments.tiles)]
    # stepping on after each round of shapes, so that faces and shapes meet in new pairs
    order = [(number + number // len(RANDOM_SHAPES)) % len(faces) for number in range(arguments.tiles)]
    blends = [self_blend(*faces[index], rng, shape) for index, shape in zip(order, shapes, strict=True)]
    Pillow.fromarray(sheet(blends)).save(arguments.out, quality=88)


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        yield from sorted(path.iterdir()) if path.is_dir() else [path]


def faces_of(path: Path) -> Iterator[tuple[Image, Floats]]:
    """Each face of a picture as (256, 256, 3) RGB with its landmarks (81, 2); those whose landmarks
    contradict each other are left out.
    """
    image = np.asarray(Pillow.open(path).convert("RGB"))
    for face in default_finder().find(Frame(image)):
        points = dense68(image, face.box) if dense68_available() else fitted68(face.landmarks)
        if contradicts(points, face.landmarks, face.box):
            continue
        square = square_around(face.box, FACE_MARGIN)
        cut, to_image = cut_square(image, square, FACE_SIZE_PX)
        yield cut, with_forehead(((points - to_image[:, 2]) / to_image[0, 0]).astype(np.float32))


def sheet(blends: Sequence[Blend]) -> Image:
    """All tiles in rows of three, (H, W, 3) uint8 RGB."""
    tiles = [tile(blend) for blend in blends]
    tiles += [np.full_like(tiles[0], PAPER)] * (-len(tiles) % COLUMNS)
    rows = [np.hstack(tiles[start : start + COLUMNS]) for start in range(0, len(tiles), COLUMNS)]
    return np.vstack(rows)


def tile(blend: Blend) -> Image:
    """Real, mask and fake beside each other under a line of words."""
    grey = np.repeat((blend.mask * 255).astype(np.uint8)[:, :, None], 3, axis=2)
    pictures = [
        cv2.resize(picture, (TILE_PX, TILE_PX), interpolation=cv2.INTER_AREA)
        for picture in (blend.real, grey, blend.fake)
    ]
    height, width = TILE_PX + CAPTION_PX + GAP_PX, 3 * TILE_PX + GAP_PX
    paper = np.full((height, width, 3), PAPER, np.uint8)
    paper[CAPTION_PX : CAPTION_PX + TILE_PX, : 3 * TILE_PX] = np.hstack(pictures)
    caption = f"{blend.shape}, ratio {blend.ratio:g}: real, mask, fake"
    cv2.putText(
        paper, caption, (2, CAPTION_PX - 5), cv2.FONT_HERSHEY_SIMPLEX, 0.42, (30, 30, 30), 1, cv2.LINE_AA
    )
    return paper


if __name__ == "__main__":
    main()
