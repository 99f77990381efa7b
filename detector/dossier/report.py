"""A report on one file: one page of HTML that holds everything it shows and prints well."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from detector import report, statements
from detector.dossier import drawing, pictures, words
from detector.evidence import GenuineClips
from detector.provenance import words as origin
from detector.reasons import sentences
from detector.reasons import words as reason_words
from detector.structures import Analysis, Evidence, Face, FaceScore, Reason, Scan, TrackScore

TEMPLATES = Path(__file__).parent / "templates"

MOST_FACES = 12
"""Faces told one by one; the others are counted."""
KEY_FRAMES = 6
"""Faces shown of each person of a video, evenly over the time."""
MOST_PEOPLE = 6


@dataclass(frozen=True)
class FaceMap:
    """A picture of the face that decides: its `title`, the `picture` (an address that holds it), what it
    shows in words, and, of a map, how far to believe it (None: not measured). `is_map`: not the face alone.
    """

    title: str
    picture: str
    caption: str
    is_map: bool = False
    trust: str | None = None


@dataclass(frozen=True, eq=False)
class Judgement:
    """What one detector says of the file, with its maps, and what genuine `clips` score by it; None where too
    few were tested.
    """

    analysis: Analysis
    maps: tuple[FaceMap, ...] = ()
    clips: GenuineClips | None = None


@dataclass(frozen=True, eq=False)
class ShownFace:
    """A face with its number, its picture, and what each detector gave it, in the order of judgements."""

    number: int
    picture: str
    face: Face
    scores: tuple[FaceScore | None, ...]

    @property
    def like(self) -> str:
        """The conditions it is in, in words; empty where nobody judged it."""
        return next((words.conditions_in_words(score) for score in self.scores if score), "")

    @property
    def unlike(self) -> tuple[Reason, ...]:
        """In what it is unlike the faces that some detector was measured on, each once."""
        reasons = (reason for score in self.scores if score for reason in score.out_of_range)
        return tuple(dict.fromkeys(reasons))


@dataclass(frozen=True, eq=False)
class Person:
    """A person of a video: the picture of some faces, with their time in seconds."""

    name: str
    frames: tuple[tuple[str, float], ...]
    evidence: Evidence | None


def file_report(
    scan: Scan,
    judgements: Sequence[Judgement],
    settings: report.Settings | None = None,
    file: str | None = None,
    made_at: datetime | None = None,
) -> str:
    """The report on what `scan` read, by one detector or several; the first of `judgements` heads it.

    `settings` and `file` are as `report.to_dict` takes them. Raises ValueError where nobody judged.
    """
    if not judgements:
        raise ValueError("a report needs the answer of a detector")
    first = judgements[0].analysis
    evidences = [each.analysis.evidence for each in judgements]
    return render(
        "file.html",
        scan=scan,
        first=first,
        judgements=judgements,
        agreement=statements.agreement([each for each in evidences if each is not None]),
        preview=pictures.data_uri(scan.preview.image, pictures.PHOTO_SIDE),
        boxes=pictures.boxes(scan.faces, scan.preview.image) if scan.media.kind == "photo" else [],
        faces=_shown_faces(scan, judgements),
        unshown=max(0, len(scan.faces) - MOST_FACES) if scan.media.kind == "photo" else 0,
        people=_people(first),
        plot=drawing.plot_of(first, _lasting(first), judgements[0].clips),
        commands=[report.command(each.analysis, settings, file) for each in judgements],
        settings=report.to_dict(first, settings, file)["settings"],
        quote=statements.sentence_to_copy(first),
        made_at=made_at or datetime.now(UTC),
    )


def render(template: str, **values: object) -> str:
    """A template of this room as text, everything in it escaped."""
    return _environment().get_template(template).render(**values)


def _shown_faces(scan: Scan, judgements: Sequence[Judgement]) -> list[ShownFace]:
    """The faces of a photo, numbered as its boxes are; of a video they stand under people."""
    if scan.media.kind != "photo":
        return []
    given: list[Mapping[int, FaceScore]] = [
        {id(score.face): score for score in each.analysis.face_scores} for each in judgements
    ]
    return [
        ShownFace(number, pictures.face_picture(face), face, tuple(scores.get(id(face)) for scores in given))
        for number, face in enumerate(scan.faces[:MOST_FACES], start=1)
    ]


def _people(analysis: Analysis) -> list[Person]:
    """The people of a video as the detector that heads the report saw them."""
    if analysis.media.kind != "video":
        return []
    return [
        Person(
            name=f"Person {number}" if analysis.tracked else "Faces, not told apart",
            frames=tuple(
                (pictures.face_picture(score.face, pictures.THUMBNAIL_SIDE), score.face.time_s)
                for score in _evenly(track.face_scores)
            ),
            evidence=track.evidence,
        )
        for number, track in enumerate(_lasting(analysis)[:MOST_PEOPLE], start=1)
    ]


def _lasting(analysis: Analysis) -> list[TrackScore]:
    """The people who can decide: those seen in frames enough, all where nobody is."""
    lasting = [track for track in analysis.tracks if track.decides]
    return lasting or list(analysis.tracks)


def _evenly(scores: Sequence[FaceScore]) -> list[FaceScore]:
    """At most `KEY_FRAMES` of them, the first and the last among them."""
    if len(scores) <= KEY_FRAMES:
        return list(scores)
    last = len(scores) - 1
    return [scores[round(place * last / (KEY_FRAMES - 1))] for place in range(KEY_FRAMES)]


@functools.cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        drawing=drawing,
        said=statements.scale,
        answer=statements,
        words=words,
        provenance=origin,
        versions=report.versions,
    )
    environment.filters.update(sentences=sentences, reason_words=reason_words)
    return environment
