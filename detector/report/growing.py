"""A table of results that grows file by file: locked for one run, kept on disk up to the last file however
the run ends, and resumed in each format.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from detector.errors import DetectorError, OutputError, SettingsError
from detector.files import appending, check_target, remove_leftovers, write_atomically
from detector.names import unescaped
from detector.report.table import check_suffix, parquet_rows, read_rows, to_csv, write_rows
from detector.tables import read_text

Entry = dict[str, Any]
"""A row of CSV_COLUMNS, or of a .json a document."""

CSV, JSON = ".csv", ".json"
OF_A_DOCUMENT = frozenset({"schema", "file", "verdict", "detector"})


class GrowingTable:
    """Results under way: `entries` are those so far, by file, detector and the first 12 digits of its
    weights. Of one that was tried again the last counts.
    """

    def __init__(self, out: Path, entries: Iterable[Entry], raw_cells: bool) -> None:
        self.out, self.raw_cells = out, raw_cells
        self.holds_documents = out.suffix.lower() == JSON
        self.entries: dict[tuple[str, str, str], Entry] = {_key(entry): entry for entry in entries}
        self.journal = journal_of(out)

    @property
    def done(self) -> Iterator[tuple[str, str, str]]:
        """What need not be tried again: names of files as they are on disk, detectors, digits of weights."""
        return (
            (unescaped(file), detector, weights)
            for (file, detector, weights), entry in self.entries.items()
            if not entry.get("error")
        )

    def add(self, entry: Entry) -> None:
        """Keep an entry; on disk when this returns. OutputError where there is no room."""
        with appending(self.journal) as stream:
            stream.write(self._line(entry).encode())
        self.entries[_key(entry)] = entry

    def begin(self) -> None:
        """Write what is kept, from which the run goes on."""
        if self.journal == self.out:
            write_rows(self.out, list(self.entries.values()), self.raw_cells)
        else:
            write_atomically(self.journal, "".join(map(self._line, self.entries.values())))

    def end(self) -> None:
        """Write the table whole, each entry once; the journal goes when that is done."""
        try:
            write_rows(self.out, list(self.entries.values()), self.raw_cells)
        except OutputError as fault:
            raise OutputError(f"{fault}; what was judged stands in {self.journal.name}: --resume") from fault
        if self.journal != self.out:
            self.journal.unlink(missing_ok=True)

    def _line(self, entry: Entry) -> str:
        if self.journal == self.out:
            return to_csv([entry], header=False, raw_cells=self.raw_cells)
        return json.dumps(entry, ensure_ascii=False, allow_nan=False) + "\n"


@contextmanager
def growing_table(
    out: Path, *, resume: bool = False, overwrite: bool = False, raw_cells: bool = False
) -> Iterator[GrowingTable]:
    """The table `out` for one run, its target checked first and locked until the block ends, however it ends.

    With `resume` it begins with what `out` and its journal hold, else empty. SettingsError for a target that
    cannot be written, for one that another run writes, and unless `overwrite` for a file that is no table of
    results.
    """
    check_suffix(out)
    check_target(out)
    with _locked(out):
        remove_leftovers(out)
        kept = _kept(out, resume, overwrite)
        table = GrowingTable(out, kept, raw_cells)
        table.begin()
        try:
            yield table
        finally:
            table.end()


def journal_of(out: Path) -> Path:
    """What a run adds its results to: a .csv itself, of other formats a file of JSON lines beside it."""
    return out if out.suffix.lower() == CSV else out.with_name(f"{out.name}.part.jsonl")


@contextmanager
def _locked(out: Path) -> Iterator[None]:
    """Hold `out` for this run; a run that is killed lets go of it."""
    lock = FileLock(out.with_name(f".{out.name}.lock"), timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise SettingsError(
            f"{out} is being written by another scan: wait until it ends, or name another --out"
        ) from None
    except OSError as fault:
        raise SettingsError(
            f"{lock.lock_file} cannot be locked ({fault.strerror}): name an --out elsewhere"
        ) from fault
    try:
        yield
    finally:
        Path(lock.lock_file).unlink(missing_ok=True)
        lock.release()


def _kept(out: Path, resume: bool, overwrite: bool) -> list[Entry]:
    """The entries to begin with; refuses what was not written here."""
    if out.exists() and out.stat().st_size:
        try:
            entries = _read(out)
        except DetectorError as fault:
            if overwrite and not resume:
                return []
            remedy = "name another file" if resume else "name another file, or --overwrite it"
            raise SettingsError(f"{out} is not a table of results written here: {remedy}") from fault
    else:
        entries = []
    return [*entries, *_of_journal(journal_of(out))] if resume else []


def _read(out: Path) -> list[Entry]:
    """The entries of a finished table, and of a .csv also of one that was not; DetectorError for others."""
    match out.suffix.lower():
        case ".csv":
            return list(read_rows(out))
        case ".json":
            return _documents(out)
        case _:
            return parquet_rows(out)


def _documents(out: Path) -> list[Entry]:
    try:
        documents = json.loads(read_text(out, "results"))
    except ValueError as fault:
        raise SettingsError(f"{out} is no JSON ({fault})") from fault
    if not isinstance(documents, list) or not all(map(_is_document, documents)):
        raise SettingsError(f"{out} is no list of results")
    return documents


def _is_document(document: object) -> bool:
    return isinstance(document, Mapping) and document.keys() >= OF_A_DOCUMENT


def _of_journal(path: Path) -> list[Entry]:
    """The entries of a run that was killed; a last line cut short is left out."""
    if not path.exists() or path.suffix == CSV:
        return []
    lines = read_text(path, "results").split("\n")[:-1]
    return [json.loads(line) for line in lines]


def _key(entry: Mapping[str, Any]) -> tuple[str, str, str]:
    info = entry["detector"]
    if isinstance(info, Mapping):
        return entry["file"], info["name"], info["weights_sha256"][:12]
    return entry["file"], info, entry["weights"]
