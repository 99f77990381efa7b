"""The HTML of an answer: verdict, scale, remarks, details."""

from __future__ import annotations

from collections.abc import Container, Sequence
from html import escape

from detector.reasons import band_in_words, explanation, probability_in_words, range_in_words, sentences
from detector.structures import Analysis, Thresholds, Verdict
from detector.ui import texts
from detector.ui.html import explained, term
from detector.zoo.specs import SPECS

_ICONS = {
    Verdict.LIKELY_FAKE: '<path d="M12 3.2 22 20.5H2Z"/><path d="M12 10v4.6M12 17.4v.2"/>',
    Verdict.LIKELY_REAL: '<circle cx="12" cy="12" r="9.3"/><path d="m7.8 12.3 3 3 5.6-6.2"/>',
    Verdict.UNCERTAIN: (
        '<circle cx="12" cy="12" r="9.3" stroke-dasharray="3.4 2.4"/>'
        '<path d="M9.4 9.6a2.7 2.7 0 1 1 3.8 2.6c-.8.4-1.2.9-1.2 1.8M12 16.8v.2"/>'
    ),
    Verdict.NO_FACE: (
        '<path d="M3 8V4a1 1 0 0 1 1-1h4M16 3h4a1 1 0 0 1 1 1v4M21 16v4a1 1 0 0 1-1 1h-4M8 21H4a1 1 0 0'
        ' 1-1-1v-4M8.5 12h7"/>'
    ),
    Verdict.UNREADABLE: '<path d="M6 2.8h8l5 5v13.4H6ZM14 2.8v5h5M9.7 12.3l5 5M14.7 12.3l-5 5"/>',
}
_CLASS = {
    Verdict.LIKELY_FAKE: "fake",
    Verdict.LIKELY_REAL: "real",
    Verdict.UNCERTAIN: "unsure",
    Verdict.NO_FACE: "none",
    Verdict.UNREADABLE: "none",
}


def verdict_card(analysis: Analysis) -> str:
    """Verdict in words, the sentence for people, and the probability on its scale; without a number where
    nothing was judged.
    """
    more = [explanation(analysis)]
    if analysis.verdict is Verdict.NO_FACE:
        more += [*sentences(analysis.reasons), texts.NO_FACE_MORE]
    scale = (
        ""
        if analysis.p_fake is None
        else probability_scale(analysis.p_fake, analysis.detector.thresholds, analysis.extrapolated)
    )
    return _card(analysis.verdict, more, scale)


def failure_card(message: str) -> str:
    """What stands in the answer's place when a file could not be judged: words, no number."""
    return _card(Verdict.UNREADABLE, [message], "")


def untrained_card(name: str, trained: Container[str]) -> str:
    """What stands in the answer's place when a detector without weights is asked: words, no number."""
    titles = " and ".join(f"“{spec.title}”" for spec in SPECS.values() if spec.name in trained) or "none yet"
    return notice_card(
        texts.NOT_TRAINED.capitalize(),
        texts.NOT_TRAINED_CARD.format(title=f"“{SPECS[name].title}”", trained=titles),
    )


def notice_card(heading: str, text: str) -> str:
    """A card without a verdict: before the first file, while stopping, when a result is gone."""
    return (
        '<section class="answer empty"'
        f' aria-live="polite"><h2>{escape(heading)}</h2><p>{escape(text)}</p></section>'
    )


def _card(verdict: Verdict, paragraphs: Sequence[str], scale: str) -> str:
    icon = (
        '<svg class="icon" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.9"'
        f' stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">{_ICONS[verdict]}</svg>'
    )
    words = "".join(f"<p>{escape(paragraph)}</p>" for paragraph in paragraphs)
    heading = f'<h2 data-verdict="{verdict}">{texts.VERDICT_HEADINGS[verdict]}</h2>'
    return (
        f'<section class="answer {_CLASS[verdict]}"'
        f' aria-live="polite"><header>{icon}{heading}</header>{words}{scale}</section>'
    )


def probability_scale(p_fake: float, thresholds: Thresholds, extrapolated: bool = False) -> str:
    """p_fake, 0..1, as a mark on a scale from real to fake with the uncertain band; the same in words for
    screen readers.

    `extrapolated`: a warning stands under it, since the face is unlike those that the scale was fitted on.
    """
    lo, hi = thresholds.lo, thresholds.hi
    shown = escape(probability_in_words(p_fake))
    zones = [
        ("real", 0.0, lo, "likely real"),
        ("unsure", lo, hi, "uncertain"),
        ("fake", hi, 1.0, "likely fake"),
    ]
    bars = "".join(
        f'<span class="zone {kind}" style="left:{100 * begin:.1f}%;width:{100 * (end - begin):.1f}%"></span>'
        for kind, begin, end, _ in zones
        if end > begin
    )
    band = band_in_words(thresholds)
    never = [words for _, begin, end, words in zones if end <= begin]
    quoted = " or ".join(f"“{words}”" for words in never)
    note = (
        f'<p class="never">This detector never answers {quoted}: it was not right often enough there.</p>'
        if never
        else ""
    )
    warning = f'<p class="beyond">{explained(texts.EXTRAPOLATED)}</p>' if extrapolated else ""
    return (
        f'<div class="scale"><p class="lead">{term("p_fake", "Probability of a fake")}'
        f' <strong>{shown}</strong></p><div class="rail" role="img" aria-label="Probability of a fake {shown}'
        f' on a scale from 0 %, real, to 100 %, fake; uncertain from {band}">{bars}<span class="mark"'
        f' style="left:{100 * p_fake:.1f}%"></span></div><div class="names"><span>0 % · real</span><span'
        f' class="band">{term("uncertain band")} {band}</span><span>fake · 100'
        f" %</span></div>{warning}{note}</div>"
    )


def remarks(analysis: Analysis) -> str:
    """Reasons as a list; empty where there are none."""
    items = list(dict.fromkeys(sentences(analysis.reasons)))
    if not items or analysis.verdict is Verdict.NO_FACE:
        return ""
    listed = "".join(f"<li>{escape(item)}</li>" for item in items)
    return f'<section class="remarks"><h3>{texts.REMARKS}</h3><ul>{listed}</ul></section>'


def details(analysis: Analysis) -> str:
    """File, detector and time, as a list of terms."""
    media, detector = analysis.media, analysis.detector
    rows = [
        (
            "File",
            f"{media.name}, {media.format}, {media.width} × {media.height} px, {media.bytes / 1e6:.2f} MB",
        ),
        ("File's SHA-256", media.sha256),
        ("Detector", f"{detector.title} ({detector.name})"),
        ("Weights' SHA-256", detector.weights_sha256),
        (
            "Network's input",
            f"{detector.input.size} × {detector.input.size} px, margin {detector.input.margin:g} of the face",
        ),
        ("Calibration", f"fitted on {detector.calibration.fitted_on}"),
        (
            "Uncertain band",
            (f"{band_in_words(detector.thresholds)}, fitted on {detector.thresholds.fitted_on}"),
        ),
    ]
    if detector.seen is not None:
        rows.insert(6, (texts.SEEN_LABEL, range_in_words(detector.seen)))
    if media.kind == "video":
        rows.insert(1, ("Frames", f"{analysis.frames_read} read over {media.duration_s or 0:.1f} s"))
    if analysis.p_fake is not None:
        rows.append(("p_fake", f"{analysis.p_fake:.4f}"))
    stages = ", ".join(f"{stage} {seconds:.2f} s" for stage, seconds in analysis.seconds.items())
    rows.append(("Time", f"{sum(analysis.seconds.values()):.2f} s: {stages}"))
    listed = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in rows)
    return f'<dl class="details">{listed}</dl>'
