"""The report of an analysis as a document, JSON of schema 2, the same through every door."""

from __future__ import annotations

import functools
import importlib.metadata
import json
import math
import platform
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import asdict

import detector
from detector.names import escaped, shell_word
from detector.reasons import sentences, words
from detector.statements import coverage_sentences, heading, statement_of_file
from detector.structures import (
    Analysis,
    Change,
    Coverage,
    DeliveryCheck,
    DetectorInfo,
    Evidence,
    Face,
    FaceScore,
    Floats,
    Numbers,
    Reason,
    Verdict,
)

SCHEMA = 2

PACKAGES = (
    *("torch", "torchvision", "timm", "facenet-pytorch"),
    *("opencv-python-headless", "av", "pillow", "numpy"),
)
"""Those whose version can move a logit."""

Settings = Mapping[str, str | int | float | bool | None]
"""What was in force beside the defaults, by name, for example {"frames": 16}."""


def to_dict(
    analysis: Analysis,
    settings: Settings | None = None,
    file: str | None = None,
    check: DeliveryCheck | None = None,
) -> dict[str, object]:
    """The analysis whole, ready for JSON; `file` is its path where the name alone is too little, `check` what
    became of the face that decides after deliveries, where that was asked.
    """
    media = analysis.media
    return {
        "schema": SCHEMA,
        "file": escaped(file or media.name),
        "verdict": str(analysis.verdict),
        "evidence": _evidence(analysis.evidence),
        "p_fake": _rounded(analysis.p_fake, 6),
        "statement": _statement(analysis),
        "reasons": sentences(analysis.reasons),
        "why": _reasons(analysis.reasons),
        "extrapolated": analysis.extrapolated,
        "media": {
            **asdict(media),
            "name": escaped(media.name),
            "fps": _rounded(media.fps, 3),
            "duration_s": _rounded(media.duration_s, 3),
        },
        "detector": asdict(analysis.detector),
        "frames_read": analysis.frames_read,
        "coverage": _coverage(analysis.coverage) if analysis.coverage else None,
        "tracked": analysis.tracked,
        "deciding": _face_score(analysis.deciding) if analysis.deciding else None,
        "provenance": asdict(analysis.provenance) if analysis.provenance else None,
        "deliveries": _deliveries(check) if check else None,
        "tracks": [
            {
                "track_id": track.track_id,
                "decides": track.decides,
                "p_fake": _rounded(track.p_fake, 6),
                "evidence": _evidence(track.evidence),
                "changes": [_change(change) for change in track.changes],
                "faces": [_face_score(score) for score in track.face_scores],
            }
            for track in analysis.tracks
        ],
        "seconds": {stage: round(seconds, 3) for stage, seconds in analysis.seconds.items()},
        "settings": {"already_cropped": _already_cropped(analysis), **(settings or {})},
        "versions": dict(versions()),
        "command": command(analysis, settings, file),
    }


def to_json(analysis: Analysis, settings: Settings | None = None, file: str | None = None) -> str:
    """`to_dict` as text."""
    return as_text(to_dict(analysis, settings, file))


def as_text(document: object) -> str:
    """One document, or several in a list, as JSON."""
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)


def error_dict(file: str, info: DetectorInfo, message: str) -> dict[str, object]:
    """What stands in a JSON for a file that could not be judged: words, and no number."""
    return {
        "schema": SCHEMA,
        "file": escaped(file),
        "verdict": str(Verdict.UNREADABLE),
        "evidence": None,
        "p_fake": None,
        "statement": [],
        "reasons": [message],
        "why": [],
        "detector": asdict(info),
        "versions": dict(versions()),
        "error": message,
    }


def command(analysis: Analysis, settings: Settings | None = None, file: str | None = None) -> str:
    """The shell command that repeats the analysis; `settings` of numbers and texts become
    variables in front.
    """
    variables = [
        f"UNBLEND_{key.upper()}={shlex.quote(str(value))}"
        for key, value in (settings or {}).items()
        if value is not None
    ]
    words = ["python", "-m", "detector", "analyze", shell_word(file or analysis.media.name)]
    options = ["--detector", analysis.detector.name]
    cropped = ["--no-face-crop"] if _already_cropped(analysis) else []
    return " ".join([*variables, *words, *options, *cropped, "--json"])


@functools.cache
def versions() -> tuple[tuple[str, str | None], ...]:
    """Name and version of Python, this package and what it computes with; None where a package is not
    installed.
    """
    installed: list[tuple[str, str | None]] = [
        ("python", platform.python_version()),
        ("unblend", detector.__version__),
    ]
    for package in PACKAGES:
        try:
            installed.append((package, importlib.metadata.version(package)))
        except importlib.metadata.PackageNotFoundError:
            installed.append((package, None))
    return tuple(installed)


def _evidence(evidence: Evidence | None) -> dict[str, object] | None:
    """Evidence as values, for programs; None where no face was judged."""
    if evidence is None:
        return None
    return {
        "question": str(evidence.question),
        "direction": str(evidence.direction),
        "strength": str(evidence.strength),
        **{name: _rounded(getattr(evidence, name), 4) for name in ("lr", "lr_low", "lr_high")},
        "muted": [
            {
                "cause": str(withheld.cause),
                "direction": str(withheld.direction),
                "at_most": str(withheld.at_most),
                "condition": str(withheld.condition) if withheld.condition else None,
                "numbers": _finite(withheld.numbers),
                "limits": _finite(withheld.limits),
            }
            for withheld in evidence.muted
        ],
        "references": [
            {**asdict(reference), "share": _rounded(reference.share, 4)} for reference in evidence.references
        ],
        "nearest": evidence.nearest,
        "conditions": [str(condition) for condition in evidence.conditions],
    }


def _coverage(coverage: Coverage) -> dict[str, object]:
    """What was looked at, as values, and in `words` what is out of the usual."""
    return {**asdict(coverage), "words": coverage_sentences(coverage)}


def _change(change: Change) -> dict[str, object]:
    return {
        "time_s": _rounded(change.time_s, 3),
        "logit_before": _rounded(change.logit_before, 6),
        "logit_after": _rounded(change.logit_after, 6),
        "before": _evidence(change.before),
        "after": _evidence(change.after),
    }


def _deliveries(check: DeliveryCheck) -> dict[str, object]:
    return {
        "changes": check.changes,
        "judged": [
            {"name": each.name, "logit": _rounded(each.logit, 6), "evidence": _evidence(each.evidence)}
            for each in (check.as_it_is, *check.deliveries)
        ],
    }


def _statement(analysis: Analysis) -> list[str]:
    """The evidence of the file in sentences, the heading first."""
    return [f"{heading(analysis.evidence)}.", *statement_of_file(analysis)] if analysis.evidence else []


def _face_score(score: FaceScore) -> dict[str, object]:
    face = score.face
    return {
        **_face(face),
        "logit": _rounded(score.logit, 6),
        "p_fake": _rounded(score.p_fake, 6),
        "evidence": _evidence(score.evidence),
        "unseen": list(map(words, score.out_of_range)),
        "why": _reasons((*score.face.quality.remarks, *score.out_of_range)),
    }


def _face(face: Face) -> dict[str, object]:
    quality = face.quality
    return {
        "box": _list(face.box, 1),
        "landmarks": _list(face.landmarks, 1),
        "finder_score": _rounded(face.finder_score, 4),
        "frame_index": face.frame_index,
        "time_s": _rounded(face.time_s, 3),
        "track_id": face.track_id,
        "whole_picture": face.whole_picture,
        "quality": {
            "size_px": _rounded(quality.size_px, 1),
            "sharpness": _rounded(quality.sharpness, 4),
            "exposure": _rounded(quality.exposure, 4),
            "yaw_deg": _rounded(quality.yaw_deg, 1),
            "jpeg_quality": _rounded(quality.jpeg_quality, 1),
            "remarks": list(map(words, quality.remarks)),
        },
    }


def _reasons(reasons: Iterable[Reason]) -> list[dict[str, object]]:
    """Reasons as values, for programs."""
    return [
        {
            "kind": str(reason.kind),
            "numbers": _finite(reason.numbers),
            "limits": _finite(reason.limits),
            "causes": _reasons(reason.causes),
        }
        for reason in reasons
    ]


def _finite(numbers: Numbers) -> dict[str, float | None]:
    return {name: _rounded(number, 6) for name, number in numbers}


def _list(values: Floats, digits: int) -> list[object]:
    """An array as nested lists; by way of float64, where rounding to one digit prints as such."""
    rounded: list[object] = values.astype("float64").round(digits).tolist()
    return rounded


def _rounded(value: float | None, digits: int) -> float | None:
    """`value` rounded; JSON has no word for what is not finite, so that is None too."""
    return None if value is None or not math.isfinite(value) else round(float(value), digits)


def _already_cropped(analysis: Analysis) -> bool:
    return any(score.face.whole_picture for score in analysis.face_scores)
