"""Values for tests of the core, and the fakes at its two seams: a finder and an engine."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image as Pictures

from detector.evidence import Fitted
from detector.manifest import Entry, TrainedInput, TrainedOn
from detector.metrics import Metrics, Summary
from detector.pipeline import Detector
from detector.structures import (
    Calibration,
    Direction,
    Evidence,
    Face,
    Floats,
    Frame,
    InputSpec,
    MediaInfo,
    Quality,
    Question,
    Reason,
    ReasonKind,
    Scan,
    Strength,
    Thresholds,
    named,
)
from detector.zoo.specs import SPECS

THRESHOLDS = Thresholds(t=0.5, fitted_on="a test")
IDENTITY = Calibration(a=1.0, b=0.0, fitted_on="a test")
BLURRED = Reason(ReasonKind.BLURRED, named(sharpness=0.01), named(low=0.0175))
DARK = Reason(ReasonKind.TOO_DARK, named(exposure=0.1), named(low=0.15))
SMALL = InputSpec(size=8, margin=0.0, mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5))


def make_entry(**changes: object) -> Entry:
    """A manifest entry; `changes` replace its fields."""
    entry = Entry(
        file="unblend-lite2.safetensors",
        sha256=hashlib.sha256(b"").hexdigest(),
        bytes=10,
        params=4_873_233,
        gmacs=1.2,
        precision="fp16",
        input=TrainedInput(size=8, margin=0.0),
        golden=(0.25,),
        trained_on=TrainedOn(("dfdc",), 100, 10, "lite2.json", "abc", "2 cores", 0.5),
        calibration=IDENTITY,
        thresholds=THRESHOLDS,
        metrics=Metrics(),
    )
    return replace(entry, **changes)  # type: ignore[arg-type]


def make_summary(**changes: object) -> Summary:
    """The line of a detector in the tables, as if measured across datasets; `changes` replace its fields."""
    summary = Summary(
        files=895,
        groups=443,
        parts=5,
        auc=0.691,
        interval=(0.645, 0.73),
    )
    return replace(summary, **changes)  # type: ignore[arg-type]


def make_face(
    p_fake: float = 0.5,
    *,
    frame: int = 0,
    time_s: float | None = None,
    track: int | None = None,
    remarks: Sequence[Reason] = (),
    side: int = 8,
) -> Face:
    """A face of one even colour whose red is the p_fake that FakeEngine will say, in steps of 1/255."""
    patch = np.full((side, side, 3), round(p_fake * 255), dtype=np.uint8)
    return Face(
        box=np.array([0, 0, side, side], dtype=np.float32),
        finder_score=0.99,
        landmarks=np.zeros((5, 2), dtype=np.float32),
        patch=patch,
        patch_origin=(0, 0),
        quality=Quality(size_px=side, sharpness=1.0, exposure=0.5, yaw_deg=0.0, remarks=tuple(remarks)),
        frame_index=frame,
        time_s=float(frame) if time_s is None else time_s,
        track_id=track,
    )


def make_evidence(lr: float | None = 3.0, **changes: object) -> Evidence:
    """Evidence of a likelihood ratio, as strong as its words say; `changes` replace its fields."""
    magnitude = max(lr, 1 / lr) if lr else 1.0
    steps = ((100.0, Strength.MODERATELY_STRONG), (10.0, Strength.MODERATE), (2.0, Strength.WEAK))
    strength = next((word for least, word in steps if magnitude >= least), Strength.NONE)
    towards = Direction.FAKE if (lr or 1) > 1 else Direction.REAL
    evidence = Evidence(
        question=Question.EITHER,
        direction=Direction.NONE if strength is Strength.NONE else towards,
        strength=strength,
        lr=lr,
        lr_low=lr and lr / 1.5,
        lr_high=lr and lr * 1.5,
    )
    return replace(evidence, **changes)  # type: ignore[arg-type]


def make_scan(
    *faces: Face, kind: str = "photo", tracked: bool = False, frames_read: int | None = None
) -> Scan:
    """A scan that found `faces`."""
    read = frames_read or max([1, *(face.frame_index + 1 for face in faces)])
    video = {"fps": 25.0, "duration_s": float(read)} if kind == "video" else {}
    media = MediaInfo("file.jpg", kind, "ab" * 32, 1234, "JPEG", 64, 48, frame_count=read, **video)  # type: ignore[arg-type]
    preview = Frame(np.zeros((48, 64, 3), dtype=np.uint8))
    return Scan(
        media, preview, faces, frames_read=read, tracked=tracked, seconds={"decode": 0.25, "find": 0.5}
    )


class FakeEngine:
    """Says of each crop the logit whose sigmoid is the mean of its red."""

    name = "fake"

    def __init__(self) -> None:
        self.batches: list[int] = []

    def logits(self, batch: Floats) -> Floats:
        self.batches.append(len(batch))
        red = batch[:, 0].mean(axis=(1, 2)).astype(np.float64)
        return np.asarray(np.log(red / (1 - red)), dtype=np.float32)


class FakeFinder:
    """Finds what `faces_of` says of each frame."""

    def __init__(self, faces_of: Callable[[Frame], list[Face]]) -> None:
        self.find = faces_of


def make_detector(fitted: Fitted | None = None, **changes: object) -> Detector:
    """A detector on a FakeEngine, its scores worth what was `fitted`; `changes` are of its entry."""
    return Detector(
        spec=SPECS["unblend-lite2"],
        entry=make_entry(**changes),
        input=SMALL,
        engine=FakeEngine(),
        fitted=fitted,
    )


def whole_frame_face(frame: Frame) -> list[Face]:
    """One face that is all of the frame's upper left 8 x 8 pixels."""
    return [
        replace(make_face(), patch=frame.image[:8, :8].copy(), frame_index=frame.index, time_s=frame.time_s)
    ]


def save_picture(path: Path, p_fake: float) -> Path:
    """A picture of 64 x 48 pixels of one colour, of which FakeEngine says `p_fake`."""
    Pictures.fromarray(np.full((48, 64, 3), round(p_fake * 255), dtype=np.uint8)).save(path)
    return path


def add_random_detector(folder: Path, name: str, size: int) -> None:
    """Give the manifest in `folder` one more detector, its weights random but always the same."""
    import torch
    from safetensors.torch import save_file

    from detector.weights import write_entry
    from detector.zoo.build import build_network

    torch.manual_seed(0)
    file = folder / f"{name}.safetensors"
    save_file(
        {key: value.contiguous() for key, value in build_network(SPECS[name]).state_dict().items()}, file
    )
    stored = file.read_bytes()
    facts = {
        "file": file.name,
        "sha256": hashlib.sha256(stored).hexdigest(),
        "bytes": len(stored),
        "precision": "fp32",
    }
    write_entry(folder, name, make_entry(**facts, input=TrainedInput(size=size, margin=0.1)))
