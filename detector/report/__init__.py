"""The reports of an analysis, the same through every door: a document and a row of a table."""

from detector.report.document import (
    SCHEMA,
    Settings,
    as_text,
    command,
    error_dict,
    to_dict,
    to_json,
    versions,
)
from detector.report.growing import GrowingTable, growing_table, journal_of
from detector.report.table import (
    CSV_COLUMNS,
    SUFFIXES,
    check_suffix,
    csv_row,
    error_row,
    read_rows,
    to_csv,
    write_rows,
)

__all__ = [
    "CSV_COLUMNS",
    "SCHEMA",
    "GrowingTable",
    "SUFFIXES",
    "Settings",
    "as_text",
    "check_suffix",
    "command",
    "csv_row",
    "error_dict",
    "error_row",
    "growing_table",
    "journal_of",
    "read_rows",
    "to_csv",
    "to_dict",
    "to_json",
    "versions",
    "write_rows",
]
