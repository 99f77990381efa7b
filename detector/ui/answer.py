"""The HTML of an answer: verdict, scale, remarks, details."""

from __future__ import annotations

from collections.abc import Container, Sequence

from markupsafe import Markup

from detector.reasons import probability_in_words, range_in_words, sentences
from detector.statements import heading, statement
from detector.structures import Analysis, Verdict
from detector.ui import texts
from detector.ui.html import render
from detector.zoo.specs import SPECS


def verdict_card(analysis: Analysis) -> Markup:
    """Verdict in words, the sentence for people, and the probability on its scale; without a number where
    nothing was judged.
    """
    if analysis.p_fake is None or analysis.evidence is None:
        return _card(analysis.verdict, [*sentences(analysis.reasons), texts.NO_FACE_MORE])
    scale = probability_scale(analysis.p_fake, analysis.extrapolated)
    return _card(analysis.verdict, [f"{heading(analysis.evidence)}.", *statement(analysis.evidence)], scale)


def failure_card(message: str) -> Markup:
    """What stands in the answer's place when a file could not be judged: words, no number."""
    return _card(Verdict.UNREADABLE, [message])


def untrained_card(name: str, trained: Container[str]) -> Markup:
    """What stands in the answer's place when a detector without weights is asked: words, no number."""
    titles = " and ".join(f"“{spec.title}”" for spec in SPECS.values() if spec.name in trained) or "none yet"
    return notice_card(
        texts.NOT_TRAINED.capitalize(),
        texts.NOT_TRAINED_CARD.format(title=f"“{SPECS[name].title}”", trained=titles),
    )


def notice_card(heading: str, text: str) -> Markup:
    """A card without a verdict: before the first file, while stopping, when a result is gone."""
    return render("notice", heading=heading, text=text)


def probability_scale(p_fake: float, extrapolated: bool = False) -> Markup:
    """p_fake, 0..1, as a mark on a scale from real to fake.

    `extrapolated`: a warning stands under it, since the face is out of the range that it was fitted on.
    """
    return render(
        "scale",
        p_fake=p_fake,
        probability=probability_in_words(p_fake),
        extrapolated=extrapolated,
    )


def remarks(analysis: Analysis) -> str:
    """Reasons as a list; empty where there are none, and where the card says them."""
    if not analysis.reasons or analysis.verdict is Verdict.NO_FACE:
        return ""
    return render("remarks", sentences=sentences(dict.fromkeys(analysis.reasons)))


def details(analysis: Analysis) -> Markup:
    """File, detector and time, as a list of terms."""
    detector = analysis.detector
    return render(
        "details",
        media=analysis.media,
        detector=detector,
        frames_read=analysis.frames_read,
        fitted_range=range_in_words(detector.seen) if detector.seen else None,
        p_fake=analysis.p_fake,
        seconds=analysis.seconds,
    )


def _card(verdict: Verdict, paragraphs: Sequence[str], scale: str = "") -> Markup:
    return render("card", verdict=verdict, paragraphs=paragraphs, scale=scale)
