"""One tiny training that the tests of runs share: it takes seconds, and they only look at what it left."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from detector.train.run import train
from tests.train.makers import TINY, make_data


@dataclass(frozen=True)
class TinyRun:
    """A run of TINY to its end, two epochs on drawn faces. Nothing in its folders may be changed."""

    folder: Path
    data: Path
    recipe: Path


@pytest.fixture(scope="session")
def tiny_run(tmp_path_factory: pytest.TempPathFactory) -> TinyRun:
    """Trained once by each worker that has a test of it."""
    folder = tmp_path_factory.mktemp("tiny")
    data, recipe = make_data(folder / "data"), folder / "recipe.json"
    recipe.write_text(json.dumps(TINY))
    return TinyRun(train(recipe, data, folder / "run", workers=0), data, recipe)
