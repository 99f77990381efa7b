"""The name of a picture to what it says of the person in it."""

from __future__ import annotations

import re
from dataclasses import dataclass

UTKFACE = re.compile(r"(\d{1,3})_([01])_([0-4])_\d{17}(\..*)?")
GENDERS = ("male", "female")
ETHNICITIES = ("white", "black", "asian", "indian", "other")


@dataclass(frozen=True)
class Person:
    """`age` in years as text, `gender` and `ethnicity` as the data set has them; empty where the name does
    not tell.
    """

    age: str = ""
    gender: str = ""
    ethnicity: str = ""


def person_of(name: str) -> Person:
    """What UTKFace's names say: AGE_GENDER_ETHNICITY_TIME, the last 17 digits long, as its authors guessed it
    with a network.
    """
    found = UTKFACE.fullmatch(name)
    return Person(found[1], GENDERS[int(found[2])], ETHNICITIES[int(found[3])]) if found else Person()
