"""Names of splits, and the tables that hold them."""

from __future__ import annotations

from pathlib import Path

import pytest

from detector.data.labelled import split_name
from detector.data.tables import read_index
from detector.errors import SettingsError
from tests.train.makers import make_data


@pytest.mark.parametrize(
    "word, name", [("train", "train"), ("tune", "tune"), ("test", "test"), ("val", "test")]
)
def test_a_split_has_one_name(word: str, name: str) -> None:
    assert split_name(word) == name


@pytest.mark.parametrize("word", ["Test", "validation", ""])
def test_another_word_is_no_split(word: str) -> None:
    with pytest.raises(SettingsError, match="is no split; there are train, tune and test"):
        split_name(word)


def test_an_index_that_says_val_is_read_under_both_names(tmp_path: Path) -> None:
    index = make_data(tmp_path, each=1) / "index.csv"
    index.write_text(index.read_text().replace(",test,", ",val,"))
    names = [picture.path.name for picture in read_index(tmp_path, "test")]
    assert (
        names
        == [picture.path.name for picture in read_index(tmp_path, "val")]
        == ["test_0_0.png", "test_1_0.png"]
    )


def test_a_misspelt_split_is_named_by_its_line(tmp_path: Path) -> None:
    index = make_data(tmp_path, each=1) / "index.csv"
    index.write_text(index.read_text().replace(",tune,", ",tunne,", 1))
    with pytest.raises(SettingsError, match="line 4: 'tunne' is no split"):
        read_index(tmp_path, "train")
