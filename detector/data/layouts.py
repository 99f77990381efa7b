"""The name of a layout to the function that reads it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from detector.data.ffpp import named_by_ffpp, rows_of_ffpp
from detector.data.labelled import TRAIN, Labelled, split_of
from detector.data.picture_layouts import (
    named_by_dffd,
    named_by_openforensics,
    rows_of_dffd,
    rows_of_folders,
    rows_of_openforensics,
    rows_of_prefix,
)
from detector.data.video_layouts import named_by_celebdf, named_by_dfdc, rows_of_celebdf, rows_of_dfdc
from detector.errors import SettingsError

LAYOUTS: dict[str, Callable[[Path], Iterator[Labelled]]] = {
    "folders": rows_of_folders,
    "prefix": rows_of_prefix,
    "ffpp": rows_of_ffpp,
    "celebdf": rows_of_celebdf,
    "dfdc": rows_of_dfdc,
    "dffd": rows_of_dffd,
    "openforensics": rows_of_openforensics,
}
NAMELESS = ("folders", "prefix")
"""Layouts of no data set in particular: the folder's name is the source."""

WITH_ORIGINALS = ("ffpp", "celebdf", "dfdc")
"""Layouts that tell the video a fake was made of."""

NAMED: dict[str, Callable[[Path], Iterator[Path]]] = {
    "ffpp": named_by_ffpp,
    "celebdf": named_by_celebdf,
    "dfdc": named_by_dfdc,
    "dffd": named_by_dffd,
    "openforensics": named_by_openforensics,
}
"""Layouts of data sets whose own lists say what there should be."""


@dataclass(frozen=True)
class DataSet:
    """A data set as it lies in `folder`; every row has a split and a source."""

    folder: Path
    source: str
    rows: tuple[Labelled, ...]


def read_layout(folder: Path, layout: str) -> DataSet:
    """The files of a data set, labelled and split. Raises SettingsError where the folder is not there or not
    of that layout.
    """
    _check(folder, layout)
    source = folder.resolve().name if layout in NAMELESS else layout
    return DataSet(folder, source, tuple(_completed(row, source) for row in LAYOUTS[layout](folder)))


def missing(folder: Path, layout: str) -> list[Path]:
    """The files that a data set's own lists name and that are not there, below `folder`, each once, in the
    order of the lists.
    """
    _check(folder, layout)
    if layout not in NAMED:
        raise SettingsError(
            f"layout {layout} has no list of what there should be; those that have one: {', '.join(NAMED)}"
        )
    next(LAYOUTS[layout](folder), None)  # refuses a folder of another layout
    return [path.relative_to(folder) for path in dict.fromkeys(NAMED[layout](folder)) if not path.exists()]


def _check(folder: Path, layout: str) -> None:
    if layout not in LAYOUTS:
        raise SettingsError(f"no layout is called {layout!r}; there are: {', '.join(LAYOUTS)}")
    if not folder.is_dir():
        raise SettingsError(f"{folder} is no folder; give the one that holds the data set")


def _completed(row: Labelled, source: str) -> Labelled:
    """The row with a split and a source; left out where a table could not hold its name."""
    row = replace(row, source=row.source or source)
    if os.fsencode(row.path).decode("utf-8", "replace") != str(row.path):
        return replace(row, split=TRAIN, group="", left_out="its name is not UTF-8")
    return replace(row, split=row.split or split_of(row.group))
