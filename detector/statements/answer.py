"""A whole answer in words: what it says, what to make of it, and how far detectors agree."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from detector.reasons import sentences
from detector.statements.scale import (
    heading,
    nearest_reference,
    ratio_sentence,
    reference_sentence,
)
from detector.statements.withheld import muted_phrases
from detector.structures import Analysis, Evidence, Strength

CAUTION = {
    Strength.WEAK: "One such result is no proof; it should move your opinion a little.",
    Strength.MODERATE: "One such result is no proof; look for what else speaks for or against it.",
    Strength.MODERATELY_STRONG: "Even this is no proof; look for what else speaks for or against it.",
}


def statement(evidence: Evidence) -> list[str]:
    """What stands under the heading: the ratio, the nearest kind of genuine picture, what was withheld and
    why, and what to make of it.
    """
    ratio, nearest = ratio_sentence(evidence), nearest_reference(evidence)
    spoken = [ratio] if ratio else []
    if nearest and evidence.strength is not Strength.NONE:
        spoken.append(reference_sentence(nearest, evidence.direction))
    spoken += [f"{phrase}." for phrase in muted_phrases(evidence)]
    return spoken + ([CAUTION[evidence.strength]] if evidence.strength in CAUTION else [])


def reference_sentences(evidence: Evidence) -> list[str]:
    """Every kind of picture tested, as it scores."""
    return [reference_sentence(each, evidence.direction) for each in evidence.references]


def lines(analysis: Analysis) -> Iterator[str]:
    """The whole answer in lines: heading and verdict, the statement, and what it rests on."""
    if analysis.evidence is None:
        yield f"{analysis.verdict.capitalize()}."
    else:
        yield f"{heading(analysis.evidence)} ({analysis.verdict})."
        yield from statement(analysis.evidence)
    yield from sentences(analysis.reasons)


def prevalence_sentence(evidence: Evidence, share_of_fakes: float) -> str | None:
    """Of pictures like the visitor's, of which `share_of_fakes`, 0..1, are fake, how many with such a score
    are; None where the ratio is not known.
    """
    if evidence.lr is None:
        return None
    among_fakes, among_genuine = share_of_fakes * evidence.lr, 1 - share_of_fakes
    fake = 100 * among_fakes / (among_fakes + among_genuine)
    number = (
        "fewer than 1 is" if 0 < fake < 1 else "about 1 is" if round(fake) == 1 else f"about {fake:.0f} are"
    )
    return f"Of 100 pictures like yours with such a score {number} fake."


def agreement(evidences: Sequence[Evidence]) -> str | None:
    """How far several detectors agree on one face; None of fewer than two. Never a vote."""
    if len(evidences) < 2:
        return None
    common = max((heading(each) for each in evidences), key=[heading(each) for each in evidences].count)
    alike = sum(heading(each) == common for each in evidences)
    shown = common[:1].lower() + common[1:]
    told = (
        f"All {len(evidences)} detectors give {shown}"
        if alike == len(evidences)
        else f"{alike} of {len(evidences)} detectors give {shown}"
        if alike > 1
        else f"The {len(evidences)} detectors differ"
    )
    return f"{told}. They share training pictures, so {len(evidences)} are not {len(evidences)} witnesses."


def sentence_to_copy(analysis: Analysis) -> str:
    """The answer in one piece, to be quoted: file, detector, support and false alarms."""
    detector, evidence = analysis.detector, analysis.evidence
    of_file = f"{analysis.media.name} (sha256 {analysis.media.sha256[:12]})"
    by = f"{detector.title} (weights {detector.weights_sha256[:12]})"
    if evidence is None:
        return f"{of_file}: {analysis.verdict}, by {by}."
    nearest = nearest_reference(evidence)
    told = [f"{of_file}: {heading(evidence).lower()}, by {by}."]
    if nearest and evidence.strength is not Strength.NONE:
        told.append(reference_sentence(nearest, evidence.direction))
    return " ".join([*told, "This is not proof."])
