"""A macro of the page's templates, called by itself."""

from __future__ import annotations

from detector.ui.html import macro as page_macro


def macro(template: str, name: str, *values: object) -> str:
    """What the macro makes, without the blanks around it."""
    return str(page_macro(template, name, *values)).strip()
