"""Tiny data sets on disk, in the forms that the layouts read."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from PIL import Image

from tests.conftest import ROOT
from tests.media.clips import write_clip

ASSETS = ROOT / "assets"


def put(folder: Path, *names: str) -> Path:
    """Empty files, for what reads names alone."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return folder


def put_picture(path: Path, asset: str) -> None:
    """A picture of `assets`, in the format that the name of `path` says."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".jpg":
        shutil.copy(ASSETS / asset, path)
    else:
        with Image.open(ASSETS / asset) as picture:
            picture.save(path)


def put_clip(path: Path, *assets: str) -> None:
    """A clip of 8 pictures, side by side what is in `assets`, each within 384 x 384 pixels."""
    path.parent.mkdir(parents=True, exist_ok=True)
    shown = [Image.open(ASSETS / asset).convert("RGB").crop((0, 0, 512, 512)).resize((384, 384)) for asset in assets]
    write_clip(path, pictures=[np.hstack([np.asarray(one) for one in shown])] * 8, options={"crf": "23"})


def put_json(path: Path, pairs: Iterable[tuple[str, str]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([list(pair) for pair in pairs]))
