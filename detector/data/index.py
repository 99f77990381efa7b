"""An index of face pictures: index.csv and landmarks68.npy to rows with box, landmarks, source and split."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image as PillowImage

from detector.data.labelled import split_name
from detector.errors import SettingsError
from detector.faces.landmarks import contradicts
from detector.structures import Floats, Image

INDEX, LANDMARKS = "index.csv", "landmarks68.npy"
BOX = ("x1", "y1", "x2", "y2")
FIVE = tuple(f"l{number}{axis}" for number in range(5) for axis in "xy")
"""Columns of MTCNN's box and five points (eyes, nose, corners of the mouth), in pixels of the picture."""


@dataclass(frozen=True, eq=False)
class Picture:
    """A row: `label` 1 is fake; `box` (4,) and `points68` (68, 2) float32 in picture pixels, None where MTCNN
    contradicts them.
    """

    path: Path
    label: int
    source: str
    group: str
    box: Floats
    points68: Floats | None

    def image(self) -> Image:
        """The pixels, (H, W, 3) uint8 RGB."""
        with PillowImage.open(self.path) as picture:
            return np.asarray(picture.convert("RGB"))


def read_index(folder: Path, split: str) -> list[Picture]:
    """The rows of `split` in FOLDER/index.csv, in its order; rows without a split belong to none.

    Raises SettingsError where files are missing or do not belong together, and for a split that is none.
    """
    split = split_name(split)
    table_path, points_path = folder / INDEX, folder / LANDMARKS
    if not table_path.exists():
        raise SettingsError(f"{table_path} does not exist; give the folder that holds index.csv")
    table = pd.read_csv(table_path, dtype={"source": str, "group": str})  # a group called 007 is not 7
    points = np.load(points_path).astype(np.float32) if points_path.exists() else None
    if points is not None and len(points) != len(table):
        raise SettingsError(
            f"{points_path.name} has {len(points)} rows, index.csv {len(table)}; they must be the same"
            " pictures"
        )
    boxes = table[[*BOX]].to_numpy(np.float32)
    fives = table[[*FIVE]].to_numpy(np.float32).reshape(-1, 5, 2)
    rows = []
    columns = zip(table["file"], table["label"], table["source"], table["group"], table["split"], strict=True)
    for number, (file, label, source, group, part) in enumerate(columns):
        if pd.isna(part) or _split_in(table_path, number, str(part)) != split:
            continue
        trusted = points is not None and not contradicts(points[number], fives[number], boxes[number])
        rows.append(
            Picture(
                path=folder / str(file),
                label=int(label),
                source=str(source),
                group=f"{source}:{group}",
                box=boxes[number],
                points68=points[number] if trusted and points is not None else None,
            )
        )
    return rows


def _split_in(path: Path, number: int, word: str) -> str:
    """The split of row `number`, the first being 0; SettingsError names the line."""
    try:
        return split_name(word)
    except SettingsError as fault:
        raise SettingsError(f"{path} line {number + 2}: {fault}; mend the index") from None
