"""How often a clip that does not change is said to change, and how often one that does is found: limits of
the change points, compared on the genuine clips of an index and on the same clips blended from the middle on.

python -m tools.change_points INDEX.csv [--detectors NAME,NAME] [--keep LOGITS.json] > docs/results/changes.md

From the middle on every face is blended with itself, one seed a clip; both halves of such a clip are saved as
JPEG 75, so that only the blend tells them apart. With --keep the logits are written there, and read the next
time.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from zlib import crc32

import msgspec
import numpy as np

from detector.blending.blend import BlendError, self_blend
from detector.changes import LEAST_FACTOR, PENALTY, change_points
from detector.data.labels import read_index
from detector.evaluate.report.markdown import grid
from detector.faces.landmarks import dense68
from detector.files import sha256_of
from detector.perturb import jpeg
from detector.pipeline import judge, load_detector, scan
from detector.structures import Analysis, Face, Scan
from detector.weights import default_name, find_weights, read_manifest

FACTORS, PENALTIES = (2.0, 3.0), (4.0, 8.0, 16.0)
QUALITY = 75
NEAR = 2
"""Frames that a change may be found away from where it is."""


@dataclass(frozen=True)
class Series:
    """The person that decides in a clip, as one detector judged it: logits in order of time, the place of the
    first that is blended (None: none is), and the slope of the calibration.
    """

    file: str
    detector: str
    kind: str
    logits: tuple[float, ...]
    blended_from: int | None
    slope: float


GENUINE, FAKE, HALF = "genuine", "fake throughout", "blended halfway"


def main() -> None:
    """Print a page of Markdown."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("index", type=Path)
    parser.add_argument("--detectors", help="names joined by commas; left out: all that ship")
    parser.add_argument("--keep", type=Path, help="a file of logits, read where it is there")
    args = parser.parse_args()
    manifest = read_manifest(find_weights())
    default = default_name(manifest)
    names = args.detectors.split(",") if args.detectors else [default, *(n for n in manifest if n != default)]
    if args.keep and args.keep.exists():
        series = msgspec.json.decode(args.keep.read_bytes(), type=list[Series])
    else:
        series = measure(args.index, names)
        if args.keep:
            args.keep.write_bytes(msgspec.json.encode([asdict(one) for one in series]))
    print(page(args.index, names, series))


def measure(index: Path, names: Sequence[str]) -> list[Series]:
    """Each clip judged by each detector, the genuine ones a second time, blended from the middle on."""
    detectors = {name: load_detector(name) for name in names}
    series: list[Series] = []
    for row in read_index(index).rows:
        scanned = scan(index.parent / row.file)
        middle = scanned.media.duration_s / 2 if scanned.media.duration_s else 0.0
        versions: list[tuple[str, Scan, float | None]] = [(FAKE if row.label else GENUINE, scanned, None)]
        if not row.label:
            half = partial(_half, middle_s=middle, seed=crc32(row.file.encode()))
            versions.append((HALF, _each_face(scanned, half), middle))
        for kind, version, since_s in versions:
            for name, detector in detectors.items():
                analysis = judge(version, detector)
                told = _series(analysis, row.file, name, kind, since_s, detector.entry.calibration.a)
                series += [told] if told else []
        print(row.file, file=sys.stderr)
    return series


def _each_face(scanned: Scan, change: Callable[[Face], Face]) -> Scan:
    return replace(scanned, faces=tuple(change(face) for face in scanned.faces))


def _half(face: Face, middle_s: float, seed: int) -> Face:
    """The face as it is before the middle, blended with itself after it; saved again in both."""
    patch = face.patch
    if face.time_s >= middle_s:
        left, top = face.patch_origin
        box = face.box - np.array([left, top, left, top], dtype=face.box.dtype)
        try:
            patch = self_blend(patch, dense68(patch, box), np.random.default_rng(seed)).fake
        except BlendError:
            return replace(face, patch=jpeg(patch, QUALITY))
    return replace(face, patch=jpeg(patch, QUALITY))


def _series(
    analysis: Analysis, file: str, name: str, kind: str, since_s: float | None, slope: float
) -> Series | None:
    """The logits of the person that decides; None where nobody is seen long enough, or on one side only."""
    track = analysis.deciding_track
    if track is None or not analysis.tracked:
        return None
    scores = sorted(track.face_scores, key=lambda score: score.face.frame_index)
    blended = None
    if since_s is not None:
        blended = next((place for place, score in enumerate(scores) if score.face.time_s >= since_s), 0)
        if not blended:
            return None
    return Series(file, name, kind, tuple(score.logit for score in scores), blended, slope)


@dataclass(frozen=True)
class Counted:
    """Of `of` clips, how many change (`hits`), and how many of these at the right place."""

    hits: int
    placed: int
    of: int


def count(series: Sequence[Series], kind: str, penalty: float, factor: float) -> Counted:
    """How many of the `kind` have a change point."""
    some = [one for one in series if one.kind == kind]
    found = [(one, change_points(one.logits, one.slope, penalty, factor)) for one in some]
    placed = sum(
        any(abs(place - one.blended_from) <= NEAR for place in places)
        for one, places in found
        if one.blended_from is not None
    )
    return Counted(sum(bool(places) for _, places in found), placed, len(some))


def cells(series: Sequence[Series], penalty: float = PENALTY, factor: float = LEAST_FACTOR) -> list[str]:
    """What a table says of `series`: said to change of each kind, and at the right place."""
    genuine, fake, half = (count(series, kind, penalty, factor) for kind in (GENUINE, FAKE, HALF))
    told = [f"{each.hits} of {each.of}" for each in (genuine, fake, half)]
    return [*told, f"{half.placed} of {half.of}"]


def page(index: Path, names: Sequence[str], series: Sequence[Series]) -> str:
    """What was measured, as Markdown."""
    default, others = names[0], [one for one in series if one.detector != names[0]]
    heads = [f"{kind}, said to change" for kind in (GENUINE, FAKE, HALF)] + [
        f"and within {NEAR} frames of it"
    ]
    by_rule = []
    for factor in FACTORS:
        for penalty in PENALTIES:
            used = "**" if (factor, penalty) == (LEAST_FACTOR, PENALTY) else ""
            own = cells([one for one in series if one.detector == default], penalty, factor)
            by_rule.append([f"{used}{factor:g}{used}", f"{used}{penalty:g}{used}", *own])
            by_rule[-1].append(cells(others, penalty, factor)[0])
    return PAGE.format(
        index=index,
        sha256=sha256_of(index)[:12],
        names=",".join(names),
        default=default,
        quality=QUALITY,
        by_detector=grid(
            ["detector", *heads],
            [[f"`{name}`", *cells([one for one in series if one.detector == name])] for name in names],
        ),
        by_rule=grid(["times", "penalty", *heads, "genuine, by the other detectors"], by_rule),
    )


PAGE = """# Change points

<!-- measured: what follows is written by tools/change_points.py -->

How often the score of a clip is said to change: of genuine clips and of clips that are fake throughout each
is a false alarm; of genuine clips blended from the middle on it is right.

`python -m tools.change_points {index} --detectors {names}`

{index.name} (sha256 {sha256}), 32 frames a clip, the person that decides. From the middle on, every face is
blended with itself, one seed a clip; both halves of such a clip are then saved as JPEG {quality}, so that
only the blend tells them apart. A clip whose faces are not followed from frame to frame has no change points
and is not counted.

{by_detector}

The rule has two limits: by how many times the odds of neighbouring parts differ at least, and the penalty for
a new part, times the logarithm of the number of frames, in units of the noise. In bold the ones in use,
chosen on these clips, so that other clips may fare somewhat worse. Of `{default}`:

{by_rule}
"""


if __name__ == "__main__":
    main()
