"""Predictions made by hand, and reports of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from detector.data.labels import Index, Row
from detector.evaluate.predictions import Prediction, Predictions
from detector.evaluate.report.environment import environment_of
from detector.evaluate.report.report import Judge, Report, report_of
from detector.structures import Calibration, DetectorInfo, InputSpec, Thresholds, Verdict

INFO = DetectorInfo(
    name="made",
    short="Made",
    title="Made by hand",
    weights_sha256="ab" * 32,
    engine="pytorch",
    input=InputSpec(size=8, margin=0.1, mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5)),
    calibration=Calibration(1.0, 0.0, "nothing"),
    thresholds=Thresholds(t=0.5),
)


def prediction(
    label: int,
    p_fake: float | None,
    *,
    source: str = "a",
    set: str = "",
    group: str = "",
    logit: float = 0.0,
    file: str = "",
    face_px: float | None = 100.0,
    **more: str,
) -> Prediction:
    """A prediction of `made`; without p_fake no face was found."""
    texts = {
        "method": "",
        "split": "",
        "compression": "",
        "repo": "",
        "category": "",
        "clip": "",
        "kind": "photo",
        "error": "",
    } | more
    return Prediction(
        file=file or f"{source}/{group}-{label}-{p_fake}.jpg",
        label=label,
        source=source,
        set=set or source,
        group=group,
        p_fake=p_fake,
        logit=None if p_fake is None else logit,
        verdict=Verdict.NO_FACE if p_fake is None else Verdict.UNCERTAIN,
        faces=0 if p_fake is None else 1,
        face_px=None if p_fake is None else face_px,
        detector="made",
        weights="ab" * 32,
        judged_by="0" * 12,
        file_sha256="cd" * 32,
        **texts,
    )


def made_index(folder: Path) -> Index:
    """An index of one file; two more had no label."""
    path = folder / "index.csv"
    path.write_text("file,label\n")
    return Index(path, rows=(Row("a.jpg", 0, "a", "a"),), unlabelled=2)


def made_report(
    index: Index,
    predictions: Sequence[Prediction],
    judges: Sequence[Judge] = (INFO,),
    *,
    split: str | None = None,
    resamples: int = 50,
    random_seed: int = 0,
    judging: Mapping[str, object] = {},  # noqa: B006 (only read)
) -> Report:
    """A report of predictions made by hand."""
    table = Predictions.of(predictions)
    environment = environment_of(
        index,
        table,
        command="python -m detector evaluate index.csv",
        split=split,
        resamples=resamples,
        random_seed=random_seed,
        judging=judging,
    )
    return report_of(environment, judges, table)
