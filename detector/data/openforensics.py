"""The pictures and COCO annotations of OpenForensics to labelled faces, several of a picture."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from detector.data.labelled import NOT_THERE, TEST, TRAIN, TUNE, Labelled, misfit
from detector.errors import SettingsError

ANNOTATIONS = "*_poly.json"
SPLITS = {"Train": TRAIN, "Val": TUNE, "Test-Dev": TEST, "Test-Challenge": TEST}
AUGMENTED = "Test-Challenge"
CLASSES = {"real": 0, "fake": 1}
METHOD = "openforensics-gan"


@dataclass(frozen=True)
class _Marked:
    """A picture and the faces that are marked in it: x, y, width, height and label of each."""

    path: Path
    faces: tuple[tuple[list[float], int], ...]


def rows_of_openforensics(folder: Path) -> Iterator[Labelled]:
    """The faces marked in Train_poly.json, Val_poly.json, Test-Dev_poly.json and Test-Challenge_poly.json; a
    group is a picture.

    What the last one shows was damaged on purpose; its rows have the compression `augmented`, so that they
    are quoted by themselves.
    """
    lists = _lists(folder)
    if not lists:
        raise misfit(
            folder, "openforensics", "Train_poly.json, Val_poly.json and so on beside the folder Images"
        )
    for file in lists:
        part = file.name.removesuffix("_poly.json")
        for marked in _read(file, folder):
            reason = "" if marked.path.exists() else NOT_THERE
            for (x, y, width, height), label in marked.faces:
                yield Labelled(
                    marked.path,
                    label=label,
                    group=marked.path.stem,
                    method=METHOD if label else "",
                    split=SPLITS.get(part),
                    compression="augmented" if part == AUGMENTED else "",
                    left_out=reason,
                    box=(x, y, x + width, y + height),
                )


def named_by_openforensics(folder: Path) -> Iterator[Path]:
    """The pictures that the annotations name."""
    return (marked.path for file in _lists(folder) for marked in _read(file, folder))


def _lists(folder: Path) -> list[Path]:
    return sorted({*folder.glob(ANNOTATIONS), *folder.glob(f"*/{ANNOTATIONS}")}, key=lambda path: path.name)


def _read(file: Path, folder: Path) -> Iterator[_Marked]:
    """The pictures of one list with their faces, crowds left out, as the list has them."""
    try:
        content: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        labels = {one["id"]: CLASSES[str(one["name"]).lower()] for one in content["categories"]}
        faces: dict[Any, list[tuple[list[float], int]]] = {}
        for one in content["annotations"]:
            if not one.get("iscrowd"):
                faces.setdefault(one["image_id"], []).append(
                    (_numbers(one["bbox"]), labels[one["category_id"]])
                )
        found = [
            _Marked(folder / one["file_name"], tuple(faces.get(one["id"], ()))) for one in content["images"]
        ]
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise SettingsError(
            f"{file} has not the form of COCO annotations with categories Real and Fake ({error}); fetch it"
            " again"
        ) from error
    outside = [marked.path for marked in found if not marked.path.resolve().is_relative_to(folder.resolve())]
    if outside:
        raise SettingsError(f"{file} names pictures outside {folder}, such as {outside[0]}; fetch it again")
    yield from found


def _numbers(box: list[Any]) -> list[float]:
    x, y, width, height = (float(value) for value in box)
    return [x, y, width, height]
