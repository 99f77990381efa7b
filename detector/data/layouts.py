"""The name of a layout to the function that reads it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from detector.data.celebdf import rows_of_celebdf
from detector.data.dffd import rows_of_dffd
from detector.data.ffpp import rows_of_ffpp
from detector.data.folders import rows_of_folders, rows_of_prefix
from detector.data.labelled import TRAIN, Labelled, split_of
from detector.errors import SettingsError

LAYOUTS: dict[str, Callable[[Path], Iterator[Labelled]]] = {
    "folders": rows_of_folders,
    "prefix": rows_of_prefix,
    "ffpp": rows_of_ffpp,
    "celebdf": rows_of_celebdf,
    "dffd": rows_of_dffd,
}
NAMELESS = ("folders", "prefix")
"""Layouts of no data set in particular: the folder's name is the source."""


@dataclass(frozen=True)
class DataSet:
    """A data set as it lies in `folder`; every row has a split."""

    folder: Path
    source: str
    rows: tuple[Labelled, ...]


def read_layout(folder: Path, layout: str) -> DataSet:
    """The files of a data set, labelled and split. Raises SettingsError where the folder is not there or not of that layout."""
    if layout not in LAYOUTS:
        raise SettingsError(f"no layout is called {layout!r}; there are: {', '.join(LAYOUTS)}")
    if not folder.is_dir():
        raise SettingsError(f"{folder} is no folder; give the one that holds the data set")
    rows = tuple(_completed(row) for row in LAYOUTS[layout](folder))
    return DataSet(folder, folder.resolve().name if layout in NAMELESS else layout, rows)


def _completed(row: Labelled) -> Labelled:
    """The row with a split; left out where a table could not hold its name."""
    if os.fsencode(row.path).decode("utf-8", "replace") != str(row.path):
        return replace(row, split=TRAIN, group="", left_out="its name is not UTF-8")
    return replace(row, split=row.split or split_of(row.group))
