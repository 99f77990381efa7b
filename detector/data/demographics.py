"""What is known of who is on a picture, from an index or a file's name: age, gender, ethnicity as the data
set gives them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from detector.tables import read_table

UTKFACE = re.compile(r"(\d{1,3})_([01])_([0-4])_\d{17}(\..*)?")
"""AGE_GENDER_ETHNICITY_TIME: its authors guessed the first three with a network. The time is year to
millisecond in 17 digits; a shorter number is that of a frame, and the name says nothing of a person.
"""
GENDERS = ("male", "female")
ETHNICITIES = ("white", "black", "asian", "indian", "other")
"""In the order of UTKFace's codes."""
AGE_GROUPS = {
    "under 13": range(0, 13),
    "13 to 19": range(13, 20),
    "20 to 39": range(20, 40),
    "40 to 59": range(40, 60),
}
OLDEST = "60 and over"


@dataclass(frozen=True)
class Person:
    """Who is on a picture, in words; empty where nothing says it. `age` is in years, or one of AGE_GROUPS."""

    age: str = ""
    gender: str = ""
    ethnicity: str = ""


def person_of(name: str) -> Person:
    """What a file's name says, where it is one of UTKFace's; `age` in years."""
    match = UTKFACE.fullmatch(name)
    return Person(match[1], GENDERS[int(match[2])], ETHNICITIES[int(match[3])]) if match else Person()


def read_people(index: Path) -> dict[str, Person]:
    """Who is on each file of an index CSV, `age` as a group: from its columns `age`, `gender`, `ethnicity`
    (in words or UTKFace's codes), else from the file's name. Raises DetectorError where it cannot be read.
    """
    return {row["file"]: _person(row.cells) for row in read_table(index, "an index", ["file"]).rows}


def _person(record: Mapping[str, str]) -> Person:
    columns = ((record.get(name) or "").strip().lower() for name in ("age", "gender", "ethnicity"))
    said = Person(*columns)
    if said == Person():
        said = person_of(Path(record["file"]).name)
    return Person(_age_group(said.age), _decoded(said.gender, GENDERS), _decoded(said.ethnicity, ETHNICITIES))


def _age_group(age: str) -> str:
    """The group of an age in years, as a number; of anything else, nothing."""
    try:
        years = int(float(age))
    except ValueError:
        return ""
    return next((name for name, ages in AGE_GROUPS.items() if years in ages), OLDEST)


def _decoded(word: str, codes: Sequence[str]) -> str:
    return codes[int(word)] if word.isdigit() and int(word) < len(codes) else word
