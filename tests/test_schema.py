"""Typed values from JSON: what is read, and the one line that a fault is told in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import msgspec
import pytest

from detector.schema import in_words, read_as

Share = Annotated[float, msgspec.Meta(ge=0, le=1)]


class Paint(msgspec.Struct, frozen=True, kw_only=True):
    """A section: what its keys must be, and that they go together."""

    colour: Literal["red", "blue"]
    layers: Annotated[int, msgspec.Meta(ge=1)] = 1
    mix: dict[str, Share] = {}
    names: tuple[str, ...] = ()
    span: tuple[float, float] = (0.0, 1.0)
    most: int | Literal["all"] = "all"

    def __post_init__(self) -> None:
        if self.span[0] > self.span[1]:
            raise ValueError(f"span goes from {self.span[0]:g} down to {self.span[1]:g}; swap them")


@dataclass(frozen=True)
class House:
    """A dataclass with a section of msgspec in it."""

    paint: Paint
    sizes: dict[Share, int]
    owner: str | None = None


WELL = {"paint": {"colour": "red"}, "sizes": {"0": 3}}


def test_what_is_left_out_has_its_default_and_keys_of_a_dict_are_typed() -> None:
    assert read_as(House, WELL) == House(Paint(colour="red"), {0.0: 3})
    assert read_as(House, {**WELL, "owner": "A"}).owner == "A"


@pytest.mark.parametrize(
    ("paint", "told"),
    [
        ({}, "key 'paint.colour' is missing; it must be one of red, blue"),
        ({"colour": "green"}, "paint.colour is 'green'; it must be one of red, blue"),
        ({"colour": "red", "layer": 2}, "unknown key 'paint.layer'; did you mean 'layers'?"),
        ({"colour": "red", "layers": 2.5}, "paint.layers is 2.5; it must be a whole number, 1 or more"),
        ({"colour": "red", "layers": 0}, "paint.layers is 0; it must be a whole number, 1 or more"),
        ({"colour": "red", "layers": True}, "paint.layers is True; it must be a whole number, 1 or more"),
        (
            {"colour": "red", "mix": {"a": -1}},
            "paint.mix.a is -1; it must be a number from 0 to 1",
        ),
        ({"colour": "red", "names": "abc"}, "paint.names is 'abc'; it must be a list, each a text"),
        ({"colour": "red", "span": [1]}, "paint.span is [1]; it must be a list of 2, each a number"),
        ({"colour": "red", "span": [1, 0]}, "paint: span goes from 1 down to 0; swap them"),
        ({"colour": "red", "most": "half"}, "paint.most is 'half'; it must be a whole number or 'all'"),
        ("red", "paint is 'red'; it must be a section with colour, layers, mix, names, span, most"),
    ],
)
def test_a_fault_is_one_line_with_key_fact_and_remedy(paint: object, told: str) -> None:
    with pytest.raises(ValueError) as caught:
        read_as(House, {**WELL, "paint": paint})
    assert str(caught.value) == told


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ({**WELL, "zzz": 1}, "unknown key 'zzz'; there are paint, sizes, owner"),
        ({"paint": WELL["paint"]}, "key 'sizes' is missing; it must be a section of names, each with"),
        ({**WELL, "sizes": {"half": 1}}, "sizes has the key 'half'; it must be a number from 0 to 1"),
        ({**WELL, "sizes": {"2": 1}}, "sizes has the key '2'; it must be a number from 0 to 1"),
        ({**WELL, "sizes": {"0": "x"}}, "sizes.0 is 'x'; it must be a whole number"),
        ({**WELL, "owner": 3}, "owner is 3; it must be a text or null"),
        (3, "all of it is 3; it must be a section with paint, sizes, owner"),
    ],
)
def test_a_dataclass_is_checked_like_a_struct(value: object, told: str) -> None:
    with pytest.raises(ValueError) as caught:
        read_as(House, value)
    assert str(caught.value).startswith(told)


def test_a_text_with_a_form_of_its_own_is_told_by_its_description() -> None:
    stage = Annotated[str, msgspec.Meta(pattern="^all$", description='"all" alone')]
    assert in_words(stage) == '"all" alone'
