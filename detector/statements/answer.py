"""A whole answer in words: what it says, what to make of it, and how far detectors agree."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from detector.reasons import sentences
from detector.statements.coverage import coverage_sentences
from detector.statements.scale import (
    heading,
    nearest_reference,
    ratio_sentence,
    reference_sentence,
    rounded_ratio,
)
from detector.statements.withheld import muted_phrases
from detector.structures import Analysis, Change, DeliveryCheck, Evidence, Strength, TrackScore

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
    if nearest:
        spoken.append(reference_sentence(nearest, evidence.direction))
    spoken += [f"{phrase}." for phrase in muted_phrases(evidence)]
    return spoken + ([CAUTION[evidence.strength]] if evidence.strength in CAUTION else [])


def reference_sentences(evidence: Evidence) -> list[str]:
    """Every kind of picture tested, as it scores."""
    return [reference_sentence(each, evidence.direction) for each in evidence.references]


def statement_of_file(analysis: Analysis) -> list[str]:
    """The statement of a file: where a video changes first; of several faces, what they say together and the
    one that scores highest by itself. Empty where no face was judged.
    """
    evidence = analysis.evidence
    if evidence is None:
        return []
    changes = change_sentence(analysis)
    together = [track for track in analysis.tracks if track.decides]
    if len(together) > 1 and evidence.lr is not None:
        withheld = evidence.strength is Strength.NONE and evidence.muted
        spoken = [] if withheld else [_together(evidence, len(together), analysis.media.kind)]
        spoken += _highest(analysis, together)
        spoken += [f"{phrase}." for phrase in muted_phrases(evidence)]
        spoken += [CAUTION[evidence.strength]] if evidence.strength in CAUTION else []
    else:
        spoken = statement(evidence)
    return [*([changes] if changes else []), *spoken]


def _together(evidence: Evidence, count: int, kind: str) -> str:
    """What the ratio of a file with several faces is of."""
    assert evidence.lr is not None
    who = "people" if kind == "video" else "faces"
    ratio, one = evidence.lr, f"one of the {count} {who} is fake"
    more, less = (one, "all are genuine") if ratio >= 1 else ("all are genuine", one)
    times = rounded_ratio(max(ratio, 1 / ratio))
    how = "about as" if times == "about 1" else f"{times} times as"
    return f"Such scores are {how} common where {more} as where {less}."


def _highest(analysis: Analysis, together: Sequence[TrackScore]) -> Iterator[str]:
    """The face or person that scores highest, by itself."""
    highest = analysis.deciding_track
    if highest is None or highest.evidence is None:
        return
    if analysis.media.kind == "video":
        name = f"Person {1 + (highest.track_id or 0)}"
    else:
        name = f"Face {1 + next(place for place, track in enumerate(together) if track is highest)}"
    support = heading(highest.evidence)
    yield f"{name} by itself: {support[:1].lower()}{support[1:]}."
    if nearest := nearest_reference(highest.evidence):
        yield reference_sentence(nearest, highest.evidence.direction)


def change_sentence(analysis: Analysis) -> str | None:
    """Where the scores of the person that decides change; None where they do not."""
    changes = analysis.changes
    if not changes:
        return None
    times = [f"{change.time_s:.1f} s" for change in changes]
    at = times[0] if len(times) == 1 else f"{', '.join(times[:-1])} and {times[-1]}"
    return f"The score changes at {at}: {changed_in_words(changes)}."


def changed_in_words(changes: Sequence[Change]) -> str:
    """From what to what the changes of one person lead: evidence where that was fitted and differs, else
    higher or lower scores.
    """
    states = [changes[0].before, *(change.after for change in changes)]
    said = [heading(state).lower() for state in states]
    if len(set(said)) > 1:
        return ", then ".join(said)
    moved = ("higher" if change.logit_after > change.logit_before else "lower" for change in changes)
    return f"it is {', then '.join(moved)} from then on"


def delivery_lines(check: DeliveryCheck) -> Iterator[str]:
    """What a detector says of the face that decides after deliveries: whether that stays, where it says
    anything, and each.
    """
    judged = (check.as_it_is, *check.deliveries)
    if any(each.evidence.strength is not Strength.NONE for each in judged):
        verb = "changes" if check.changes else "stays"
        yield f"The answer {verb} when the picture is saved again:"
    else:
        yield "The score when the picture is saved again:"
    for each in judged:
        said = f"score {each.logit:+.2f}"
        if each.evidence.lr is not None:
            said = f"{heading(each.evidence).lower()} ({said})"
        yield f"  {each.name}: {said}"


def lines(analysis: Analysis) -> Iterator[str]:
    """The whole answer in lines: heading and verdict, the statement, what it rests on, and what of the
    file was looked at where that is not plain.
    """
    if analysis.evidence is None:
        yield f"{analysis.verdict.capitalize()}."
    else:
        yield f"{heading(analysis.evidence)} ({analysis.verdict})."
        yield from statement_of_file(analysis)
    yield from sentences(analysis.reasons)
    yield from coverage_sentences(analysis.coverage)


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
    of_file = f"Unblend on {analysis.media.name} (sha256 {analysis.media.sha256[:12]})"
    by = f"its detector {detector.short} (weights {detector.weights_sha256[:12]})"
    if evidence is None:
        return f"{of_file}: {analysis.verdict}, by {by}."
    nearest = nearest_reference(evidence)
    told = [f"{of_file}: {heading(evidence).lower()}, by {by}."]
    if nearest and evidence.strength is not Strength.NONE:
        told.append(reference_sentence(nearest, evidence.direction))
    return " ".join([*told, "This is not proof."])
