"""The page's HTML, all of it from templates: every value is escaped, unless it is HTML that was made here.

A room's templates stand in `templates/`, named after the room; what several rooms show of evidence are the
macros of `templates/evidence/` (ui.evidence lists them).
"""

from __future__ import annotations

import functools
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from detector import statements
from detector.reasons import beyond
from detector.ui import evidence, texts
from detector.ui.glossary import TERMS

TEMPLATES = Path(__file__).with_name("templates")


def render(name: str, /, **values: object) -> Markup:
    """The template `name` (without .html) filled with `values`; a value that it asks for and does not get is
    an error.

    Every template has besides: `term`, `texts` (the words of the page), the filters `explained`, `thousands`,
    `capital` (the first letter only) and those of evidence: `heading`, `mark`,
    `evidence_sentences`, `place`, `counts`, `beyond`.
    """
    return Markup(_environment().get_template(f"{name}.html").render(values))


def macro(template: str, name: str, *values: object) -> Markup:
    """The macro `name` of a template called with `values`: a part without a template of its own."""
    module = _environment().get_template(f"{template}.html").module
    return Markup(getattr(module, name)(*values))


def term(word: str, shown: str | None = None) -> Markup:
    """A word of the trade with its explanation on hover, focus and touch; `shown` stands in its place."""
    return render("term", label=shown or word, tip=TERMS[word])


def hint(text: str, classes: str = "hint") -> Markup:
    """A sentence in small letters; its `{words of the trade}` carry their explanation."""
    return render("hint", text=text, classes=classes)


def heading(title: str, hint: str = "") -> Markup:
    """The heading of a part, and a sentence under it."""
    return render("heading", title=title, hint=hint)


def explained(sentence: str) -> Markup:
    """A sentence whose `{words of the trade}` carry their explanation."""
    return escape(sentence).format_map(_Terms())


class _Terms(dict[str, Markup]):
    """Each word of the trade, made when it is asked for."""

    def __missing__(self, word: str) -> Markup:
        return term(word)


@functools.cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(term=term, texts=texts)
    environment.filters.update(
        explained=explained,
        thousands="{:,}".format,
        capital=lambda words: words[:1].upper() + words[1:],
        heading=statements.heading,
        mark=statements.mark,
        evidence_sentences=evidence.sentences,
        place=evidence.place,
        counts=evidence.counts,
        beyond=beyond,
    )
    return environment
