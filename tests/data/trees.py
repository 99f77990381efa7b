"""Tiny data sets on disk, in the forms that the layouts read."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from pathlib import Path

from PIL import Image

from tests.conftest import ROOT
from tests.data.people import Person, draw
from tests.media.clips import write_clip

ASSETS = ROOT / "assets"


def put(folder: Path, *names: str) -> Path:
    """Empty files, for what reads names alone."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return folder


def put_portrait(path: Path, asset: str) -> None:
    """A photograph of `assets`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(ASSETS / asset, path)


def put_picture(path: Path, *people: Person) -> None:
    """A drawing of the people, in the format that the name of `path` says."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(draw(*people)).save(path)


def put_clip(path: Path, *people: Person, rate: int = 25, count: int = 8) -> None:
    """A clip of `count` pictures that show the people."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_clip(path, pictures=[draw(*people)] * count, rate=rate, options={"crf": "23"})


def put_metadata(part: Path, **videos: tuple[str, str, str]) -> None:
    """The metadata.json of a part of DFDC: name of a video (without .mp4) to label, split and original
    (empty: none).
    """
    part.mkdir(parents=True, exist_ok=True)
    facts = {
        f"{name}.mp4": {"label": label, "split": split}
        | ({"original": f"{original}.mp4"} if original else {})
        for name, (label, split, original) in videos.items()
    }
    (part / "metadata.json").write_text(json.dumps(facts))


def put_annotations(
    path: Path, pictures: dict[str, list[tuple[str, tuple[float, float, float, float]]]]
) -> None:
    """The annotations of OpenForensics: picture to its faces, each Real or Fake with x, y, width, height."""
    path.parent.mkdir(parents=True, exist_ok=True)
    faces = [(number, kind, box) for number, marked in enumerate(pictures.values()) for kind, box in marked]
    annotations = [
        {
            "id": place,
            "image_id": number,
            "iscrowd": 0,
            "area": 1,
            "category_id": ("Real", "Fake").index(kind),
            "bbox": list(box),
        }
        for place, (number, kind, box) in enumerate(faces)
    ]
    images = [
        {"id": number, "file_name": name, "width": 1, "height": 1} for number, name in enumerate(pictures)
    ]
    categories = [{"id": 0, "name": "Real"}, {"id": 1, "name": "Fake"}]
    path.write_text(json.dumps({"categories": categories, "images": images, "annotations": annotations}))


def put_json(path: Path, pairs: Iterable[tuple[str, str]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([list(pair) for pair in pairs]))
