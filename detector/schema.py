"""Values as a JSON file has them, read into the classes that type them; a fault is told in one line."""

from __future__ import annotations

import difflib
import os
import types
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import inspect

T = TypeVar("T")
UNIONS = (Union, types.UnionType)


def read_as(wanted: type[T], value: object, *, of_texts: bool = False) -> T:
    """`value` (of dicts, lists, texts and numbers) as a `wanted`: a Struct of msgspec or a dataclass, typed
    all the way down.

    Nothing is cast but a whole number to a fractional one and a key of a dict, which is a text in JSON; where
    `of_texts` says that all values are texts, as environment variables are, numbers are read from them.
    Raises ValueError that names the key by its path ("schedule.epochs"), the fact and the remedy.
    """
    for fault in _faults(value, wanted, "", not of_texts):
        raise ValueError(fault)
    return msgspec.convert(value, wanted, str_keys=True, strict=not of_texts)


def _faults(value: object, wanted: Any, path: str, strict: bool) -> Iterator[str]:
    """What is wrong with `value`, the keys of a section before what does not go together in it."""
    if get_origin(wanted) in UNIONS and value is not None:
        wanted = next(filter(_is_section, get_args(wanted)), wanted)
    if _is_section(wanted):
        if not isinstance(value, Mapping):
            yield f"{path or 'all of it'} is {value!r}; it must be a section with {', '.join(_keys(wanted))}"
        else:
            yield from _faults_of_section(value, wanted, path, strict)
    elif get_origin(wanted) in (dict, Mapping) and isinstance(value, Mapping):
        of_key, of_item = get_args(wanted)
        for key, item in value.items():
            if not _fits({key: None}, dict[of_key, None], strict):  # type: ignore[valid-type]  # known at run time
                yield f"{path} has the key {key!r}; it must be {in_words(of_key)}"
            yield from _faults(item, of_item, f"{path}.{key}", strict)
    elif not _fits(value, wanted, strict):
        yield f"{path} is {value!r}; it must be {in_words(wanted)}"


def _faults_of_section(value: Mapping[str, object], wanted: Any, path: str, strict: bool) -> Iterator[str]:
    hints = get_type_hints(wanted, include_extras=True)
    place = f"{path}." if path else ""
    for key in value:
        if key not in _keys(wanted):
            near = _nearest(str(key), _keys(wanted))
            remedy = f"did you mean {near!r}?" if near else f"there are {', '.join(_keys(wanted))}"
            yield f"unknown key {place + str(key)!r}; {remedy}"
    for field in _fields(wanted):
        name = field.encode_name
        if name in value:
            yield from _faults(value[name], hints[field.name], place + name, strict)
        elif field.required:
            yield f"key {place + name!r} is missing; it must be {in_words(hints[field.name])}"
    try:
        msgspec.convert(value, wanted, str_keys=True, strict=strict)
    except msgspec.ValidationError as fault:  # of __post_init__: every field by itself is as it must be
        yield (f"{path}: " if path else "") + str(fault.__cause__ or fault)


def _nearest(key: str, known: Sequence[str]) -> str | None:
    """The known key that `key` is most like, by what follows the beginning that all known ones share."""
    shared = os.path.commonprefix(known)
    ends = {name.removeprefix(shared): name for name in known}
    near = difflib.get_close_matches(key.removeprefix(shared), ends, n=1)
    return ends[near[0]] if near else None


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


def _fits(value: object, wanted: Any, strict: bool) -> bool:
    try:
        msgspec.convert(value, wanted, str_keys=True, strict=strict)
    except msgspec.ValidationError:
        return False
    return True


def in_words(wanted: Any) -> str:
    """What a value of the type `wanted` is, for people: "a number from 0 to 1"."""
    origin, args = get_origin(wanted), get_args(wanted)
    if _is_section(wanted):
        return f"a section with {', '.join(_keys(wanted))}"
    if origin is Annotated:
        return args[1].description or in_words(args[0]) + _limits(args[1])
    if origin in UNIONS:
        return " or ".join(in_words(arg) for arg in args)
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


def _limits(meta: msgspec.Meta) -> str:
    """The limits of a number, to follow what kind of number it is."""
    if meta.ge is not None and meta.le is not None:
        return f" from {meta.ge:g} to {meta.le:g}"
    limits = (
        (meta.ge, "{:g} or more"),
        (meta.gt, "over {:g}"),
        (meta.le, "{:g} or less"),
        (meta.lt, "under {:g}"),
    )
    told = [words.format(limit) for limit, words in limits if limit is not None]
    return ", " + " and ".join(told) if told else ""
