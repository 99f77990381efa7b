"""An index CSV to what it says of the people on its pictures: age group, gender, ethnicity."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from detector.errors import DetectorError

AGE_GROUPS = {
    "under 13": range(0, 13),
    "13 to 19": range(13, 20),
    "20 to 39": range(20, 40),
    "40 to 59": range(40, 60),
}
OLDEST = "60 and over"
GENDERS = ("male", "female")
ETHNICITIES = ("white", "black", "asian", "indian", "other")
"""In the order of UTKFace's codes, which its file names carry as `age_gender_ethnicity_time`."""
UTKFACE_NAME = re.compile(r"^(\d{1,3})_([01])_([0-4])_\d+")


@dataclass(frozen=True)
class Person:
    """What an index says of who is on a picture, in words; empty where it says nothing."""

    age: str = ""
    gender: str = ""
    ethnicity: str = ""


def read_people(index: Path) -> dict[str, Person]:
    """Who is on each file of an index CSV: from its columns `age`, `gender`, `ethnicity`, else from UTKFace's
    file names.
    """
    try:
        with index.open(encoding="utf-8", newline="") as lines:
            return {record["file"]: _person(record) for record in csv.DictReader(lines)}
    except (OSError, UnicodeDecodeError, csv.Error, KeyError) as error:
        raise DetectorError(
            f"{index} cannot be read as an index ({error}); give a CSV with file, label"
        ) from error


def _person(record: Mapping[str, str]) -> Person:
    said = {name: (record.get(name) or "").strip().lower() for name in ("age", "gender", "ethnicity")}
    named = UTKFACE_NAME.match(Path(record["file"]).name)
    if not any(said.values()) and named:
        said = dict(zip(said, named.groups(), strict=True))
    return Person(
        _age_group(said["age"]), _decoded(said["gender"], GENDERS), _decoded(said["ethnicity"], ETHNICITIES)
    )


def _age_group(age: str) -> str:
    """The group of an age in years, as a number; of anything else, nothing."""
    try:
        years = int(float(age))
    except ValueError:
        return ""
    return next((name for name, ages in AGE_GROUPS.items() if years in ages), OLDEST)


def _decoded(word: str, codes: Sequence[str]) -> str:
    return codes[int(word)] if word.isdigit() and int(word) < len(codes) else word
