"""The kept measures of maps (tools/maps.py) to weights/maps.json, which maps are shown by, and to
docs/results/maps.md.

Usage: python -m tools.maps_page [--work runs/maps]
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from detector.evaluate.metrics import auc
from detector.evaluate.report.markdown import grid
from detector.explain.maps import Method
from detector.explain.measures import (
    CENTRE,
    RANDOM,
    Estimate,
    KeptFace,
    MapMeasures,
    Standing,
    estimate,
    read_kept,
    summarised,
)
from detector.explain.trust import FEWEST_FACES, FILE, TrustFile, default_method, trust_of, write_trust
from detector.explain.words import TITLES
from detector.pipeline import Detector, load_detector
from detector.weights import find_weights, read_manifest
from detector.zoo.multibranch import BRANCHES

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "results" / "maps.md"
MARK = "<!-- measured: what follows is written by tools/maps_page.py -->"

HEAD = ("map", "deletion", "insertion", "gap", "gap over random", "gap over centre", "randomised", "ms")
PLACES = ("map", "IoU", "IoU over centre", "pointing", "pointing over centre")
STANDS = {
    Standing.FAITHFUL: "beats both controls",
    Standing.NO_BETTER: "no better than a control",
    Standing.SAME_UNLEARNED: "much the same without learning",
}


def main() -> None:
    """Write both."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--work", type=Path, default=Path("runs/maps"))
    args = arguments.parse_args()
    folder = find_weights()
    kept = {}
    for name in sorted(read_manifest(folder)):
        detector = load_detector(name)
        path = args.work / f"{name}-{detector.info.weights_sha256[:12]}.jsonl"
        if len(faces := read_kept(path)) >= FEWEST_FACES:
            kept[name] = (detector, faces)
        else:
            print(f"{name}: {len(faces)} faces, {FEWEST_FACES} at least are wanted")
    measured = {
        name: summarised(faces, detector.info.weights_sha256) for name, (detector, faces) in kept.items()
    }
    file = TrustFile(measured)
    write_trust(file, folder)
    parts = [chosen_table([detector for detector, _ in kept.values()], file)]
    parts += [part for detector, faces in kept.values() for part in of_detector(detector, faces, file)]
    words = PAGE.read_text(encoding="utf-8").partition(MARK)[0]
    PAGE.write_text(f"{words}{MARK}\n\n" + "\n\n".join(parts) + "\n", encoding="utf-8")
    print(f"{folder / FILE} and {PAGE}")


def chosen_table(detectors: Sequence[Detector], file: TrustFile) -> str:
    """The map that each detector is shown by, and what its measures come to."""
    rows = []
    for detector in detectors:
        method = default_method(detector, file)
        trust = trust_of(detector, method, file)
        assert trust.measures is not None
        rows.append(
            [
                f"`{detector.info.name}`",
                str(trust.measures.faces),
                TITLES[method],
                STANDS[trust.standing],
                in_words(trust.measures.gap),
                f"{trust.measures.ms:.0f}",
            ]
        )
    head = ("detector", "faces", "shown by", "which", "gap", "ms")
    return f"## The map that each detector is shown by\n\n{grid(head, rows)}"


def of_detector(detector: Detector, faces: Sequence[KeptFace], file: TrustFile) -> list[str]:
    """The tables of one detector: curves, places, branches."""
    name = detector.info.name
    methods = file.detectors[name].methods
    curves = [
        [
            TITLES[Method(method)],
            f"{found.deletion:.3f}",
            f"{found.insertion:.3f}",
            in_words(found.gap),
            in_words(found.over_random, signed=True),
            in_words(found.over_centre, signed=True),
            f"{found.likeness.mean:.2f}",
            f"{found.ms:.0f}",
        ]
        for method, found in methods.items()
    ]
    places = [place_row(method, found) for method, found in methods.items()]
    for control in (CENTRE, RANDOM):
        maps = [face.maps[control] for face in faces]
        deletion, insertion, gap, iou, hit = (
            [getattr(one, part) for one in maps] for part in ("deletion", "insertion", "gap", "iou", "hit")
        )
        title = f"control: {control}"
        ends = [f"{np.mean(deletion):.3f}", f"{np.mean(insertion):.3f}", in_words(estimate(gap))]
        curves.append([title, *ends, "", "", "", ""])
        places.append([title, in_words(estimate(iou)), "", in_words(estimate(hit)), ""])
    called = np.mean([face.p_fake >= detector.entry.thresholds.t for face in faces])
    head = (
        f"## {name}\n\n{len(faces)} faces, weights {detector.info.weights_sha256[:12]}; {called:.0%} of the"
        f" blends are called fake (p_fake of at least {detector.entry.thresholds.t:.3f})."
    )
    parts = [head, grid(HEAD, curves), grid(PLACES, places)]
    return [*parts, branches_table(faces)] if faces[0].branches else parts


def place_row(method: str, found: MapMeasures) -> list[str]:
    """One method against the mask."""
    return [
        TITLES[Method(method)],
        in_words(found.iou),
        in_words(found.iou_over_centre, signed=True),
        in_words(found.pointing),
        in_words(found.pointing_over_centre, signed=True),
    ]


def branches_table(faces: Sequence[KeptFace]) -> str:
    """What each branch adds to the log-odds of blends and of the genuine pictures they are made of, and how
    well it alone tells them apart.
    """
    rows = []
    for branch in BRANCHES:
        blends, reals = (
            [part[branch] for part in some]
            for some in zip(*((f.branches, f.branches_of_real) for f in faces), strict=True)
        )
        labels = [1] * len(blends) + [0] * len(reals)
        over = estimate(np.subtract(blends, reals))
        told = auc([*blends, *reals], labels)
        assert told is not None
        rows.append(
            [
                branch,
                f"{np.mean(blends):+.3f}",
                f"{np.mean(reals):+.3f}",
                in_words(over, signed=True),
                f"{told:.3f}",
            ]
        )
    words = "What each branch adds to the log-odds: exact, with the bias they are the answer."
    return f"{words}\n\n{grid(('branch', 'blends', 'genuine', 'difference', 'AUC alone'), rows)}"


def in_words(found: Estimate, signed: bool = False) -> str:
    """A mean and its interval."""
    form = "+.3f" if signed else ".3f"
    return f"{found.mean:{form}} ({found.low:{form}} to {found.high:{form}})"


if __name__ == "__main__":
    main()
