"""Evidence on the page: places, rounded ratios, dots, cells, and the words of its macros."""

from __future__ import annotations

from dataclasses import replace

import pytest

from detector.structures import (
    Condition,
    Direction,
    Question,
    Reason,
    ReasonKind,
    Reference,
    Strength,
    Withheld,
    Withholding,
    named,
)
from detector.ui import evidence, html
from detector.ui.evidence import Dot, Familiarity, Reach
from tests.makers import make_evidence, make_face
from tests.ui.macros import macro

NO_LR = make_evidence(None)


@pytest.mark.parametrize(
    "lr, words, mark",
    [
        (1.0, "No support either way", "–"),
        (1.9, "No support either way", "–"),
        (3.0, "Weak support for fake", "▲"),
        (20.0, "Moderate support for fake", "▲▲"),
        (150.0, "Moderately strong support for fake", "▲▲"),
        (0.3, "Weak support for genuine", "▼"),
        (0.05, "Moderate support for genuine", "▼▼"),
        (0.005, "Moderately strong support for genuine", "▼▼"),
    ],
)
def test_seven_strings_and_their_marks(lr: float, words: str, mark: str) -> None:
    assert macro("evidence/heading", "words", make_evidence(lr)) == words
    assert macro("evidence/heading", "mark", make_evidence(lr)) == mark


def test_a_direction_that_is_withheld_is_no_support() -> None:
    withheld = make_evidence(1.0, direction=Direction.NONE, strength=Strength.NONE)
    assert macro("evidence/heading", "words", withheld) == "No support either way"


def test_under_the_heading_stands_the_ratio_and_what_to_make_of_it() -> None:
    told = macro("evidence/heading", "sentences", make_evidence(3.2))
    assert told.startswith(
        '<p class="ratio">Such a score is about 3 times as common among the fakes we tested'
    )
    assert "no proof" in told


def test_without_fitted_evidence_it_says_so_and_no_number() -> None:
    unfitted = make_evidence(None, muted=(Withheld(Withholding.NOT_FITTED),))
    told = macro("evidence/heading", "sentences", unfitted)
    assert "was not measured" in told
    assert not any(sign.isdigit() for sign in told)


@pytest.mark.parametrize(
    "lr, place", [(1.0, 3.5), (2.0, 4.0), (0.5, 3.0), (10.0, 5.0), (0.01, 1.0), (1000.0, 7.0), (1e9, 7.0)]
)
def test_the_scale_has_seven_parts_of_equal_width(lr: float, place: float) -> None:
    assert evidence.place(lr) == pytest.approx(place / 7)


def test_parts_that_nobody_reaches_are_known() -> None:
    reached = [zone.reached for zone in evidence.zones(Reach(low=0.3, high=12.0))]
    assert reached == [False, False, True, True, True, True, False]
    assert all(zone.reached for zone in evidence.zones(None))


def test_the_scale_says_all_its_dots_in_words_and_draws_none_that_was_not_weighed() -> None:
    dots = [Dot("a", "First", make_evidence(3.0), chosen=True), Dot("b", "Second", NO_LR)]
    drawn = macro("evidence/scale", "scale", dots, evidence.zones(Reach(0.5, 3)))
    assert "First: Weak support for fake; Second: not weighed" in drawn
    assert "hatched parts are not reached" in drawn
    assert drawn.count('class="dot') == 1


def test_the_stronger_line_is_first_and_of_equals_the_one_towards_fake() -> None:
    generated = make_evidence(3.0, question=Question.GENERATED)
    altered = make_evidence(0.3, question=Question.ALTERED)
    assert evidence.stronger_first([altered, generated]) == [generated, altered]
    assert evidence.stronger_first([generated, make_evidence(0.05)])[0].lr == 0.05


def test_references_are_told_of_100_from_50_groups_on_and_few_under_30() -> None:
    told = evidence.counts(
        make_evidence(
            nearest="studio",
            references=(
                Reference("swap", True, 60, 0.31),
                Reference("snapshot", False, 400, 0.04),
                Reference("studio", False, 40, 0.5),
                Reference("gan", True, 10, 0.2),
            ),
        )
    )
    shown = [(count.reference.kind, count.hits, count.of, count.nearest) for count in told]
    assert shown == [
        ("studio", 20, 40, True),
        ("snapshot", 4, 100, False),
        ("swap", 31, 100, False),
        ("gan", 2, 10, False),
    ]
    assert [count.few for count in told] == [False, False, False, True]


def test_a_field_of_dots_says_its_sentence() -> None:
    references = (Reference("snapshot", False, 400, 0.04), Reference("gan", True, 12, 0.5))
    drawn = macro("evidence/dots", "references", make_evidence(references=references))
    assert 'aria-label="Of 100 genuine snapshots 4 score as high."' in drawn
    assert 'aria-label="Of 12 faces made by a GAN (few) 6 score as high."' in drawn
    assert (drawn.count("<circle"), drawn.count('class="on"')) == (112, 10)
    towards_real = macro("evidence/dots", "references", make_evidence(0.3, references=references))
    assert "4 score as low." in towards_real


def test_no_references_no_dots() -> None:
    assert macro("evidence/dots", "references", make_evidence()) == ""


def test_how_familiar_a_face_is() -> None:
    from detector.structures import FaceScore

    smaller = Reason(ReasonKind.SMALLER, named(size_px=40.7), named(low=60, high=300))
    softer = Reason(ReasonKind.SOFTER, named(sharpness=0.01), named(low=0.02, high=0.2))
    score = FaceScore(make_face(), 0.0, 0.5)
    assert evidence.familiarity(score) == Familiarity(3)
    partly = evidence.familiarity(replace(score, out_of_range=(smaller,)))
    assert partly == Familiarity(2, reasons=(smaller,))
    assert evidence.familiarity(replace(score, out_of_range=(smaller, softer))).cells == 1
    drawn = replace(score, evidence=make_evidence(1.0, conditions=(Condition.DRAWN,)))
    assert evidence.familiarity(drawn) == Familiarity(1, drawn=True)
    said = macro("evidence/familiarity", "cells", partly)
    assert "Partly familiar." in said and "Face 40 px, measured on 60 to 300." in said
    assert said.count('class="on"') == 2


def test_every_macro_escapes_what_it_is_given() -> None:
    drawn = macro("evidence/scale", "scale", [Dot("a", "<b>", make_evidence())], evidence.zones(None))
    assert "<b>" not in drawn
    assert isinstance(html.render("hint", text="x", classes="y"), str)
