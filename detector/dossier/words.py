"""Sentences that only a report needs: what to check next, what a face is like, how far to believe a map."""

from __future__ import annotations

from detector.provenance.words import headline
from detector.structures import Analysis, Condition, FaceScore, Provenance, Quality, Verdict

PROOF = (
    "This report tells how far a score shifts the odds between genuine and fake. It is no proof, and no"
    " answer to whether the file is fake: that is for people to judge, by all they know."
)

CONDITIONS = {
    Condition.STUDIO: "studio-like: no grain, a smooth background, soft skin beside sharp edges",
    Condition.COMPRESSED: "heavily compressed",
    Condition.SMALL: "small",
    Condition.DRAWN: "drawn: this may not be a photograph",
    Condition.OUT_OF_RANGE: "out of the range that was measured",
    Condition.ORDINARY: "ordinary",
}

NO_TRUST = "How far this map can be believed was not measured for this detector."


def next_checks(provenance: Provenance | None, kind: str) -> list[tuple[str, str]]:
    """What a person can check next, each with its name, the most telling first."""
    steps = [
        (
            "The source",
            "Who published it first, when and where? Search for the picture, and for others of the scene.",
        ),
        (
            "Its metadata",
            headline(provenance) if provenance else "Read camera, program and content credentials.",
        ),
        (
            "The original",
            "Ask for the file as the camera wrote it. Each saving and each site takes traces away.",
        ),
        (
            "Other pictures",
            "Is the same person, place and moment in other pictures? Do light, clothes and ears agree?",
        ),
    ]
    if kind == "video":
        steps.append(("The sound", "It is not checked here. Do lips and words fit, and does the voice?"))
    return steps


def conditions_in_words(score: FaceScore) -> str:
    """What a judged face is like, where that decides how far its score may be believed."""
    conditions = score.evidence.conditions if score.evidence else ()
    return "; ".join(CONDITIONS[condition] for condition in conditions) or CONDITIONS[Condition.ORDINARY]


def quality_in_words(quality: Quality) -> str:
    """The measures of a face."""
    encoded = f", JPEG quality about {quality.jpeg_quality:.0f}" if quality.jpeg_quality is not None else ""
    return (
        f"{quality.size_px:.0f} px across, fine detail {quality.sharpness:.3f}, brightness"
        f" {quality.exposure:.2f}, turned by {abs(quality.yaw_deg):.0f}°{encoded}"
    )


def what_was_read(analysis: Analysis) -> str:
    """The file in a line."""
    media = analysis.media
    about = f"{media.format}, {media.width} × {media.height} px, {media.bytes / 1e6:.2f} MB"
    if media.kind == "photo":
        return about
    return (
        f"{about}, {media.duration_s or 0:.1f} s, {analysis.frames_read} of {media.frame_count} frames read"
    )


def is_answered(analysis: Analysis) -> bool:
    """Whether there is a face to speak of."""
    return analysis.verdict not in (Verdict.NO_FACE, Verdict.UNREADABLE)
