"""Answers with evidence made by hand, and a page taken apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from html.parser import HTMLParser

from detector.pipeline import judge
from detector.structures import (
    Analysis,
    Condition,
    Direction,
    Evidence,
    Provenance,
    Reference,
    Scan,
    Tag,
    Withheld,
    Withholding,
)
from tests.makers import make_detector, make_evidence, make_face, make_scan

REFERENCES = (
    Reference("snapshot", is_fake=False, n=118, share=0.04),
    Reference("studio", is_fake=False, n=64, share=0.52),
    Reference("video frame", is_fake=False, n=24, share=0.0),
    Reference("swap", is_fake=True, n=66, share=0.31),
)
WEAK = make_evidence(3.1, lr_low=1.8, lr_high=5.2, references=REFERENCES, nearest="snapshot")
GENUINE = make_evidence(0.05, references=REFERENCES)
MUTED = make_evidence(
    1.0,
    references=REFERENCES,
    conditions=(Condition.STUDIO,),
    muted=(Withheld(Withholding.NOT_SHOWN, Direction.FAKE, condition=Condition.STUDIO),),
)


def answered(scan: Scan, evidence: Evidence | None = WEAK) -> Analysis:
    """The answer on `scan`, with `evidence` of the file, each person and each face."""
    analysis = judge(scan, make_detector())
    return replace(
        analysis,
        evidence=evidence if analysis.deciding else None,
        deciding=analysis.deciding and replace(analysis.deciding, evidence=evidence),
        tracks=tuple(
            replace(
                track,
                evidence=evidence,
                face_scores=tuple(replace(score, evidence=evidence) for score in track.face_scores),
            )
            for track in analysis.tracks
        ),
    )


def photo(*levels: float, provenance: Provenance | None = Provenance()) -> Scan:  # noqa: B008  # frozen
    return replace(make_scan(*(make_face(level) for level in levels)), provenance=provenance)


def clip(people: Sequence[Sequence[float]], apart: int = 1) -> Scan:
    """A video in which each of `people` has these values, one each `apart` frames."""
    faces = [
        make_face(level, frame=apart * frame, track=person)
        for person, levels in enumerate(people)
        for frame, level in enumerate(levels)
    ]
    return replace(make_scan(*faces, kind="video", tracked=True), provenance=Provenance())


def tagged(value: str) -> Provenance:
    return Provenance(
        camera=(Tag("EXIF", "Make", value),), comments=(Tag("EXIF", "ImageDescription", value),)
    )


class Page(HTMLParser):
    """What a page holds: its elements with their attributes, its `text`, and its commands to repeat it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.commands: list[str] = []
        self._pieces: list[str] = []
        self._inside: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._inside = [tag, dict(attrs).get("class") or ""]

    def handle_data(self, data: str) -> None:
        if self._inside[:1] == ["style"]:
            return
        if self._inside[1:] == ["command mono"] and data.strip():
            self.commands.append(data.strip())
        self._pieces.append(data)

    def handle_endtag(self, tag: str) -> None:
        self._inside = []

    @property
    def text(self) -> str:
        return " ".join(" ".join(self._pieces).split())

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]
