"""What an engine's rounding costs: AUC, p_fake and words of evidence on labelled faces, against PyTorch.

Usage: python -m tools.precision INDEX.csv KEPT.jsonl [--write]

KEPT.jsonl is what `publish` kept of the scores of plain pictures: where faces lie, and the logits of PyTorch;
logits that are not kept are made. Prints a table; `--write` puts the figures into weights/engines.json, by
which the engines are offered.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from detector import media
from detector.conditions import conditions_of
from detector.data.labels import read_index
from detector.engines import ENGINES, PYTORCH, make_engine
from detector.engines.offers import FILE, Offer, to_json
from detector.engines.pytorch import PytorchEngine
from detector.errors import MediaError
from detector.evaluate.metrics import auc
from detector.faces.finder import cut_face
from detector.files import write_atomically
from detector.pipeline import Detector, judge, load_detector
from detector.publish.scores import column_of
from detector.structures import Analysis, Floats, Scan
from detector.weights import find_weights, read_manifest

COMPARED = tuple(engine for engine in ENGINES if engine != PYTORCH)


@dataclass(frozen=True)
class Said:
    """An engine that gives the logit that was kept."""

    logit: float
    name: str = PYTORCH

    def logits(self, batch: Floats) -> Floats:
        """(B,) float32, all alike."""
        return np.full(len(batch), self.logit, dtype=np.float32)


@dataclass
class Judged:
    """What each engine says of the faces of one detector; `labels` 1: of the class that it is asked about."""

    labels: list[int] = field(default_factory=list)
    by_engine: dict[str, list[Analysis]] = field(default_factory=dict)

    def add(self, label: int, engine: str, analysis: Analysis) -> None:
        """One face; the engines in the same order each time, PyTorch first."""
        if engine == PYTORCH:
            self.labels.append(label)
        self.by_engine.setdefault(engine, []).append(analysis)


def main() -> None:
    """Judge, print, write."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("index", type=Path)
    arguments.add_argument("kept", type=Path)
    arguments.add_argument("--write", action="store_true")
    args = arguments.parse_args()
    judged = judge_all(args.index, args.kept)
    print("| detector | engine | faces | AUC PyTorch | AUC | most p_fake moves | words that change |")
    print("|---|---|---|---|---|---|---|")
    offers: dict[str, dict[str, Offer]] = {}
    manifest = read_manifest(find_weights())
    for name, of_detector in judged.items():
        for engine in COMPARED:
            offer = compared(of_detector, engine, manifest[name].sha256)
            offers.setdefault(engine, {})[name] = offer
            print(
                f"| {name} | {engine} | {offer.faces} | {offer.auc_pytorch:.4f} | {offer.auc:.4f} |"
                f" {offer.p_fake_moves:.4f} | {offer.words_change} |"
            )
    if args.write:
        write_atomically(find_weights() / FILE, to_json(offers))


def judge_all(index: Path, kept: Path) -> dict[str, Judged]:
    """Every face whose place is kept, by every detector on every engine."""
    lines = {line["sha256"]: line for line in map(json.loads, kept.read_text().splitlines())}
    names = tuple(read_manifest(find_weights()))
    detectors = {name: on_every_engine(name) for name in names}
    judged = {name: Judged() for name in names}
    rows = read_index(index).rows
    for number, row in enumerate(rows):
        print(f"\r{number + 1} of {len(rows)}", end="", flush=True)
        try:
            opened = media.open(index.parent / row.file)
        except MediaError:
            continue
        line = lines.get(opened.info.sha256)
        if opened.info.kind != "photo" or line is None or not line["box"]:
            continue
        frame = next(iter(opened.frames))
        box, points = (np.array(line[key], dtype=np.float32) for key in ("box", "landmarks"))
        face = cut_face(frame, box, points.reshape(5, 2), line["finder_score"])
        scan = Scan(opened.info, frame, (replace(face, conditions=conditions_of(face)),), frames_read=1)
        for name, of_engine in detectors.items():
            for detector in of_engine:
                analysis = judge(scan, _with_kept(detector, line["logits"]))
                judged[name].add(row.label, detector.engine.name, analysis)
    print()
    return judged


def on_every_engine(name: str) -> list[Detector]:
    """A detector on each engine, offered or not, PyTorch first."""
    reference = load_detector(name, PYTORCH)
    assert isinstance(reference.engine, PytorchEngine)
    network, size = reference.engine.network, reference.input.size
    others = [replace(reference, engine=make_engine(engine, network, size=size)) for engine in COMPARED]
    return [reference, *others]


def _with_kept(detector: Detector, logits: dict[str, float]) -> Detector:
    said = logits.get(column_of(detector)) if detector.engine.name == PYTORCH else None
    return detector if said is None else replace(detector, engine=Said(said))


def compared(judged: Judged, engine: str, sha256: str) -> Offer:
    """How far what `engine` says is from PyTorch."""
    reference, other = judged.by_engine[PYTORCH], judged.by_engine[engine]
    aucs = [auc([a.face_scores[0].logit for a in of], judged.labels) for of in (reference, other)]
    assert aucs[0] is not None and aucs[1] is not None
    pairs = list(zip(reference, other, strict=True))
    moves = [abs((one.p_fake or 0.0) - (two.p_fake or 0.0)) for one, two in pairs]
    return Offer(
        weights=sha256[:12],
        faces=len(pairs),
        auc_pytorch=round(aucs[0], 5),
        auc=round(aucs[1], 5),
        p_fake_moves=round(max(moves), 6),
        words_change=sum(_words(one) != _words(two) for one, two in pairs),
    )


def _words(analysis: Analysis) -> tuple[object, ...]:
    evidence = analysis.evidence
    words = (evidence.direction, evidence.strength) if evidence is not None else ()
    return (analysis.verdict, *words)


if __name__ == "__main__":
    main()
