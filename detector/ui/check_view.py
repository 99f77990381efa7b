"""What the room Check shows, as HTML: the answer on a file, its notices, what waits, what was looked at."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from detector.provenance.words import headline, lines
from detector.reasons import range_in_words, sentences, words
from detector.report import csv_row, to_csv, to_json
from detector.statements import agreement, change_sentence, coverage_sentences
from detector.structures import (
    Condition,
    DetectorInfo,
    Direction,
    Evidence,
)
from detector.ui import pictures, texts
from detector.ui.evidence import Dot, Reach, evidence_on, familiarity, stronger_first, zones
from detector.ui.html import render
from detector.ui.visits import Looked, Visit, people
from detector.ui.work import Work
from detector.zoo.specs import PAIR, SPECS


@dataclass(frozen=True)
class Download:
    """A file to save, `text` in UTF-8; `kind` is its media type, `label` the words of its link."""

    label: str
    name: str
    kind: str
    text: str

    @property
    def base64(self) -> str:
        """The text as an address carries it."""
        return base64.b64encode(self.text.encode()).decode("ascii")


@dataclass(frozen=True)
class Row:
    """A detector on the chosen face; `evidence` None where it was not asked yet."""

    name: str
    short: str
    question: str
    evidence: Evidence | None
    chosen: bool

    @property
    def dot(self) -> Dot:
        """Its place on the scale."""
        return Dot(self.name, self.short, self.evidence, self.chosen)


@dataclass(frozen=True)
class Made:
    """How a detector came to what it says: p_fake of the chosen face, None without one."""

    info: DetectorInfo
    p_fake: float | None
    seen: str


def evidence_shown(looked: Looked, name: str) -> Evidence:
    """What the card says of `name`: the file's evidence, until the visitor chose a face or person."""
    person = looked.person_of(name)
    judged = person if looked.chose and person is not None else looked.analyses[name]
    return evidence_on(judged, name)


def headed_by(looked: Looked) -> list[Evidence]:
    """The lines of the heading, the stronger first: those of the detectors that were asked one question each,
    beside the default's where only one of them was; that of any other detector alone.
    """
    first = next(iter(looked.analyses))
    asked = [name for name in PAIR if name in looked.analyses]
    names = asked if len(asked) == len(PAIR) else list(dict.fromkeys([first, *asked]))
    shown = names if looked.detector in (*names, first) else [looked.detector]
    return stronger_first(evidence_shown(looked, name) for name in shown)


def subject(looked: Looked) -> str:
    """What is looked at, in words."""
    everybody = people(looked.analysis)
    if looked.scan.media.kind == "video":
        return f"person {looked.person + 1}" if len(everybody) > 1 else "this clip"
    return f"face {looked.person + 1}" if len(everybody) > 1 else "this face"


def card(looked: Looked, reach: Reach | None, fresh: str, quote: str, next_html: Markup) -> Markup:
    """The answer on the chosen face."""
    analysis, score = looked.analysis, looked.score
    if score is None:
        return no_face(looked, fresh)
    if is_held_back(looked):
        said = (*texts.DRAWN, *coverage_sentences(analysis.coverage))
        return notice(said, "drawn", fresh, [("anyway", texts.JUDGE_ANYWAY)])
    return render(
        "check/card",
        fresh=fresh,
        subject=subject(looked),
        evidences=headed_by(looked),
        changes=change_sentence(analysis) or "",
        basis=basis(looked),
        coverage=coverage_sentences(analysis.coverage),
        dots=[row.dot for row in rows(looked, tuple(looked.analyses))],
        zones=zones(reach),
        familiarity=familiarity(score),
        quote=quote,
        next=next_html,
        analysis=analysis,
    )


def is_held_back(looked: Looked) -> bool:
    """Whether the chosen face may be drawn, and nobody asked for an answer all the same."""
    score = looked.score
    drawn = score is not None and Condition.DRAWN in evidence_on(score, looked.detector).conditions
    return drawn and not looked.anyway


def basis(looked: Looked) -> str:
    """Which of several faces the answer stands on; nothing where that is plain."""
    everybody, evidence = people(looked.analysis), evidence_shown(looked, looked.detector)
    if len(everybody) < 2 or looked.chose:
        return ""
    towards = "most genuine" if evidence.direction is Direction.REAL else "most altered"
    return texts.BASED_ON.format(subject=subject(looked), towards=towards, number=len(everybody))


def rows(looked: Looked, names: Sequence[str]) -> list[Row]:
    """Each detector of `names` on the chosen face."""
    told = []
    for name in names:
        person = looked.person_of(name) if name in looked.analyses else None
        evidence = evidence_on(person, name) if person is not None else None
        spec = SPECS[name]
        question = "" if spec.question == "either" else f"{spec.question}?"
        told.append(Row(name, spec.short, question, evidence, name == looked.detector))
    return told


def detector_rows(looked: Looked, names: Sequence[str], reach: Reach | None) -> Markup | str:
    """All detectors on the chosen face, and how far they agree; nothing where nothing is told."""
    if looked.score is None or is_held_back(looked):
        return ""
    told = rows(looked, names)
    return render(
        "check/detectors",
        subject=subject(looked),
        rows=told,
        zones=zones(reach),
        agreement=agreement([row.evidence for row in told if row.evidence and row.evidence.lr is not None]),
    )


def picture(looked: Looked) -> Markup:
    """The photo with its boxes, and its faces to choose from."""
    media = looked.scan.media
    lossless = media.format.upper() in pictures.LOSSLESS
    return render(
        "check/picture",
        source=pictures.data_uri(looked.scan.preview.image, lossless),
        name=media.name,
        faces=choosable(looked),
        legend="Faces",
    )


@dataclass(frozen=True)
class Choosable:
    """A face or person to choose; `box` is its place on the picture, None of a clip or a whole picture."""

    index: int
    title: str
    thumb: str
    evidence: Evidence
    remark: str
    chosen: bool
    box: pictures.Place | None


def choosable(looked: Looked) -> list[Choosable]:
    """Everybody in the file, as the shown detector judged them."""
    media, told = looked.scan.media, []
    kind = "Person" if media.kind == "video" else "Face"
    for index, person in enumerate(people(looked.analysis)):
        best = max(person.face_scores, key=lambda score: score.logit)
        face, evidence = best.face, evidence_on(person, looked.detector)
        boxed = media.kind == "photo" and not face.whole_picture
        told.append(
            Choosable(
                index=index,
                title=f"{kind} {index + 1}",
                thumb=pictures.data_uri(pictures.thumb(face)),
                evidence=evidence,
                remark="; ".join(words(remark) for remark in face.quality.remarks),
                chosen=index == looked.person,
                box=pictures.place(face.box, (media.height, media.width)) if boxed else None,
            )
        )
    return told


def more(looked: Looked, with_planes: bool = False) -> Markup:
    """How the answer was made; `with_planes`, opened, with what the networks are given of the face."""
    analysis = looked.analysis
    made = [
        Made(
            info=other.detector,
            p_fake=score.p_fake if (score := looked.score_of(name)) else None,
            seen=range_in_words(other.detector.seen).capitalize() if other.detector.seen else "",
        )
        for name, other in looked.analyses.items()
    ]
    return render(
        "check/more",
        media=analysis.media,
        frames_read=analysis.frames_read,
        seconds=analysis.seconds,
        sentences=[*sentences(dict.fromkeys(analysis.reasons)), *coverage_sentences(analysis.coverage)],
        has_face=looked.score is not None,
        planes=pictures.planes(looked.score, analysis.detector) if with_planes and looked.score else "",
        rows=made,
    )


def saves(looked: Looked, page: str, settings: Mapping[str, int], fresh: str) -> Markup:
    """Links that save what was found: the `page` for people, JSON of the shown answer, a table of all."""
    analysis, name = looked.analysis, looked.name
    files = [
        Download(texts.HTML_LABEL, f"{name}.unblend.html", "text/html", page),
        Download(texts.JSON_LABEL, f"{name}.unblend.json", "application/json", to_json(analysis, settings)),
        Download(
            texts.CSV_LABEL,
            f"{name}.unblend.csv",
            "text/csv",
            to_csv([csv_row(other) for other in looked.analyses.values()]),
        ),
    ]
    return render("check/saves", files=files, fresh=fresh)


def next_steps(looked: Looked) -> Markup:
    """What to check beside the score, with what the file says of its origin."""
    origin = looked.scan.provenance
    return render(
        "check/next",
        video=looked.scan.media.kind == "video",
        headline=headline(origin) if origin else "",
        lines=lines(origin) if origin else [],
    )


def progress(work: Work) -> Markup:
    """What a visitor who waits sees."""
    lane = work.backend.lane
    return render("check/progress", work=work, ahead=lane.place(work.ticket), wait_s=lane.wait_s(work.ticket))


def notice(said: tuple[str, ...], kind: str, fresh: str = "", acts: Sequence[tuple[str, str]] = ()) -> Markup:
    """A card without evidence: its heading, then its paragraphs."""
    return render(
        "check/notice", heading=said[0], paragraphs=said[1:], kind=kind, fresh=fresh, acts=list(acts)
    )


def empty() -> Markup:
    """The card before the first file: what to do, in a class too, where nothing is uploaded."""
    return render("check/empty")


def broken(fault: Exception) -> Markup:
    """The card where the page itself is at fault."""
    words = texts.BROKEN[1].format(fault=type(fault).__name__)
    return notice((texts.BROKEN[0], words), "broken", fresh=f"broken-{id(fault)}")


def idle(visit: Visit) -> Markup | str:
    """What stands in place of a progress: the way back to the files in Batch, where there are any."""
    return render("check/in_batch", count=visit.in_batch) if visit.in_batch else ""


def no_face(looked: Looked, fresh: str) -> Markup:
    """One sentence, what was looked at where that is not plain, and a way on."""
    looked_at = coverage_sentences(looked.scan.coverage)
    if looked.scan.media.kind == "video":
        return notice((*texts.NO_FACE_VIDEO, *looked_at), "no-face", fresh)
    return notice((*texts.NO_FACE, *looked_at), "no-face", fresh, [("whole", texts.JUDGE_WHOLE)])


@dataclass(frozen=True)
class Earlier:
    """A file on the strip."""

    key: str
    name: str
    thumb: str
    current: bool


def strip(visit: Visit) -> Markup:
    """The files of the visit, the latest first."""
    files = [
        Earlier(
            key,
            looked.name,
            pictures.data_uri(pictures.shrunk(looked.scan.preview.image, pictures.STRIP_PX)),
            key == visit.current,
        )
        for key, looked in reversed(visit.files.items())
    ]
    return render("check/strip", files=files)
