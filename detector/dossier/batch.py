"""A report on many files: one page of HTML, the strongest evidence first, with a thumbnail of each face."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from detector import report, statements
from detector.dossier import pictures
from detector.dossier.report import render
from detector.structures import Analysis, DetectorInfo, Direction, Evidence, Strength, Verdict

RANK = (Strength.NONE, Strength.WEAK, Strength.MODERATE, Strength.MODERATELY_STRONG)


@dataclass(frozen=True)
class Answer:
    """What one detector says of a file; `evidence` None where it found nothing to weigh. `like` tells the
    nearest genuine pictures, `notes` why the evidence is no more.
    """

    detector: str
    verdict: Verdict
    evidence: Evidence | None
    p_fake: float | None
    like: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Row:
    """A file of a batch, small enough that thousands fit: its path, facts, thumbnail (None: no face), what of
    it was looked at where that is not plain (`coverage`), and the answers of the detectors, the first of
    which sorts; or the `error` that kept it from being read.
    """

    file: str
    about: str = ""
    coverage: str = ""
    sha256: str = ""
    thumbnail: str | None = None
    answers: tuple[Answer, ...] = ()
    error: str | None = None


def row_of(file: str, analyses: Sequence[Analysis], error: str | None = None) -> Row:
    """The row of one file; `analyses` are those of the detectors in order, none where `error` kept it."""
    if error is not None or not analyses:
        return Row(file, error=error or "nothing was judged")
    first = analyses[0]
    face = next((each.deciding.face for each in analyses if each.deciding), None)
    media = first.media
    return Row(
        file=file,
        about=f"{media.kind}, {media.width} × {media.height} px",
        coverage=" ".join(statements.coverage_sentences(first.coverage)),
        sha256=media.sha256,
        thumbnail=pictures.face_picture(face, pictures.THUMBNAIL_SIDE) if face is not None else None,
        answers=tuple(map(_answer, analyses)),
    )


def batch_report(
    rows: Iterable[Row],
    detectors: Sequence[DetectorInfo],
    settings: report.Settings | None = None,
    command: str | None = None,
    made_at: datetime | None = None,
) -> str:
    """The report on all `rows`, sorted by strength: support for fake, the strongest first, then none, then
    support for genuine; then what has no face or could not be read. `command` is what repeats it.
    """
    ordered = sorted(rows, key=_strength, reverse=True)
    first = [row.answers[0] for row in ordered if row.answers]
    told = Counter(
        statements.heading(answer.evidence) if answer.evidence else answer.verdict.capitalize()
        for answer in first
    )  # in the order of the rows, so that the strongest stands first
    failed = sum(row.error is not None for row in ordered)
    return render(
        "batch.html",
        rows=ordered,
        detectors=detectors,
        shared=_shared(first),
        tally=[*told.items(), *([("Could not be read", failed)] if failed else [])],
        settings=settings or {},
        command=command,
        made_at=made_at or datetime.now(UTC),
    )


def _answer(analysis: Analysis) -> Answer:
    evidence = analysis.evidence
    nearest = statements.nearest_reference(evidence) if evidence else None
    return Answer(
        detector=analysis.detector.short,
        verdict=analysis.verdict,
        evidence=evidence,
        p_fake=analysis.p_fake,
        like=statements.reference_sentence(nearest, evidence.direction) if evidence and nearest else "",
        notes=tuple(statements.muted_phrases(evidence)) if evidence else (),
    )


def _shared(answers: Sequence[Answer]) -> list[str]:
    """The notes that every file with evidence has, which are told once; none of a single file."""
    notes = [answer.notes for answer in answers if answer.evidence is not None]
    return [note for note in notes[0] if all(note in others for others in notes)] if len(notes) > 1 else []


def _strength(row: Row) -> tuple[float, float, float]:
    """What a batch is sorted by: signed strength, then ratio, then p_fake; below all others what has none."""
    if not row.answers:
        return (-20.0, 0.0, 0.0)
    answer = row.answers[0]
    if answer.p_fake is None:
        return (-10.0, 0.0, 0.0)
    evidence = answer.evidence
    if evidence is None:
        return (0.0, 1.0, answer.p_fake)
    sign = {Direction.FAKE: 1, Direction.REAL: -1, Direction.NONE: 0}[evidence.direction]
    return (float(sign * RANK.index(evidence.strength)), evidence.lr or 1.0, answer.p_fake)
