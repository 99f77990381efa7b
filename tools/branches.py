"""An index to what each branch of multibranch-b4 is worth alone, and together with the backbone: AUC by set,
of what it adds to the logit.

python -m tools.branches INDEX.csv
"""

from __future__ import annotations

import argparse
import statistics
import sys
from pathlib import Path

import numpy as np
import torch

from detector.data.labels import read_index
from detector.engines import PYTORCH
from detector.evaluate.metrics import auc
from detector.evaluate.report.markdown import grid, number
from detector.faces.crop import crop_face
from detector.pipeline import load_detector, scan
from detector.weights import find_weights, load_network
from detector.zoo.multibranch import BRANCHES, MultibranchNetwork

NAME = "multibranch-b4"
"""The one detector whose logit is a sum of branches."""


def main() -> None:
    """Print a Markdown table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("index", type=Path)
    args = parser.parse_args()
    detector = load_detector(NAME, PYTORCH)
    network = load_network(NAME, detector.entry, find_weights()).eval()
    assert isinstance(network, MultibranchNetwork)
    rows, judged = read_index(args.index).rows, []
    added: list[np.ndarray] = []
    for done, row in enumerate(rows, start=1):
        print(f"\r{done} of {len(rows)}", end="", file=sys.stderr)
        faces = scan(args.index.parent / row.file).faces
        if not faces:
            continue
        crops = np.stack([crop_face(face, detector.input).image for face in faces]).transpose(0, 3, 1, 2)
        with torch.inference_mode():
            parts = network.contributions(torch.from_numpy(np.ascontiguousarray(crops)).float() / 255).numpy()
        judged.append(row)
        added.append(parts[int(np.argmax(parts.sum(axis=1)))])  # of the face that decides
    table = np.stack(added).astype(np.float64)
    names = list(BRANCHES)
    asked = [(name,) for name in names] + [(names[0], name) for name in names[1:]] + [tuple(names)]
    labels, set_of = np.array([row.label for row in judged]), np.array([row.set for row in judged])
    sets = sorted(set(set_of))
    lines = []
    for some in asked:
        logits = table[:, [names.index(name) for name in some]].sum(axis=1)
        aucs = [auc(logits[set_of == name], labels[set_of == name]) for name in sets]
        known = [value for value in aucs if value is not None]
        cells = [*(number(value) for value in aucs), number(statistics.mean(known) if known else None)]
        lines.append([" + ".join(some), *cells, f"{logits.std():.3f}"])
    print(f"\n{grid(['AUC by what is added', *sets, 'mean', 'spread of the logit'], lines)}")


if __name__ == "__main__":
    main()
