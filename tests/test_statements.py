"""Evidence in words: what is said, and what never is."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from detector import statements
from detector.structures import (
    Condition,
    Direction,
    Evidence,
    Numbers,
    Question,
    Reference,
    Strength,
    Withheld,
    Withholding,
)
from tests.makers import make_evidence

SNAPSHOTS = Reference("snapshot", False, n=281, share=0.04)
STUDIO = Reference("studio", False, n=100, share=0.52)
SWAPS = Reference("swap", True, n=207, share=0.31)


def muted(*withheld: Withheld, references: tuple[Reference, ...] = ()) -> Evidence:
    return make_evidence(1.0, muted=withheld, references=references)


@pytest.mark.parametrize(
    ("lr", "said", "mark"),
    [
        (100.0, "Moderately strong support for fake", "▲▲"),
        (10.0, "Moderate support for fake", "▲▲"),
        (2.0, "Weak support for fake", "▲"),
        (1.0, "No support either way", "–"),
        (0.5, "Weak support for genuine", "▼"),
        (0.1, "Moderate support for genuine", "▼▼"),
        (0.01, "Moderately strong support for genuine", "▼▼"),
    ],
)
def test_the_heading_is_one_of_seven(lr: float, said: str, mark: str) -> None:
    assert (statements.heading(make_evidence(lr)), statements.mark(make_evidence(lr))) == (said, mark)


@pytest.mark.parametrize(
    ("ratio", "said"),
    [
        (1.0, "about 1"),
        (1.3, "about 1.5"),
        (1.9, "nearly 2"),
        (2.0, "about 2"),
        (3.4, "about 3"),
        (6.9, "about 5"),
        (9.0, "nearly 10"),
        (12.0, "about 10"),
        (14.0, "about 15"),
        (99.0, "nearly 100"),
        (100.0, "about 100"),
    ],
)
def test_a_ratio_is_rounded_and_never_reads_as_the_next_strength(ratio: float, said: str) -> None:
    assert statements.rounded_ratio(ratio) == said


@pytest.mark.fidelity("3-14")
def test_weak_evidence_reads_as_the_method_page_has_it() -> None:
    evidence = make_evidence(
        3.1, lr_low=1.8, lr_high=5.0, references=(SNAPSHOTS, STUDIO, SWAPS), nearest="snapshot"
    )
    assert statements.statement(evidence) == [
        "Such a score is about 3 times as common among the fakes we tested as among genuine pictures (in"
        " other collections 1.8 to 5).",
        "Of 100 genuine snapshots 4 score as high.",
        "One such result is no proof; it should move your opinion a little.",
    ]
    assert statements.reference_sentences(evidence)[1:] == [
        "Of 100 genuine studio portraits 52 score as high.",
        "Of 100 face swaps 31 score as high.",
    ]


def test_towards_genuine_everything_is_told_the_other_way_round() -> None:
    evidence = make_evidence(0.2, lr_low=0.1, lr_high=0.5, references=(SNAPSHOTS,), nearest="snapshot")
    assert statements.statement(evidence)[:2] == [
        "Such a score is about 5 times as common among genuine pictures as among the fakes we tested (in"
        " other collections 2 to 10).",
        "Of 100 genuine snapshots 4 score as low.",
    ]


def test_without_support_the_ratio_is_said_without_a_range() -> None:
    assert statements.statement(make_evidence(1.4, lr_low=0.5, lr_high=3.0)) == [
        "Such a score is about 1.5 times as common among the fakes we tested as among genuine pictures."
    ]
    assert statements.statement(make_evidence(1.0)) == [
        "Such a score is about as common among the fakes we tested as among genuine pictures."
    ]


@pytest.mark.parametrize(
    ("question", "line", "fakes"),
    [
        (Question.ALTERED, "Altered? Weak support for fake", "the altered faces we tested"),
        (Question.GENERATED, "Generated? Weak support for fake", "the generated faces we tested"),
        (Question.EITHER, "Altered or generated? Weak support for fake", "the fakes we tested"),
    ],
)
def test_a_detector_answers_its_question(question: Question, line: str, fakes: str) -> None:
    evidence = make_evidence(3.0, question=question)
    assert statements.answer_to_question(evidence) == line
    assert fakes in (statements.ratio_sentence(evidence) or "")


@pytest.mark.parametrize(
    ("n", "share", "said"),
    [
        (50, 0.04, "Of 100 genuine studio portraits 4 score as high."),
        (49, 0.04, "Of 49 genuine studio portraits 2 score as high."),
        (29, 0.5, "Of 29 genuine studio portraits (few) 14 score as high."),
        (200, 0.01, "Of 100 genuine studio portraits 1 scores as high."),
        (200, 0.001, "Of 100 genuine studio portraits fewer than 1 scores as high."),
        (200, 0.0, "Of 100 genuine studio portraits none scores as high."),
    ],
)
def test_a_reference_counts_in_hundreds_only_where_there_are_groups_enough(
    n: int, share: float, said: str
) -> None:
    assert statements.reference_sentence(Reference("studio", False, n, share), Direction.FAKE) == said


def test_a_studio_portrait_that_mutes_its_direction_says_how_often_such_alarm() -> None:
    withheld = Withheld(Withholding.NOT_SHOWN, Direction.FAKE, condition=Condition.STUDIO)
    assert statements.statement(muted(withheld, references=(STUDIO,))) == [
        "The picture looks like a studio portrait; on such pictures this detector raises false alarms (52 of"
        " 100)."
    ]


NUMBERS = [
    (),
    (("cllr", 1.02), ("high", 0.97)),
    (("sets", 4), ("low", 6)),
    (("misleading", 0.52), ("high", 0.15)),
    (("observed", 1.1), ("low", 1.3)),
    (("groups", 12), ("low", 20)),
    (("frames", 2), ("low", 3)),
    (("clips", 9), ("low", 200)),
]


@pytest.mark.parametrize("cause", Withholding)
@pytest.mark.parametrize("direction", Direction)
def test_every_reason_has_words_with_and_without_its_numbers(
    cause: Withholding, direction: Direction
) -> None:
    for condition, numbers in itertools.product((None, *Condition), NUMBERS):
        withheld = Withheld(cause, direction, Strength.WEAK, condition, numbers)
        (phrase,) = statements.muted_phrases(muted(withheld))
        assert phrase[0].isupper() and not phrase.endswith(".") and "None" not in phrase


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        (NUMBERS[1], "its scores tell too little (Cllr 1.02, and under 0.97 is needed)"),
        (NUMBERS[2], "its scores help on only 4 collections of pictures, and 6 are needed"),
        (
            (("sets", 1), ("low", 2)),
            "its scores help on only 1 collection of pictures, and 2 are needed",
        ),
        (
            (("sets", 0), ("low", 2)),
            "its scores help on no collection of pictures, and 2 are needed",
        ),
        (NUMBERS[3], "in one collection 52 % of the genuine pictures score like fakes, and at most 15 % may"),
        (NUMBERS[4], "such scores mean less than they claim"),
    ],
)
def test_what_the_release_gate_has_against_a_side_is_told(numbers: Numbers, said: str) -> None:
    withheld = Withheld(Withholding.NOT_RELEASED, Direction.FAKE, numbers=numbers)
    assert statements.muted_phrases(muted(withheld, replace(withheld, numbers=()))) == [
        f"This detector gives no support for fake, as it did not pass our test: {said}"
    ]


def test_where_both_sides_are_withheld_one_by_itself_is_not_told_again() -> None:
    both = Withheld(Withholding.NOT_RELEASED, numbers=NUMBERS[2])
    one = Withheld(Withholding.NOT_RELEASED, Direction.REAL, numbers=NUMBERS[3])
    assert statements.muted_phrases(muted(both, one)) == [
        "This detector gives no support either way, as it did not pass our test: its scores help on only 4"
        " collections of pictures, and 6 are needed"
    ]
    assert statements.muted_phrases(muted(one)) == [
        "This detector gives no support for genuine, as it did not pass our test: in one collection 52 % of"
        " the fakes score like genuine pictures, and at most 15 % may"
    ]


def test_what_is_withheld_leaves_the_nearest_genuine_pictures() -> None:
    both = Withheld(Withholding.NOT_RELEASED, numbers=NUMBERS[1])
    evidence = make_evidence(1.0, muted=(both,), references=(SNAPSHOTS,), nearest="snapshot")
    said = statements.statement(evidence)
    assert said[0] == "Of 100 genuine snapshots 4 score as high."
    assert said[1].startswith("This detector gives no support either way") and len(said) == 2


def test_a_detector_without_evidence_says_that_nothing_was_measured() -> None:
    evidence = muted(Withheld(Withholding.NOT_FITTED))
    assert statements.statement(evidence) == [
        "What its scores are worth on unfamiliar pictures was not measured for this detector."
    ]


@pytest.mark.parametrize(
    ("lr", "share", "said"),
    [
        (3.0, 0.5, "Of 100 pictures like yours with such a score about 75 are fake."),
        (3.0, 0.01, "Of 100 pictures like yours with such a score about 3 are fake."),
        (1.0, 0.01, "Of 100 pictures like yours with such a score about 1 is fake."),
        (0.1, 0.01, "Of 100 pictures like yours with such a score fewer than 1 is fake."),
    ],
)
def test_a_share_of_fakes_that_the_visitor_gives_makes_a_count(lr: float, share: float, said: str) -> None:
    assert statements.prevalence_sentence(make_evidence(lr), share) == said


def test_detectors_that_agree_are_no_more_witnesses_for_that() -> None:
    weak, none = make_evidence(3.0), make_evidence(1.0)
    more = "They share training pictures, so"
    assert statements.agreement([weak]) is None
    assert statements.agreement([weak] * 3) == (
        f"All 3 detectors give weak support for fake. {more} 3 are not 3 witnesses."
    )
    assert statements.agreement([weak, none, weak]) == (
        f"2 of 3 detectors give weak support for fake. {more} 3 are not 3 witnesses."
    )
    assert statements.agreement([weak, none]) == (f"The 2 detectors differ. {more} 2 are not 2 witnesses.")
