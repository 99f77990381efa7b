"""Tables as people have them, read in one way whatever the program that saved them, and cells that no
spreadsheet runs.
"""

from __future__ import annotations

import codecs
import csv
import io
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from detector.errors import SettingsError

SEPARATORS = (",", ";", "\t")
ENCODINGS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""Marks at the beginning of a text; without one it is UTF-8, or UTF-16 where every other byte is 0."""
LONGEST_PART = 255
"""Bytes of one part of a path, in every common file system."""
SHOWN = 60

FORMULA = re.compile(r"'*[=+\-@\t\r]")
GUARDED = re.compile(r"'+[=+\-@\t\r]")


def guarded(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula: an apostrophe before `=`, `+`, `-`, `@`, tab and CR,
    as OWASP advises against CSV injection; `unguarded` takes it away.
    """
    return f"'{cell}" if FORMULA.match(cell) else cell


def as_it_is(cell: str) -> str:
    """A cell left unguarded, written so that `unguarded` gives it back."""
    return f"'{cell}" if GUARDED.match(cell) else cell


def unguarded(cell: str) -> str:
    """What `guarded` or `as_it_is` wrote."""
    return cell[1:] if GUARDED.match(cell) else cell


@dataclass(frozen=True)
class Row:
    """A row of a table: `where` it stands in words, and its cells by column. `decimal` parts a number."""

    where: str
    cells: Mapping[str, str]
    decimal: str = "."

    def __getitem__(self, column: str) -> str:
        return self.cells[column]

    def get(self, column: str) -> str:
        """The cell, empty where the table has no such column."""
        return self.cells.get(column, "")

    def file(self, column: str = "file") -> str:
        """A cell that names a file; SettingsError where none can be called so."""
        name = self.cells[column]
        check_file_name(name, self.where)
        return name

    def number(self, column: str) -> float | None:
        """A number, None where the cell is empty; SettingsError for anything else, NaN too."""
        text = self.cells[column].strip()
        if not text:
            return None
        try:
            value = float(text if self.decimal == "." else text.replace(self.decimal, "."))
        except ValueError:
            value = math.nan
        if math.isnan(value):
            raise SettingsError(
                f"{self.where}: {column} is {_short(text)}, which is no number; leave it empty where there is"
                " none"
            )
        return value


@dataclass(frozen=True)
class Table:
    """A table as it was read: `columns` in their order, `rows` without the empty lines."""

    path: Path
    columns: tuple[str, ...]
    rows: tuple[Row, ...]


def check_file_name(name: str, where: str) -> None:
    """SettingsError unless a file can be called `name`; `where` it stands, in words."""
    if not name.strip():
        raise SettingsError(f"{where}: the name of the file is empty; mend the row")
    parts = name.replace("\\", "/").split("/")
    too_long = any(len(part.encode(errors="surrogateescape")) > LONGEST_PART for part in parts)
    if "\0" in name or too_long or parts[-1] in ("", ".", ".."):
        raise SettingsError(f"{where}: {_short(name)} cannot be the name of a file; mend the row")


def read_text(path: Path, kind: str) -> str:
    """A text in UTF-8 or, as its first bytes say, UTF-16 or UTF-32, without their mark; line ends as they
    are. SettingsError where it cannot be read as `kind`, such as "an index".
    """
    try:
        if not path.is_file() and path.exists():
            raise SettingsError(f"{path} cannot be read as {kind}: it is no file; name another")
        content = path.read_bytes()
        return content.decode(_encoding(content)).removeprefix("\ufeff")
    except OSError as fault:
        raise SettingsError(
            f"{path} cannot be read as {kind} ({fault.strerror}); check the name and its permissions"
        ) from fault
    except UnicodeDecodeError as fault:
        line = content.count(b"\n", 0, fault.start) + 1
        raise SettingsError(
            f"{path} cannot be read as {kind}: line {line} is not UTF-8; save it as UTF-8"
        ) from fault


def read_table(
    path: Path, kind: str, needed: Sequence[str] = (), *, least: int = 1, cut_off: bool = False
) -> Table:
    """A table with a header, its cells parted by comma, semicolon or tab, its lines ended in any way.

    `kind` says in messages what it is read as. SettingsError where a `needed` column is missing, where there
    are fewer than `least` rows, and for a row with more or fewer cells than the header. With `cut_off` a last
    row whose line was not ended is left out: who wrote it was killed.
    """
    text = read_text(path, kind)
    separator = _separator(text, needed)
    lines = list(_lines(text, separator, f"{path} cannot be read as {kind}"))
    if cut_off and lines and not text.endswith(("\n", "\r")):
        lines.pop()
    if not lines:
        raise SettingsError(f"{path} cannot be read as {kind}: it is empty; give one with a header and rows")
    columns = tuple(name.strip() for name in lines[0].cells)
    twice = [name for name in dict.fromkeys(columns) if name and columns.count(name) > 1]
    missing = [name for name in needed if name not in columns]
    if missing:
        raise SettingsError(
            f"{path.name} has no column {' and '.join(missing)}, only {_shown(', '.join(columns))}; {kind}"
            f" needs {', '.join(needed)}"
        )
    if twice:
        raise SettingsError(f"{path.name} has two columns called {twice[0]}; rename one")
    decimal = "," if separator == ";" else "."
    rows = tuple(_row(path, line, columns, decimal) for line in lines[1:])
    if len(rows) < least:
        raise SettingsError(f"{path.name} line 1: a header alone, and no row below it; give {kind} with rows")
    return Table(path, columns, rows)


@dataclass(frozen=True)
class _Line:
    number: int
    cells: list[str]


def _lines(text: str, separator: str, refused: str) -> Iterator[_Line]:
    """The lines that hold something, each with the number of its first."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    before = 0
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as fault:
            raise SettingsError(f"{refused}: line {before + 1}: {fault}; mend it") from fault
        if cells is None:
            return
        if any(cells):
            yield _Line(before + 1, cells)
        before = reader.line_num


def _row(path: Path, line: _Line, columns: Sequence[str], decimal: str) -> Row:
    where = f"{path.name} line {line.number}"
    cells = line.cells
    if len(cells) < len(columns) or any(cells[len(columns) :]):
        raise SettingsError(f"{where} has {len(cells)} cells, the header {len(columns)}; mend the row")
    return Row(where, dict(zip(columns, cells, strict=False)), decimal)


def _separator(text: str, needed: Sequence[str]) -> str:
    """What parts the cells: that by which the header has the needed columns, else by which it has most."""
    header = io.StringIO(text.lstrip("\r\n"), newline="").readline()

    def fits(separator: str) -> tuple[int, int]:
        names = [name.strip() for name in next(csv.reader([header], delimiter=separator), [])]
        return len(set(needed) & set(names)), len(names)

    return max(SEPARATORS, key=fits)


def _encoding(content: bytes) -> str:
    marked = next((name for mark, name in ENCODINGS if content.startswith(mark)), None)
    if marked:
        return marked
    if content[1:2] == b"\0":
        return "utf-16-le"
    return "utf-16-be" if content[:1] == b"\0" else "utf-8"


def _short(text: str) -> str:
    return repr(_shown(text))


def _shown(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."
