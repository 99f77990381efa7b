"""Genuine pictures of unseen people to a test set of their self-blends: each real and its blend, encoded
alike, with an index.csv.

Usage: python -m tools.make_blend_set DATA OUT [--split test] [--most 300]     then: python -m detector
                                                                              evaluate OUT/index.csv
                                                                              --detector A,B
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

import numpy as np
from PIL import Image

from detector.blending.blend import BlendError, self_blend
from detector.data.tables import Picture, read_index

RANDOM_SEED = 11
QUALITIES = (60, 96)


def main() -> None:
    """Write the pictures and their index."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("data", type=Path, help="folder with index.csv and landmarks68.npy")
    arguments.add_argument("out", type=Path)
    arguments.add_argument("--split", default="test")
    arguments.add_argument("--most", type=int, default=300, help="genuine pictures used, drawn at random")
    args = arguments.parse_args()
    rng = np.random.default_rng(RANDOM_SEED)
    reals = [
        picture
        for picture in read_index(args.data, args.split)
        if picture.label == 0 and picture.points68 is not None
    ]
    chosen = [reals[number] for number in sorted(rng.permutation(len(reals))[: args.most])]
    args.out.mkdir(parents=True, exist_ok=True)
    rows = [
        row for number, picture in enumerate(chosen) for row in write_pair(picture, number, args.out, rng)
    ]
    with (args.out / "index.csv").open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, ["file", "label", "source", "method", "group"])
        writer.writeheader()
        writer.writerows(rows)
    print(f"{len(rows)} pictures in {args.out}")


def write_pair(picture: Picture, number: int, out: Path, rng: np.random.Generator) -> list[dict[str, object]]:
    """Save one real picture and its self-blend at the same JPEG quality; nothing where no
    blend can be made.
    """
    assert picture.points68 is not None
    try:
        blend = self_blend(picture.image(), picture.points68, rng)
    except BlendError:
        return []
    quality = int(rng.integers(*QUALITIES))
    rows: list[dict[str, object]] = []
    for label, image in enumerate((blend.real, blend.fake)):
        name = f"{number:04d}_{'real' if label == 0 else 'blend'}.jpg"
        Image.fromarray(image).save(out / name, quality=quality)
        rows.append(
            {
                "file": name,
                "label": label,
                "source": "self-blends",
                "method": blend.shape,
                "group": picture.group,
            }
        )
    return rows


if __name__ == "__main__":
    main()
