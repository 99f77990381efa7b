"""How well the conditions of faces are told apart, into docs/results/conditions.md.

python -m tools.conditions CROSS.csv [--work runs/results/scores] [--out docs/results/conditions.md]

Each condition is judged by the ROC of its own measure, on pictures of an index as they are and made worse.
What `publish --refit` keeps in its folder of scores is used: places of faces, and logits of what ships.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from detector.conditions import Measures
from detector.evaluate.metrics import estimate, resample_weights, weighted_auc, weighted_rate
from detector.evaluate.report.markdown import grid, in_words
from detector.evidence import Variant
from detector.files import write_atomically
from detector.structures import Condition
from tools.measured_faces import CARTOON, H264, PENCIL, Measured, gather

FALSE_SHARES = (0.01, 0.05, 0.10)
FLAGGED = 0.10


def main() -> None:
    """Write the page."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("index", type=Path)
    parser.add_argument("--work", type=Path, default=Path("runs/results/scores"))
    parser.add_argument("--out", type=Path, default=Path("docs/results/conditions.md"))
    args = parser.parse_args()
    faces, ms = gather(args.index, args.work)
    write_atomically(args.out, page(faces, ms, args.index))


@dataclass(frozen=True)
class Question:
    """A measure that should be higher where `inside` holds of a face than where `outside` does."""

    condition: Condition
    measure: str
    of: Callable[[Measures], float]
    inside_words: str
    inside: Callable[[Measured], bool]
    outside_words: str
    outside: Callable[[Measured], bool]


def plain(face: Measured) -> bool:
    """Whether the picture is as it is."""
    return face.variant == Variant.PLAIN


def genuine(face: Measured) -> bool:
    """Whether it is a genuine picture as it is."""
    return plain(face) and face.row.label == 0


def laboratory(face: Measured) -> bool:
    """Whether it is a genuine portrait of a laboratory, of which the set `diffusion` has some."""
    return genuine(face) and face.row.category == "studio" and face.row.source == "diffusion"


def not_laboratory(face: Measured) -> bool:
    """Whether it is another genuine picture."""
    return genuine(face) and not laboratory(face)


def of_studio(face: Measured) -> bool:
    """Whether the index calls a genuine picture a studio's."""
    return genuine(face) and face.row.category == "studio"


def not_of_studio(face: Measured) -> bool:
    """Whether it calls it anything else."""
    return genuine(face) and face.row.category != "studio"


def c40(face: Measured) -> bool:
    """Whether it is a frame of a strongly compressed video."""
    return plain(face) and face.row.compression == "c40"


def not_c40(face: Measured) -> bool:
    """Whether it is any other picture as it is."""
    return plain(face) and face.row.compression != "c40"


def changed(name: str) -> Callable[[Measured], bool]:
    """Whether the picture was changed so."""
    return lambda face: face.variant == name


def lowness(of: Measures) -> float:
    """How low a JPEG quality is, 0 where none shows."""
    return 0.0 if of.jpeg_quality is None else 100 - of.jpeg_quality


def smallness(of: Measures) -> float:
    """High where a face is small."""
    return -of.size_px


def smooth(of: Measures) -> float:
    """High in a studio."""
    return of.smooth_share


def bare(of: Measures) -> float:
    """High where an encoder took the detail."""
    return of.bare_share


def unlike_flat(of: Measures) -> float:
    """High in drawings."""
    return -of.flatness


OTHERS, AS_THEY_ARE = "other genuine pictures", "the pictures as they are"
STUDIO, COMPRESSED, SMALL, DRAWN = (
    Condition.STUDIO,
    Condition.COMPRESSED,
    Condition.SMALL,
    Condition.DRAWN,
)
QUESTIONS = (
    Question(STUDIO, "smooth share", smooth, "laboratory portraits", laboratory, OTHERS, not_laboratory),
    Question(STUDIO, "smooth share", smooth, "all of kind studio", of_studio, OTHERS, not_of_studio),
    Question(COMPRESSED, "JPEG quality", lowness, "JPEG 30", changed(Variant.JPEG_30), AS_THEY_ARE, plain),
    Question(COMPRESSED, "bare share", bare, "frames of `ffpp` at c40", c40, "all others", not_c40),
    Question(COMPRESSED, "bare share", bare, H264, changed(H264), "all but c40", not_c40),
    Question(
        Condition.SMALL, "size", smallness, "face of 48 px", changed(Variant.SMALL_48), AS_THEY_ARE, plain
    ),
    Question(DRAWN, "flatness", unlike_flat, "stylised", changed(Variant.DRAWN), AS_THEY_ARE, plain),
    Question(DRAWN, "flatness", unlike_flat, "cartoons", changed(CARTOON), AS_THEY_ARE, plain),
    Question(DRAWN, "flatness", unlike_flat, "pencil sketches", changed(PENCIL), AS_THEY_ARE, plain),
)

PAGE = """# Conditions

What a face is like decides whether its score may be believed (`detector/conditions.py`): each condition
is told by measures of the face's own pixels. Here each measure is judged by itself: does it tell what it
should? Written by

```bash
python -m tools.conditions {index}
```

<!-- measured: what follows is written by tools/conditions.py -->

{faces:,} faces of {sets} sets, and versions of them. One face takes {ms:.1f} ms of one core. Intervals:
95 %, over people or videos.

## The measures

{roc}

The last two columns count all measures of a condition together, as an answer does. Kind *studio* of the
set `studio` names who took a picture, not how it looks: most of its portraits have an office or a street
behind them, and are not told. Nor is hatching (OpenCV's pencil sketch), nor the painting in oil that is
among the portraits of `studio`. No statue is among the pictures.

## How many are in each condition

{shares}

## What *studio-like* warns of

The share of genuine pictures over the cut that flags {flagged:.0%} of snapshots, and how many faces there
are.

{alarms}
"""


def page(faces: Sequence[Measured], ms: float, index: Path) -> str:
    """The page as Markdown."""
    shown = [face for face in faces if plain(face)]
    return PAGE.format(
        index=f"{index.parent.name}/{index.name}",
        faces=len(shown),
        sets=len({face.row.set for face in shown}),
        ms=ms,
        roc=roc_table(faces),
        shares=share_table(shown),
        flagged=FLAGGED,
        alarms=alarm_table(shown),
    )


def roc_table(faces: Sequence[Measured]) -> str:
    """The ROC of every measure."""
    head = ["condition", "measure", "in it", "not", "AUC"]
    head += [f"told at {share:.0%} false" for share in FALSE_SHARES]
    head += ["told: in it", "told: not"]
    return grid(head, [roc_row(question, faces) for question in QUESTIONS])


def roc_row(question: Question, faces: Sequence[Measured]) -> list[str]:
    """One measure: its AUC, points of its ROC, and the shares that are in the condition."""
    inside = [face for face in faces if question.inside(face)]
    outside = [face for face in faces if question.outside(face)]
    both = [*inside, *outside]
    values = np.array([question.of(face.measures) for face in both])
    labels = np.array([1] * len(inside) + [0] * len(outside))
    auc = estimate(
        lambda some: weighted_auc(values, labels, some), weights_of(both), [face.owner for face in both]
    )
    high, low = values[labels == 1], values[labels == 0]
    points = [f"{float((high > np.quantile(low, 1 - share)).mean()):.0%}" for share in FALSE_SHARES]
    told = [share_of(part, lambda face: question.condition in face.told) for part in (inside, outside)]
    words = [f"{question.inside_words} ({len(inside)})", f"{question.outside_words} ({len(outside)})"]
    return [str(question.condition), question.measure, *words, in_words(auc), *points, *told]


def share_of(part: Sequence[Measured], holds: Callable[[Measured], bool]) -> str:
    """The share of some faces that `holds`, with its interval, in words."""
    hits = np.array([holds(face) for face in part])
    owners = [face.owner for face in part]
    return in_words(estimate(lambda some: weighted_rate(hits, some), weights_of(part), owners), ".0%")


def weights_of(faces: Sequence[Measured]) -> NDArray[np.float32]:
    """Resample weights, (D, N)."""
    return resample_weights([face.row.source for face in faces], [face.row.group for face in faces])


def share_table(shown: Sequence[Measured]) -> str:
    """The share of each set and kind in each condition."""
    conditions = [condition for condition in Condition if condition is not Condition.OUT_OF_RANGE]
    parts: dict[tuple[str, str, str], list[Measured]] = {}
    for face in shown:
        row = face.row
        parts.setdefault((row.set, row.category, "fake" if row.label else "genuine"), []).append(face)
    rows = []
    for names, part in sorted(parts.items()):
        told = [face.told or {Condition.ORDINARY} for face in part]
        shares = [float(np.mean([condition in of for of in told])) for condition in conditions]
        rows.append([*names, str(len(part)), *(f"{share:.0%}" for share in shares)])
    return grid(["set", "kind", "", "faces", *map(str, conditions)], rows)


def alarm_table(shown: Sequence[Measured]) -> str:
    """How often genuine pictures in the condition and beside it score high, detector by detector."""
    real = [face for face in shown if face.row.label == 0]
    studio = [face for face in real if Condition.STUDIO in face.told]
    parts = {
        "studio-like": studio,
        "studio-like, without laboratory portraits": [face for face in studio if not laboratory(face)],
        "not studio-like": [face for face in real if Condition.STUDIO not in face.told],
    }
    snapshots = [face for face in real if face.row.category == "snapshot"]
    rows = []
    for name in sorted({name for face in real for name in face.logits}):
        cut = float(np.quantile([face.logits[name] for face in snapshots], 1 - FLAGGED))
        over = partial(_is_over, name, cut)
        rows.append([f"`{name}`", *(share_of(part, over) for part in parts.values())])
    return grid(["", *(f"{words} ({len(part)})" for words, part in parts.items())], rows)


def _is_over(name: str, cut: float, face: Measured) -> bool:
    return face.logits[name] > cut


if __name__ == "__main__":
    main()
