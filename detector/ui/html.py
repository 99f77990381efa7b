"""The page's HTML, all of it from templates: every value is escaped, unless it is HTML that was made here."""

from __future__ import annotations

import functools
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from detector.ui import texts
from detector.ui.glossary import TERMS

TEMPLATES = Path(__file__).with_name("templates")


def render(name: str, **values: object) -> Markup:
    """The template `name` (without .html) filled with `values`; a value that it asks for and does not get is
    an error.

    Every template has besides: `term`, `texts` (the words of the page), the filters `explained` and
    `thousands`.
    """
    return Markup(_environment().get_template(f"{name}.html").render(values))


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
    environment.filters.update(explained=explained, thousands="{:,}".format)
    return environment
