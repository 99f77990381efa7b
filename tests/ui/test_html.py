"""What every template gets: escaping, no name that is missing, and the words of the trade."""

from __future__ import annotations

import re

import jinja2
import pytest
from markupsafe import Markup

from detector.ui.glossary import TERMS
from detector.ui.html import TEMPLATES, explained, heading, hint, render, term


def test_what_is_no_html_of_ours_is_escaped() -> None:
    assert render("hint", text="<b>&", classes='"') == '<p class="&#34;">&lt;b&gt;&amp;</p>'


def test_html_that_was_made_here_stays_as_it_is() -> None:
    assert Markup("<svg></svg><h1>") in render("masthead", logo=Markup("<svg></svg>"), privacy="")


def test_a_value_that_is_missing_is_an_error() -> None:
    with pytest.raises(jinja2.UndefinedError, match="'text' is undefined"):
        render("hint", classes="hint")


def test_a_term_carries_its_explanation_for_eyes_and_screen_readers() -> None:
    told = term("AUC", "area")
    assert told.count(TERMS["AUC"]) == 2
    assert 'aria-label="area: ' in told and told.endswith(">area</span>")


def test_a_sentence_explains_its_words_and_no_others() -> None:
    told = explained("5 < {AUC} < {F1}")
    assert re.findall(r'aria-label="(\w+):', told) == ["AUC", "F1"]
    assert told.startswith("5 &lt; <span") and explained("plain") == "plain"
    with pytest.raises(KeyError):
        explained("{nonsense}")


def test_a_heading_has_its_sentence_where_there_is_one() -> None:
    assert heading("Faces") == "<h3>Faces</h3>\n"
    assert hint("why") in heading("Faces", "why")


@pytest.mark.parametrize("path", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: path.stem)
def test_no_template_marks_a_value_as_safe(path) -> None:
    assert "safe" not in re.findall(r"\|\s*(\w+)", path.read_text(encoding="utf-8"))
