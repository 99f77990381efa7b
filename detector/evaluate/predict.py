"""An index and detectors to predictions: each file scanned once, judged by every
detector, kept as it goes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, astuple, dataclass, replace
from pathlib import Path

import detector as package
from detector.errors import MediaError
from detector.evaluate.corruptions import Damage, scan_damaged
from detector.evaluate.metrics import DRAWS
from detector.evaluate.predictions import (
    Index,
    Prediction,
    Row,
    append_predictions,
    kind_of,
    read_index,
    read_predictions,
    write_predictions,
)
from detector.evaluate.report.report import Report, report_of
from detector.evaluate.sections import Section, with_sections
from detector.evaluate.written import write_report
from detector.faces.finder import FaceFinder, FinderOptions, MtcnnFinder
from detector.pipeline import Detector, Progress, judge, load_detector, scan
from detector.structures import Analysis, DetectorInfo, Scan, Verdict

__all__ = ["Evaluated", "Further", "Prediction", "Report", "Walk", "predict", "run"]

FRAMES = 32


@dataclass(frozen=True)
class Walk:
    """How files are scanned: sampled `frames` of a video, `cropped` takes the whole picture for the face;
    `finder` None: the default.

    `damage` is done to the decoded pixels before faces are looked for; None: they are left as they are.
    """

    frames: int = FRAMES
    cropped: bool = False
    finder: FaceFinder | None = None
    damage: Damage | None = None

    def scan(self, path: Path) -> Scan:
        """What is found in the file `path`; MediaError where it cannot be read."""
        if self.damage is None:
            return scan(path, frames=self.frames, finder=self.finder, cropped=self.cropped)
        return scan_damaged(path, self.damage, frames=self.frames, finder=self.finder, cropped=self.cropped)


@dataclass(frozen=True)
class Evaluated:
    """What further tables are made of: the files, who judged them, what they said, kept in `out`, and how."""

    index: Index
    detectors: tuple[Detector, ...]
    predictions: tuple[Prediction, ...]
    out: Path | None
    walk: Walk
    draws: int
    random_seed: int
    progress: Progress | None


@dataclass(frozen=True)
class Further:
    """Tables that are made only when asked for; `name` is their option on the command line, and their place
    in the JSON.
    """

    name: str
    section: Callable[[Evaluated], Section]


def run(
    index: Path,
    detectors: Sequence[str | Detector],
    out: Path | None = None,
    split: str | None = None,
    limit: int | None = None,
    *,
    engine: str = "pytorch",
    device: str = "cpu",
    weights: Path | None = None,
    walk: Walk = Walk(),
    draws: int = DRAWS,
    random_seed: int = 0,
    plots: bool = False,
    further: Sequence[Further] = (),
    command: str | None = None,
    progress: Progress | None = None,
) -> Report:
    """Evaluate detectors on an index CSV: published ones by name, or others as they are, for which `command`
    says how it is repeated.

    With `out`, a CSV, predictions are kept there as they come and taken from there where they stand already;
    the tables are written beside it as `.md` and `.json`, and where `plots` are asked for the curves into the
    folder `OUT_plots`. The same files, weights and random seed give the same content.
    """
    loaded = [
        (
            one
            if isinstance(one, Detector)
            else load_detector(one, engine=engine, device=device, weights=weights)
        )
        for one in dict.fromkeys(detectors)
    ]
    rows = read_index(index).of_split(split, limit)
    predictions = predict_rows(rows, loaded, out=out, walk=walk, progress=progress)
    report = report_of(
        rows,
        [one.info for one in loaded],
        predictions,
        command=command or command_of(index, [one.info.name for one in loaded], split, limit, further),
        split=split,
        draws=draws,
        random_seed=random_seed,
        judging=_judging(walk, engine, device),
    )
    evaluated = Evaluated(rows, tuple(loaded), tuple(predictions), out, walk, draws, random_seed, progress)
    report = with_sections(report, {one.name: one.section(evaluated) for one in further})
    if out is not None:
        write_report(report, out, plots=plots, draws=draws, random_seed=random_seed)
    return report


def predict(
    index: Path,
    detectors: Sequence[Detector],
    out: Path | None = None,
    split: str | None = None,
    limit: int | None = None,
    *,
    walk: Walk = Walk(),
    progress: Progress | None = None,
) -> list[Prediction]:
    """Predictions of detectors at hand (published or not) on an index CSV: file by file, each file's in the
    order of `detectors`.
    """
    return predict_rows(
        read_index(index).of_split(split, limit), detectors, out=out, walk=walk, progress=progress
    )


def predict_rows(
    index: Index,
    detectors: Sequence[Detector],
    *,
    out: Path | None = None,
    walk: Walk = Walk(),
    progress: Progress | None = None,
) -> list[Prediction]:
    """As `predict`, for rows that are read already."""
    if out is not None and out.suffix.lower() != ".csv":
        out = out.with_suffix(".csv")
    kept = _kept(out, detectors, walk)
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        write_predictions(out, kept.values())
    found: list[Prediction] = []
    for number, row in enumerate(index.rows):
        if progress is not None:
            progress(number / len(index.rows), f"{number + 1} of {len(index.rows)}: {row.file}")
        path = index.path.parent / row.file
        sha256 = _sha256(path)
        missing = [one for one in detectors if (row.file, one.info.name, sha256) not in kept]
        fresh = _judged(row, path, sha256, missing, walk) if missing else []
        if fresh and out is not None:
            append_predictions(out, fresh)
        kept.update({(one.file, one.detector, one.file_sha256): one for one in fresh})
        found += [_labelled(kept[row.file, one.info.name, sha256], row) for one in detectors]
    if out is not None:
        # in the index's order, whatever was interrupted before: a rerun gives the same file
        mine = {(one.file, one.detector) for one in found}
        others = [one for one in kept.values() if (one.file, one.detector) not in mine]
        write_predictions(out, found + sorted(others, key=lambda one: (one.detector, one.file)))
    return found


def command_of(
    index: Path,
    detectors: Sequence[str],
    split: str | None,
    limit: int | None,
    further: Sequence[Further] = (),
) -> str:
    """The command line that repeats an evaluation."""
    parts = ["python -m detector evaluate", index.as_posix()]
    parts += ["--detector", ",".join(detectors)] if detectors else []
    parts += ["--split", split] if split else []
    parts += ["--limit", str(limit)] if limit else []
    parts += [f"--{one.name}" for one in further]
    return " ".join(parts)


_Key = tuple[str, str, str]


def _kept(out: Path | None, detectors: Sequence[Detector], walk: Walk) -> dict[_Key, Prediction]:
    """What stands in `out` and holds still, by file, detector and the file's hash; of detectors not asked
    for, everything.
    """
    if out is None or not out.exists():
        return {}
    asked = {one.info.name: (one.info.weights_sha256, _judged_by(one.info, walk)) for one in detectors}
    standing = [
        one
        for one in read_predictions(out)
        if asked.get(one.detector, (one.weights, one.judged_by)) == (one.weights, one.judged_by)
    ]
    return {(one.file, one.detector, one.file_sha256): one for one in standing}


def _judged(row: Row, path: Path, sha256: str, detectors: Sequence[Detector], walk: Walk) -> list[Prediction]:
    """One scan and a judgement for each detector; what cannot be read says why, for each."""
    try:
        scanned = walk.scan(path)
    except MediaError as error:
        return [_prediction(row, sha256, one.info, walk, error=str(error)) for one in detectors]
    return [_prediction(row, sha256, one.info, walk, judge(scanned, one)) for one in detectors]


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


def _labelled(prediction: Prediction, row: Row) -> Prediction:
    """A kept prediction with what the index says of its file now."""
    return replace(prediction, **asdict(row))


def _judged_by(info: DetectorInfo, walk: Walk) -> str:
    """12 hex digits over all but the weights that a prediction hangs on."""
    facts = [
        info.engine,
        astuple(info.input),
        astuple(info.calibration),
        astuple(info.thresholds),
        walk.frames,
        walk.cropped,
        _finder_of(walk),
    ]
    facts += [walk.damage.slug, walk.damage.random_seed] if walk.damage is not None else []
    return hashlib.sha256(json.dumps([package.__version__, *facts]).encode()).hexdigest()[:12]


def _finder_of(walk: Walk) -> str:
    if walk.finder is None:  # what a scan then takes, without making it
        return repr(FinderOptions())
    return repr(walk.finder.options) if isinstance(walk.finder, MtcnnFinder) else type(walk.finder).__name__


def _judging(walk: Walk, engine: str, device: str) -> dict[str, object]:
    """How files are scanned and judged, for the facts of a report; the instructions of the processor move the
    last digits of a logit.
    """
    import torch

    cpu = torch.backends.cpu.get_cpu_capability()
    return {
        "engine": engine,
        "device": device,
        "cpu": cpu,
        "frames": walk.frames,
        "cropped": walk.cropped,
        "finder": _finder_of(walk),
    }


def _sha256(path: Path) -> str:
    """The file's hash; of a file that is not there or cannot be opened a dash, and the scan says why."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return "-"
