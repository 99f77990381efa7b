"""One reader for every table: what programs save, and what is wrong with a row."""

from __future__ import annotations

from pathlib import Path

import pytest

from detector.errors import SettingsError
from detector.tables import as_it_is, check_file_name, guarded, read_table, unguarded

TEXT = "file,label,source\na.jpg,0,x\nb.jpg,1,größer\n"
ROWS = [
    {"file": "a.jpg", "label": "0", "source": "x"},
    {"file": "b.jpg", "label": "1", "source": "größer"},
]


def cells(path: Path, *needed: str, **how: int) -> list[dict[str, str]]:
    return [dict(row.cells) for row in read_table(path, "an index", needed, **how).rows]


def put(folder: Path, content: str | bytes) -> Path:
    path = folder / "t.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_encoding_separator_and_line_end_gives_the_same_rows(
    encoding: str, separator: str, end: str, tmp_path: Path
) -> None:
    text = TEXT.replace(",", separator).replace("\n", end)
    assert cells(put(tmp_path, text.encode(encoding)), "file", "label") == ROWS


def test_what_excel_adds_is_passed_over(tmp_path: Path) -> None:
    padded = "file;label;source;;\na.jpg;0;x;;\n;;;;\n\nb.jpg;1;größer;;;;\n"
    rows = cells(put(tmp_path, padded), "file")
    assert [row["file"] for row in rows] == ["a.jpg", "b.jpg"]


def test_a_semicolon_table_has_decimal_commas(tmp_path: Path) -> None:
    (row,) = read_table(put(tmp_path, "file;p_fake\na.jpg;0,75\n"), "predictions", ["file"]).rows
    assert row.number("p_fake") == 0.75
    (row,) = read_table(put(tmp_path, "file;p_fake\na.jpg;0.75\n"), "predictions", ["file"]).rows
    assert row.number("p_fake") == 0.75


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "cannot be read as an index: it is empty"),
        ("\n\n", "it is empty"),
        ("file,label\n", "t.csv line 1: a header alone, and no row below it"),
        ("name,label\na,1\n", "t.csv has no column file, only name, label; an index needs file"),
        ("file,label,label\na,1,1\n", "two columns called label"),
        ("file,label\na.jpg\n", "t.csv line 2 has 1 cells, the header 2"),
        ("file,label\na.jpg,1,2\n", "t.csv line 2 has 3 cells, the header 2"),
        ('file,label\n"a\nb.jpg",1\nc.jpg\n', "t.csv line 4 has 1 cells"),
        (b"file,label\na.jpg,0\ncaf\xe9.jpg,1\n", "line 3 is not UTF-8; save it as UTF-8"),
        (b"\x89PNG\r\n\x1a\n\0\0", "line 1 is not UTF-8"),
        ('file,label\n"' + "a" * 200_000 + '",1\n', "line 2: field larger than field limit"),
    ],
)
def test_what_is_no_table_is_refused_in_one_line(content: str | bytes, said: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as refused:
        read_table(put(tmp_path, content), "an index", ["file"])
    assert said in str(refused.value) and len(str(refused.value).splitlines()) == 1


def test_a_table_that_is_not_there_or_is_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read as an index .No such file"):
        read_table(tmp_path / "gone.csv", "an index")
    with pytest.raises(SettingsError, match="it is no file"):
        read_table(tmp_path, "an index")


def test_a_last_row_that_was_cut_off_is_left_out_where_that_is_asked(tmp_path: Path) -> None:
    path = put(tmp_path, "file,label\r\na.jpg,0\r\nb.jpg,1")
    assert [row["file"] for row in cells(path, cut_off=True)] == ["a.jpg"]
    assert [row["file"] for row in cells(path)] == ["a.jpg", "b.jpg"]


@pytest.mark.parametrize("name", ["", " ", "a/", ".", "..", "a/..", "a\0.jpg", "é" * 128, "a/" + "b" * 256])
def test_what_no_file_can_be_called_is_refused_with_its_row(name: str) -> None:
    with pytest.raises(SettingsError, match=r"^t\.csv line 7: .*; mend the row$"):
        check_file_name(name, "t.csv line 7")


@pytest.mark.parametrize("text", ["nan", "a", "1,5", "0x1"])
def test_a_cell_that_is_no_number_names_its_row(text: str, tmp_path: Path) -> None:
    (row,) = read_table(put(tmp_path, f'file,p\na.jpg,"{text}"\n'), "predictions").rows
    with pytest.raises(SettingsError, match=r"t\.csv line 2: p is .*, which is no number"):
        row.number("p")


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@a", "\t=1", "\r=1", "'=1", "''@", "a", "'a", "", "'"])
def test_no_cell_is_a_formula_and_every_cell_is_read_back(cell: str) -> None:
    assert guarded(cell)[:1] not in ("=", "+", "-", "@", "\t", "\r") or not cell
    assert unguarded(guarded(cell)) == unguarded(as_it_is(cell)) == cell


def test_left_as_it_is_a_formula_stays_one() -> None:
    assert as_it_is("=1") == "=1" and as_it_is("a") == guarded("a") == "a"
