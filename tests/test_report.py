"""JSON of schema 2 and the table's columns, written and read back."""

from __future__ import annotations

import csv
import io
import json
import math
import shlex
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import detector
from detector.errors import SettingsError
from detector.pipeline import judge
from detector.report import (
    CSV_COLUMNS,
    check_suffix,
    csv_row,
    error_dict,
    error_row,
    read_rows,
    to_csv,
    to_dict,
    to_json,
    write_rows,
)
from detector.structures import FittedRange, Span
from tests.evidence.made import fitted
from tests.makers import DARK, make_detector, make_face, make_scan

DETECTOR = make_detector()
RATIOS = ("evidence", "lr", "lr_low", "lr_high")


def analysis(*levels: float, **about):
    return judge(make_scan(*(make_face(level) for level in levels), **about), DETECTOR)


@pytest.mark.fidelity("1-12")
def test_the_columns_are_those_of_the_design():
    written = (
        "file, kind, verdict, evidence, lr, lr_low, lr_high, p_fake, faces, deciding_face, frames, reasons,"
        " detector, weights, engine, seconds, error"
    )
    assert ", ".join(CSV_COLUMNS) == written
    assert list(csv_row(analysis(0.8))) == list(CSV_COLUMNS)
    assert list(error_row("a.jpg", DETECTOR.info, "broken")) == list(CSV_COLUMNS)


def test_a_row_says_the_answer_in_texts():
    face = replace(make_face(0.8), box=np.array([-3.6, 2.4, 100.5, 120.51], dtype=np.float32))
    row = csv_row(judge(make_scan(make_face(0.2), face), DETECTOR))
    assert row["p_fake"] == "0.8000"
    assert row["deciding_face"] == "-4 2 100 121"
    assert [row[name] for name in RATIOS] == ["none:none", "", "", ""]
    assert (row["file"], row["kind"], row["verdict"], row["faces"], row["frames"]) == (
        "file.jpg",
        "photo",
        "uncertain",
        "2",
        "1",
    )
    assert (row["detector"], row["weights"], row["engine"]) == (
        "unblend-lite2",
        DETECTOR.entry.sha256[:12],
        "fake",
    )
    assert float(row["seconds"]) >= 0.75
    assert row["error"] == ""


def test_reasons_are_joined_by_semicolons():
    row = csv_row(analysis(0.4, 0.4))
    assert row["reasons"].split("; ") == [
        "What its scores are worth on unfamiliar pictures was not measured for this detector",
        "Based on all 2 faces, of which face 1 looks most altered",
    ]


WEIGHED = make_detector(fitted(tau=0.5))
"""Of a logit that new collections shift by about a half; without that it is the log likelihood ratio."""


def test_a_row_has_direction_strength_and_ratios():
    row = csv_row(judge(make_scan(make_face(0.8)), WEIGHED))
    assert row["evidence"] == "fake:weak"
    assert [row[name] for name in RATIOS[1:]] == ["3.732", "2.109", "7.586"]
    genuine = csv_row(judge(make_scan(make_face(0.2)), WEIGHED))
    assert (genuine["evidence"], genuine["lr"]) == ("real:weak", "0.268")


def test_the_document_has_evidence_of_file_track_and_face():
    document = json.loads(to_json(judge(make_scan(make_face(0.8)), WEIGHED)))
    evidence = document["evidence"]
    assert (evidence["question"], evidence["direction"], evidence["strength"]) == ("either", "fake", "weak")
    assert (evidence["lr"], evidence["lr_low"], evidence["muted"]) == (3.7318, 2.1092, [])
    assert evidence["references"][0] == {"kind": "snapshot", "is_fake": False, "n": 4, "share": 0.0}
    assert evidence == document["tracks"][0]["evidence"] == document["deciding"]["evidence"]
    assert document["tracks"][0]["decides"] is True
    assert document["statement"][0] == "Weak support for fake."


def test_what_was_withheld_stands_in_row_and_document():
    judged = judge(make_scan(make_face(0.95, remarks=(DARK,))), WEIGHED)
    (muted,) = json.loads(to_json(judged))["evidence"]["muted"]
    assert muted == {
        "cause": "marked_face",
        "direction": "none",
        "at_most": "weak",
        "condition": None,
        "numbers": {},
        "limits": {},
    }
    assert csv_row(judged)["reasons"].startswith("The face is hard to judge, so support is at most weak; ")


@pytest.mark.parametrize(
    ("level", "written"), [(0.0, "0.0000"), (1.0, "1.0000"), (0.12345, "0.1235"), (0.00004, "0.0000")]
)
def test_a_probability_has_four_decimals(level, written):
    assert csv_row(replace(analysis(0.5), p_fake=level))["p_fake"] == written


def test_no_face_leaves_the_probability_and_the_face_empty():
    row = csv_row(analysis())
    assert (row["verdict"], row["p_fake"], row["deciding_face"], row["faces"], row["error"]) == (
        "no face found",
        "",
        "",
        "0",
        "",
    )


@pytest.mark.fidelity("1-12")
def test_a_file_that_could_not_be_read_has_words_and_no_number():
    row = error_row("folder/a.jpg", DETECTOR.info, "a.jpg is empty")
    assert row["file"] == "folder/a.jpg"
    assert row["verdict"] == "could not be read"
    assert row["error"] == row["reasons"] == "a.jpg is empty"
    assert {
        row[name] for name in ("kind", *RATIOS, "p_fake", "faces", "deciding_face", "frames", "seconds")
    } == {""}


def test_a_table_is_quoted_as_rfc_4180_says():
    row = error_row('a, "b"\n.jpg', DETECTOR.info, "not; this")
    text = to_csv([row, row])
    assert text.count("\r\n") == 3
    assert text.startswith(",".join(CSV_COLUMNS) + '\r\n"a, ""b""\n.jpg",')
    assert list(csv.DictReader(io.StringIO(text, newline=""))) == [row, row]


def test_a_name_in_any_script_is_written_as_utf_8_and_read_back(tmp_path):
    out = tmp_path / "r.csv"
    row = error_row("Zoë 照片.jpg", DETECTOR.info, "größer als erlaubt")
    write_rows(out, [row])
    assert out.read_bytes().startswith(b"file,kind")
    assert read_rows(out) == [row]


def test_a_table_of_before_there_was_evidence_is_read_without_it(tmp_path):
    former = (
        *("file", "kind", "verdict", "p_fake", "lo", "hi", "faces", "deciding_face", "frames", "reasons"),
        *("detector", "weights", "engine", "seconds", "error"),
    )
    (tmp_path / "r.csv").write_text(
        ",".join(former) + "\r\na.jpg,photo,uncertain,0.6254,0.0000,1.0000,1,1 2 3 4,1,x,d,w,e,0.1,\r\n"
    )
    (row,) = read_rows(tmp_path / "r.csv")
    assert tuple(row) == CSV_COLUMNS
    assert (row["file"], row["p_fake"], row["evidence"], row["lr"]) == ("a.jpg", "0.6254", "", "")


def test_a_table_of_something_else_is_refused(tmp_path):
    (tmp_path / "r.csv").write_text("file,label\r\na,1\r\n")
    with pytest.raises(SettingsError, match="not a table of results"):
        read_rows(tmp_path / "r.csv")


def test_a_last_line_cut_short_is_left_out(tmp_path):
    rows = [csv_row(analysis(0.8), f"{name}.jpg") for name in "ab"]
    (tmp_path / "r.csv").write_text(to_csv(rows)[:-30], newline="")
    assert read_rows(tmp_path / "r.csv") == rows[:1]


def test_parquet_holds_numbers_and_leaves_the_empty_empty(tmp_path):
    write_rows(tmp_path / "r.parquet", [csv_row(analysis(0.8)), error_row("b.jpg", DETECTOR.info, "broken")])
    table = pd.read_parquet(tmp_path / "r.parquet")
    assert tuple(table.columns) == CSV_COLUMNS
    assert table["p_fake"][0] == pytest.approx(0.8)
    assert math.isnan(table["p_fake"][1])
    assert table["faces"][0] == 1
    assert pd.isna(table["faces"][1])
    assert table["error"][1] == "broken"


@pytest.mark.parametrize("name", ["r.csv", "r.json", "r.parquet"])
def test_a_table_without_rows_can_be_written(tmp_path, name):
    write_rows(tmp_path / name, [])
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("name", ["r", "r.txt", "r.xlsx"])
def test_an_unknown_format_is_refused_before_the_work(tmp_path, name):
    with pytest.raises(SettingsError, match=r"\.csv, \.json, \.parquet"):
        check_suffix(tmp_path / name)


def test_the_json_is_plain_and_of_schema_2():
    document = json.loads(to_json(analysis(0.8, 0.2)))
    assert document["schema"] == 2
    assert document == json.loads(json.dumps(to_dict(analysis(0.8, 0.2)))) | {"seconds": document["seconds"]}
    assert document["verdict"] == "uncertain"
    assert document["p_fake"] == pytest.approx(0.8, abs=1e-6)
    assert document["media"]["sha256"] == "ab" * 32
    assert document["detector"]["weights_sha256"] == DETECTOR.entry.sha256
    assert document["detector"]["thresholds"] == {"t": 0.5, "fitted_on": "a test"}
    assert document["versions"]["unblend"] == detector.__version__
    assert {"python", "torch", "timm", "facenet-pytorch"} <= set(document["versions"])
    assert set(document["seconds"]) == {"decode", "find", "crop", "infer"}


def test_the_json_has_every_face_without_its_pixels():
    document = to_dict(analysis(0.8, 0.2))
    faces = [face for track in document["tracks"] for face in track["faces"]]
    assert [round(face["p_fake"], 3) for face in faces] == [0.8, 0.2]
    assert faces[0]["box"] == [0.0, 0.0, 8.0, 8.0]
    assert len(faces[0]["landmarks"]) == 5
    assert faces[0]["quality"]["remarks"] == []
    assert "patch" not in faces[0]
    assert document["deciding"] == faces[0]


def test_numbers_of_float32_are_rounded_as_they_are_written():
    face = replace(make_face(0.8), box=np.array([0.1, 0.2, 8.3, 8.04], dtype=np.float32))
    assert '"box": [0.1, 0.2, 8.3, 8.0]' in json.dumps(to_dict(judge(make_scan(face), DETECTOR)))


def test_a_quality_that_could_not_be_measured_is_null():
    face = make_face(0.8)
    blind = replace(face, quality=replace(face.quality, yaw_deg=math.nan))
    document = json.loads(to_json(judge(make_scan(blind), DETECTOR)))
    assert document["deciding"]["quality"]["yaw_deg"] is None


def test_without_a_face_the_json_has_no_number():
    document = to_dict(analysis())
    assert (document["p_fake"], document["deciding"], document["tracks"]) == (None, None, [])
    assert document["verdict"] == "no face found"


def test_the_json_has_reasons_as_words_and_beside_them_as_values():
    document = json.loads(to_json(judge(make_scan(make_face(0.4, remarks=(DARK,))), DETECTOR)))
    assert document["reasons"] == [
        "The face that decides is hard to judge: very dark.",
        "Based on the one face found.",
    ]
    hard_to_judge, rule = document["why"]
    assert (hard_to_judge["kind"], [cause["kind"] for cause in hard_to_judge["causes"]]) == (
        "face_hard_to_judge",
        ["too_dark"],
    )
    assert rule == {"kind": "face_decides", "numbers": {"faces": 1, "face": 1}, "limits": {}, "causes": []}
    assert document["deciding"]["quality"]["remarks"] == ["very dark"]
    assert document["deciding"]["why"] == hard_to_judge["causes"]


def test_a_file_that_could_not_be_read_has_a_document_too():
    document = error_dict("a.jpg", DETECTOR.info, "a.jpg is empty")
    assert (document["schema"], document["verdict"], document["p_fake"]) == (2, "could not be read", None)
    assert (document["error"], document["reasons"], document["why"]) == (
        "a.jpg is empty",
        ["a.jpg is empty"],
        [],
    )
    assert json.dumps(document)


def test_the_command_repeats_the_analysis():
    document = to_dict(analysis(0.8), {"frames": 16}, "my folder/it's.jpg")
    words = shlex.split(str(document["command"]))
    assert words == [
        "UNBLEND_FRAMES=16",
        *["python", "-m", "detector", "analyze"],
        "my folder/it's.jpg",
        "--detector",
        "unblend-lite2",
        "--json",
    ]
    assert document["settings"] == {"already_cropped": False, "frames": 16}


def test_the_command_says_when_the_picture_was_already_cropped():
    judged = judge(make_scan(replace(make_face(0.8), whole_picture=True)), DETECTOR)
    assert "--no-face-crop" in str(to_dict(judged)["command"])
    assert to_dict(judged)["settings"] == {"already_cropped": True}


SEEN = FittedRange(Span(9.0, 20.0), Span(0.0, 9.0), Span(75.0, 90.0), faces=30, measured_on="a test")


def test_a_face_unlike_those_seen_is_told_in_row_and_document():
    judged = judge(make_scan(make_face(0.8)), make_detector(seen=SEEN))  # 8 pixels across
    row, document = csv_row(judged), json.loads(to_json(judged))
    words = "smaller (8 pixels across, those were 9 to 20)"
    assert (row["verdict"], document["extrapolated"]) == ("uncertain", True)
    assert words in row["reasons"].split("; ")[1] and "is not known" in row["reasons"]
    assert document["deciding"]["unseen"] == [words]
    smaller = {
        "kind": "smaller",
        "numbers": {"size_px": 8},
        "limits": {"low": 9, "high": 20},
        "causes": [],
    }
    assert document["deciding"]["why"] == [smaller]
    assert document["why"][0] == {
        "kind": "face_out_of_range",
        "numbers": {},
        "limits": {},
        "causes": [smaller],
    }
    assert document["detector"]["seen"] == {
        "size_px": {"low": 9.0, "high": 20.0},
        "sharpness": {"low": 0.0, "high": 9.0},
        "jpeg_quality": {"low": 75.0, "high": 90.0},
        "faces": 30,
        "measured_on": "a test",
    }


def test_where_nothing_was_seen_the_document_says_so():
    document = to_dict(analysis(0.8))
    assert (document["extrapolated"], document["detector"]["seen"], document["deciding"]["unseen"]) == (
        False,
        None,
        [],
    )
    assert document["deciding"]["quality"]["jpeg_quality"] is None
