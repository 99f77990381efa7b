"""A whole file in words: several faces, a video that changes, a face saved again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from detector import statements
from detector.deliveries import check_deliveries
from detector.perturb import Corruption, Step
from detector.pipeline import judge
from detector.structures import Analysis, Change, Evidence
from tests.evidence.made import fitted
from tests.makers import make_detector, make_evidence, make_face, make_scan

WEIGHED = make_detector(fitted())
BARE = make_detector()
TOGETHER = (
    "Such scores are about 2 times as common where one of the 3 faces is fake as where all are genuine."
)


def photo(*levels: float) -> Analysis:
    return judge(make_scan(*map(make_face, levels)), WEIGHED)


def clip(*levels: float) -> Analysis:
    faces = [
        make_face(level, frame=frame, time_s=0.5 * frame, track=track)
        for track, level in enumerate(levels)
        for frame in range(4)
    ]
    return judge(make_scan(*faces, kind="video", tracked=True), WEIGHED)


def changed(analysis: Analysis, *changes: Change) -> Analysis:
    """`analysis` with these changes of the person that decides."""
    assert analysis.deciding_track is not None
    track = replace(analysis.deciding_track, changes=changes)
    return replace(analysis, tracks=(track,))


def change(time_s: float, before: Evidence, after: Evidence, rises: bool = True) -> Change:
    return Change(time_s, 0.0, 1.0 if rises else -1.0, before, after)


def test_of_several_faces_it_is_said_what_they_say_together_and_which_scores_highest() -> None:
    said = statements.statement_of_file(photo(0.2, 0.86, 0.2))
    assert said[:2] == [TOGETHER, "Face 2 by itself: weak support for fake."]


def test_people_of_a_clip_are_told_as_the_faces_of_a_photo() -> None:
    said = statements.statement_of_file(clip(0.2, 0.8))
    assert said[:2] == [
        "Such scores are about 2 times as common where one of the 2 people is fake as where all are genuine.",
        "Person 2 by itself: weak support for fake.",
    ]


def test_faces_that_all_score_low_are_told_the_other_way_round() -> None:
    assert statements.statement_of_file(photo(0.2, 0.2))[0] == (
        "Such scores are about 5 times as common where all are genuine as where one of the 2 faces is fake."
    )


def test_one_face_is_told_as_it_is() -> None:
    analysis = photo(0.8)
    assert analysis.evidence is not None
    assert statements.statement_of_file(analysis) == statements.statement(analysis.evidence)
    assert list(statements.lines(analysis))[0] == "Weak support for fake (uncertain)."


def test_where_nothing_was_judged_there_is_no_statement() -> None:
    empty = judge(make_scan(), WEIGHED)
    assert statements.statement_of_file(empty) == []
    assert list(statements.lines(empty))[0] == "No face found."


def test_a_change_is_said_first_with_its_time_and_from_what_to_what() -> None:
    genuine, fake = make_evidence(0.3), make_evidence(3.0)
    once = changed(clip(0.8), change(2.54, genuine, fake))
    assert statements.statement_of_file(once)[0] == (
        "The score changes at 2.5 s: weak support for genuine, then weak support for fake."
    )
    twice = changed(clip(0.8), change(2.5, genuine, fake), change(4.0, fake, genuine, rises=False))
    assert (statements.change_sentence(twice) or "").startswith("The score changes at 2.5 s and 4.0 s: weak")


def test_a_change_within_a_word_is_higher_or_lower() -> None:
    none = make_evidence(None)
    once = changed(clip(0.8), change(2.5, none, none))
    assert statements.change_sentence(once) == "The score changes at 2.5 s: it is higher from then on."
    lower = changed(clip(0.8), change(2.5, none, none, rises=False))
    assert statements.change_sentence(lower) == "The score changes at 2.5 s: it is lower from then on."
    assert statements.change_sentence(clip(0.8)) is None


DARKER = Corruption("darker", (Step("brightness", -0.4),))
SAME = Corruption("the same again", (Step("brightness", 0.0),))


@pytest.mark.parametrize(
    ("way", "said"),
    [
        (
            DARKER,
            [
                "The answer changes when the picture is saved again:",
                "  as it is: weak support for fake (score +1.39)",
                "  darker: no support either way (score -0.09)",
            ],
        ),
        (
            SAME,
            [
                "The answer stays when the picture is saved again:",
                "  as it is: weak support for fake (score +1.39)",
                "  the same again: weak support for fake (score +1.39)",
            ],
        ),
    ],
)
def test_deliveries_are_told_with_whether_the_answer_stays(way: Corruption, said: list[str]) -> None:
    analysis = photo(0.8)
    check = check_deliveries(analysis.face_scores[0], analysis, WEIGHED, [way])
    assert list(statements.delivery_lines(check)) == said


def test_without_fitted_evidence_deliveries_have_scores_alone() -> None:
    analysis = judge(make_scan(make_face(0.8)), BARE)
    check = check_deliveries(analysis.face_scores[0], analysis, BARE, [SAME])
    assert list(statements.delivery_lines(check)) == [
        "The score when the picture is saved again:",
        "  as it is: score +1.39",
        "  the same again: score +1.39",
    ]


def test_an_answer_can_be_quoted_in_one_piece() -> None:
    quoted = statements.sentence_to_copy(photo(0.8))
    by = f"its detector {WEIGHED.spec.short} (weights e3b0c44298fc)"
    assert quoted.startswith(f"Unblend on file.jpg (sha256 {'ab' * 6}): weak support for fake, by {by}.")
    assert quoted.endswith("This is not proof.")
    assert "no face found" in statements.sentence_to_copy(judge(make_scan(), WEIGHED))
