"""What an argument lists: words joined by commas to the words."""

from __future__ import annotations


def listed(words: str) -> list[str]:
    """The words of "A, B"; none of an empty text, and none that is empty."""
    return [word.strip() for word in words.split(",") if word.strip()]
