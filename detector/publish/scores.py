"""What detectors say of the face in each picture of an index, as it is and made worse, to fit evidence on.

Places of faces and logits are kept as they come. They hang on the picture, the finder and the weights alone:
a new calibration judges nothing again, and a new detector adds its own logits only.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import cv2
import numpy as np

from detector import media
from detector.conditions import conditions_of
from detector.data.labels import Index, Row
from detector.errors import MediaError
from detector.evidence import Score, Scores, Variant
from detector.faces.finder import FaceFinder, cut_face, default_finder
from detector.files import write_atomically
from detector.ood import out_of_range
from detector.perturb import jpeg, rescale
from detector.pipeline import Detector, Progress, judge
from detector.structures import Condition, Face, Frame, Image, MediaInfo, Scan

Change = Callable[[Image, float], Image]
"""A picture (H, W, 3) and the width of its face in pixels to the picture changed."""

CHANGES: Mapping[Variant, Change] = {
    Variant.JPEG_30: lambda image, face_px: jpeg(image, 30),
    Variant.SMALL_48: lambda image, face_px: rescale(image, min(1.0, 48 / face_px), cv2.INTER_AREA),
    Variant.DRAWN: lambda image, face_px: np.asarray(cv2.stylization(image, sigma_s=60, sigma_r=0.45)),
}
"""How a picture comes into a condition in which every source has pictures then (evidence page, step 3)."""

VARIANTS = (Variant.PLAIN, Variant.JPEG_30, Variant.SMALL_48)
"""What evidence is fitted on. Of drawings nothing is said, so that they are judged on demand only."""


@dataclass(frozen=True, eq=False)
class Judged:
    """The largest face of one picture in one variant, and its logits by `column_of` detector; `row` is what
    the index says of the picture.
    """

    row: Row
    variant: Variant
    face: Face
    logits: Mapping[str, float]


@dataclass(frozen=True)
class Kept:
    """A line of a file: where the face of a picture lies in a variant, and what was said of it. Without a box
    no face was found.
    """

    sha256: str
    box: tuple[float, ...] = ()
    landmarks: tuple[float, ...] = ()
    finder_score: float = 0.0
    logits: dict[str, float] = field(default_factory=dict)


def column_of(detector: Detector) -> str:
    """Which logits are a detector's: by its weights, and the input they are given."""
    shown = detector.input
    return f"{detector.spec.name} {detector.entry.sha256[:12]} {shown.size} {shown.margin:g}"


def scores_of(
    index: Index,
    detectors: Sequence[Detector],
    work: Path,
    variants: Sequence[Variant] = VARIANTS,
    *,
    finder: FaceFinder | None = None,
    progress: Progress | None = None,
) -> dict[str, Scores]:
    """The scores of `detectors`, by name, on the pictures of an index; what stands in the folder `work` is
    not judged again.

    Conditions and range are measured anew. A picture without a face, or that cannot be read, has no score.
    """
    rows: dict[str, list[Score]] = {detector.spec.name: [] for detector in detectors}
    for judged in judge_faces(index, detectors, work, variants, finder=finder, progress=progress):
        for detector in detectors:
            rows[detector.spec.name].append(_score(judged, detector))
    return {name: Scores.of(of_detector) for name, of_detector in rows.items()}


def _score(judged: Judged, detector: Detector) -> Score:
    row, face = judged.row, judged.face
    ways_out = len(out_of_range(face, detector.input.margin, detector.entry.seen))
    return Score(
        file=row.file,
        logit=judged.logits[column_of(detector)],
        is_fake=row.label == 1,
        set=row.set,
        source=row.source,
        kind=row.category,
        group=row.group,
        clip=row.clip,
        variant=judged.variant,
        conditions=face.conditions | ({Condition.OUT_OF_RANGE} if ways_out else frozenset()),
        ways_out=ways_out,
        marked=bool(face.quality.remarks),
    )


def judge_faces(
    index: Index,
    detectors: Sequence[Detector],
    work: Path,
    variants: Sequence[Variant] = VARIANTS,
    *,
    finder: FaceFinder | None = None,
    progress: Progress | None = None,
) -> Iterator[Judged]:
    """The faces behind `scores_of`, picture by picture."""
    work.mkdir(parents=True, exist_ok=True)
    stores = {variant: _Store(work / f"{variant}.jsonl") for variant in (Variant.PLAIN, *variants)}
    for number, row in enumerate(index.rows):
        if progress is not None:
            progress(number / len(index.rows), f"{number + 1} of {len(index.rows)}: {row.file}")
        opened = _photo(index, row)
        if opened is None:
            continue
        info, plain = opened
        of_picture = _Picture(info, plain, finder or default_finder(), detectors, stores)
        for variant in variants:
            face, logits = of_picture.judged(variant)
            if face is not None:
                yield Judged(row, variant, face, logits)
    for store in stores.values():
        store.compact()


def _photo(index: Index, row: Row) -> tuple[MediaInfo, Frame] | None:
    """The picture of a row; None of a video, and of what cannot be read."""
    try:
        opened = media.open(index.path.parent / row.file)
        return (opened.info, next(iter(opened.frames))) if opened.info.kind == "photo" else None
    except MediaError:
        return None


@dataclass(frozen=True, eq=False)
class _Picture:
    """One picture with all that judges it."""

    info: MediaInfo
    plain: Frame
    finder: FaceFinder
    detectors: Sequence[Detector]
    stores: Mapping[Variant, _Store]

    def judged(self, variant: Variant) -> tuple[Face | None, Mapping[str, float]]:
        """The largest face of the picture in a variant and its logits; None where there is none."""
        image = self._changed(variant)
        if image is None:
            return None, {}
        frame, store = replace(self.plain, image=image), self.stores[variant]
        kept = store.lines.get(self.info.sha256)
        face = self._face(frame, kept)
        logits = dict(kept.logits) if kept is not None else {}
        if face is not None:
            scan = Scan(self.info, frame, (face,), frames_read=1)
            missing = [detector for detector in self.detectors if column_of(detector) not in logits]
            logits |= {
                column_of(detector): round(judge(scan, detector).face_scores[0].logit, 5)
                for detector in missing
            }
        if kept is None or logits != kept.logits:
            store.add(_line(self.info.sha256, face, logits))
        return face, logits

    def _changed(self, variant: Variant) -> Image | None:
        """The pixels in a variant; None where that hangs on a face and there is none."""
        if variant is Variant.PLAIN:
            return self.plain.image
        face = self._face(self.plain, self.stores[Variant.PLAIN].lines.get(self.info.sha256))
        return None if face is None else CHANGES[variant](self.plain.image, face.quality.size_px)

    def _face(self, frame: Frame, kept: Kept | None) -> Face | None:
        """The largest face: where it is known to lie, else where it is found."""
        if kept is None:
            face = next(iter(self.finder.find(frame)), None)
        elif kept.box:
            box, points = (np.array(numbers, dtype=np.float32) for numbers in (kept.box, kept.landmarks))
            face = cut_face(frame, box, points.reshape(5, 2), kept.finder_score)
        else:
            face = None
        return None if face is None else replace(face, conditions=conditions_of(face))


def _line(sha256: str, face: Face | None, logits: dict[str, float]) -> Kept:
    if face is None:
        return Kept(sha256)
    box, points = (tuple(round(float(n), 3) for n in part.ravel()) for part in (face.box, face.landmarks))
    return Kept(sha256, box, points, round(face.finder_score, 5), logits)


class _Store:
    """A file of one variant: a line a picture, a later one in place of an earlier."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lines: dict[str, Kept] = {}
        for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
            try:
                kept = Kept(**json.loads(line))
            except (ValueError, TypeError):
                continue  # cut off by a kill; judged again
            self.lines[kept.sha256] = kept

    def add(self, kept: Kept) -> None:
        self.lines[kept.sha256] = kept
        with self.path.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(asdict(kept)) + "\n")

    def compact(self) -> None:
        lines = (json.dumps(asdict(kept)) + "\n" for kept in self.lines.values())
        write_atomically(self.path, "".join(lines))
