"""p_fake to a verdict, and an analysis to one sentence for people."""

from __future__ import annotations

from detector.structures import Analysis, Thresholds, Verdict

FEWEST_FRAMES = 3
"""A track decides, and a video gets more than `uncertain`, from this many judged frames on."""


def decide(p_fake: float | None, thresholds: Thresholds, marked: bool = False) -> Verdict:
    """The verdict on `p_fake`, None where no face was judged; `marked` says that the evidence is too poor for
    more than `uncertain`.
    """
    if p_fake is None:
        return Verdict.NO_FACE
    if not 0 <= p_fake <= 1:
        raise ValueError(f"p_fake {p_fake} is not a probability")
    if marked or thresholds.lo <= p_fake <= thresholds.hi:
        return Verdict.UNCERTAIN
    return Verdict.LIKELY_REAL if p_fake < thresholds.lo else Verdict.LIKELY_FAKE


def sentence(analysis: Analysis) -> str:
    """One plain sentence: the verdict, the probability, and what it rests on."""
    verdict = _capital(analysis.verdict)
    if _held_back(analysis):
        return f"{verdict}, although {_probability(analysis)}, because {_first_reason(analysis)}."
    return f"{verdict}: {_without_verdict(analysis)}."


def explanation(analysis: Analysis) -> str:
    """What `sentence` says, for a place that names the verdict already: the probability, and what it rests on
    or what keeps the verdict at `uncertain`.
    """
    if _held_back(analysis):
        return _capital(f"{_probability(analysis)}, but {_first_reason(analysis)}.")
    return _capital(f"{_without_verdict(analysis)}.")


def _held_back(analysis: Analysis) -> bool:
    """Whether the evidence, not the probability, keeps the verdict at `uncertain`."""
    return (
        analysis.verdict is Verdict.UNCERTAIN
        and decide(analysis.p_fake, analysis.detector.thresholds) is not Verdict.UNCERTAIN
    )


def _without_verdict(analysis: Analysis) -> str:
    if analysis.p_fake is None:
        return f"nothing in this {analysis.media.kind} was judged, so there is no probability"
    return f"{_probability(analysis)}, {_basis(analysis)}"


def _probability(analysis: Analysis) -> str:
    return f"the probability of a fake is {in_words(analysis.p_fake)}" if analysis.p_fake is not None else ""


def _first_reason(analysis: Analysis) -> str:
    why = analysis.reasons[0].rstrip(".")
    return f"{why[:1].lower()}{why[1:]}"


def in_words(p_fake: float) -> str:
    """`p_fake` as a whole percentage that never reads 0 or 100 %."""
    if p_fake < 0.01:
        return "under 1 %"
    if p_fake > 0.99:
        return "over 99 %"
    return percent(p_fake)


def band_in_words(thresholds: Thresholds) -> str:
    """The ends of the uncertain band, for people."""
    return f"{percent(thresholds.lo)} to {percent(thresholds.hi)}"


def percent(share: float) -> str:
    """`share` 0..1 as a whole percentage."""
    return f"{100 * share:.0f} %"


def _basis(analysis: Analysis) -> str:
    scores = analysis.face_scores
    frames = len({score.face.frame_index for score in scores})
    if analysis.media.kind == "photo":
        return (
            "resting on the one face found"
            if len(scores) == 1
            else f"resting on the most suspicious of {len(scores)} faces"
        )
    if analysis.tracked and analysis.deciding is not None:
        track = next(track for track in analysis.tracks if track.track_id == analysis.deciding.face.track_id)
        seen = len({score.face.frame_index for score in track.face_scores})
        people = sum(len(track.face_scores) >= FEWEST_FRAMES for track in analysis.tracks)
        others = "the one person" if people == 1 else f"the most suspicious of {people} people"
        return f"resting on {others}, seen in {_counted(seen, 'frame')}"
    return (
        f"resting on the most suspicious face in each of {_counted(frames, 'frame')}"
        if frames > 1
        else "resting on one frame"
    )


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
