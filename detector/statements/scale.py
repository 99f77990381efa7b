"""Evidence on the scale of words: its heading, its ratio, and the pictures that score alike.

Scale and words are those of the ENFSI guideline for evaluative reporting (2015).
"""

from __future__ import annotations

import math

from detector.structures import Direction, Evidence, Question, Reference, Strength

NO_SUPPORT = "No support either way"
HYPOTHESES = {Direction.FAKE: "fake", Direction.REAL: "genuine"}
MARKS = {Direction.FAKE: "▲", Direction.REAL: "▼", Direction.NONE: "–"}
QUESTIONS = {
    Question.ALTERED: "Altered?",
    Question.GENERATED: "Generated?",
    Question.EITHER: "Altered or generated?",
}
FAKES = {
    Question.ALTERED: "altered faces",
    Question.GENERATED: "generated faces",
    Question.EITHER: "fakes",
}

STEPS = (1.0, 1.5, 2.0, 3.0, 5.0)
"""A ratio is said as one of these, or as one times ten or a hundred."""
STRENGTHS_BEGIN = (2.0, 10.0, 100.0)

FEW_GROUPS = 30
"""Under so many people or videos a reference says that they are few."""
OF_HUNDRED_GROUPS = 50
"""From so many on it counts in hundreds."""

GENUINE = {
    "snapshot": "genuine snapshots",
    "portrait": "genuine portraits",
    "studio": "genuine studio portraits",
    "video frame": "genuine frames of videos",
    "compressed": "genuine pictures heavily compressed",
}
FAKE = {
    "swap": "face swaps",
    "reenactment": "re-enacted faces",
    "gan": "faces made by a GAN",
    "diffusion": "faces made by diffusion",
    "hand edit": "faces edited by hand",
}
"""What the pictures of each kind of an index are called, several of them."""


def heading(evidence: Evidence) -> str:
    """One of seven: "Weak support for fake", "No support either way" ..."""
    if evidence.strength is Strength.NONE:
        return NO_SUPPORT
    return f"{evidence.strength.capitalize()} support for {HYPOTHESES[evidence.direction]}"


def mark(evidence: Evidence) -> str:
    """The heading as a sign: ▲ weak and ▲▲ stronger support for fake, ▼ and ▼▼ for genuine, – for neither."""
    return MARKS[evidence.direction] * (1 if evidence.strength in (Strength.NONE, Strength.WEAK) else 2)


def answer_to_question(evidence: Evidence) -> str:
    """The question of the detector and its answer, as a line."""
    return f"{QUESTIONS[evidence.question]} {heading(evidence)}"


def rounded_ratio(ratio: float) -> str:
    """A ratio of 1 or more as the nearest, in its logarithm, of 1, 1.5, 2, 3, 5, 10, 15 ...; "nearly 10"
    where that would read as the next strength.
    """
    scale = 10 ** math.floor(math.log10(ratio))
    steps = [step * scale for step in (*STEPS, 10.0)]
    nearest = min(steps, key=lambda step: abs(math.log(step / ratio)))
    too_strong = any(ratio < begin <= nearest for begin in STRENGTHS_BEGIN)
    return f"{'nearly' if too_strong else 'about'} {nearest:g}"


def ratio_sentence(evidence: Evidence) -> str | None:
    """How much more common such a score is among the fakes than among genuine pictures, or the reverse; None
    where nothing may be said of that.
    """
    if evidence.lr is None or (evidence.strength is Strength.NONE and evidence.muted):
        return None
    fakes, genuine = f"the {FAKES[evidence.question]} we tested", "genuine pictures"
    towards_fake = evidence.lr >= 1
    more, less = (fakes, genuine) if towards_fake else (genuine, fakes)
    ratio = rounded_ratio(evidence.lr if towards_fake else 1 / evidence.lr)
    how = "about as" if ratio == "about 1" else f"{ratio} times as"
    return f"Such a score is {how} common among {more} as among {less}{_elsewhere(evidence, towards_fake)}."


def _elsewhere(evidence: Evidence, towards_fake: bool) -> str:
    """The range of the ratio over collections, to follow it."""
    if evidence.lr_low is None or evidence.lr_high is None or evidence.strength is Strength.NONE:
        return ""
    low, high = evidence.lr_low, evidence.lr_high
    if not towards_fake:
        low, high = 1 / high, 1 / low
    return f" (in other collections {_two_digits(low)} to {_two_digits(high)})"


def _two_digits(ratio: float) -> str:
    return f"{float(f'{ratio:.2g}'):g}"


def reference_sentence(reference: Reference, direction: Direction) -> str:
    """How many of the pictures of one kind score as high, or, where evidence points to genuine, as low."""
    of = hundred_or_all(reference)
    few = " (few)" if reference.n < FEW_GROUPS else ""
    number = round(of * reference.share)
    count = str(number) if number else "fewer than 1" if reference.share else "none"
    score = "scores" if count in ("1", "none", "fewer than 1") else "score"
    return f"Of {of} {kind_in_words(reference)}{few} {count} {score} as {_extreme(direction)}."


def hundred_or_all(reference: Reference) -> int:
    """Of how many pictures a reference counts: of 100 where there are groups enough, else of its groups."""
    return 100 if reference.n >= OF_HUNDRED_GROUPS else reference.n


def kind_in_words(reference: Reference) -> str:
    """What the pictures of a reference are called."""
    if reference.is_fake:
        return FAKE.get(reference.kind, f"fakes of the kind {reference.kind}")
    return GENUINE.get(reference.kind, f"genuine pictures of the kind {reference.kind}")


def _extreme(direction: Direction) -> str:
    return "low" if direction is Direction.REAL else "high"


def nearest_reference(evidence: Evidence) -> Reference | None:
    """The kind of genuine picture most like this face, as it scores; None where none is known."""
    return genuine_reference(evidence, evidence.nearest)


def genuine_reference(evidence: Evidence, kind: str | None) -> Reference | None:
    """The genuine pictures of one kind, as they score; None where none were tested."""
    genuine = (each for each in evidence.references if not each.is_fake and each.kind == kind)
    return next(genuine, None)
