"""Data sets of pictures to labelled files: folders and names that say the class, DFFD, OpenForensics."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from detector.data.labelled import (
    NOT_THERE,
    SPLIT_FOLDERS,
    TEST,
    TRAIN,
    TUNE,
    Labelled,
    files_below,
    is_media,
    media_below,
    misfit,
)
from detector.errors import SettingsError
from detector.media import VIDEO_EXTENSIONS
from detector.tables import read_text

CLASSES = {"real": 0, "fake": 1}
NO_MEDIA = "neither photo nor video by its name"

FAKE_PREFIX = "F"
"""As the published test script of the binary networks has it: upper case, at the beginning of the name."""


def rows_of_folders(folder: Path) -> Iterator[Labelled]:
    """Files below folders called Real and Fake, themselves maybe below Train, Validation (Val) and Test, all
    in any case.

    The folders between class and file are the method. A file right in its class folder is a group by its name
    without the ending, so that a fake called as its original stays with it; the pictures of a folder below
    are frames of one video, a group by the folder's name.
    """
    paths = list(files_below(folder))
    parts = {path: [part.lower() for part in path.relative_to(folder).parts[:-1]] for path in paths}
    if not any(part in CLASSES for names in parts.values() for part in names):
        raise misfit(
            folder,
            "folders",
            "folders called Real and Fake, which may lie in Train, Validation (or Val) and Test",
        )
    for path in paths:
        yield _row(path, parts[path])


def _row(path: Path, parts: list[str]) -> Labelled:
    """The row of a file that lies in folders called `parts`, in lower case."""
    classes = [part for part in parts if part in CLASSES]
    if not is_media(path):
        return Labelled(path, label=0, group="", left_out=NO_MEDIA)
    if len(set(classes)) != 1:
        reason = "lies in both Real and Fake" if classes else "lies in no folder called Real or Fake"
        return Labelled(path, label=0, group="", left_out=reason)
    label = CLASSES[classes[0]]
    below = len(parts) - 1 - parts.index(classes[0])
    names = path.parts[-1 - below : -1]
    is_frame = below > 0 and path.suffix.lower() not in VIDEO_EXTENSIONS
    return Labelled(
        path,
        label=label,
        group=names[-1] if is_frame else path.stem,
        method="/".join(names) if label else "",
        split=next((SPLIT_FOLDERS[part] for part in parts if part in SPLIT_FOLDERS), None),
    )


def rows_of_prefix(folder: Path) -> Iterator[Labelled]:
    """Files whose name begins with F are fake, all others real; each is a group of its own."""
    paths = list(files_below(folder))
    if not any(is_media(path) for path in paths):
        raise misfit(
            folder,
            "prefix",
            f"photos or videos, those that are fake with a name that begins with {FAKE_PREFIX}",
        )
    for path in paths:
        group = path.relative_to(folder).with_suffix("").as_posix()
        yield Labelled(
            path, int(path.name.startswith(FAKE_PREFIX)), group, left_out="" if is_media(path) else NO_MEDIA
        )


REAL = ("img_align_celeba", "ffhq")
FAKE = ("pggan_v1", "pggan_v2", "stylegan_celeba", "stylegan_ffhq", "faceapp", "stargan")
PARTITION_LIST = "list_eval_partition.txt"
PARTITIONS = {"0": TRAIN, "1": TUNE, "2": TEST}


def rows_of_dffd(folder: Path) -> Iterator[Labelled]:
    """Pictures of the folders that are there, split by folders called train, validation and test in them.

    CelebA has none: `list_eval_partition.txt` beside its folder or in it, the official one, says the split of
    each of its pictures. Which picture a fake was made of is not told, so each picture is a group of its own.
    """
    pictures = [(path, name) for name in (*REAL, *FAKE) for path in media_below(folder / name)]
    if not pictures:
        raise misfit(folder, "dffd", f"folders called {', '.join(REAL)} (real), {', '.join(FAKE)} (fake)")
    celeba = _partition(folder)
    for path, name in pictures:
        parts = [part.lower() for part in path.relative_to(folder / name).parts[:-1]]
        split = next((SPLIT_FOLDERS[part] for part in parts if part in SPLIT_FOLDERS), None)
        if name == REAL[0]:
            split = celeba.get(path.name, split)
        yield Labelled(path, int(name in FAKE), f"{name}/{path.stem}", name if name in FAKE else "", split)


def named_by_dffd(folder: Path) -> Iterator[Path]:
    """The pictures of CelebA's official partition; the other parts have no list of their own."""
    return (folder / REAL[0] / name for name in _partition(folder))


def _partition(folder: Path) -> dict[str, str]:
    """Name of a CelebA picture to its split, by the official list where it is there."""
    for file in (folder / PARTITION_LIST, folder / REAL[0] / PARTITION_LIST):
        if file.exists():
            lines = [line.split() for line in read_text(file, "a list").splitlines() if line.strip()]
            if any(len(words) != 2 or words[1] not in PARTITIONS for words in lines):
                raise SettingsError(
                    f"{file} has lines other than NAME and 0, 1 or 2; take it from CelebA again"
                )
            return {name: PARTITIONS[number] for name, number in lines}
    return {}


ANNOTATIONS = "*_poly.json"
SPLITS = {"Train": TRAIN, "Val": TUNE, "Test-Dev": TEST, "Test-Challenge": TEST}
AUGMENTED = "Test-Challenge"
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
        content: dict[str, Any] = json.loads(read_text(file, "a list"))
        labels = {
            category["id"]: CLASSES[str(category["name"]).lower()] for category in content["categories"]
        }
        faces: dict[Any, list[tuple[list[float], int]]] = {}
        for annotation in content["annotations"]:
            if not annotation.get("iscrowd"):
                faces.setdefault(annotation["image_id"], []).append(
                    (_numbers(annotation["bbox"]), labels[annotation["category_id"]])
                )
        pictures = [
            _Marked(folder / image["file_name"], tuple(faces.get(image["id"], ())))
            for image in content["images"]
        ]
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise SettingsError(
            f"{file} has not the form of COCO annotations with categories Real and Fake ({error}); fetch it"
            " again"
        ) from error
    outside = [
        marked.path for marked in pictures if not marked.path.resolve().is_relative_to(folder.resolve())
    ]
    if outside:
        raise SettingsError(f"{file} names pictures outside {folder}, such as {outside[0]}; fetch it again")
    yield from pictures


def _numbers(box: list[Any]) -> list[float]:
    x, y, width, height = (float(value) for value in box)
    return [x, y, width, height]
