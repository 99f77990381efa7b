"""An index and detectors to predictions: each file scanned once, judged by all detectors, kept as it goes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, astuple, dataclass, replace
from pathlib import Path

import detector as package
from detector.data.labels import Index, Row, kind_of, read_index
from detector.errors import MediaError
from detector.evaluate.corruptions import scan_corrupted
from detector.evaluate.predictions import (
    PARQUET,
    Prediction,
    Predictions,
    append_predictions,
    read_predictions,
    write_predictions,
)
from detector.faces.finder import FaceFinder, FinderOptions, MtcnnFinder
from detector.files import sha256_of
from detector.perturb import Corruption
from detector.pipeline import Detector, Progress, judge, scan
from detector.structures import Analysis, DetectorInfo, Scan, Verdict

FRAMES = 32


@dataclass(frozen=True)
class Walk:
    """How files are scanned: sampled `frames` of a video, `cropped` takes the whole picture for the face;
    `finder` None: the default.

    `corruption` is done to the decoded pixels before faces are looked for; None: they are left as they are.
    """

    frames: int = FRAMES
    cropped: bool = False
    finder: FaceFinder | None = None
    corruption: Corruption | None = None

    def scan(self, path: Path) -> Scan:
        """What is found in the file `path`; MediaError where it cannot be read."""
        if self.corruption is None:
            return scan(path, frames=self.frames, finder=self.finder, cropped=self.cropped)
        return scan_corrupted(
            path, self.corruption, frames=self.frames, finder=self.finder, cropped=self.cropped
        )


def predict(
    index: Path,
    detectors: Sequence[Detector],
    out: Path | None = None,
    split: str | None = None,
    limit: int | None = None,
    *,
    walk: Walk = Walk(),  # noqa: B008  # frozen
    progress: Progress | None = None,
) -> Predictions:
    """Predictions of detectors at hand (published or not) on an index CSV: file by file, each file's in the
    order of `detectors`.

    With `out`, a file of CSV or Parquet, they are kept there and taken from there where they stand.
    """
    return predict_rows(
        read_index(index).of_split(split, limit), detectors, out=out, walk=walk, progress=progress
    )


def predict_rows(
    index: Index,
    detectors: Sequence[Detector],
    *,
    out: Path | None = None,
    walk: Walk = Walk(),  # noqa: B008  # frozen
    progress: Progress | None = None,
) -> Predictions:
    """As `predict`, for rows that are read already."""
    journal = None if out is None else journal_of(out)
    kept = _kept(out, detectors, walk)
    if journal is not None:
        journal.parent.mkdir(parents=True, exist_ok=True)
        write_predictions(journal, kept.values())
    predictions: list[Prediction] = []
    for number, row in enumerate(index.rows):
        if progress is not None:
            progress(number / len(index.rows), f"{number + 1} of {len(index.rows)}: {row.file}")
        path = index.path.parent / row.file
        sha256 = _sha256(path)
        missing = [detector for detector in detectors if (row.file, detector.info.name, sha256) not in kept]
        fresh = _judged(row, path, sha256, missing, walk) if missing else []
        if fresh and journal is not None:
            append_predictions(journal, fresh)
        kept.update(
            {
                (prediction.file, prediction.detector, prediction.file_sha256): prediction
                for prediction in fresh
            }
        )
        predictions += [labelled(kept[row.file, detector.info.name, sha256], row) for detector in detectors]
    if out is not None and journal is not None:
        # in the index's order, whatever was interrupted before: a rerun gives the same file
        asked = {(prediction.file, prediction.detector) for prediction in predictions}
        others = [other for other in kept.values() if (other.file, other.detector) not in asked]
        others.sort(key=lambda other: (other.detector, other.file))
        write_predictions(table_of(out), predictions + others)
        if journal != table_of(out):
            journal.unlink()
    return Predictions.of(predictions)


def table_of(out: Path) -> Path:
    """The file of predictions that `out` stands for: itself if CSV or Parquet, else the CSV beside it."""
    return out if out.suffix.lower() in (".csv", PARQUET) else out.with_suffix(".csv")


def journal_of(out: Path) -> Path:
    """The CSV that predictions are added to as they come: the table itself, of Parquet a file beside it."""
    table = table_of(out)
    return table.with_name(f"{table.name}.part.csv") if table.suffix.lower() == PARQUET else table


_Key = tuple[str, str, str]


def _kept(out: Path | None, detectors: Sequence[Detector], walk: Walk) -> dict[_Key, Prediction]:
    """What stands in `out` and holds still, by file, detector and the file's hash; of detectors not asked
    for, everything.
    """
    files = () if out is None else (table_of(out), journal_of(out))
    asked = {
        detector.info.name: (detector.info.weights_sha256, _judged_by(detector.info, walk))
        for detector in detectors
    }
    standing = [
        prediction
        for path in dict.fromkeys(files)
        if path.exists()
        for prediction in read_predictions(path)
        if asked.get(prediction.detector, (prediction.weights, prediction.judged_by))
        == (prediction.weights, prediction.judged_by)
    ]
    return {
        (prediction.file, prediction.detector, prediction.file_sha256): prediction for prediction in standing
    }


def _judged(row: Row, path: Path, sha256: str, detectors: Sequence[Detector], walk: Walk) -> list[Prediction]:
    """One scan and a judgement for each detector; what cannot be read says why, for each."""
    try:
        scanned = walk.scan(path)
    except MediaError as error:
        return [_prediction(row, sha256, detector.info, walk, error=str(error)) for detector in detectors]
    return [_prediction(row, sha256, detector.info, walk, judge(scanned, detector)) for detector in detectors]


def _prediction(
    row: Row, sha256: str, info: DetectorInfo, walk: Walk, analysis: Analysis | None = None, error: str = ""
) -> Prediction:
    deciding = analysis.deciding if analysis is not None else None
    return Prediction(
        **asdict(row),
        kind=analysis.media.kind if analysis is not None else kind_of(row.file),
        p_fake=analysis.p_fake if analysis is not None else None,
        logit=deciding.logit if deciding is not None else None,
        verdict=analysis.verdict if analysis is not None else Verdict.UNREADABLE,
        faces=len(analysis.face_scores) if analysis is not None else 0,
        face_px=round(deciding.face.quality.size_px, 1) if deciding is not None else None,
        error=error,
        detector=info.name,
        weights=info.weights_sha256,
        judged_by=_judged_by(info, walk),
        file_sha256=sha256,
    )


def labelled(prediction: Prediction, row: Row) -> Prediction:
    """A kept prediction with what the index says of its file now."""
    return replace(prediction, **asdict(row))


def _judged_by(info: DetectorInfo, walk: Walk) -> str:
    """12 hex digits over all but the weights that a logit hangs on. A kept verdict is that of the evidence
    that was fitted when it was made.
    """
    facts = [
        info.engine,
        astuple(info.input),
        astuple(info.calibration),
        walk.frames,
        walk.cropped,
        finder_of(walk),
    ]
    facts += [walk.corruption.slug, walk.corruption.random_seed] if walk.corruption is not None else []
    return hashlib.sha256(json.dumps([package.__version__, *facts]).encode()).hexdigest()[:12]


def finder_of(walk: Walk) -> str:
    """How faces are found, in words that differ where answers might."""
    if walk.finder is None:  # what a scan then takes, without making it
        return repr(FinderOptions())
    return repr(walk.finder.options) if isinstance(walk.finder, MtcnnFinder) else type(walk.finder).__name__


def _sha256(path: Path) -> str:
    """The file's hash; of a file that is not there or cannot be opened a dash, and the scan says why."""
    try:
        return sha256_of(path) if path.is_file() else "-"  # to open a FIFO waits for who writes
    except OSError:
        return "-"
