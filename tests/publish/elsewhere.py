"""Sets from elsewhere in small: the free portraits of the lesson as two sources, genuine and generated."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

from detector.weights import find_assets

COLUMNS = ("file", "label", "source", "kind", "group", "repo", "path")


def make_cross(folder: Path, each: int = 4) -> Path:
    """A folder with an index of `each` genuine and generated portraits of two sources, two of the genuine
    ones as frames of one clip, and a picture without a face.
    """
    folder.mkdir(parents=True)
    rows = [
        dict.fromkeys(COLUMNS, "") | {"file": "no_face.jpg", "label": "0", "source": "a", "kind": "snapshot"}
    ]
    shutil.copy(find_assets() / "no_face.jpg", folder)
    for number in range(2 * each):
        for label, name in ((0, "genuine"), (1, "generated")):
            file = f"{name}_{number + 1:02d}.jpg"
            shutil.copy(find_assets() / "learn" / file, folder)
            row = {
                "file": file,
                "label": str(label),
                "source": "ab"[number % 2],
                "kind": "diffusion" if label else ("snapshot", "studio")[number % 2],
                "group": f"person {number // 2}" if not label else file,
                "repo": "somebody/clips",
                "path": f"one.mp4#{number}" if not label and number in (0, 2) else file,
            }
            rows.append(row)
    with (folder / "index.csv").open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    return folder
