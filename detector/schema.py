"""Values as a JSON file has them, read into the classes that type them; a fault is told in one line."""

from __future__ import annotations

import difflib
import types
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import inspect

T = TypeVar("T")
UNIONS = (Union, types.UnionType)


def read_as(wanted: type[T], value: object) -> T:
    """`value` (of dicts, lists, texts and numbers) as a `wanted`: a Struct of msgspec or a dataclass, typed
    all the way down.

    Nothing is cast but a whole number to a fractional one and a key of a dict, which is a text in JSON.
    Raises ValueError that names the key by its path ("schedule.epochs"), the fact and the remedy.
    """
    for fault in _faults(value, wanted, ""):
        raise ValueError(fault)
    return msgspec.convert(value, wanted, str_keys=True)


def _faults(value: object, wanted: Any, path: str) -> Iterator[str]:
    """What is wrong with `value`, the keys of a section before what does not go together in it."""
    if get_origin(wanted) in UNIONS and value is not None:
        wanted = next(filter(_is_section, get_args(wanted)), wanted)
    if _is_section(wanted):
        if not isinstance(value, Mapping):
            yield f"{path or 'all of it'} is {value!r}; it must be a section with {', '.join(_keys(wanted))}"
        else:
            yield from _faults_of_section(value, wanted, path)
    elif get_origin(wanted) in (dict, Mapping) and isinstance(value, Mapping):
        of_key, of_item = get_args(wanted)
        for key, item in value.items():
            if not _fits({key: None}, dict[of_key, None]):  # type: ignore[valid-type]  # known at run time
                yield f"{path} has the key {key!r}; it must be {in_words(of_key)}"
            yield from _faults(item, of_item, f"{path}.{key}")
    elif not _fits(value, wanted):
        yield f"{path} is {value!r}; it must be {in_words(wanted)}"


def _faults_of_section(value: Mapping[str, object], wanted: Any, path: str) -> Iterator[str]:
    hints = get_type_hints(wanted, include_extras=True)
    place = f"{path}." if path else ""
    for key in value:
        if key not in _keys(wanted):
            near = difflib.get_close_matches(str(key), _keys(wanted), n=1)
            remedy = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(_keys(wanted))}"
            yield f"unknown key {place + str(key)!r}; {remedy}"
    for field in _fields(wanted):
        name = field.encode_name
        if name in value:
            yield from _faults(value[name], hints[field.name], place + name)
        elif field.required:
            yield f"key {place + name!r} is missing; it must be {in_words(hints[field.name])}"
    try:
        msgspec.convert(value, wanted, str_keys=True)
    except msgspec.ValidationError as fault:  # of __post_init__: every field by itself is as it must be
        yield (f"{path}: " if path else "") + str(fault.__cause__ or fault)


def _is_section(wanted: Any) -> bool:
    return isinstance(wanted, type) and (
        issubclass(wanted, msgspec.Struct) or hasattr(wanted, "__dataclass_fields__")
    )


def _fields(wanted: Any) -> tuple[inspect.Field, ...]:
    told = inspect.type_info(wanted)
    assert isinstance(told, inspect.StructType | inspect.DataclassType)
    return told.fields


def _keys(wanted: Any) -> list[str]:
    return [field.encode_name for field in _fields(wanted)]


def _fits(value: object, wanted: Any) -> bool:
    try:
        msgspec.convert(value, wanted, str_keys=True)
    except msgspec.ValidationError:
        return False
    return True


def in_words(wanted: Any) -> str:
    """What a value of the type `wanted` is, for people: "a number, 0 or more and 1 or less"."""
    origin, args = get_origin(wanted), get_args(wanted)
    if _is_section(wanted):
        return f"a section with {', '.join(_keys(wanted))}"
    if origin is Annotated:
        limits = " and ".join(_limits(args[1]))
        return f"{in_words(args[0])}, {limits}" if limits else in_words(args[0])
    if origin in UNIONS:
        return " or ".join(in_words(one) for one in args)
    if origin is Literal:
        return f"one of {', '.join(map(str, args))}" if len(args) > 1 else repr(args[0])
    if origin is tuple and args[-1] is not Ellipsis:
        return f"a list of {len(args)}, each {in_words(args[0])}"
    if origin in (tuple, list):
        return f"a list, each {in_words(args[0])}"
    if origin in (dict, Mapping):
        return f"a section of names, each with {in_words(args[1])}"
    simple = {
        int: "a whole number",
        float: "a number",
        str: "a text",
        bool: "true or false",
        type(None): "null",
    }
    return simple[wanted]


def _limits(meta: msgspec.Meta) -> Iterator[str]:
    """The limits of a number; of a text, what its description says."""
    if meta.description is not None:
        yield meta.description
        return
    for limit, words in (
        (meta.ge, "{:g} or more"),
        (meta.gt, "over {:g}"),
        (meta.le, "{:g} or less"),
        (meta.lt, "under {:g}"),
    ):
        if limit is not None:
            yield words.format(limit)
