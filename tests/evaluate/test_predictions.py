"""Predictions as a table, to a file and back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from detector.errors import DetectorError
from detector.evaluate.predictions import (
    Predictions,
    append_predictions,
    read_predictions,
    write_predictions,
)
from tests.evaluate.made import prediction


def test_predictions_come_back_as_they_were_written(tmp_path):
    path = tmp_path / "p.csv"
    made = [
        prediction(1, 0.1 + 0.2, logit=1 / 3),
        prediction(0, None, error='no, "none"\nfound', group="zürich"),
    ]
    write_predictions(path, made[:1])
    append_predictions(path, made[1:])
    assert list(read_predictions(path)) == made


def test_a_line_cut_off_is_read_over(tmp_path):
    path = tmp_path / "p.csv"
    write_predictions(path, [prediction(1, 0.5), prediction(0, 0.25)])
    text = path.read_text()
    path.write_text(text[: text.rindex(",")])
    assert list(read_predictions(path)) == [prediction(1, 0.5)]


def test_another_csv_is_not_taken_for_predictions(tmp_path):
    path = tmp_path / "other.csv"
    path.write_text("file,label\na,1\n")
    with pytest.raises(DetectorError, match="not a file of predictions"):
        read_predictions(path)


def test_parquet_holds_the_same(tmp_path):
    made = [prediction(1, 0.1 + 0.2, logit=1 / 3), prediction(0, None, error="none", group="zürich")]
    write_predictions(tmp_path / "p.parquet", made)
    assert list(read_predictions(tmp_path / "p.parquet")) == made


def test_a_parquet_of_something_else_says_so(tmp_path):
    (tmp_path / "p.parquet").write_text("file,label\na,1\n")
    with pytest.raises(DetectorError, match=r"p\.parquet cannot be read as predictions"):
        read_predictions(tmp_path / "p.parquet")


def test_a_number_that_is_none_says_so(tmp_path):
    write_predictions(tmp_path / "p.csv", [prediction(1, 0.25)])
    text = (tmp_path / "p.csv").read_text().replace("0.25,", "a quarter,")
    (tmp_path / "p.csv").write_text(text)
    with pytest.raises(DetectorError, match=r"p\.csv cannot be read as predictions"):
        read_predictions(tmp_path / "p.csv")


def test_a_table_gives_its_rows_back_and_chooses_some():
    made = [prediction(1, 0.5, file="a"), replace(prediction(0, None, file="b", kind="video"), detector="x")]
    table = Predictions.of(made)
    assert (len(table), list(table), table[1], table[-1].p_fake) == (2, made, made[1], None)
    assert list(table[1:]) == list(table.of_detector("x")) == list(table.of_kind("video")) == made[1:]
    assert list(table.judged) == [True, False]
    assert Predictions.of(table) is table


def test_an_empty_table_has_its_columns_all_the_same():
    table = Predictions.of(())
    assert (len(table), table.p_fake.dtype, table.resample_weights.shape) == (0, np.float64, (2000, 0))


def test_the_order_goes_by_p_fake_and_then_by_logit():
    rows = [(1.0, 9.0), (1.0, 8.0), (0.2, 30.0), (None, 0.0)]
    table = Predictions.of([prediction(1, p, logit=logit) for p, logit in rows])
    assert list(table.order) == [2, 1, 0, 0]


def test_detectors_of_the_same_files_share_their_resample_weights():
    rows = [prediction(n % 2, 0.1 * n, group=str(n), file=f"{n}") for n in range(6)]
    both = Predictions.of([*rows, *(replace(row, detector="x", p_fake=0.5) for row in rows)]).resampled(30)
    mine, theirs = both.of_detector("made"), both.of_detector("x")
    assert mine.resample_weights is theirs.resample_weights
    assert mine.resample_weights.shape == (30, 6)
    assert (mine.resample_weights.sum(axis=1) == 6).all()
