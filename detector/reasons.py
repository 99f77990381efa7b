"""The words of reasons and of probabilities, for card, CSV, JSON and command line.

They are made here from values, and nothing reads them again.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from detector.structures import FittedRange, Reason, ReasonKind

_COMPARED = {
    ReasonKind.SMALLER: "smaller",
    ReasonKind.LARGER: "larger",
    ReasonKind.SOFTER: "softer",
    ReasonKind.SHARPER: "sharper or grainier",
    ReasonKind.MORE_COMPRESSED: "more compressed",
}

_BEYOND_SIZE = "face {size_px} px, measured on {low:.0f} to {high:.0f}"
_BEYOND = {
    ReasonKind.SMALLER: _BEYOND_SIZE,
    ReasonKind.LARGER: _BEYOND_SIZE,
    ReasonKind.SOFTER: "fine detail {sharpness:.3f}, measured on {low:.3f} or more",
    ReasonKind.SHARPER: "fine detail or grain {sharpness:.3f}, measured on {high:.3f} or less",
    ReasonKind.MORE_COMPRESSED: "JPEG quality about {jpeg_quality:.0f}, measured on {low:.0f} or more",
}

_SIZE = "{compared} ({size_px} pixels across, those were {low:.0f} to {high:.0f})"
_SHARPNESS = "{compared} (fine detail {sharpness:.3f}, those had {low:.3f} to {high:.3f})"
_NOT_FOLLOWED = "people were not followed from frame to frame: "
_UNKNOWN = "how far its score holds there is not known"
_MADE_TO_HARM = (
    "it is damaged, or made to do harm: if you trust it, save it again as JPEG or MP4 from its source"
)

_WORDS = {
    ReasonKind.TOO_SMALL: "only {size_px} pixels across: too small to judge well",
    ReasonKind.BLURRED: "blurred: fine detail is missing",
    ReasonKind.TOO_DARK: "very dark",
    ReasonKind.TOO_BRIGHT: "very bright",
    ReasonKind.TURNED: "turned far to the side: much of the face is hidden",
    ReasonKind.SMALLER: _SIZE,
    ReasonKind.LARGER: _SIZE,
    ReasonKind.SOFTER: _SHARPNESS,
    ReasonKind.SHARPER: _SHARPNESS,
    ReasonKind.MORE_COMPRESSED: (
        "{compared} (JPEG quality about {jpeg_quality:.0f}, those had {low:.0f} or more)"
    ),
    ReasonKind.FACE_HARD_TO_JUDGE: "the face that decides is hard to judge: {listed}",
    ReasonKind.PERSON_HARD_TO_JUDGE: (
        "{marked:.0f} of {faces:.0f} faces of the person that decides are hard to judge: {listed}"
    ),
    ReasonKind.FRAMES_HARD_TO_JUDGE: (
        "{marked:.0f} of {faces:.0f} faces of the frames that decide are hard to judge: {listed}"
    ),
    ReasonKind.FACE_OUT_OF_RANGE: (
        "the face that decides is {joined} than the faces this detector was measured on: " + _UNKNOWN
    ),
    ReasonKind.FACES_OUT_OF_RANGE: (
        "most of the faces that decide are {joined} than those this detector was measured on: " + _UNKNOWN
    ),
    ReasonKind.FACE_DECIDES: "based on all {faces:.0f} faces, of which face {face:.0f} looks most altered",
    ReasonKind.PERSON_DECIDES: (
        "based on all {people:.0f} people, of whom person {person:.0f}, seen in {frames:.0f} frames, looks"
        " most altered"
    ),
    ReasonKind.FRAMES_DECIDE: "based on the face that looks most altered in each of {frames:.0f} frames",
    ReasonKind.PEOPLE_LEFT_OUT: (
        "{people:.0f} more faces appear in fewer than {low:.0f} frames and were left out"
    ),
    ReasonKind.TOO_FEW_FRAMES: (
        "only {frames:.0f} frames show a face, and a video needs {low:.0f} for more than weak support"
    ),
    ReasonKind.NOBODY_TRACKED: _NOT_FOLLOWED + "nobody is seen in {low:.0f} frames",
    ReasonKind.TOO_FEW_SAMPLES: _NOT_FOLLOWED + "too few frames were read",
    ReasonKind.SAMPLES_FAR_APART: _NOT_FOLLOWED + "those read lie {gap_s:.1f} s apart",
    ReasonKind.WHOLE_PICTURE: "the whole picture was taken as the face",
    ReasonKind.NO_FACE: (
        "no face was found: use a picture where a face is larger, sharper or turned to the camera, or have"
        " the whole picture taken as a face"
    ),
    ReasonKind.ONLY_FACES: (
        "only faces are checked: a picture without one, even if a generator made it, is not"
    ),
    ReasonKind.DECODER_CRASHED: "decoding it crashed; " + _MADE_TO_HARM,
    ReasonKind.DECODER_TOO_SLOW: (
        "decoding it took over {high_s:g} s for one picture; " + _MADE_TO_HARM + ", or raise UNBLEND_DECODE_S"
    ),
    ReasonKind.DECODER_OUT_OF_MEMORY: (
        "decoding it took over {high_mb:g} MB of memory; " + _MADE_TO_HARM + ", or raise UNBLEND_DECODE_MB"
    ),
}

_WORDS_OF_ONE = {
    ReasonKind.FACE_DECIDES: "based on the one face found",
    ReasonKind.PERSON_DECIDES: "based on one person, seen in {frames:.0f} frames",
    ReasonKind.FRAMES_DECIDE: "based on one frame",
    ReasonKind.PEOPLE_LEFT_OUT: "one more face appears in fewer than {low:.0f} frames and was left out",
    ReasonKind.TOO_FEW_FRAMES: (
        "only 1 frame shows a face, and a video needs {low:.0f} for more than weak support"
    ),
}
"""Where the first of the numbers, which counts, is one."""


def words(reason: Reason) -> str:
    """A reason as a clause, without capital and full stop."""
    numbers, limits = dict(reason.numbers), dict(reason.limits)
    shown: dict[str, object] = {**numbers, **limits, "compared": _COMPARED.get(reason.kind)}
    if "size_px" in numbers:
        shown["size_px"] = math.floor(numbers["size_px"])  # so that what is under 80 never reads 80
    causes = [words(cause) for cause in reason.causes]
    counts_one = reason.kind in _WORDS_OF_ONE and reason.numbers[0][1] == 1
    template = _WORDS_OF_ONE[reason.kind] if counts_one else _WORDS[reason.kind]
    return template.format(**shown, listed=", ".join(causes), joined=" and ".join(causes))


def comparison(reason: Reason) -> str:
    """A reason why a face is out of range, without its figures."""
    return f"{_COMPARED[reason.kind]} than the faces this detector was measured on"


def beyond(reason: Reason) -> str:
    """A reason why a face is out of range, as what it has and what was measured."""
    numbers, limits = dict(reason.numbers), dict(reason.limits)
    shown = {"size_px": 0.0, "sharpness": 0.0, "jpeg_quality": 0.0, **numbers, **limits}
    shown["size_px"] = math.floor(shown["size_px"])
    return _BEYOND[reason.kind].format(**shown)


def phrases(reasons: Iterable[Reason]) -> list[str]:
    """Each reason with its capital and without its full stop, to be joined by other signs."""
    return [_capital(words(reason)) for reason in reasons]


def sentences(reasons: Iterable[Reason]) -> list[str]:
    """Each reason as a sentence."""
    return [f"{phrase}." for phrase in phrases(reasons)]


def probability_in_words(p_fake: float) -> str:
    """`p_fake`, 0..1, as a whole percentage that never reads 0 or 100 %."""
    if p_fake < 0.01:
        return "under 1 %"
    if p_fake > 0.99:
        return "over 99 %"
    return percent(p_fake)


def percent(share: float) -> str:
    """`share`, 0..1, as a whole percentage."""
    return f"{100 * share:.0f} %"


def range_in_words(fitted: FittedRange) -> str:
    """What the faces were like that a calibration was fitted on."""
    size, sharpness, quality = fitted.size_px, fitted.sharpness, fitted.jpeg_quality
    encoded = f", JPEG quality {quality.low:.0f} to {quality.high:.0f}" if quality else ""
    return (
        f"98 in 100 of {fitted.faces:,} faces were {size.low:.0f} to {size.high:.0f} pixels across, fine"
        f" detail {sharpness.low:.3f} to {sharpness.high:.3f}{encoded}"
    )


def _capital(clause: str) -> str:
    return clause[:1].upper() + clause[1:]
