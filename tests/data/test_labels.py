"""Indices to rows."""

from __future__ import annotations

import pytest

from detector.data.labels import read_index
from detector.errors import DetectorError
from detector.evaluate.predictions import read_predictions, write_predictions
from tests.evaluate.made import prediction


def index_of(folder, text):
    folder.mkdir(exist_ok=True)
    path = folder / "index.csv"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.fidelity("1-18")
def test_the_least_index_has_files_and_labels(tmp_path):
    pictures = read_index(
        index_of(tmp_path / "clips", "file,label\nfake/a.mp4,1\nreal/b.mp4,0\nc.jpg,0\nother/d.jpg,1\n")
    )
    assert [(row.file, row.label, row.source, row.set, row.group) for row in pictures.rows] == [
        ("fake/a.mp4", 1, "clips", "clips", "fake/a.mp4"),
        ("real/b.mp4", 0, "clips", "clips", "real/b.mp4"),
        ("c.jpg", 0, "clips", "clips", "c.jpg"),
        ("other/d.jpg", 1, "other", "other", "other/d.jpg"),
    ]


def test_a_source_in_several_compressions_is_a_set_for_each(tmp_path):
    text = "file,label,source,compression\na,0,ffpp,c23\nb,1,ffpp,c40\nc,1,ciplab,jpeg\n"
    assert [row.set for row in read_index(index_of(tmp_path, text)).rows] == [
        "ffpp-c23",
        "ffpp-c40",
        "ciplab",
    ]


def test_the_sets_an_index_names_are_kept(tmp_path):
    text = "file,label,source,set,compression\na,0,ffpp,easy,c23\nb,1,ffpp,hard,c40\n"
    assert [row.set for row in read_index(index_of(tmp_path, text)).rows] == ["easy", "hard"]


def test_rows_without_a_label_and_mechanics_are_left_out_and_counted(tmp_path):
    pictures = read_index(
        index_of(tmp_path, "file,label\nmechanics/a.mp4,1\nmechanics/b.mp4,\nreal/c.mp4,0\nreal/d.mp4,\n")
    )
    assert [row.file for row in pictures.rows] == ["real/c.mp4"]
    assert (pictures.unlabelled, pictures.mechanics) == (2, 1)


def test_origin_joins_where_there_is_no_group(tmp_path):
    assert read_index(index_of(tmp_path, "file,label,origin\na,1,ffpp-672\n")).rows[0].group == "ffpp-672"


def test_frames_of_a_clip_are_known_by_its_path(tmp_path):
    text = "file,label,repo,path\na,1,someone/clips,b-7.mp4#21\nb,1,someone/clips,b-7.mp4#88\nc,0,,c.jpg\n"
    rows = read_index(index_of(tmp_path, text)).rows
    assert [row.clip for row in rows] == ["someone/clips b-7.mp4", "someone/clips b-7.mp4", ""]


def test_a_split_and_a_limit_choose_rows(tmp_path):
    index = read_index(index_of(tmp_path, "file,label,split\na,1,test\nb,0,tune\nc,0,test\n"))
    assert [row.file for row in index.of_split("test").rows] == ["a", "c"]
    assert [row.file for row in index.of_split("test", limit=1).rows] == ["a"]
    assert [row.file for row in index.of_split(None, limit=2).rows] == ["a", "b"]
    assert len(index.of_split(None, limit=9).rows) == 3
    with pytest.raises(DetectorError, match="'holdout'; its splits: test, tune"):
        index.of_split("holdout")


def test_val_is_read_as_test(tmp_path):
    index = read_index(index_of(tmp_path, "file,label,split\na,1,val\nb,0,tune\nc,0,test\n"))
    for asked in ("val", "test"):
        assert [(row.file, row.split) for row in index.of_split(asked).rows] == [("a", "test"), ("c", "test")]
    write_predictions(tmp_path / "kept.csv", [prediction(1, 0.9, split="val")])
    assert [prediction.split for prediction in read_predictions(tmp_path / "kept.csv")] == ["test"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "it is empty"),
        ("file,truth\na,1\n", "no column label"),
        ("file,label\na,maybe\n", "line 2: label 'maybe'"),
    ],
)
def test_an_index_that_is_none_says_what_is_wrong(tmp_path, text, message):
    with pytest.raises(DetectorError, match=message):
        read_index(index_of(tmp_path, text))


def test_a_missing_index_says_so(tmp_path):
    with pytest.raises(DetectorError, match=r"nowhere\.csv cannot be read as an index"):
        read_index(tmp_path / "nowhere.csv")
