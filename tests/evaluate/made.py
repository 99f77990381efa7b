"""Predictions made by hand."""

from __future__ import annotations

from detector.evaluate.predictions import Prediction
from detector.structures import Verdict


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
    texts = {"method": "", "split": "", "compression": "", "repo": "", "kind": "photo", "error": ""} | more
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
