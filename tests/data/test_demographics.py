"""Who is on a picture: from the columns of an index, or from the names of UTKFace."""

from __future__ import annotations

from pathlib import Path

import pytest

from detector.data.demographics import Person, person_of, read_people
from detector.errors import DetectorError


@pytest.mark.parametrize(
    "name, person",
    [
        ("36_1_0_20170117091726944.jpg.chip.jpg", ("36", "female", "white")),
        ("8_0_4_20170103200501866.jpg", ("8", "male", "other")),
        ("36_1_0.jpg", ("", "", "")),
        ("25_0_1_2017.jpg", ("", "", "")),  # the number of a frame, not a time
        ("36_2_0_20170117091726944.jpg", ("", "", "")),
        ("aaqaifqrwn.mp4", ("", "", "")),
    ],
)
def test_the_names_of_utkface_say_age_gender_and_ethnicity(name: str, person: tuple[str, str, str]) -> None:
    parsed = person_of(name)
    assert (parsed.age, parsed.gender, parsed.ethnicity) == person


@pytest.mark.parametrize(
    ("row", "person"),
    [
        ("a.jpg,12,female,black", Person("under 13", "female", "black")),
        ("a.jpg,13.0,1,3", Person("13 to 19", "female", "indian")),
        ("a.jpg,100,Male, White ", Person("60 and over", "male", "white")),
        ("a.jpg,unknown,,", Person()),
        ("a.jpg,,,", Person()),
        ("real/39_0_4_20170103202407440.jpg.chip.jpg,,,", Person("20 to 39", "male", "other")),
        ("39_0_4_20170103202407440.jpg,40,female,asian", Person("40 to 59", "female", "asian")),
        ("real/25_0_1_2017.jpg,,,", Person()),
        ("real/61_1_20170109142408075.jpg,,,", Person()),  # UTKFace has a few names without an ethnicity
    ],
)
def test_people_are_read_from_columns_or_else_from_names(tmp_path: Path, row: str, person: Person) -> None:
    (tmp_path / "index.csv").write_text(f"file,age,gender,ethnicity\n{row}\n")
    assert list(read_people(tmp_path / "index.csv").values()) == [person]


def test_an_index_without_such_columns_knows_nobody(tmp_path: Path) -> None:
    (tmp_path / "index.csv").write_text("file,label\na.jpg,0\n")
    assert read_people(tmp_path / "index.csv") == {"a.jpg": Person()}


def test_an_index_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(DetectorError, match=r"nowhere\.csv cannot be read as an index"):
        read_people(tmp_path / "nowhere.csv")


def test_the_people_of_utkface_are_known(shared: Path) -> None:
    people = read_people(shared / "data" / "train" / "index.csv")
    known = [person for file, person in people.items() if file.startswith("utkface/")]
    assert sum(person != Person() for person in known) > 0.99 * len(known)
    assert {person.ethnicity for person in known} - {""} == {"white", "black", "asian", "indian", "other"}
