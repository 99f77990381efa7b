"""An index to how much a detector's answer hangs on how the face is shown, and what the mean over several
views would bring.

python -m tools.views INDEX.csv [--detector NAME] [--limit N]

Each face is judged as it is, mirrored, cut more narrowly and more widely, and at a larger size; then by the
mean logit of some of these.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from detector.calibration import probability
from detector.data.labels import Row, read_index
from detector.engines import PYTORCH
from detector.engines.pytorch import PytorchEngine
from detector.evaluate.predictions import Prediction
from detector.evaluate.report.markdown import grid, in_words, number
from detector.evaluate.significance import MEAN_OF_SETS, Difference, differences
from detector.faces.crop import crop_face
from detector.pipeline import Detector, load_detector, scan
from detector.structures import Face, Verdict
from detector.thresholds import EVEN_ODDS
from detector.zoo.specs import LARGEST_MARGIN

PLAIN, MIRRORED, NARROWER, WIDER, LARGER = "as it is", "mirrored", "narrower", "wider", "larger"
STEP_OF_MARGIN, STEP_OF_SIZE = 0.1, 32
MEANS = {
    "as it is + mirrored": (PLAIN, MIRRORED),
    "as it is + narrower + wider": (PLAIN, NARROWER, WIDER),
    "as it is + larger": (PLAIN, LARGER),
    "all": (PLAIN, MIRRORED, NARROWER, WIDER, LARGER),
}

Logits = Mapping[str, np.ndarray]
"""The logits (F,) of the faces of a picture by view."""


def main() -> None:
    """Print two Markdown tables: AUC by set of each view and mean, and how far answers lie apart."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("index", type=Path)
    parser.add_argument("--detector", help="name of a shipped detector; left out: the default")
    parser.add_argument("--limit", type=int, help="at most so many files, evenly taken; left out: all")
    args = parser.parse_args()
    detector = load_detector(args.detector, PYTORCH)
    assert isinstance(detector.engine, PytorchEngine)
    detector = replace(
        detector, engine=PytorchEngine(detector.engine.network)
    )  # one that takes faces of any size
    rows, judged = read_index(args.index).of_split(None, args.limit).rows, []
    for done, row in enumerate(rows, start=1):
        print(f"\r{done} of {len(rows)}", end="", file=sys.stderr)
        faces = scan(args.index.parent / row.file).faces
        if faces:
            judged.append((row, views(faces, detector)))
    if not judged:
        parser.error(f"no file of {args.index} has a face")
    there = judged[0][1]
    shown = {
        **{name: (name,) for name in there},
        **{name: some for name, some in MEANS.items() if all(view in there for view in some)},
    }
    print(f"\n`{detector.spec.name}`, {len(judged)} of {len(rows)} files with a face\n")
    print(aucs_table(judged, shown, detector))
    print(f"\n{distances_table([logits for _, logits in judged], detector)}")


def views(faces: Sequence[Face], detector: Detector) -> dict[str, np.ndarray]:
    """The logits (F,) of `faces` in each view."""
    plain = detector.input
    crops = {
        PLAIN: plain,
        NARROWER: replace(plain, margin=max(0.0, plain.margin - STEP_OF_MARGIN)),
        WIDER: replace(plain, margin=min(LARGEST_MARGIN, plain.margin + STEP_OF_MARGIN)),
    }
    if detector.spec.family != "deit":  # a transformer has a place for each patch of one size
        crops[LARGER] = replace(plain, size=plain.size + STEP_OF_SIZE)
    logits = {}
    for name, cut in crops.items():
        images = np.stack([crop_face(face, cut).image for face in faces]).transpose(0, 3, 1, 2).astype(
            np.float32
        ) / np.float32(255)
        logits[name] = detector.engine.logits(images).astype(np.float64)
        if name == PLAIN:
            logits[MIRRORED] = detector.engine.logits(np.ascontiguousarray(images[..., ::-1])).astype(
                np.float64
            )
    return logits


def aucs_table(
    judged: Sequence[tuple[Row, Logits]], shown: Mapping[str, tuple[str, ...]], detector: Detector
) -> str:
    """AUC by set, and how much more the mean of the sets is than with the plain view, with the interval of a
    paired bootstrap.
    """
    lines = []
    for name, some in shown.items():
        predictions = [
            _prediction(row, np.mean([logits[view] for view in chosen], axis=0), detector, called)
            for called, chosen in (("plain", (PLAIN,)), ("other", some))
            for row, logits in judged
        ]
        by_set = {difference.name: difference for difference in differences(predictions, ("plain", "other"))}
        mean = by_set.pop(MEAN_OF_SETS, None)
        lines.append(
            [name, *(number(difference.auc_of_second) for difference in by_set.values()), *_gained(mean)]
        )
    return grid(["AUC", *by_set, "mean of the sets", "more than as it is"], lines)


def distances_table(judged: Sequence[Logits], detector: Detector) -> str:
    """How far the probability of a picture in another view lies from the plain one."""
    plain = _answers(judged, PLAIN, detector)
    lines = []
    for name in judged[0]:
        other = _answers(judged, name, detector)
        apart, crossed = np.abs(other - plain), (other > EVEN_ODDS) != (plain > EVEN_ODDS)
        lines.append(
            [name, f"{np.median(apart):.3f}", f"{np.quantile(apart, 0.9):.3f}", f"{crossed.mean():.1%}"]
        )
    return grid(
        [
            "p_fake beside that of the plain view",
            "apart, median",
            "nine in ten under",
            "on the other side of 0.5",
        ],
        lines,
    )


def _answers(judged: Sequence[Logits], view: str, detector: Detector) -> np.ndarray:
    return probability(np.array([logits[view].max() for logits in judged]), detector.entry.calibration)


def _gained(mean: Difference | None) -> tuple[str, str]:
    return ("–", "–") if mean is None else (number(mean.auc_of_second), in_words(mean.difference, "+.3f"))


def _prediction(row: Row, logits: np.ndarray, detector: Detector, called: str) -> Prediction:
    """What the face that decides says, in the form that figures are made of."""
    logit = float(logits.max())
    return Prediction(
        **asdict(row),
        kind="photo",
        p_fake=probability(logit, detector.entry.calibration),
        logit=logit,
        verdict=Verdict.UNCERTAIN,
        faces=len(logits),
        face_px=None,
        error="",
        detector=called,
        weights=detector.entry.sha256,
        judged_by="",
        file_sha256="",
    )


if __name__ == "__main__":
    main()
