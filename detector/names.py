r"""Names of files as text: not every name is UTF-8, and some hold line ends.

Python reads a byte that is not UTF-8 as a lone surrogate (PEP 383), which no table, page or terminal can
hold. Written is `\xHH` for such a byte, and it is read back as that byte.
"""

from __future__ import annotations

import re
import shlex

BACKSLASH, BYTES = "\\", 0xDC00
UNWRITABLE = re.compile(r"[\ud800-\udfff]|\\(?=x5c|x[89a-f][0-9a-f]|ud[89a-f][0-9a-f]{2})")
"""Surrogates, and a backslash that would be read back as the beginning of one."""
WRITTEN = re.compile(r"\\(?:x(5c|[89a-f][0-9a-f])|u(d[89a-f][0-9a-f]{2}))")
CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029\ud800-\udfff]")
"""What breaks a line, moves the cursor, or cannot be printed."""


def escaped(name: str) -> str:
    r"""A name that UTF-8 can hold, such as `caf\xe9.jpg`; `unescaped` gives the name back. Nearly every name
    stays as it is.
    """
    return UNWRITABLE.sub(lambda found: _escape(found[0]), name)


def unescaped(text: str) -> str:
    """The name that `escaped` wrote."""
    return WRITTEN.sub(_unescape, text)


def one_line(words: str) -> str:
    r"""Words that name a file, on one line that can be printed: a line end in the name is shown as `\n`."""
    return CONTROL.sub(lambda found: _escape(found[0]), words)


def _escape(sign: str) -> str:
    code = ord(sign)
    if sign == BACKSLASH:
        return r"\x5c"
    if BYTES + 0x80 <= code <= BYTES + 0xFF:
        return rf"\x{code - BYTES:02x}"
    return rf"\u{code:04x}" if code > 0xFF else repr(sign)[1:-1]


def _unescape(found: re.Match[str]) -> str:
    byte, surrogate = found.groups()
    if surrogate:
        return chr(int(surrogate, 16))
    return BACKSLASH if byte == "5c" else chr(BYTES + int(byte, 16))


def shell_word(name: str) -> str:
    r"""A name as a shell takes it; one that cannot be printed as `$'caf\xe9.jpg'`."""
    if not CONTROL.search(name):
        return shlex.quote(name)
    quoted = name.replace(BACKSLASH, BACKSLASH * 2).replace("'", r"\'")
    return f"$'{CONTROL.sub(lambda found: _escape(found[0]), quoted)}'"
