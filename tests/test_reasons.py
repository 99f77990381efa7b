"""The words of every reason and of probabilities."""

from __future__ import annotations

import pytest

from detector import reasons
from detector.structures import FittedRange, Numbers, Reason, ReasonKind, Span, named
from tests.makers import BLURRED, DARK

SMALLER = Reason(ReasonKind.SMALLER, named(size_px=45), named(low=90, high=320))
COMPRESSED = Reason(ReasonKind.MORE_COMPRESSED, named(jpeg_quality=41.7), named(low=75.0, high=90.0))
UNKNOWN = "how far its score holds there is not known"

MADE_TO_HARM = (
    "it is damaged, or made to do harm: if you trust it, save it again as JPEG or MP4 from its source"
)

ONE_OF_EACH_KIND = {
    Reason(ReasonKind.TOO_SMALL, named(size_px=79.9), named(low=80.0)): (
        "only 79 pixels across: too small to judge well"
    ),
    BLURRED: "blurred: fine detail is missing",
    DARK: "very dark",
    Reason(ReasonKind.TOO_BRIGHT, named(exposure=0.9), named(high=0.85)): "very bright",
    Reason(ReasonKind.TURNED, named(yaw_deg=-70.0), named(high=60.0)): (
        "turned far to the side: much of the face is hidden"
    ),
    SMALLER: "smaller (45 pixels across, those were 90 to 320)",
    Reason(ReasonKind.LARGER, named(size_px=400), named(low=90, high=320)): (
        "larger (400 pixels across, those were 90 to 320)"
    ),
    Reason(ReasonKind.SOFTER, named(sharpness=0.01), named(low=0.02, high=0.3)): (
        "softer (fine detail 0.010, those had 0.020 to 0.300)"
    ),
    Reason(ReasonKind.SHARPER, named(sharpness=0.41), named(low=0.02, high=0.3)): (
        "sharper or grainier (fine detail 0.410, those had 0.020 to 0.300)"
    ),
    COMPRESSED: "more compressed (JPEG quality about 42, those had 75 or more)",
    Reason(ReasonKind.FACE_HARD_TO_JUDGE, causes=(DARK, BLURRED)): (
        "the face that decides is hard to judge: very dark, blurred: fine detail is missing"
    ),
    Reason(ReasonKind.PERSON_HARD_TO_JUDGE, named(marked=3, faces=4), causes=(DARK,)): (
        "3 of 4 faces of the person that decides are hard to judge: very dark"
    ),
    Reason(ReasonKind.FRAMES_HARD_TO_JUDGE, named(marked=3, faces=4), causes=(DARK,)): (
        "3 of 4 faces of the frames that decide are hard to judge: very dark"
    ),
    Reason(ReasonKind.FACE_OUT_OF_RANGE, causes=(SMALLER, COMPRESSED)): (
        "the face that decides is smaller (45 pixels across, those were 90 to 320) and more compressed (JPEG"
        " quality about 42, those had 75 or more) than the faces this detector was measured on: " + UNKNOWN
    ),
    Reason(ReasonKind.FACES_OUT_OF_RANGE, named(faces=4), causes=(SMALLER,)): (
        "most of the faces that decide are smaller (45 pixels across, those were 90 to 320) than those"
        " this detector was measured on: " + UNKNOWN
    ),
    Reason(ReasonKind.DECODER_CRASHED): "decoding it crashed; " + MADE_TO_HARM,
    Reason(ReasonKind.DECODER_TOO_SLOW, limits=named(high_s=60)): (
        "decoding it took over 60 s for one picture; " + MADE_TO_HARM + ", or raise UNBLEND_DECODE_S"
    ),
    Reason(ReasonKind.DECODER_OUT_OF_MEMORY, limits=named(high_mb=4096)): (
        "decoding it took over 4096 MB of memory; " + MADE_TO_HARM + ", or raise UNBLEND_DECODE_MB"
    ),
    Reason(
        ReasonKind.FACE_DECIDES, named(faces=2, face=1)
    ): "based on all 2 faces, of which face 1 looks most altered",
    Reason(ReasonKind.PERSON_DECIDES, named(people=2, frames=5, person=2)): (
        "based on all 2 people, of whom person 2, seen in 5 frames, looks most altered"
    ),
    Reason(ReasonKind.FRAMES_DECIDE, named(frames=5)): (
        "based on the face that looks most altered in each of 5 frames"
    ),
    Reason(ReasonKind.PEOPLE_LEFT_OUT, named(people=2), named(low=3)): (
        "2 more faces appear in fewer than 3 frames and were left out"
    ),
    Reason(ReasonKind.TOO_FEW_FRAMES, named(frames=2), named(low=3)): (
        "only 2 frames show a face, and a video needs 3 for more than weak support"
    ),
    Reason(
        ReasonKind.NOBODY_TRACKED, limits=named(low=3)
    ): "people were not followed from frame to frame: nobody is seen in 3 frames",
    Reason(
        ReasonKind.TOO_FEW_SAMPLES
    ): "people were not followed from frame to frame: too few frames were read",
    Reason(ReasonKind.SAMPLES_FAR_APART, named(gap_s=2.1), named(high=0.6)): (
        "people were not followed from frame to frame: those read lie 2.1 s apart"
    ),
    Reason(ReasonKind.WHOLE_PICTURE): "the whole picture was taken as the face",
    Reason(ReasonKind.NO_FACE): (
        "no face was found: use a picture where a face is larger, sharper or turned to the camera, or have"
        " the whole picture taken as a face"
    ),
    Reason(ReasonKind.ONLY_FACES): (
        "only faces are checked: a picture without one, even if a generator made it, is not"
    ),
}


@pytest.mark.parametrize(("reason", "said"), ONE_OF_EACH_KIND.items(), ids=lambda value: str(value)[:40])
def test_a_reason_is_a_clause_in_plain_words(reason: Reason, said: str) -> None:
    assert reasons.words(reason) == said


def test_no_kind_is_without_words() -> None:
    assert {reason.kind for reason in ONE_OF_EACH_KIND} == set(ReasonKind)


@pytest.mark.parametrize(
    ("kind", "numbers", "said"),
    [
        (ReasonKind.FACE_DECIDES, named(faces=1), "based on the one face found"),
        (ReasonKind.PERSON_DECIDES, named(people=1, frames=4), "based on one person, seen in 4 frames"),
        (ReasonKind.FRAMES_DECIDE, named(frames=1), "based on one frame"),
        (
            ReasonKind.PEOPLE_LEFT_OUT,
            named(people=1),
            "one more face appears in fewer than 3 frames and was left out",
        ),
        (
            ReasonKind.TOO_FEW_FRAMES,
            named(frames=1),
            "only 1 frame shows a face, and a video needs 3 for more than weak support",
        ),
    ],
)
def test_one_is_not_told_as_several(kind: ReasonKind, numbers: Numbers, said: str) -> None:
    assert reasons.words(Reason(kind, numbers, named(low=3))) == said


def test_a_sentence_has_its_capital_and_its_full_stop_a_phrase_its_capital() -> None:
    assert reasons.sentences([DARK, BLURRED]) == ["Very dark.", "Blurred: fine detail is missing."]
    assert reasons.phrases([DARK, BLURRED]) == ["Very dark", "Blurred: fine detail is missing"]


def test_a_comparison_leaves_the_figures_out() -> None:
    assert reasons.comparison(SMALLER) == "smaller than the faces this detector was measured on"


@pytest.mark.parametrize(
    ("p_fake", "words"),
    [
        (0.0, "under 1 %"),
        (0.0099, "under 1 %"),
        (0.01, "1 %"),
        (0.556, "56 %"),
        (0.99, "99 %"),
        (0.9999, "over 99 %"),
    ],
)
def test_a_probability_never_reads_as_certainty(p_fake: float, words: str) -> None:
    assert reasons.probability_in_words(p_fake) == words


def test_the_range_of_a_calibration_is_told_in_words() -> None:
    seen = FittedRange(Span(90.0, 320.0), Span(0.02, 0.3), Span(75.0, 90.0), faces=1100, measured_on="a test")
    assert reasons.range_in_words(seen) == (
        "98 in 100 of 1,100 faces were 90 to 320 pixels across, fine detail 0.020 to 0.300, JPEG quality 75"
        " to 90"
    )
